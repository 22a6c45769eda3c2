//! The full card without a page: the resident's commands, the officer's and the reader's, one after the
//! other, with what goes wrong at a counter on the way.

use std::path::Path;

use tanda_journeys::{Citizen, Process, ordinary, root, tanda};

/// Everybody's folder and words in one story.
struct Counter<'a> {
    process: &'a Process,
    citizen: &'a Citizen,
}

impl Counter<'_> {
    fn path(&self, name: &str) -> String {
        self.process.folder().join(name).to_str().unwrap().to_owned()
    }

    fn wallet(&self, words: &[&str]) -> (bool, String) {
        tanda(&[&["wallet"], words, &["--wallet", &self.path("wallet.json")]].concat())
    }

    fn officer(&self, words: &[&str]) -> (bool, String) {
        let who = ["--officer", "Wu Lan", "--reason", "full card at counter 3"];
        self.process.tanda(&[&["officer"], words, &who].concat())
    }

    /// Forwards between the authority and an emulated card; whether it was read.
    fn read_card(&self, whose: &Citizen, more: &[&str]) -> (bool, String) {
        let link = ran(self.wallet(&["chip", "--access-number", "271828"]));
        let (city, country) = (root().join("sandbox"), self.process.config.sandbox_country());
        let [city, country] = [&city, &country].map(|folder| folder.to_str().unwrap());
        let card = ["sandbox", "chip", "--resident", &whose.number, "--relay", link.trim()];
        tanda(&[&card, more, &["--city", city, "--country", country]].concat())
    }

    /// A scanner's folder with two fingers; what comes after the finger's name says which print it is.
    fn scan(&self, folder: &str, prints: [(&str, &[&str]); 2]) -> String {
        let folder = self.path(folder);
        std::fs::create_dir(&folder).unwrap();
        for (finger, more) in prints {
            let out = format!("{folder}/{finger}.png");
            let print = ["sandbox", "finger", "--finger", finger, "--out", &out];
            let of = ["--resident", &self.citizen.number];
            ran(tanda(&[&print, &of[..], more].concat()));
        }
        folder
    }
}

#[track_caller]
fn ran((done, said): (bool, String)) -> String {
    assert!(done, "{said}");
    said
}

#[track_caller]
fn refused((done, said): (bool, String), why: &str) {
    assert!(!done && said.contains(why), "{said}");
}

/// What stands after `label` at a line's beginning.
fn after<'a>(label: &str, said: &'a str) -> &'a str {
    let line = said.lines().find_map(|line| line.strip_prefix(label));
    line.unwrap_or_else(|| panic!("no {label}: {said}")).trim()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resident_the_reader_and_the_officer_work_by_commands_alone() {
    let process = Process::start().await;
    let [citizen, other] = &ordinary(2)[..] else { panic!() };
    let counter = Counter { process: &process, citizen };
    let provider = process.config.provider.url.as_str();
    let pin = counter.path("pin");
    std::fs::write(&pin, "480217\n").unwrap();
    ran(counter.wallet(&["sign-up", "--url", provider]));
    let frames = citizen.pictures.to_str().unwrap();
    let who = ["apply", "--number", &citizen.number, "--name", &citizen.name, "--frames", frames];
    ran(counter.wallet(&who));
    let full = [&who[..], &["--level", "full", "--pin-file", &pin]].concat();
    let code = ran(counter.wallet(&full));
    let code = after("Counter code", &code).to_owned();
    let seen = ran(counter.officer(&["attend", &code]));
    let application = after("Application", &seen).to_owned();
    assert!(!seen.contains(&citizen.number), "masked: {seen}");
    assert!(after("It needs", &seen).contains("chip"), "{seen}");
    let attest = ["attest", &application, "approve"];

    // The card: a copy of one, somebody else's, and the resident's.
    assert!(!counter.read_card(citizen, &["--fault", "clone"]).0);
    let seen = ran(counter.officer(&["attend", &code]));
    assert!(after("The card", &seen).contains("is a copy"), "{seen}");
    assert!(!counter.read_card(other, &[]).0);
    ran(counter.read_card(citizen, &[]));
    let seen = ran(counter.officer(&["attend", &code]));
    assert!(after("It holds", &seen).contains("chip") && !seen.contains("The card"), "{seen}");
    refused(counter.officer(&attest), "evidence");

    // The fingers: one that nobody sees anything on, one of somebody else's, and the resident's.
    let take = |folder: &str| {
        counter.officer(&["take-fingers", &application, folder, "--dots-an-inch", "500"])
    };
    let (right, left) = (("right-index", &[][..]), "left-index");
    let blank = counter.scan("blank", [right, (left, &["--fault", "blank"])]);
    refused(take(&blank), "nothing was compared");
    let foreign = counter.scan("foreign", [right, (left, &["--fault", "other-finger"])]);
    refused(take(&foreign), "left-index  unlike");
    refused(take(Path::new(&foreign).join("none").to_str().unwrap()), "can't be read");
    let good = counter.scan("good", [right, (left, &[])]);
    assert!(ran(take(&good)).contains("These are the resident's fingers"));

    // What the register has goes out in the form that others read: the record of the same fingers.
    let record = counter.path("enrolled.fmr");
    let look = ["register", "look-up", "--number", &citizen.number, "--officer", "Wu Lan"];
    let why = ["--case", "2026-17", "--reason", "another matcher"];
    let whole = [&look[..], &why, &["--unmask", "--fingers", &record]].concat();
    ran(process.tanda(&whole));
    let compare = ["fingers", "compare", &record, &good, "--dots-an-inch", "500"];
    assert!(ran(tanda(&compare)).contains("right-index"));
    refused(tanda(&["fingers", "compare", &record, &foreign, "--dots-an-inch", "500"]), "unlike");

    ran(counter.officer(&attest));
    assert!(ran(counter.wallet(&["receive"])).contains("The full card is in the wallet"));
    let bank = process.desk("bank-harbour").await;
    let asked = bank.ask("bank-account", None, None).await.unwrap();
    ran(counter.wallet(&["present", &asked.code, "--agree", "--pin-file", &pin]));
    let state = bank.wait(&asked.id).await.unwrap();
    assert_eq!((state.outcome(), state.verdict["level"].as_str()), ("valid", Some("full")));
    // Nothing is decided twice.
    refused(counter.officer(&attest), "gathers evidence");
}
