//! Cards and relays, good and bad, against the whole use case.

use std::fs;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::date;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_biometrics::Frame;
use tanda_biometrics::finger::FingerPosition;
use tanda_chip::crypto::Curve;
use tanda_chip::{Transport, TransportError};
use tanda_model::OfficerRole;
use tanda_sandbox_chip::{
    Abilities, Fault as CardFault, SandboxChip, SandboxCountry, SandboxPerson,
};
use tanda_sandbox_finger::SimulatedFinger;

mod lasting;

use super::*;
use crate::enrolment::{AttendError, BegunEnrolment, FingerPicture, TakeFingersError};
use crate::testing::{City, number, officer, people, photo};

const ACCESS_NUMBER: &str = "271828";

/// A city whose authority believes the sandbox's country.
struct Counter {
    city: City,
    country: SandboxCountry,
}

impl Counter {
    async fn new() -> Self {
        let city = City::new().await;
        let country =
            SandboxCountry::new(Curve::BrainpoolP256r1, city.now, &mut StdRng::seed_from_u64(4));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("country.der"), country.certificate()).unwrap();
        fs::write(folder.path().join("country.crl"), country.revocations()).unwrap();
        let trust = ChipTrust::default().with_sandbox(folder.path(), "UTO", city.now).unwrap();
        city.authority.believe(trust);
        Self { city, country }
    }

    /// A card of somebody with that resident number.
    fn card(&self, serial: u16, fault: Option<CardFault>) -> SandboxChip<StdRng> {
        self.card_with(serial, fault, |_| ())
    }

    fn card_with(
        &self,
        serial: u16,
        fault: Option<CardFault>,
        change: impl FnOnce(&mut SandboxPerson),
    ) -> SandboxChip<StdRng> {
        let mut person = SandboxPerson {
            optional: number(serial).as_str().to_owned(),
            birth: date(1975, 3, 9),
            secondary_name: String::new(),
            ..SandboxPerson::specimen(photo("01", "portrait"))
        };
        change(&mut person);
        let rng = StdRng::seed_from_u64(u64::from(serial));
        SandboxChip::personalise(&person, &self.country, Abilities::ALL, fault, rng).unwrap()
    }

    async fn applicant(&mut self) -> BegunEnrolment {
        self.city.resident("01", 10, "Zhou").await;
        self.again().await
    }

    /// One more application of the same account.
    async fn again(&mut self) -> BegunEnrolment {
        let wallet = self.city.wallet("alice");
        self.city.apply_for_full(&wallet, 10, "Zhou", "01").await.0
    }

    /// The evidence that holds.
    async fn held(&self, begun: &BegunEnrolment) -> Vec<&'static str> {
        let row = self.city.authority.row(begun.enrolment_id).await;
        let tanda_model::EnrolmentState::Gathering { held, .. } = row.state else {
            panic!("gathers nothing")
        };
        held.iter().map(|kind| kind.as_str()).collect()
    }

    async fn open(
        &mut self,
        begun: &BegunEnrolment,
        digits: &str,
    ) -> Result<ChipRelay, OpenRelayError> {
        let City { authority, rng, now, .. } = &mut self.city;
        let token = begun.token.expose();
        authority.open_chip_relay(begun.enrolment_id, token, digits, *now, rng).await
    }

    /// Reads over a transport: what the resident is told, and the officer.
    async fn read(
        &mut self,
        begun: &BegunEnrolment,
        digits: &str,
        transport: &mut impl Transport,
    ) -> (ResidentOutcome, Option<ChipFault>) {
        let relay = self.open(begun, digits).await.unwrap();
        let City { authority, rng, now, .. } = &mut self.city;
        let dialogue = authority.take_chip_relay(relay.ticket.expose(), *now).await.unwrap();
        let told = authority.read_chip(dialogue, transport, *now, rng).await.unwrap();
        let outcome = authority.chip_outcome(begun.enrolment_id).await.unwrap().unwrap();
        (told, outcome.fault)
    }
}

/// Keeps every byte of a dialogue.
struct Recorder<T>(T, Vec<(Vec<u8>, Vec<u8>)>);

impl<T: Transport> Transport for Recorder<T> {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.0.transmit(command).await?;
        self.1.push((command.to_vec(), answer.clone()));
        Ok(answer)
    }
}

/// Plays the answers of a recorded dialogue, whatever is asked.
struct Replayer(std::vec::IntoIter<(Vec<u8>, Vec<u8>)>);

