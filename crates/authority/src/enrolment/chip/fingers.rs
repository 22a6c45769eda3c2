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
