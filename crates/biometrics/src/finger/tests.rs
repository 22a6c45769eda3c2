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

mod quality {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::{Finger, Placed};
    use crate::finger::{Impression, ImpressionRefusal};

    /// A picture of 300 by 300 pixels.
    fn refusal(grey: impl FnMut(usize) -> u8) -> Option<ImpressionRefusal> {
        let pixels: Vec<u8> = (0..90_000).map(grey).collect();
        Impression::new(300, 300, &pixels, 500).unwrap().usable_template().err()
    }

    #[test]
    fn a_finger_is_used() {
        for seed in 0..4 {
            let how = Placed { noise: 0.3, turned: 0.2, ..Placed::default() };
            assert_eq!(Finger::new(seed).placed(how).usable_template().err(), None);
        }
    }

    #[test]
    fn a_blank_picture_is_refused() {
        assert_eq!(refusal(|_| 230), Some(ImpressionRefusal::Blank));
        let mut rng = StdRng::seed_from_u64(1);
        let noise = refusal(|_| rng.random_range(225..235));
        assert_eq!(noise, Some(ImpressionRefusal::Blank), "the scanner's own noise");
    }

    #[test]
    fn a_photograph_of_a_desk_is_refused() {
        let mut rng = StdRng::seed_from_u64(2);
        // A lamp's light, the edge of a sheet, a pen, and grain.
        let desk = refusal(|at| {
            let (x, y) = (at % 300, at / 300);
            let sheet = if x + y / 3 > 160 && y > 60 { 90 } else { 0 };
            let pen = if (y + 300 - x) % 600 > 280 && (y + 300 - x) % 600 < 292 { 40 } else { 0 };
            let light = u8::try_from((x + y) / 12).unwrap();
            60 + light + sheet - pen.min(sheet) + rng.random_range(0..30)
        });
        assert_eq!(desk, Some(ImpressionRefusal::NoRidges));
        let chance = refusal(|_| rng.random());
        assert_eq!(chance, Some(ImpressionRefusal::NoRidges), "noise all over");
    }

    #[test]
    fn a_smear_is_refused() {
        // A finger drawn over the glass, across its ridges: each row is what the rows before it were.
        let finger = Finger::new(3).placed(Placed::default()).pixels.clone();
        let mut pixels = vec![255; 90_000];
        for x in 0..300 {
            let mut wet = 200.0_f32;
            for y in 0..300 {
                wet += (f32::from(finger[(x, y)]) - wet) * 0.02;
                let edge = if (40..260).contains(&x) && (40..260).contains(&y) { 1.0 } else { 0.0 };
                pixels[y * 300 + x] = crate::finger::grid::grey(255.0 - edge * (255.0 - wet));
            }
        }
        let smear = Impression::new(300, 300, &pixels, 500).unwrap().usable_template().err();
        let reasons = [ImpressionRefusal::NoRidges, ImpressionRefusal::TooLittle];
        assert!(smear.is_some_and(|reason| reasons.contains(&reason)), "{smear:?}");
    }

    #[test]
    fn a_tip_of_a_finger_is_refused() {
        let how = Placed { cut: 240, ..Placed::default() };
        let tip = Finger::new(1).placed(how).usable_template().err();
        assert_eq!(tip, Some(ImpressionRefusal::TooLittle));
    }

    #[test]
    fn faint_ridges_are_refused() {
        let finger = Finger::new(2).placed(Placed::default()).pixels.clone();
        let faint: Vec<u8> = finger.cells().iter().map(|grey| 180 + grey / 9).collect();
        let faint = Impression::new(finger.width, finger.height, &faint, 500).unwrap();
        assert_eq!(faint.usable_template().err(), Some(ImpressionRefusal::TooFaint));
    }
}