impl Transport for Replayer {
    async fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.0.next().map(|(_, answer)| answer).ok_or(TransportError::CardRemoved)
    }
}

/// Ends in the middle.
struct Broken(SandboxChip<StdRng>, u32, TransportError);

impl Transport for Broken {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.1 = self.1.checked_sub(1).ok_or(self.2)?;
        self.0.transmit(command).await
    }
}

#[tokio::test]
async fn at_a_counter_the_officer_opens_the_chip_and_sees_its_portrait_but_never_their_own() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let id = begun.enrolment_id;
    let mut chip = counter.card(10, None);
    let portrait = photo("01", "portrait");
    let City { authority, rng, now, .. } = &mut counter.city;
    let relay = authority
        .open_chip_relay_at_counter(id, ACCESS_NUMBER, &officer(), *now, rng)
        .await
        .unwrap();
    let dialogue = authority.take_chip_relay(relay.ticket.expose(), *now).await.unwrap();
    let told = authority.read_chip(dialogue, &mut chip, *now, rng).await.unwrap();
    assert_eq!(told, ResidentOutcome::Read);
    let clerk = counter.city.signed_in_who_is(30, OfficerRole::Clerk);
    let authority = Arc::clone(&counter.city.authority);
    let now = counter.city.now;
    // Nobody sees it whose look is not in the log.
    let shown = authority.attended_chip(id, &clerk, now).await;
    assert!(matches!(shown, Err(AttendError::NotAttended)));
    let told = authority.attended_progress(id, &clerk, now).await;
    assert!(matches!(told, Err(AttendError::NotAttended)));
    let stranger = counter.city.officer_who_is(30, OfficerRole::Clerk);
    let (digits, rng) = (ACCESS_NUMBER, &mut counter.city.rng);
    let opened = authority.open_chip_relay_at_counter(id, digits, &stranger, now, rng).await;
    assert!(matches!(opened, Err(OpenRelayError::Attend(AttendError::NotAttended))));
    counter.city.attend(&begun, clerk.id()).await;
    let seen = authority.attended_chip(id, &clerk, now).await.unwrap().unwrap();
    assert_eq!((seen.reading.state.as_str(), seen.portrait.image), ("UTO", portrait));
    for (serial, role) in [(10, OfficerRole::Supervisor), (30, OfficerRole::Auditor)] {
        let by = counter.city.officer_who_is(serial, role);
        let rng = &mut counter.city.rng;
        let opened = authority.open_chip_relay_at_counter(id, ACCESS_NUMBER, &by, now, rng).await;
        assert!(matches!(opened, Err(OpenRelayError::Attend(AttendError::NotAllowed(_)))));
        let by = counter.city.signed_in_who_is(serial, role);
        let shown = authority.attended_chip(id, &by, now).await;
        assert!(matches!(shown, Err(AttendError::NotAllowed(_))));
        let told = authority.attended_progress(id, &by, now).await;
        assert!(matches!(told, Err(AttendError::NotAllowed(_))));
    }
}

#[tokio::test]
async fn fingers_on_the_chip_are_compared_with_where_the_register_has_none() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let (id, authority) = (begun.enrolment_id, Arc::clone(&counter.city.authority));
    let print = |at: FingerPosition, whose: &str, impression| {
        SimulatedFinger::of(whose, at.as_str()).print(impression).png()
    };
    let both = [FingerPosition::RightIndex, FingerPosition::LeftIndex];
    let shown = |whose| {
        both.map(|at| FingerPicture::new(at, print(at, whose, 4), Some(500))).into_iter().collect()
    };
    let now = &counter.city.now;
    let taken = authority.take_fingers(id, shown("Zhou"), &officer(), *now).await;
    assert!(
        matches!(taken, Err(TakeFingersError::NotEnrolled { enrolled }) if enrolled.is_empty())
    );

    let on_chip = both.map(|at| (at.code(), print(at, "Zhou", 1)));
    let mut card = counter.card_with(10, None, |person| person.fingers = on_chip.into());
    let (told, _) = counter.read(&begun, ACCESS_NUMBER, &mut card).await;
    assert_eq!(told, ResidentOutcome::Read);
    let kept = authority.store.reader().await.unwrap().chip_reading(id).await.unwrap().unwrap();
    let sealed = kept.sealed_fingers.unwrap().len();
    assert!(sealed < 2000, "templates and no images: {sealed} bytes");
    let now = &counter.city.now;
    let taken = authority.take_fingers(id, shown("Li"), &officer(), *now).await.unwrap();
    assert!(!taken.alike, "somebody else's: {taken:?}");
    let taken = authority.take_fingers(id, shown("Zhou"), &officer(), *now).await.unwrap();
    assert!(taken.alike, "{taken:?}");
    assert!(counter.held(&begun).await.contains(&"fingers"));
}

