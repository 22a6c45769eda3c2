//! From the light card to the full one: face, chip, fingers and an officer. Then a bank and a business
//! registry believe it, and a café can't demand it; when the physical card is lost it falls back.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_authority::Officer;
use tanda_authority::enrolment::{AttendError, FingerPicture};
use tanda_authority::register::{Mark, MarkChange};
use tanda_biometrics::finger::FingerPosition;
use tanda_cli::drive::{Desk, HttpError, Wallet, WalletError, forward};
use tanda_cli::emulated::{self, ACCESS_NUMBER};
use tanda_journeys::{Citizen, City, Process, binary, ordinary, root, tanda};
use tanda_model::{AssuranceLevel, EnrolmentTransitionError, OfficerVerdict, Pin};
use tanda_protocol::vci::CounterCode;
use tanda_sandbox_chip::{Abilities, SandboxChip};
use tanda_sandbox_finger::SimulatedFinger;
use tanda_server::{Config, clock, roles};
use tanda_wallet::enrol::State;
use tanda_wallet::guard::GuardError;

const PURPOSES: [(&str, &str); 2] =
    [("bank-harbour", "bank-account"), ("registry-nansha", "business-registration")];

fn clerk() -> Officer {
    Officer::custodian("Mei", "full card, counter 3".parse().unwrap(), None)
}

/// What the wallets' full cards are shown with.
fn pin() -> Pin {
    "480217".parse().unwrap()
}

/// Reads the emulated card of `whose` for the wallet's application; whether it holds.
async fn read_chip(config: &Config, wallet: &mut Wallet, whose: &Citizen) -> bool {
    let person = emulated::person(&root().join("sandbox"), &whose.number, ACCESS_NUMBER).unwrap();
    let country = emulated::country(&config.sandbox_country()).unwrap();
    let rng = StdRng::seed_from_u64(7);
    let mut card = SandboxChip::personalise(&person, &country, Abilities::ALL, None, rng).unwrap();
    let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
    forward(&link, &mut card).await.unwrap().ended == "read"
}

fn scanned(whose: &Citizen) -> Vec<FingerPicture> {
    [FingerPosition::RightIndex, FingerPosition::LeftIndex]
        .map(|position| {
            let finger = SimulatedFinger::of(&whose.number, &position.to_string());
            FingerPicture::new(position, finger.print(4).png(), Some(500))
        })
        .into()
}

/// Applies for the full card, brings chip and fingers, and has an officer attest: the offer.
async fn approved(config: &Config, wallet: &mut Wallet, citizen: &Citizen) -> String {
    let (level, frames) = (AssuranceLevel::Full, citizen.frames());
    wallet.choose_pin(&pin(), None).unwrap();
    let standing = wallet.apply_at(level, &citizen.number, &citizen.name, &frames).await.unwrap();
    assert_eq!(standing.state, State::Gathering);
    let code: CounterCode = standing.gathered.unwrap().counter_code.parse().unwrap();
    assert!(read_chip(config, wallet, citizen).await);
    let (now, mut rng) = (clock::now(), clock::seeded());
    let office = roles::open_authority(config, now).await.unwrap();
    let id = office.attend(&code, &clerk(), now).await.ok().unwrap().id;
    let early = office.attest(id, OfficerVerdict::Approve, &clerk(), now, &mut rng).await;
    let missing = EnrolmentTransitionError::EvidenceMissing;
    assert!(matches!(early, Err(AttendError::NotNow(why)) if why == missing), "{early:?}");
    let taken = office.take_fingers(id, scanned(citizen), &clerk(), now).await.unwrap();
    assert!(taken.alike, "{taken:?}");
    office.attest(id, OfficerVerdict::Approve, &clerk(), now, &mut rng).await.unwrap();
    let standing = wallet.look(0).await.unwrap();
    assert_eq!(standing.state, State::Approved);
    standing.credential_offer.unwrap()
}

/// Whether `tanda wallet …` does it without a terminal to type at, and what it says.
fn without_a_terminal(args: &[&str], wallet: &Path) -> (bool, String) {
    tanda(&[&["wallet"], args, &["--wallet", wallet.to_str().unwrap()]].concat())
}

