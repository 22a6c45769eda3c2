//! Fingers shown at a counter, good and bad, against the whole use case.

use std::sync::Arc;

use tanda_model::OfficerRole;
use tanda_sandbox_finger::{PrintFault, SimulatedFinger};

use FingerPosition::{LeftIndex, RightIndex, RightThumb};

use super::*;
use crate::enrolment::BegunEnrolment;
use crate::testing::{City, officer};

fn finger(position: FingerPosition) -> SimulatedFinger {
    SimulatedFinger::of("Li", position.as_str())
}

fn picture(position: FingerPosition, png: Vec<u8>) -> FingerPicture {
    FingerPicture::new(position, png, Some(500))
}

fn good(position: FingerPosition) -> FingerPicture {
    picture(position, finger(position).print(4).png())
}

fn bad(position: FingerPosition, fault: PrintFault) -> FingerPicture {
    picture(position, finger(position).faulty_print(4, fault).png())
}

/// A resident whose two index fingers are in the register, as far as their face goes.
async fn applicant(city: &mut City) -> BegunEnrolment {
    city.resident("01", 10, "Li").await;
    let fingers = [RightIndex, LeftIndex].map(|at| (1..=2).map(move |n| (at, n)));
    let impressions = fingers.into_iter().flatten().map(|(at, impression)| {
        let print = picture(at, finger(at).print(impression).png());
        (at, template(&print).unwrap())
    });
    city.enrol_fingers(10, FingerReference::enrol(impressions).unwrap()).await;
    let wallet = city.wallet("a");
    city.apply_for_full(&wallet, 10, "Li", "01").await.0
}

async fn take(
    city: &mut City,
    begun: &BegunEnrolment,
    pictures: Vec<FingerPicture>,
) -> Result<TakenFingers, TakeFingersError> {
    take_as(city, begun, pictures, &officer()).await
}

async fn take_as(
    city: &mut City,
    begun: &BegunEnrolment,
    pictures: Vec<FingerPicture>,
    officer: &Officer,
) -> Result<TakenFingers, TakeFingersError> {
    let (authority, now) = (Arc::clone(&city.authority), city.now);
    authority.take_fingers(begun.enrolment_id, pictures, officer, now).await
}

async fn holds(city: &mut City, begun: &BegunEnrolment) -> bool {
    let view = city.view(begun).await;
    view.gathered.unwrap().held.contains(&EvidenceKind::Fingers)
}

#[tokio::test]
async fn two_fingers_of_the_resident_are_evidence() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let taken = take(&mut city, &begun, vec![good(RightIndex), good(LeftIndex)]).await.unwrap();
    assert!(taken.alike && taken.fingers == 2 && taken.score > taken.line, "{taken:?}");
    assert_eq!(taken.unlike, []);
    assert!(holds(&mut city, &begun).await);
    let kinds = r#""enrolment.evidence-held""#;
    assert!(city.acts_contain(kinds).await);
    let mut reader = city.authority.store.reader().await.unwrap();
    assert_eq!(reader.finger_comparisons(begun.enrolment_id).await.unwrap(), 1);
}

#[tokio::test]
async fn anothers_fingers_are_none_and_a_few_tries_are_all() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let other = |at| bad(at, PrintFault::OtherFinger);
    for left in (0..MOST_COMPARISONS).rev() {
        let taken = take(&mut city, &begun, vec![other(RightIndex), other(LeftIndex)]).await;
        let taken = taken.unwrap();
        assert!(!taken.alike && taken.left == left, "{taken:?}");
        assert_eq!(taken.unlike, [RightIndex, LeftIndex]);
    }
    assert!(city.acts_contain("enrolment.evidence-failed").await);
    let taken = take(&mut city, &begun, vec![good(RightIndex), good(LeftIndex)]).await;
    assert!(matches!(taken, Err(TakeFingersError::TooMany)));
    assert!(!holds(&mut city, &begun).await);
}

/// Two at once: what each comes to.
async fn at_once(
    city: &mut City,
    begun: &BegunEnrolment,
    pictures: fn() -> Vec<FingerPicture>,
) -> [Result<TakenFingers, TakeFingersError>; 2] {
    let (authority, id, now) = (Arc::clone(&city.authority), begun.enrolment_id, city.now);
    let clerk = officer();
    let (one, other) = tokio::join!(
        authority.take_fingers(id, pictures(), &clerk, now),
        authority.take_fingers(id, pictures(), &clerk, now),
    );
    [one, other]
}