#[tokio::test]
async fn a_good_card_is_kept_sealed_for_its_application() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let mut card = counter.card(10, None);
    assert_eq!(counter.read(&begun, ACCESS_NUMBER, &mut card).await, (ResidentOutcome::Read, None));
    let id = begun.enrolment_id;
    let OnCard { reading, portrait, .. } =
        counter.city.authority.chip_reading(id).await.unwrap().unwrap();
    assert!(reading.numbers.contains(&number(10).as_str().to_owned()));
    assert!(reading.sandbox && portrait.is_jpeg);
    assert!(portrait.image == photo("01", "portrait"));
    assert_eq!(reading.means, ReadingMeans::ChipAuthentication);
    assert!(!counter.city.store_contains(b"ZHOU") && !counter.city.store_contains(b"SB1234567"));
    assert_eq!(counter.held(&begun).await, ["live-face", "chip", "chip-face"]);
    let row = counter.city.authority.row(id).await;
    assert_eq!(row.document_expires_at, "2034-06-01T00:00:00Z".parse().ok());

    // Its time over, it is gone with the rest.
    counter.city.later(SignedDuration::from_hours(24 * 60));
    counter.city.authority.sweep(counter.city.now).await.unwrap();
    let mut reader = counter.city.authority.store().reader().await.unwrap();
    assert!(reader.chip_reading(id).await.unwrap().is_none());
}

#[tokio::test]
async fn each_fault_of_a_card_is_named_to_the_officer_and_to_nobody_else() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    for (fault, named) in [
        (CardFault::TamperedDg2, ChipFault::Tampered),
        (CardFault::Clone, ChipFault::Copy),
        (CardFault::WrongCsca, ChipFault::UnknownCountry),
        (CardFault::ExpiredSigner, ChipFault::SignerExpired),
        (CardFault::RevokedSigner, ChipFault::SignerRevoked),
    ] {
        let mut card = counter.card(10, Some(fault));
        let outcome = counter.read(&begun, ACCESS_NUMBER, &mut card).await;
        assert_eq!(outcome, (ResidentOutcome::NotRead, Some(named)));
    }
    assert!(counter.city.authority.chip_reading(begun.enrolment_id).await.unwrap().is_none());
    assert_eq!(counter.held(&begun).await, ["live-face"]);
}

/// As most countries keep it. What nobody can read is no refusal: the piece is missing.
#[tokio::test]
async fn a_portrait_in_jpeg_2000_is_compared_and_shown_and_an_unreadable_one_is_not() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let pictures = people().join("../../crates/biometrics/tests/jpeg2000");
    let picture = |name: &str| fs::read(pictures.join(name)).unwrap();
    let mut broken = picture("01.jp2");
    broken.truncate(200);
    for (portrait, outcome, held) in [
        (picture("02.jp2"), Some(ChipFault::OtherFace), &["live-face"][..]),
        (broken, None, &["live-face", "chip"]),
        (picture("01.jp2"), None, &["live-face", "chip", "chip-face"]),
    ] {
        let mut card = counter.card_with(10, None, |person| person.portrait = portrait);
        assert_eq!(counter.read(&begun, ACCESS_NUMBER, &mut card).await.1, outcome);
        assert_eq!(counter.held(&begun).await, held);
    }
    let read = counter.city.authority.chip_reading(begun.enrolment_id).await.unwrap().unwrap();
    assert!(read.portrait.is_jpeg && Frame::parse(&read.portrait.image).is_ok());
}

