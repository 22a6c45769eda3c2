//! The public-domain pair that fingers are measured beside: NIST's mindtct and bozorth3, as the crates
//! fprint-mindtct and fprint-bozorth3 have them in Rust.

use fprint_bozorth3::match_score;
use fprint_mindtct::{GrayImage, detect_minutiae};
use tanda_biometrics::accuracy::FingerMatcher;
use tanda_biometrics::finger::Impression;

/// Dots an inch that impressions have once they are read.
const DOTS_AN_INCH: u16 = 500;

/// Minutiae by mindtct, compared by bozorth3.
pub(crate) struct Nbis;

impl FingerMatcher for Nbis {
    type Template = Vec<fprint_bozorth3::Minutia>;

    fn template(&self, impression: &Impression) -> (Self::Template, bool) {
        let (width, height) = (impression.width(), impression.height());
        let image = GrayImage::new(impression.pixels(), width, height, DOTS_AN_INCH).unwrap();
        let minutiae = detect_minutiae(image);
        let bare = |one: &fprint_mindtct::Minutia| {
            fprint_bozorth3::Minutia::from_xyt(one.x, one.y, one.theta)
        };
        (minutiae.iter().map(bare).collect(), true)
    }

    #[expect(clippy::cast_precision_loss, reason = "scores are below some thousands")]
    fn compare(&self, probe: &Self::Template, candidates: &[&Self::Template]) -> Vec<f32> {
        candidates.iter().map(|candidate| match_score(probe, candidate) as f32).collect()
    }
}
