//! A resident's physical card is read by the authority, through a reader that only forwards: an emulated
//! card in the same process, and one on a real PC/SC reader with the real binary. Good cards, each fault,
//! and everything that can go wrong on the way.

use std::collections::BTreeSet;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use tanda_authority::enrolment::chip::{ChipDialogue, ChipFault, Ended, ResidentOutcome};
use tanda_chip::{Transport, TransportError};
use tanda_cli::drive::{RelayError, Wallet, forward};
use tanda_cli::emulated::{self, ACCESS_NUMBER, VirtualReader};
use tanda_journeys::{Citizen, City, PcscDaemon, Running, binary, free_port, ordinary, root};
use tanda_model::{AssuranceLevel, OfficerRole};
use tanda_sandbox_chip::{Abilities, Fault, SandboxChip};
use tanda_server::Role;

/// Each fault of a card, and what the officer is to see.
const FAULTS: [(Fault, ChipFault); 5] = [
    (Fault::TamperedDg2, ChipFault::Tampered),
    (Fault::Clone, ChipFault::Copy),
    (Fault::WrongCsca, ChipFault::UnknownCountry),
    (Fault::ExpiredSigner, ChipFault::SignerExpired),
    (Fault::RevokedSigner, ChipFault::SignerRevoked),
];

/// A city whose authority believes the sandbox's country, as `tanda serve --sandbox` does.
async fn city() -> City {
    City::start_with(|config| {
        emulated::country(&config.sandbox_country()).unwrap();
    })
    .await
}

/// A wallet with an application for the full card, whose face holds.
async fn applicant(city: &City, citizen: &Citizen) -> Wallet {
    let mut wallet = city.wallet(&citizen.number).await;
    let (level, frames) = (AssuranceLevel::Full, citizen.frames());
    wallet.choose_pin(&"480217".parse().unwrap(), None).unwrap();
    wallet.apply_at(level, &citizen.number, &citizen.name, &frames).await.unwrap();
    wallet
}

fn card(city: &City, citizen: &Citizen, fault: Option<Fault>) -> SandboxChip<StdRng> {
    let person = emulated::person(&root().join("sandbox"), &citizen.number, ACCESS_NUMBER).unwrap();
    let country = emulated::country(&city.config.sandbox_country()).unwrap();
    let rng = StdRng::seed_from_u64(7);
    SandboxChip::personalise(&person, &country, Abilities::ALL, fault, rng).unwrap()
}

/// What the officer would see of the last reading.
async fn officer_sees(city: &City) -> Option<ChipFault> {
    let store = city.config.store(Role::Authority);
    let mut store = SqliteConnection::connect(store.to_str().unwrap()).await.unwrap();
    let outcome = "SELECT outcome FROM chip_relays ORDER BY ended_at DESC LIMIT 1";
    let outcome: String = sqlx::query(outcome).fetch_one(&mut store).await.unwrap().get(0);
    assert!(outcome == "read" || outcome.parse::<ChipFault>().is_ok(), "{outcome}");
    outcome.parse().ok()
}