/// A genuine card proves nothing for somebody else.
#[tokio::test]
async fn somebody_elses_card_and_one_that_is_over_are_no_evidence() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let mut other = counter.card(12, None);
    let outcome = counter.read(&begun, ACCESS_NUMBER, &mut other).await;
    assert_eq!(outcome, (ResidentOutcome::NotRead, Some(ChipFault::OtherPerson)));
    let mut face = counter.card_with(10, None, |person| person.portrait = photo("02", "portrait"));
    let outcome = counter.read(&begun, ACCESS_NUMBER, &mut face).await;
    assert_eq!(outcome, (ResidentOutcome::NotRead, Some(ChipFault::OtherFace)));
    let mut over = counter.card_with(10, None, |person| person.expiry = date(2026, 11, 22));
    let outcome = counter.read(&begun, ACCESS_NUMBER, &mut over).await;
    assert_eq!(outcome, (ResidentOutcome::NotRead, Some(ChipFault::CardExpired)));
    assert_eq!(counter.held(&begun).await, ["live-face"]);
}

/// A chip is for the full card, once the face holds, and before the decision.
#[tokio::test]
async fn an_application_that_gathers_nothing_takes_no_card() {
    let mut counter = Counter::new().await;
    counter.city.resident("01", 10, "Zhou").await;
    let wallet = counter.city.wallet("bob");
    let light = counter.city.begin(&wallet, number(10).as_str(), "Zhou").await.unwrap();
    let refused = counter.open(&light, ACCESS_NUMBER).await;
    assert!(matches!(refused, Err(OpenRelayError::NotNow)));
    let begun = counter.again().await;
    let relay = counter.open(&begun, ACCESS_NUMBER).await.unwrap();
    counter.city.later(tanda_model::EnrolmentState::GATHERING_TIME);
    assert!(matches!(counter.open(&begun, ACCESS_NUMBER).await, Err(OpenRelayError::NotNow)));
    let City { authority, now, .. } = &counter.city;
    assert!(authority.take_chip_relay(relay.ticket.expose(), *now).await.is_err());
}

