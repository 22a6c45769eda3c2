//! Fingers on a chip: a reference that an issuer signed, for residents whom the register knows no
//! fingers of.

use tanda_biometrics::finger::{
    FingerPosition, FingerReference, FingerTemplate, Impression, MOST_IMPRESSIONS,
};
use tanda_chip::lds::{FingerFormat, FingerImage};

/// The reference that a card's images make; `None` where two fingers can't be known by them: there are
/// none, or they are not good enough, or compressed in a way that is not read (WSQ, JPEG 2000).
pub(super) fn reference(images: &[FingerImage]) -> Option<FingerReference> {
    let mut fingers: Vec<(FingerPosition, FingerTemplate)> = Vec::new();
    for image in images {
        let Ok(position) = FingerPosition::try_from(image.position) else { continue };
        let before = fingers.iter().filter(|(other, _)| *other == position).count();
        if let Some(template) = template(image)
            && before < MOST_IMPRESSIONS
        {
            fingers.push((position, template));
        }
    }
    FingerReference::enrol(fingers).ok()
}

fn template(image: &FingerImage) -> Option<FingerTemplate> {
    let impression = match image.format {
        FingerFormat::Grey { width, height } => {
            Impression::new(width, height, &image.bytes, image.dots_an_inch)
        }
        FingerFormat::Png => Impression::decode(&image.bytes, Some(image.dots_an_inch)),
        FingerFormat::Other => return None,
    };
    impression.ok()?.usable_template().ok()
}

#[cfg(test)]
mod tests {
    use tanda_sandbox_finger::{PrintFault, SimulatedFinger};
    use zeroize::Zeroizing;

    use super::*;

    const INDEX: [(u8, &str); 2] = [(2, "right-index"), (7, "left-index")];

    fn image(position: u8, format: FingerFormat, bytes: Vec<u8>) -> FingerImage {
        FingerImage { position, dots_an_inch: 500, format, bytes: Zeroizing::new(bytes) }
    }

    fn png((position, name): (u8, &str), impression: u32) -> FingerImage {
        let print = SimulatedFinger::of("Li", name).print(impression);
        image(position, FingerFormat::Png, print.png())
    }

    fn enrolled(images: &[FingerImage]) -> Option<Vec<(u8, usize)>> {
        let reference = reference(images)?;
        Some(reference.fingers().map(|(at, impressions)| (at.code(), impressions)).collect())
    }

    #[test]
    fn two_good_fingers_are_a_reference_and_nothing_less() {
        let [right, left] = INDEX.map(|finger| png(finger, 1));
        let both = Some(vec![(2, 1), (7, 1)]);
        assert_eq!(enrolled(&[right.clone(), left.clone()]), both);
        assert_eq!(enrolled(&[]), None);
        assert_eq!(enrolled(std::slice::from_ref(&right)), None);
        // The same finger, said to be another.
        assert_eq!(enrolled(&[right.clone(), FingerImage { position: 7, ..right.clone() }]), None);
        // Not known which finger, in a way that is not read, or of no use.
        assert_eq!(enrolled(&[right.clone(), FingerImage { position: 0, ..left.clone() }]), None);
        let closed = FingerImage { format: FingerFormat::Other, ..left.clone() };
        assert_eq!(enrolled(&[right.clone(), closed]), None);
        let partial = SimulatedFinger::of("Li", INDEX[1].1).faulty_print(1, PrintFault::Blank);
        let partial = image(7, FingerFormat::Png, partial.png());
        assert_eq!(enrolled(&[right.clone(), partial.clone()]), None);
        // Beside good ones it takes nothing away.
        assert_eq!(enrolled(&[partial, right, left]), both);
    }

    #[test]
    fn of_many_impressions_the_first_few_are_taken() {
        let mut images: Vec<_> = (1..=4).map(|impression| png(INDEX[0], impression)).collect();
        images.push(png(INDEX[1], 1));
        assert_eq!(enrolled(&images), Some(vec![(2, MOST_IMPRESSIONS), (7, 1)]));
    }
}
