use proptest::prelude::*;

use super::*;
use crate::finger::bytes::tests::templates;
use crate::finger::drawn::{Finger, Placed};

use FingerPosition::{LeftIndex, LeftThumb, RightIndex, RightThumb};

/// An impression of a finger; of another placing each time.
fn impression(finger: u64, placing: u8) -> FingerTemplate {
    let turned = 0.1 * f32::from(placing);
    let how = Placed { turned, right: 8.0 * turned, noise: 0.2, ..Placed::default() };
    Finger::new(finger).placed(how).template()
}

fn enrolled() -> FingerReference {
    FingerReference::enrol([
        (RightIndex, impression(1, 0)),
        (LeftIndex, impression(2, 0)),
        (RightIndex, impression(1, 1)),
        (LeftIndex, impression(2, 1)),
        (RightIndex, impression(1, 2)),
    ])
    .unwrap()
}

fn shown(fingers: [(FingerPosition, u64); 2]) -> PresentedFingers {
    PresentedFingers::new(fingers.map(|(position, finger)| (position, impression(finger, 4))))
        .unwrap()
}

#[test]
fn two_fingers_are_known_again_and_others_are_not() {
    let reference = enrolled();
    assert_eq!(reference.fingers().collect::<Vec<_>>(), [(RightIndex, 3), (LeftIndex, 2)]);
    let same = reference.compare(&shown([(RightIndex, 1), (LeftIndex, 2)]));
    assert!(same.is_match() && same.fingers == 2, "{same:?}");
    let others = reference.compare(&shown([(RightIndex, 3), (LeftIndex, 4)]));
    assert!(!others.is_match() && others.fingers == 2, "{others:?}");
    let swapped = reference.compare(&shown([(RightIndex, 2), (LeftIndex, 1)]));
    assert!(!swapped.is_match(), "{swapped:?}");
}

#[test]
fn one_finger_that_is_alike_does_not_make_up_for_another() {
    let half = enrolled().compare(&shown([(RightIndex, 1), (LeftIndex, 4)]));
    assert!(half.score.0 > 2.0 * FINGERS_MATCH_THRESHOLD && !half.is_match(), "{half:?}");
}

#[test]
fn a_finger_is_unlike_by_the_line_that_a_match_needs_of_each() {
    for (score, unlike) in
        [(EACH_FINGER_THRESHOLD, false), (EACH_FINGER_THRESHOLD.next_down(), true)]
    {
        let likeness = FingerLikeness { position: RightIndex, score: Score(score) };
        assert_eq!(likeness.is_unlike(), unlike, "{score}");
        assert_eq!(FingersComparison::of([score, 99.0]).is_match(), !unlike, "{score}");
    }
    let unlike = |shown: PresentedFingers| {
        let likenesses = enrolled().likenesses(&shown);
        likenesses.into_iter().filter(FingerLikeness::is_unlike).map(|one| one.position).collect()
    };
    let none: Vec<FingerPosition> = unlike(shown([(RightIndex, 1), (LeftIndex, 2)]));
    assert_eq!(none, []);
    assert_eq!(unlike(shown([(RightIndex, 1), (LeftIndex, 4)])), [LeftIndex]);
    assert_eq!(unlike(shown([(RightIndex, 3), (LeftIndex, 4)])), [RightIndex, LeftIndex]);
    // What is not enrolled was not compared.
    assert_eq!(unlike(shown([(LeftThumb, 4), (LeftIndex, 2)])), []);
}

#[test]
fn fewer_than_two_different_fingers_never_match() {
    let one = impression(1, 4);
    assert_eq!(
        PresentedFingers::new([(RightIndex, one.clone())]),
        Err(FingersError::TooFewFingers)
    );
    assert_eq!(
        FingerReference::enrol([(RightIndex, one), (RightIndex, impression(1, 1))]),
        Err(FingersError::TooFewFingers)
    );
    // Two were shown, of which one is enrolled.
    let half = enrolled().compare(&shown([(RightIndex, 1), (LeftThumb, 2)]));
    assert_eq!(half.fingers, 1);
    assert!(half.score.0 > 2.0 * FINGERS_MATCH_THRESHOLD && !half.is_match(), "{half:?}");
}

#[test]
fn one_picture_under_two_names_is_refused() {
    let picture = impression(1, 0);
    let twice = [(RightIndex, picture.clone()), (LeftIndex, picture)];
    assert_eq!(
        PresentedFingers::new(twice.clone()),
        Err(FingersError::SameFinger(RightIndex, LeftIndex))
    );
    assert_eq!(FingerReference::enrol(twice), Err(FingersError::SameFinger(RightIndex, LeftIndex)));
    // Also where it says so little that it would not match itself.
    let nothing = FingerTemplate::default();
    assert_eq!(
        PresentedFingers::new([(RightIndex, nothing.clone()), (LeftIndex, nothing)]),
        Err(FingersError::SameFinger(RightIndex, LeftIndex))
    );
}

#[test]
fn one_finger_under_two_names_is_refused() {
    let twice = [(RightThumb, impression(1, 0)), (RightIndex, impression(1, 3))];
    assert_eq!(
        PresentedFingers::new(twice.clone()),
        Err(FingersError::SameFinger(RightThumb, RightIndex))
    );
    assert_eq!(
        FingerReference::enrol(
            twice.into_iter().chain([(LeftThumb, impression(2, 0)), (LeftThumb, impression(2, 1))])
        ),
        Err(FingersError::SameFinger(RightThumb, RightIndex))
    );
}

#[test]
fn more_impressions_than_are_kept_are_refused() {
    let four = (0..4).map(|placing| (RightIndex, impression(1, placing)));
    assert_eq!(
        FingerReference::enrol(four.chain([(LeftIndex, impression(2, 0))])),
        Err(FingersError::TooManyImpressions(RightIndex))
    );
    let two = (0..2).map(|placing| (RightIndex, impression(1, placing)));
    assert_eq!(
        PresentedFingers::new(two.chain([(LeftIndex, impression(2, 0))])),
        Err(FingersError::TooManyImpressions(RightIndex))
    );
}

proptest! {
    #[test]
    fn a_reference_is_read_back(
        fingers in prop::collection::btree_map(
            prop::sample::select(&FingerPosition::ALL[..]),
            prop::collection::vec(templates(), 1..=3),
            2..=10,
        )
    ) {
        let reference = FingerReference { fingers };
        let bytes = reference.to_bytes();
        prop_assert_eq!(FingerReference::from_bytes(&bytes), Ok(reference));
        prop_assert!(FingerReference::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        prop_assert!(FingerReference::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }
}

#[test]
fn other_bytes_are_no_reference() {
    let finger = |code: u8| [code, 1, 1, 0];
    let read = |parts: &[&[u8]]| FingerReference::from_bytes(&parts.concat()).is_ok();
    assert!(read(&[&[1, 2], &finger(2), &finger(7)]));
    assert!(!read(&[&[2, 2], &finger(2), &finger(7)]), "another version");
    assert!(!read(&[&[1, 1], &finger(2)]), "one finger");
    assert!(!read(&[&[1, 2], &finger(7), &finger(2)]), "out of order");
    assert!(!read(&[&[1, 2], &finger(2), &finger(2)]), "one finger twice");
    assert!(!read(&[&[1, 2], &finger(0), &finger(2)]), "an unknown finger");
    assert!(!read(&[&[1, 2], &finger(2), &[7, 0]]), "no impression");
    assert!(!read(&[&[1, 2], &finger(2), &[7, 4], &[1, 0, 1, 0, 1, 0, 1, 0]]), "four impressions");
}