/// Not when the relay was asked for, but when it is taken, and when the reading has ended.
#[tokio::test]
async fn what_lapses_meanwhile_takes_no_card() {
    let minute = SignedDuration::from_mins(1);
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    counter.city.later(tanda_model::EnrolmentState::GATHERING_TIME - minute);
    let relay = counter.open(&begun, ACCESS_NUMBER).await.unwrap();
    let City { authority, now, .. } = &counter.city;
    let lapsed = *now + minute;
    let taken = authority.take_chip_relay(relay.ticket.expose(), lapsed).await;
    assert!(matches!(taken, Err(TakeRelayError::Spent)));
    let dialogue = authority.take_chip_relay(relay.ticket.expose(), *now).await.unwrap();
    let mut card = counter.card(10, None);
    let City { authority, rng, .. } = &mut counter.city;
    let told = authority.read_chip(dialogue, &mut card, lapsed, rng).await.unwrap();
    assert_eq!(told, ResidentOutcome::Again);
    let outcome = authority.chip_outcome(begun.enrolment_id).await.unwrap().unwrap();
    assert_eq!(outcome.fault, Some(ChipFault::TimedOut));
    assert!(authority.chip_reading(begun.enrolment_id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_card_that_was_reported_lost_is_no_evidence() {
    let mut counter = Counter::new().await;
    counter.applicant().await;
    let City { authority, rng, now, .. } = &mut counter.city;
    let (whom, lost) = (number(10).into(), crate::register::Mark::CardLost);
    authority.mark_resident(&whom, lost, true, &officer(), *now, rng).await.unwrap();
    // Who applies all the same is seen by an officer, who may find that it is the resident.
    let begun = counter.again().await;
    let City { authority, rng, now, .. } = &mut counter.city;
    let (id, verdict) = (begun.enrolment_id, tanda_model::OfficerVerdict::Approve);
    authority.decide_referred(id, verdict, &officer(), *now, rng).await.unwrap();
    let mut card = counter.card(10, None);
    let outcome = counter.read(&begun, ACCESS_NUMBER, &mut card).await;
    assert_eq!(outcome, (ResidentOutcome::NotRead, Some(ChipFault::CardLost)));
    assert_eq!(counter.held(&begun).await, ["live-face"]);
}

/// What turns out to have been no try takes its own count back, and no other's.
#[tokio::test]
async fn wrong_numbers_of_relays_side_by_side_stay_counted() {
    let mut counter = Counter::new().await;
    let first = counter.applicant().await;
    let second = counter.again().await;
    let mut card = counter.card(10, None);
    counter.read(&first, "000000", &mut card).await;
    let one = counter.open(&first, ACCESS_NUMBER).await.unwrap();
    let other = counter.open(&second, "000000").await.unwrap();
    let mut removed = Broken(counter.card(10, None), 40, TransportError::CardRemoved);
    let City { authority, rng, now, .. } = &mut counter.city;
    let one = authority.take_chip_relay(one.ticket.expose(), *now).await.unwrap();
    let other = authority.take_chip_relay(other.ticket.expose(), *now).await.unwrap();
    let told = authority.read_chip(other, &mut card, *now, rng).await.unwrap();
    assert_eq!(told, ResidentOutcome::NotRead);
    let told = authority.read_chip(one, &mut removed, *now, rng).await.unwrap();
    assert_eq!(told, ResidentOutcome::Again);
    for _ in 0..3 {
        counter.read(&second, "000000", &mut card).await;
    }
    let paused = counter.open(&second, ACCESS_NUMBER).await;
    assert!(matches!(paused, Err(OpenRelayError::TooManyAttempts { .. })), "{paused:?}");
}

#[tokio::test]
async fn who_loses_the_card_may_lay_it_on_again() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    for (error, fault) in [
        (TransportError::CardRemoved, ChipFault::CardRemoved),
        (TransportError::ReaderGone, ChipFault::ReaderGone),
        (TransportError::TimedOut, ChipFault::TimedOut),
    ] {
        // As often as one likes: what ends after the chip has opened is no wrong number.
        for _ in 0..3 {
            let mut card = Broken(counter.card(10, None), 40, error);
            let outcome = counter.read(&begun, ACCESS_NUMBER, &mut card).await;
            assert_eq!(outcome, (ResidentOutcome::Again, Some(fault)));
        }
    }
    let mut card = counter.card(10, None);
    let outcome = counter.read(&begun, ACCESS_NUMBER, &mut card).await;
    assert_eq!(outcome, (ResidentOutcome::Read, None));
}

#[tokio::test]
async fn a_recorded_session_is_worth_nothing() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let mut recorder = Recorder(counter.card(10, None), Vec::new());
    let outcome = counter.read(&begun, ACCESS_NUMBER, &mut recorder).await;
    assert_eq!(outcome, (ResidentOutcome::Read, None));
    let mut replayer = Replayer(recorder.1.into_iter());
    let (told, fault) = counter.read(&begun, ACCESS_NUMBER, &mut replayer).await;
    assert_eq!(told, ResidentOutcome::NotRead);
    assert!(
        matches!(fault, Some(ChipFault::WrongAccessNumber | ChipFault::Disturbed)),
        "{fault:?}"
    );
}

#[tokio::test]
async fn a_ticket_opens_one_dialogue_and_dies_young() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let spent = |taken| matches!(taken, Err(TakeRelayError::Spent));
    let short = counter.open(&begun, "27182").await;
    assert!(matches!(short, Err(OpenRelayError::AccessNumber(_))));
    // One that is replaced is worth nothing.
    let first = counter.open(&begun, ACCESS_NUMBER).await.unwrap();
    let second = counter.open(&begun, ACCESS_NUMBER).await.unwrap();
    let now = counter.city.now;
    let authority = std::sync::Arc::clone(&counter.city.authority);
    assert!(spent(authority.take_chip_relay(first.ticket.expose(), now).await));
    assert!(spent(authority.take_chip_relay("nonsense", now).await));
    let late = second.expires_at;
    assert!(spent(authority.take_chip_relay(second.ticket.expose(), late).await));
    // Of many at the same time one is let in.
    let all = (0..8).map(|_| authority.take_chip_relay(second.ticket.expose(), now));
    let mut let_in = 0;
    for taken in all {
        let_in += usize::from(taken.await.is_ok());
    }
    assert_eq!(let_in, 1);
    // While it is read, there is no other; a process that ended in mid-read is waited for.
    assert!(matches!(counter.open(&begun, ACCESS_NUMBER).await, Err(OpenRelayError::Busy)));
    counter.city.later(ChipDialogue::LONGEST);
    counter.open(&begun, ACCESS_NUMBER).await.unwrap();
    // Nobody else's token, and no card that was refused.
    let wallet = counter.city.wallet("bob");
    let other = counter.city.begin(&wallet, number(12).as_str(), "Wang").await.unwrap();
    let crossed = BegunEnrolment { enrolment_id: begun.enrolment_id, ..other };
    let refused = counter.open(&crossed, ACCESS_NUMBER).await;
    assert!(matches!(refused, Err(OpenRelayError::Unknown)));
}

