use super::drawn::{Finger, Placed};
use super::{FingerTemplate, Impression, Probe};

fn template(seed: u64, how: Placed) -> FingerTemplate {
    Finger::new(seed).placed(how).template()
}

fn score(one: &FingerTemplate, other: &FingerTemplate) -> f32 {
    Probe::new(one).compare(other).0
}

#[test]
fn the_minutiae_are_where_they_were_drawn() {
    for seed in 0..4 {
        let finger = Finger::new(seed);
        let how = Placed { turned: 0.2, ..Placed::default() };
        let template = finger.placed(how).template();
        let near = |(x, y): (f32, f32)| {
            template
                .minutiae
                .iter()
                .any(|minutia| (f32::from(minutia.x) - x).hypot(f32::from(minutia.y) - y) < 9.0)
        };
        let inside = |(x, y): &(f32, f32)| (40.0..260.0).contains(x) && (40.0..300.0).contains(y);
        let drawn: Vec<_> = finger
            .vortices
            .iter()
            .map(|vortex| Finger::seen(*vortex, how))
            .filter(inside)
            .collect();
        let found = drawn.iter().filter(|place| near(**place)).count();
        assert!(found * 10 >= drawn.len() * 8, "{found} of {} of finger {seed}", drawn.len());
        assert!(template.len() <= finger.vortices.len() + 3, "{}", template.len());
    }
}

#[test]
fn a_finger_is_known_again_shifted_turned_in_part_and_noisy() {
    let first = template(1, Placed::default());
    let placings = [
        Placed { right: 25.0, down: -30.0, ..Placed::default() },
        Placed { turned: 0.6, ..Placed::default() },
        Placed { turned: -1.5, right: 10.0, ..Placed::default() },
        Placed { cut: 120, turned: 0.1, ..Placed::default() },
        Placed { noise: 0.5, turned: -0.2, down: 12.0, ..Placed::default() },
    ];
    let same = placings.map(|how| score(&first, &template(1, how)));
    let others = (2..12).map(|seed| score(&first, &template(seed, Placed::default())));
    let highest = others.fold(0.0, f32::max);
    assert!(same.iter().all(|score| *score > 1.5 * highest), "{same:?} against {highest}");
}

#[test]
fn what_is_no_finger_has_no_minutiae() {
    let flat = Impression::new(300, 300, &[190; 90_000], 500).unwrap();
    assert!(flat.template().is_empty());
    let shaded: Vec<u8> =
        (0..300).flat_map(|_| (60..210_u8).flat_map(|grey| [grey, grey])).collect();
    assert!(Impression::new(300, 300, &shaded, 500).unwrap().template().len() < 4);
    let nothing = FingerTemplate::default();
    let some = template(3, Placed::default());
    assert_eq!((score(&nothing, &some), score(&some, &nothing)), (0.0, 0.0));
}

#[test]
fn the_same_picture_has_the_same_template() {
    let how = Placed { noise: 0.3, ..Placed::default() };
    assert_eq!(template(5, how), template(5, how));
}