/// The same at a terminal, where each line is typed at its prompt, once nothing that is typed is shown.
fn at_a_terminal(typed: &[(&str, &str)], args: &[&str], wallet: &Path) -> (bool, String) {
    let device = wallet.with_extension("tty");
    let tanda = format!("{:?} wallet {} --wallet {wallet:?}", binary(), args.join(" "));
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &format!("tty >{device:?}; exec {tanda}")])
        .arg("/dev/null")
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = terminal.stdin.take().unwrap();
    let mut screen = terminal.stdout.take().unwrap();
    let mut said = String::new();
    for (prompt, line) in typed {
        while !said.contains(prompt) {
            let mut some = [0; 1024];
            let length = screen.read(&mut some).unwrap();
            assert!(length > 0, "no prompt: {said}");
            said.push_str(&String::from_utf8_lossy(&some[..length]));
        }
        let device = std::fs::read_to_string(&device).unwrap();
        let mut stty = Command::new("stty");
        stty.args(["-a", "-F", device.trim()]);
        let asked_at = std::time::Instant::now();
        while !String::from_utf8_lossy(&stty.output().unwrap().stdout).contains(" -echo ") {
            assert!(asked_at.elapsed() < Duration::from_secs(30), "what is typed is shown");
            std::thread::sleep(Duration::from_millis(20));
        }
        writeln!(keys, "{line}").unwrap();
    }
    screen.read_to_string(&mut said).unwrap();
    (terminal.wait().unwrap().success(), said)
}

async fn shown(desk: &Desk, wallet: &mut Wallet, purpose: &str) -> (String, String) {
    let asked = desk.ask(purpose, None, None).await.unwrap();
    let mut consent = wallet.look_at(&asked.code).await.unwrap();
    if consent.needs_pin() {
        consent = consent.verified(wallet.verify(&pin()).unwrap());
    }
    wallet.agree(consent).await.unwrap();
    let state = desk.wait(&asked.id).await.unwrap();
    (state.outcome().to_owned(), state.verdict["level"].as_str().unwrap_or_default().to_owned())
}