fn heard(outcome: ResidentOutcome) -> Ended {
    outcome.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarder_in_this_process() {
    let city = city().await;
    let citizen = &ordinary(1)[0];
    let mut wallet = applicant(&city, citizen).await;
    let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
    assert!(link.starts_with("ws://localhost:"), "{link}");
    let ended = forward(&link, &mut card(&city, citizen, None)).await.unwrap();
    assert_eq!(ended, heard(ResidentOutcome::Read));
    assert_eq!(officer_sees(&city).await, None);
    // The link has done its work.
    let again = forward(&link, &mut card(&city, citizen, None)).await.unwrap_err();
    assert!(matches!(&again, RelayError::Refused(why) if why.contains("used already")), "{again}");

    let mut sentences = BTreeSet::new();
    for (fault, seen) in FAULTS {
        let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
        let ended = forward(&link, &mut card(&city, citizen, Some(fault))).await.unwrap();
        assert_eq!(ended, heard(ResidentOutcome::NotRead), "the same for every fault");
        assert_eq!(officer_sees(&city).await, Some(seen), "{fault:?}");
        sentences.insert(seen.sentence());
    }
    assert_eq!(sentences.len(), FAULTS.len(), "a sentence each");
}

/// The officer at the console reads a sentence by each word; `web/scripts/check-messages.mjs` holds that no
/// two are alike.
#[test]
fn the_console_knows_every_fault_by_its_word() {
    let page = std::fs::read_to_string(root().join("web/console/src/lib/counter.ts")).unwrap();
    let (_, list) = page.split_once("export const chipFaults = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let known: BTreeSet<&str> = list.split('\'').skip(1).step_by(2).collect();
    assert_eq!(known, ChipFault::ALL.map(ChipFault::as_str).into());
}

/// What a relay does to what it carries, from some exchange on.
struct Malign {
    card: SandboxChip<StdRng>,
    other: SandboxChip<StdRng>,
    trick: Trick,
    left: usize,
    last: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Trick {
    Repeat,
    Reorder,
    Cut,
    Swap,
    Lengthen,
    Remove,
    Unplug,
}

impl Transport for Malign {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let due = self.left == 0;
        self.left = self.left.saturating_sub(1);
        match self.trick {
            Trick::Repeat if due => return Ok(self.last.clone()),
            Trick::Swap if due => return self.other.transmit(command).await,
            Trick::Remove if due => return Err(TransportError::CardRemoved),
            Trick::Unplug if due => return Err(TransportError::ReaderGone),
            _ => {}
        }
        let mut answer = self.card.transmit(command).await?;
        match self.trick {
            Trick::Cut if due => answer.truncate(answer.len() / 2),
            Trick::Lengthen if due => answer.resize(70_000, 0),
            // Each answer comes one command too late.
            Trick::Reorder if due => std::mem::swap(&mut answer, &mut self.last),
            _ => self.last.clone_from(&answer),
        }
        Ok(answer)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_means_ill_gets_nothing() {
    let city = city().await;
    let [citizen, other] = &ordinary(2)[..] else { panic!() };
    let mut wallet = applicant(&city, citizen).await;
    for (trick, told, seen) in [
        (Trick::Remove, ResidentOutcome::Again, ChipFault::CardRemoved),
        (Trick::Unplug, ResidentOutcome::Again, ChipFault::ReaderGone),
        (Trick::Repeat, ResidentOutcome::NotRead, ChipFault::Disturbed),
        (Trick::Reorder, ResidentOutcome::NotRead, ChipFault::Disturbed),
        (Trick::Cut, ResidentOutcome::NotRead, ChipFault::Disturbed),
        (Trick::Swap, ResidentOutcome::NotRead, ChipFault::Disturbed),
    ] {
        let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
        let mut relay = Malign {
            card: card(&city, citizen, None),
            other: card(&city, other, None),
            trick,
            left: 30,
            last: vec![0x90, 0x00],
        };
        let ended = forward(&link, &mut relay).await.unwrap();
        assert_eq!(ended, heard(told), "{trick:?}");
        assert_eq!(officer_sees(&city).await, Some(seen), "{trick:?}");
    }
    // An answer longer than any chip's ends the connection; until then the last word is another.
    assert_eq!(officer_sees(&city).await, Some(ChipFault::Disturbed));
    let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
    let (card, other) = (card(&city, citizen, None), card(&city, other, None));
    let mut relay = Malign { card, other, trick: Trick::Lengthen, left: 30, last: Vec::new() };
    let _ = forward(&link, &mut relay).await;
    for _ in 0..50 {
        if officer_sees(&city).await == Some(ChipFault::ReaderGone) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(officer_sees(&city).await, Some(ChipFault::ReaderGone));
}

/// Carries everything as it is, one answer later than a chip may take.
struct Slow {
    card: SandboxChip<StdRng>,
    left: usize,
}

impl Transport for Slow {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        if self.left == 0 {
            tokio::time::sleep(ChipDialogue::LONGEST_ANSWER.unsigned_abs()).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.left = self.left.wrapping_sub(1);
        self.card.transmit(command).await
    }
}

/// Nobody holds a dialogue open to work on what was said. A delay while the access number is tried is a
/// try, since the chip has had it by then; later it costs nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_only_delays_is_not_waited_for() {
    let city = city().await;
    let [citizen, other] = &ordinary(2)[..] else { panic!() };
    let late = async |citizen: &Citizen, left| {
        let mut wallet = applicant(&city, citizen).await;
        let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
        let mut relay = Slow { card: card(&city, citizen, None), left };
        let ended = forward(&link, &mut relay).await.unwrap();
        assert_eq!(ended, heard(ResidentOutcome::Again));
        assert_eq!(wallet.look(0).await.unwrap().gathered.unwrap().held, ["live-face"]);
        for _ in 0..4 {
            let link = wallet.relay("000000").await.unwrap();
            forward(&link, &mut card(&city, citizen, None)).await.unwrap();
        }
        wallet
    };
    let (mut open, mut opening) = tokio::join!(late(citizen, 30), late(other, 5));
    let link = open.relay(ACCESS_NUMBER).await.unwrap();
    let ended = forward(&link, &mut card(&city, citizen, None)).await.unwrap();
    assert_eq!(ended, heard(ResidentOutcome::Read));
    let refused = opening.relay(ACCESS_NUMBER).await.unwrap_err().to_string();
    assert!(refused.contains("too many attempts"), "{refused}");
}

/// Carries everything as it is, each answer well within its own time.
struct Leisurely(SandboxChip<StdRng>);

impl Transport for Leisurely {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        tokio::time::sleep(Duration::from_millis(400)).await;
        self.0.transmit(command).await
    }
}

/// Nor by many small delays: the dialogue as a whole has its time.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_a_little_late_each_time_is_not_waited_for_either() {
    let city = City::start_with(|config| {
        config.authority.chip_dialogue_s = 8;
        emulated::country(&config.sandbox_country()).unwrap();
    })
    .await;
    let citizen = &ordinary(1)[0];
    let mut wallet = applicant(&city, citizen).await;
    let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
    let mut relay = Leisurely(card(&city, citizen, None));
    let ended = forward(&link, &mut relay).await.unwrap();
    assert_eq!(ended, heard(ResidentOutcome::Again));
    assert_eq!(officer_sees(&city).await, Some(ChipFault::TimedOut));
    assert_eq!(wallet.look(0).await.unwrap().gathered.unwrap().held, ["live-face"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_access_numbers_and_a_pause() {
    let mut city = city().await;
    let citizen = &ordinary(1)[0];
    let mut wallet = applicant(&city, citizen).await;
    for _ in 0..5 {
        let link = wallet.relay("000000").await.unwrap();
        let ended = forward(&link, &mut card(&city, citizen, None)).await.unwrap();
        assert_eq!(ended, heard(ResidentOutcome::NotRead), "not told from a bad card");
        assert_eq!(officer_sees(&city).await, Some(ChipFault::WrongAccessNumber));
    }
    city.restart().await;
    let refused = wallet.relay(ACCESS_NUMBER).await.unwrap_err().to_string();
    assert!(refused.contains("too many attempts"), "{refused}");
}

/// A citizen's card on a virtual reader.
fn lay(city: &City, citizen: &Citizen, fault: Option<Fault>, daemon: &PcscDaemon) -> Running {
    daemon.lay(&citizen.number, &city.config.sandbox_country(), fault)
}

/// `tanda reader` on a link; it waits for the card by itself.
async fn reader(link: String, daemon: &PcscDaemon) -> Output {
    let mut command = Command::new(binary());
    daemon.found_by(&mut command).arg("reader").arg(link);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_over_pc_sc() {
    let city = city().await;
    let citizen = &ordinary(1)[0];
    let mut wallet = applicant(&city, citizen).await;
    let good = [(None, ResidentOutcome::Read, None)];
    let bad = FAULTS.map(|(fault, seen)| (Some(fault), ResidentOutcome::NotRead, Some(seen)));
    for (fault, told, seen) in good.into_iter().chain(bad) {
        // A reader a card: it takes a moment until one sees that the card before is gone.
        let daemon = PcscDaemon::start();
        let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
        let _card = lay(&city, citizen, fault, &daemon);
        let output = reader(link, &daemon).await;
        let said = said(&output);
        assert!(said.contains(told.sentence()), "{fault:?}: {said}");
        assert!(said.contains("leave it there"), "{said}");
        assert_eq!(output.status.success(), fault.is_none(), "{said}");
        assert_eq!(officer_sees(&city).await, seen, "{fault:?}");
    }
    // A link that is no use any more.
    let daemon = PcscDaemon::start();
    let spent = wallet.relay(ACCESS_NUMBER).await.unwrap();
    wallet.relay(ACCESS_NUMBER).await.unwrap();
    let _card = lay(&city, citizen, None, &daemon);
    let output = reader(spent, &daemon).await;
    assert!(said(&output).contains("used already, or is too old"), "{}", said(&output));
    assert!(!output.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_taken_away_and_a_reader_that_is_pulled_out() {
    let city = city().await;
    let citizen = &ordinary(1)[0];
    let mut wallet = applicant(&city, citizen).await;
    for (unplug, seen) in [(false, ChipFault::CardRemoved), (true, ChipFault::ReaderGone)] {
        let daemon = Arc::new(Mutex::new(PcscDaemon::start()));
        let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
        let mut card = card(&city, citizen, None);
        let mut place = VirtualReader::open(daemon.lock().unwrap().address()).unwrap();
        let mut command = Command::new(binary());
        daemon.lock().unwrap().found_by(&mut command).arg("reader").arg(link);
        let pulled = Arc::clone(&daemon);
        let going = tokio::task::spawn_blocking(move || {
            // Into the middle of the portrait; then card or reader go, and the other stays.
            let mut commands = 0;
            while commands < 40 {
                commands += u32::from(place.serve_once(&mut card).unwrap());
            }
            if unplug {
                pulled.lock().unwrap().unplug();
            }
        });
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let (going, output) = tokio::join!(going, output);
        going.unwrap();
        let said = said(&output.unwrap());
        assert!(said.contains(ResidentOutcome::Again.sentence()), "{said}");
        assert_eq!(officer_sees(&city).await, Some(seen));
    }
}

/// A card whose chip is closed to the authority: the reader's signed word instead, of its own kind.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_signs() {
    let city = City::start_with(|config| {
        emulated::country(&config.sandbox_country()).unwrap();
        emulated::reader_key(&config.sandbox_country()).unwrap();
    })
    .await;
    let [citizen, other] = &ordinary(2)[..] else { panic!() };
    let mut wallet = applicant(&city, citizen).await;
    let sign = |question: String, whose: &Citizen| {
        let mut command = Command::new(binary());
        command
            .args(["sandbox", "attested-reader", "--resident", &whose.number])
            .args(["--question", &question])
            .arg("--city")
            .arg(root().join("sandbox"))
            .arg("--country")
            .arg(city.config.sandbox_country());
        let output = command.output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("proves nothing"));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let question = wallet.question_for_reader().await.unwrap().to_string();
    let result = sign(question, other);
    let ended = wallet.hand_in_attested(&result).await.unwrap();
    assert_eq!(ended, heard(ResidentOutcome::NotRead));
    assert_eq!(officer_sees(&city).await, Some(ChipFault::OtherPerson));
    let question = wallet.question_for_reader().await.unwrap().to_string();
    let result = sign(question, citizen);
    assert_eq!(wallet.hand_in_attested(&result).await.unwrap(), heard(ResidentOutcome::Read));
    assert_eq!(officer_sees(&city).await, None);
    let ended = wallet.hand_in_attested(&result).await.unwrap();
    assert_eq!(ended, heard(ResidentOutcome::NotRead), "once");
    assert_eq!(officer_sees(&city).await, Some(ChipFault::NotAttested));

    // Such a reader stands at a counter, and the officer hands in what it signs.
    let clerk = city.officer(OfficerRole::Clerk).await;
    let why = "full card, counter 3";
    let code = wallet.look(0).await.unwrap().gathered.unwrap().counter_code;
    let look = json!({ "code": code, "reason": why });
    let (_, seen) = clerk.post("console/counter/look", look).await;
    let chip = format!("console/counter/{}/chip", seen["id"].as_str().unwrap());
    let (status, question) =
        clerk.post(&format!("{chip}/question"), json!({ "reason": why })).await;
    assert_eq!(status, 201, "{question}");
    let result = json!({ "result": sign(question.to_string(), citizen), "reason": why });
    let (_, ended) = clerk.post(&format!("{chip}/attested"), result.clone()).await;
    assert_eq!(ended["ended"], "read");
    assert_eq!(clerk.get(&chip).await.1["attested"], true);
    let (_, ended) = clerk.post(&format!("{chip}/attested"), result).await;
    assert_eq!(ended["ended"], "not-read", "once");
}

/// `tanda reader --wait` at a counter: the page of the listed address sends links, and no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_waits_for_a_page() {
    let city = city().await;
    let citizen = &ordinary(1)[0];
    let mut wallet = applicant(&city, citizen).await;
    let daemon = PcscDaemon::start();
    let port = free_port();
    let mut command = Command::new(binary());
    daemon.found_by(&mut command).args(["reader", "--wait", "--port", &port.to_string()]);
    command.args(["--origin", "http://localhost:8600/console"]);
    let _waiting = Running(command.stderr(Stdio::null()).spawn().unwrap());
    let http = reqwest::Client::new();
    let url = format!("http://127.0.0.1:{port}/read");
    let post = async |origin: Option<&str>, host: Option<&str>, relay: &str| {
        let mut request = http.post(&url).json(&serde_json::json!({ "relay": relay }));
        for (name, value) in [("origin", origin), ("host", host)] {
            request = value.into_iter().fold(request, |request, value| request.header(name, value));
        }
        request.send().await
    };
    while post(None, None, "").await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
    let page = Some("http://localhost:8600");
    for (origin, host) in
        [(None, None), (Some("http://evil.example"), None), (page, Some("evil.example"))]
    {
        let refused = post(origin, host, &link).await.unwrap();
        assert_eq!(refused.status(), reqwest::StatusCode::FORBIDDEN, "{origin:?} {host:?}");
    }
    // One card at a time: while one link waits for its card, another is told so.
    let [mut one, mut other] = [(), ()].map(|()| Box::pin(post(page, None, &link)));
    let first = async {
        tokio::select! {
            busy = &mut one => (busy, other),
            busy = &mut other => (busy, one),
        }
    };
    let (busy, waits) = tokio::time::timeout(Duration::from_secs(30), first).await.unwrap();
    let busy = busy.unwrap();
    assert_eq!(busy.status(), reqwest::StatusCode::CONFLICT);
    assert!(busy.json::<Ended>().await.unwrap().sentence.contains("just now"));
    let _card = lay(&city, citizen, None, &daemon);
    let read = waits.await.unwrap();
    assert_eq!(read.headers()["access-control-allow-origin"], "http://localhost:8600");
    assert_eq!(read.json::<Ended>().await.unwrap(), heard(ResidentOutcome::Read));
    let spent = post(page, None, &link).await.unwrap();
    assert_eq!(spent.status(), reqwest::StatusCode::CONFLICT);
}