#[tokio::test]
async fn after_five_wrong_access_numbers_there_is_a_pause_that_survives_a_restart() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let mut card = counter.card(10, None);
    for _ in 0..5 {
        let outcome = counter.read(&begun, "000000", &mut card).await;
        assert_eq!(outcome, (ResidentOutcome::NotRead, Some(ChipFault::WrongAccessNumber)));
    }
    counter.city.restart().await;
    let paused = counter.open(&begun, ACCESS_NUMBER).await;
    assert!(matches!(paused, Err(OpenRelayError::TooManyAttempts { .. })), "{paused:?}");
    counter.city.later(SignedDuration::from_mins(15));
    counter.open(&begun, ACCESS_NUMBER).await.unwrap();
}

/// Somebody with a card of their own does not get five more tries at another's.
#[tokio::test]
async fn a_card_of_ones_own_makes_up_for_no_wrong_number() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let [mut card, mut own] = [10, 11].map(|serial| counter.card(serial, None));
    for _ in 0..4 {
        counter.read(&begun, "000000", &mut card).await;
    }
    let outcome = counter.read(&begun, ACCESS_NUMBER, &mut own).await;
    assert_eq!(outcome, (ResidentOutcome::NotRead, Some(ChipFault::OtherPerson)));
    counter.read(&begun, "000000", &mut card).await;
    let paused = counter.open(&begun, ACCESS_NUMBER).await;
    assert!(matches!(paused, Err(OpenRelayError::TooManyAttempts { .. })), "{paused:?}");
}

/// Relays of several applications of one account, opened before the first of them failed, and broken
/// off before the authority hears the chip's verdict.
#[tokio::test]
async fn relays_side_by_side_get_no_more_tries() {
    let mut counter = Counter::new().await;
    let first = counter.applicant().await;
    let mut card = counter.card(10, None);
    for _ in 0..4 {
        counter.read(&first, "000000", &mut card).await;
    }
    let second = counter.again().await;
    let one = counter.open(&first, "000001").await.unwrap();
    let other = counter.open(&second, "000002").await.unwrap();
    let City { authority, now, .. } = &counter.city;
    authority.take_chip_relay(one.ticket.expose(), *now).await.unwrap();
    let refused = authority.take_chip_relay(other.ticket.expose(), *now).await;
    assert!(matches!(refused, Err(TakeRelayError::TooManyAttempts { .. })));
}

#[tokio::test]
async fn breaking_off_while_a_number_is_tried_counts() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    for _ in 0..5 {
        // The chip's verdict on the number is its eighth answer.
        let mut card = Broken(counter.card(10, None), 7, TransportError::ReaderGone);
        counter.read(&begun, "000000", &mut card).await;
    }
    let paused = counter.open(&begun, ACCESS_NUMBER).await;
    assert!(matches!(paused, Err(OpenRelayError::TooManyAttempts { .. })));
}

#[test]
fn what_an_operator_lays_down_is_read_or_named() {
    let now = "2026-11-27T12:00:00Z".parse().unwrap();
    let country = SandboxCountry::new(Curve::P256, now, &mut StdRng::seed_from_u64(4));
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("UTO");
    fs::create_dir(&state).unwrap();
    let named = |trust: Result<ChipTrust, ChipTrustError>| trust.unwrap_err().to_string();
    // A list before its signer is there.
    fs::write(state.join("a.crl"), country.revocations()).unwrap();
    let error = named(ChipTrust::read(folder.path(), now));
    assert!(error.contains("a.crl can't be used: no country signer in the store"), "{error}");
    fs::write(state.join("b.cer"), country.certificate()).unwrap();
    fs::write(state.join("README.md"), "notes").unwrap();
    let trust = ChipTrust::read(folder.path(), now).unwrap();
    assert!(!trust.is_sandbox("UTO"));
    fs::write(state.join("c.der"), "nonsense").unwrap();
    let error = named(ChipTrust::read(folder.path(), now));
    assert!(error.contains("c.der is neither a certificate"), "{error}");
    let error = named(ChipTrust::read(&folder.path().join("nowhere"), now));
    assert!(error.contains("nowhere can't be read"), "{error}");
    // In the folder of something that is no state.
    fs::remove_file(state.join("c.der")).unwrap();
    fs::rename(&state, folder.path().join("Utopia")).unwrap();
    let error = named(ChipTrust::read(folder.path(), now));
    assert!(error.contains("capital letters"), "{error}");
}