#[tokio::test]
async fn comparisons_at_once_are_no_more_than_one_after_the_other() {
    let others =
        || [RightIndex, LeftIndex].map(|at| bad(at, PrintFault::OtherFinger)).into_iter().collect();
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    for _ in 1..MOST_COMPARISONS {
        take(&mut city, &begun, others()).await.unwrap();
    }
    let both = at_once(&mut city, &begun, others).await;
    let too_many = |taken: &Result<_, _>| matches!(taken, Err(TakeFingersError::TooMany));
    assert_eq!(both.iter().filter(|taken| too_many(taken)).count(), 1, "{both:?}");
}

#[tokio::test]
async fn fingers_are_for_the_application_as_it_stood() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let both = at_once(&mut city, &begun, || vec![good(RightIndex), good(LeftIndex)]).await;
    let changed =
        |taken: &Result<_, _>| matches!(taken, Err(TakeFingersError::Attend(AttendError::Changed)));
    assert_eq!(both.iter().filter(|taken| changed(taken)).count(), 1, "{both:?}");
}

#[tokio::test]
async fn whoever_entered_a_resident_does_not_take_their_fingers() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let resident = city.authority.row(begun.enrolment_id).await.resident.unwrap();
    let entering = city.officer_who_is(30, OfficerRole::Clerk);
    let hand = entering.id();
    let noted: Result<(), StorageError> = city
        .authority
        .store
        .write(move |mut tx| Box::pin(async move { tx.note_hand(hand, resident).await }))
        .await;
    noted.unwrap();
    city.attend(&begun, hand).await;
    let pictures = vec![good(RightIndex), good(LeftIndex)];
    let taken = take_as(&mut city, &begun, pictures, &entering).await;
    let Err(TakeFingersError::Attend(AttendError::NotAllowed(why))) = taken else {
        panic!("{taken:?}")
    };
    assert_eq!(why, NotAllowed::OwnEntry);
    assert!(!holds(&mut city, &begun).await);
}

#[tokio::test]
async fn one_finger_of_the_resident_is_not_enough() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let swapped = vec![
        picture(RightIndex, finger(LeftIndex).print(4).png()),
        picture(LeftIndex, finger(RightIndex).print(4).png()),
    ];
    assert!(!take(&mut city, &begun, swapped).await.unwrap().alike);
    let half = vec![good(RightIndex), bad(LeftIndex, PrintFault::OtherFinger)];
    let half = take(&mut city, &begun, half).await.unwrap();
    assert!(!half.alike && half.unlike == [LeftIndex], "{half:?}");
    let alone = take(&mut city, &begun, vec![good(RightIndex)]).await;
    let both = [RightIndex, LeftIndex];
    assert!(matches!(alone, Err(TakeFingersError::NotEnrolled { enrolled }) if enrolled == both));
    let unknown = take(&mut city, &begun, vec![good(RightIndex), good(RightThumb)]).await;
    assert!(matches!(unknown, Err(TakeFingersError::NotEnrolled { .. })));
    assert!(!holds(&mut city, &begun).await);
}

#[tokio::test]
async fn the_same_fingers_shifted_and_in_part_hold_or_are_asked_for_again() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let part = |at| bad(at, PrintFault::Partial);
    match take(&mut city, &begun, vec![part(RightIndex), part(LeftIndex)]).await {
        Ok(taken) => assert!(taken.alike, "{taken:?}"),
        Err(TakeFingersError::Retake(again)) => assert!(!again.is_empty()),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_is_no_finger_is_asked_for_again_and_costs_nothing() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let blank = bad(LeftIndex, PrintFault::Blank);
    let mut torn = good(LeftIndex);
    torn.picture.truncate(2000);
    let photo = picture(LeftIndex, crate::testing::photo("01", "portrait"));
    for pictures in [blank, torn, photo] {
        let taken = take(&mut city, &begun, vec![good(RightIndex), pictures]).await;
        let Err(TakeFingersError::Retake(again)) = taken else { panic!("{taken:?}") };
        assert_eq!(again.iter().map(|it| it.position).collect::<Vec<_>>(), [LeftIndex]);
    }
    assert!(take(&mut city, &begun, vec![good(RightIndex), good(LeftIndex)]).await.is_ok());
}