fn levels(wallet: &Wallet) -> Vec<AssuranceLevel> {
    wallet.state().cards().iter().map(tanda_wallet::Card::level).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn face_chip_fingers_and_an_officer_make_the_card_that_a_bank_believes() {
    let city = sandbox_country_first().await;
    let [citizen, other] = &ordinary(2)[..] else { panic!() };
    let mut wallet = city.wallet_with_card(citizen).await;
    let hotel = city.desk("hotel-nansha").await;
    assert_eq!(shown(&hotel, &mut wallet, "hotel-check-in").await.1, "light");
    // Somebody else's card is no evidence.
    let mut stranger = city.wallet("stranger").await;
    let (level, frames) = (AssuranceLevel::Full, other.frames());
    let early = stranger.apply_at(level, &other.number, &other.name, &frames).await;
    assert!(matches!(early, Err(WalletError::Guard(GuardError::NoPin))), "first the PIN");
    stranger.choose_pin(&pin(), None).unwrap();
    stranger.apply_at(level, &other.number, &other.name, &frames).await.unwrap();
    assert!(!read_chip(&city.config, &mut stranger, citizen).await);

    let offer = approved(&city.config, &mut wallet, citizen).await;
    wallet.receive(&offer).await.unwrap();
    assert_eq!(levels(&wallet), [AssuranceLevel::Full], "the light card made way");
    // Not without the PIN, and a wrong one shows nothing.
    let bank = city.desk("bank-harbour").await;
    let asked = bank.ask("bank-account", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    let copies = |wallet: &Wallet| wallet.state().cards()[0].copies_left(clock::now());
    let before = copies(&wallet);
    let wrong = wallet.verify(&"480218".parse().unwrap()).unwrap_err();
    assert!(matches!(wrong, WalletError::Guard(GuardError::Wrong)), "{wrong}");
    assert!(wallet.agree(consent).await.unwrap_err().to_string().contains("PIN"));
    assert_eq!(copies(&wallet), before);
    for (id, purpose) in PURPOSES {
        let desk = city.desk(id).await;
        let seen = shown(&desk, &mut wallet, purpose).await;
        assert_eq!(seen, ("valid".to_owned(), "full".to_owned()), "{purpose}");
    }
    // What needs less takes it as well, and can't demand it.
    assert_eq!(shown(&hotel, &mut wallet, "hotel-check-in").await.0, "valid");
    let cafe = city.desk("cafe-comet").await;
    match cafe.ask("cafe-sign-up", None, Some("full")).await {
        Err(HttpError::Problem { code, .. }) => assert_eq!(code, "over-asking-level"),
        asked => panic!("{:?}", asked.map(|asked| asked.id)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_command_line_the_full_card_takes_a_pin_that_is_no_argument() {
    let city = sandbox_country_first().await;
    let citizen = &ordinary(1)[0];
    let mut wallet = city.wallet(&citizen.number).await;
    let offer = approved(&city.config, &mut wallet, citizen).await;
    wallet.receive(&offer).await.unwrap();
    let file = city.folder().join(format!("{}.wallet", citizen.number));
    let [first, other] = ["480217", "730492"].map(|pin| {
        let file = city.folder().join(pin);
        std::fs::write(&file, format!("{pin}\n")).unwrap();
        file.to_str().unwrap().to_owned()
    });
    let bank = city.desk("bank-harbour").await;
    let show = async |pin: Option<&str>| {
        let asked = bank.ask("bank-account", None, None).await.unwrap();
        let mut args = vec!["present", asked.code.as_str(), "--agree"];
        args.extend(pin.iter().flat_map(|file| ["--pin-file", file]));
        without_a_terminal(&args, &file)
    };
    let (done, said) = show(None).await;
    assert!(!done && said.contains("--pin-file"), "{said}");
    let (done, said) = show(Some(&other)).await;
    assert!(!done && said.contains("this is not the PIN; nothing was shown"), "{said}");
    assert!(show(Some(&first)).await.0);
    let change = ["pin", "--pin-file", &first, "--new-pin-file", &other];
    assert!(without_a_terminal(&change, &file).0);
    assert!(!show(Some(&first)).await.0, "the old one is over");
    assert!(show(Some(&other)).await.0);

    // Typed, it takes a terminal, and the screen doesn't show it.
    let asked = bank.ask("bank-account", None, None).await.unwrap();
    let known = ("s PIN:", "730492");
    let (done, said) = at_a_terminal(&[known], &["present", &asked.code, "--agree"], &file);
    assert!(done && !said.contains("730492"), "{said}");
    let unlike = [known, ("\nPIN:", "151897"), ("Again:", "151898")];
    let (done, said) = at_a_terminal(&unlike, &["pin"], &file);
    assert!(!done && said.contains("two different PINs; nothing has changed"), "{said}");
    assert!(show(Some(&other)).await.0);
    let copies = Wallet::open(&file).await.unwrap().state().cards()[0].copies_left(clock::now());
    assert_eq!(copies, 6, "four were shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_physical_card_takes_the_full_one_along_within_the_minute() {
    let city = sandbox_country_first().await;
    let citizen = &ordinary(1)[0];
    let mut wallet = city.wallet_with_card(citizen).await;
    let offer = approved(&city.config, &mut wallet, citizen).await;
    wallet.receive(&offer).await.unwrap();
    let bank = city.desk("bank-harbour").await;
    assert_eq!(shown(&bank, &mut wallet, "bank-account").await.0, "valid");
    assert!(report_lost(&city.config, citizen).await.fell_back.is_some());
    refused_within_the_minute(&bank, &mut wallet, "bank-account").await;
    // The wallet follows: a light card, for what needs no more, and without the PIN.
    let file = city.folder().join(format!("{}.wallet", citizen.number));
    let (_, said) = without_a_terminal(&["show"], &file);
    assert!(said.contains("light card has taken its place"), "{said}");
    let mut wallet = Wallet::open(&file).await.unwrap();
    assert_eq!(levels(&wallet), [AssuranceLevel::Light]);
    assert_eq!(wallet.follow().await.unwrap(), None, "once");
    let hotel = city.desk("hotel-nansha").await;
    let seen = shown(&hotel, &mut wallet, "hotel-check-in").await;
    assert_eq!(seen, ("valid".to_owned(), "light".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_operators_file_a_lost_physical_card_ends_the_full_one() {
    let city = City::start_with(|config| {
        emulated::country(&config.sandbox_country()).unwrap();
        let shipped =
            std::fs::read_to_string(root().join("crates/authority/evidence.toml")).unwrap();
        let file = config.data.join("evidence.toml");
        std::fs::write(&file, shipped.replace("lost = \"falls-back\"", "lost = \"dies\"")).unwrap();
        config.authority.evidence_policy = Some(file);
    })
    .await;
    let citizen = &ordinary(1)[0];
    let mut wallet = city.wallet_with_card(citizen).await;
    let offer = approved(&city.config, &mut wallet, citizen).await;
    wallet.receive(&offer).await.unwrap();
    let bank = city.desk("bank-harbour").await;
    assert_eq!(shown(&bank, &mut wallet, "bank-account").await.0, "valid");
    let change = report_lost(&city.config, citizen).await;
    assert!(change.fell_back.is_none() && change.revoked.is_some(), "{change:?}");
    let hotel = city.desk("hotel-nansha").await;
    refused_within_the_minute(&hotel, &mut wallet, "hotel-check-in").await;
    let followed = format!("{:?}", wallet.follow().await.unwrap_err());
    assert!(followed.contains("no-card"), "no light card has taken its place: {followed}");
}

/// Shows the card until it is not valid any more.
async fn refused_within_the_minute(desk: &Desk, wallet: &mut Wallet, purpose: &str) {
    let began = std::time::Instant::now();
    while shown(desk, wallet, purpose).await.0 == "valid" {
        assert!(began.elapsed() < Duration::from_secs(60), "seen too late");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

/// The physical card of `citizen` is reported lost at the authority.
async fn report_lost(config: &Config, citizen: &Citizen) -> MarkChange {
    let (now, mut rng) = (clock::now(), clock::seeded());
    let office = roles::open_authority(config, now).await.unwrap();
    let whom = citizen.number.parse::<tanda_model::ResidentNumber>().unwrap().into();
    office.mark_resident(&whom, Mark::CardLost, true, &clerk(), now, &mut rng).await.unwrap()
}

/// A city whose authority believes the country that signs the sandbox's cards.
async fn sandbox_country_first() -> City {
    City::start_with(|config| {
        emulated::country(&config.sandbox_country()).unwrap();
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_on_the_way_leaves_the_light_card_or_the_full_one() {
    let mut process = Process::start().await;
    let citizen = &ordinary(1)[0];
    for delay_ms in [0_u64, 10, 25, 45, 80] {
        let mut wallet = process.wallet(&format!("full-{delay_ms}")).await;
        let light = wallet.apply(&citizen.number, &citizen.name, &citizen.frames()).await.unwrap();
        wallet.receive(&light.credential_offer.unwrap()).await.unwrap();
        let offer = approved(&process.config, &mut wallet, citizen).await;
        let receiving = tokio::spawn(async move {
            let received = wallet.receive(&offer).await.is_ok();
            (wallet, received)
        });
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        process.kill();
        let (_, received) = receiving.await.unwrap();
        process.spawn().await;
        let office = roles::open_authority(&process.config, clock::now()).await.unwrap();
        let entry = office.register().entry(&citizen.number.parse().unwrap()).await.unwrap();
        let cards = office.cards_of(entry.unwrap().resident.id).await.unwrap();
        let live: Vec<_> = cards.iter().filter(|card| card.state.name() == "live").collect();
        assert_eq!(live.len(), 1, "after {delay_ms} ms: {cards:?}");
        assert!(!received || live[0].level == AssuranceLevel::Full, "after {delay_ms} ms");
    }
}
