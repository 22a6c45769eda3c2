//! What a card has shown, between its reading and the officer's word.

use tanda_model::{EvidenceKind, OfficerVerdict};

use super::*;

impl Counter {
    /// One whose applicant has all that the full card needs, but for the officer's word.
    async fn with_all_but_the_officer(expiry: jiff::civil::Date) -> (Self, BegunEnrolment) {
        let mut counter = Self::new().await;
        let begun = counter.applicant().await;
        let mut card = counter.card_with(10, None, |person| person.expiry = expiry);
        let outcome = counter.read(&begun, ACCESS_NUMBER, &mut card).await;
        assert_eq!(outcome, (ResidentOutcome::Read, None));
        counter.city.hold(&begun, &[EvidenceKind::Fingers]).await;
        (counter, begun)
    }

    async fn approve(&mut self, begun: &BegunEnrolment) -> Result<(), AttendError> {
        let City { authority, rng, now, .. } = &mut self.city;
        let verdict = OfficerVerdict::Approve;
        authority.attest(begun.enrolment_id, verdict, &officer(), *now, rng).await
    }
}

#[tokio::test]
async fn a_country_that_is_believed_no_more_takes_its_cards_along() {
    let (mut counter, begun) = Counter::with_all_but_the_officer(date(2034, 5, 31)).await;
    let believed = counter.city.authority.chips().as_ref().clone();
    counter.city.authority.believe(ChipTrust::default());
    assert!(matches!(counter.approve(&begun).await, Err(AttendError::CardLapsed)));
    counter.city.authority.believe(believed);
    counter.approve(&begun).await.unwrap();
}

#[tokio::test]
async fn a_card_whose_last_day_passes_meanwhile_counts_no_longer() {
    let (mut counter, begun) = Counter::with_all_but_the_officer(date(2026, 11, 24)).await;
    counter.city.later(SignedDuration::from_hours(3 * 24));
    counter.city.attend(&begun, officer().id()).await;
    assert!(matches!(counter.approve(&begun).await, Err(AttendError::CardLapsed)));
    let (mut counter, begun) = Counter::with_all_but_the_officer(date(2026, 11, 24)).await;
    counter.city.later(SignedDuration::from_hours(24));
    counter.city.attend(&begun, officer().id()).await;
    counter.approve(&begun).await.unwrap();
}

/// What one card has shown, and what was compared with it, goes when another takes its place.
#[tokio::test]
async fn another_card_takes_along_what_rested_on_the_first() {
    let (mut counter, begun) = Counter::with_all_but_the_officer(date(2034, 5, 31)).await;
    // One without fingers: they were compared with the register's.
    counter.read(&begun, ACCESS_NUMBER, &mut counter.card(10, None)).await;
    assert_eq!(counter.held(&begun).await, ["live-face", "chip", "chip-face", "fingers"]);
    let print =
        |at: FingerPosition| (at.code(), SimulatedFinger::of("Zhou", at.as_str()).print(1).png());
    let on_chip = [FingerPosition::RightIndex, FingerPosition::LeftIndex].map(print);
    let mut with_fingers = counter.card_with(10, None, |person| person.fingers = on_chip.into());
    counter.read(&begun, ACCESS_NUMBER, &mut with_fingers).await;
    counter.read(&begun, ACCESS_NUMBER, &mut counter.card(10, None)).await;
    assert_eq!(counter.held(&begun).await, ["live-face", "chip", "chip-face"]);
}

/// Nobody knows who stands there long after a code was shown.
#[tokio::test]
async fn an_officer_attends_for_two_hours() {
    let (mut counter, begun) = Counter::with_all_but_the_officer(date(2034, 5, 31)).await;
    counter.city.later(SignedDuration::from_hours(2));
    assert!(matches!(counter.approve(&begun).await, Err(AttendError::NotAttended)));
    counter.city.attend(&begun, officer().id()).await;
    counter.approve(&begun).await.unwrap();
}

/// A clone that was tried is in the log, whatever is laid on the reader after it.
#[tokio::test]
async fn a_card_that_speaks_against_its_applicant_is_recorded() {
    let mut counter = Counter::new().await;
    let begun = counter.applicant().await;
    let mut card = counter.card(10, None);
    counter.read(&begun, "000000", &mut card).await;
    let mut removed = Broken(counter.card(10, None), 20, TransportError::CardRemoved);
    counter.read(&begun, ACCESS_NUMBER, &mut removed).await;
    const FAILED: &str = "enrolment.evidence-failed";
    assert!(!counter.city.acts_contain(FAILED).await, "nothing was wrong with the card");
    let mut copy = counter.card(10, Some(CardFault::Clone));
    counter.read(&begun, ACCESS_NUMBER, &mut copy).await;
    assert!(counter.city.acts_contain(FAILED).await);
}