/// The grain of wood has lines as a finger has, so it may come as far as the comparison.
#[tokio::test]
async fn a_photograph_of_a_desk_is_nobodys_finger() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    for desks in [
        vec![good(RightIndex), bad(LeftIndex, PrintFault::Desk)],
        vec![bad(RightIndex, PrintFault::Desk), bad(LeftIndex, PrintFault::Desk)],
    ] {
        let taken = take(&mut city, &begun, desks).await;
        assert!(!matches!(taken, Ok(TakenFingers { alike: true, .. })), "{taken:?}");
    }
    assert!(!holds(&mut city, &begun).await);
}

#[tokio::test]
async fn one_picture_is_not_two_fingers_nor_the_enrolled_one_a_finger() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let right = finger(RightIndex).print(4).png();
    let twice = vec![picture(RightIndex, right.clone()), picture(LeftIndex, right)];
    let taken = take(&mut city, &begun, twice).await;
    let same = FingersError::SameFinger(RightIndex, LeftIndex);
    assert!(matches!(taken, Err(TakeFingersError::Fingers(error)) if error == same));
    let failed = r#""enrolment.evidence-failed""#;
    assert!(!city.acts_contain(failed).await, "a slip of the scanner's software");
    let copied = picture(RightIndex, finger(RightIndex).print(1).png());
    let taken = take(&mut city, &begun, vec![copied, good(LeftIndex)]).await;
    assert!(matches!(taken, Err(TakeFingersError::Copy(RightIndex))));
    assert!(city.acts_contain(failed).await);
    let mut reader = city.authority.store.reader().await.unwrap();
    assert_eq!(reader.finger_comparisons(begun.enrolment_id).await.unwrap(), 1);
    drop(reader);
    assert!(!holds(&mut city, &begun).await);
}

#[tokio::test]
async fn only_an_officer_whose_own_matter_it_is_not_takes_fingers() {
    let mut city = City::new().await;
    let begun = applicant(&mut city).await;
    let both = || vec![good(RightIndex), good(LeftIndex)];
    let auditor = city.officer_who_is(99, OfficerRole::Auditor);
    let own = city.officer_who_is(10, OfficerRole::Clerk);
    for refused in [auditor, own] {
        let taken = take_as(&mut city, &begun, both(), &refused).await;
        assert!(
            matches!(taken, Err(TakeFingersError::Attend(AttendError::NotAllowed(_)))),
            "{taken:?}"
        );
    }
}

/// A chip is asked where the register doesn't know two of the fingers, and not before.
#[test]
fn the_registers_fingers_come_before_a_chips() {
    let reference = |at: [FingerPosition; 2], time| {
        let print = |at| template(&picture(at, finger(at).print(time).png())).unwrap();
        FingerReference::enrol(at.map(|at| (at, print(at)))).unwrap()
    };
    let [index, on_chip] = [1, 2].map(|time| reference([RightIndex, LeftIndex], time));
    let other = reference([RightIndex, RightThumb], 1);
    let shown = [RightIndex, LeftIndex].map(good);
    let of = |register: &FingerReference, chip: &FingerReference| {
        enrolled(Some(register.clone()), Some(chip.clone()), &shown)
    };
    assert_eq!(of(&index, &on_chip).unwrap(), index);
    assert_eq!(of(&other, &on_chip).unwrap(), on_chip);
    assert!(matches!(of(&other, &other), Err(TakeFingersError::NotEnrolled { .. })));
}

#[tokio::test]
async fn who_has_no_fingers_in_the_register_cannot_prove_them() {
    let mut city = City::new().await;
    city.resident("01", 10, "Li").await;
    let wallet = city.wallet("a");
    let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
    let taken = take(&mut city, &begun, vec![good(RightIndex), good(LeftIndex)]).await;
    assert!(
        matches!(taken, Err(TakeFingersError::NotEnrolled { enrolled }) if enrolled.is_empty())
    );
}
