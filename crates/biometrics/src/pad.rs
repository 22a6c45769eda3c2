//! Presentation-attack detection from one picture: a print detector (a MiniFASNet).
//!
//! It sees the paper around and in a printed face. It does not see a screen, and says so nowhere:
//! the random challenge, the sameness of the face through all frames and the officer behind them
//! carry what one picture cannot.

use crate::detect::Face;
use crate::frame::Frame;
use crate::models::{InferenceError, Models};
use crate::pose::softmax;
use crate::warp::{Affine, Detail, planar, warp};

const SIDE: usize = 128;
/// How many times the box the crop takes in, as in training: the surroundings tell the paper.
const SURROUNDINGS: f32 = 2.7;

impl Models {
    /// How much one face of a frame looks like a live one, 0 to 1 (print or mask are the rest).
    ///
    /// # Errors
    /// [`InferenceError`], when the model cannot be run.
    pub fn liveness(&self, frame: &Frame, face: &Face) -> Result<f32, InferenceError> {
        // As in training: sampled without smoothing, so that the texture of a print is kept.
        let crop = warp(frame, &surroundings(frame, face), SIDE, SIDE, Detail::Sampled);
        let plane = |channel: usize| move |pixel: &[f32; 3]| pixel[channel];
        let outputs = self.pad.run(planar(&crop, SIDE, SIDE, &[plane(2), plane(1), plane(0)]))?;
        Ok(outputs.first().map(|logits| softmax(logits)[0]).unwrap_or_default())
    }
}

/// The crop: the box grown by 2.7, or by as much as the frame allows, moved to lie within it.
fn surroundings(frame: &Frame, face: &Face) -> Affine {
    let (right, bottom) = ((frame.width() - 1) as f32, (frame.height() - 1) as f32);
    let grow = SURROUNDINGS.min(right / face.width).min(bottom / face.height);
    let (width, height) = (face.width * grow, face.height * grow);
    let centre = face.centre();
    let left = (centre.x - width / 2.0).clamp(0.0, (right - width).max(0.0));
    let top = (centre.y - height / 2.0).clamp(0.0, (bottom - height).max(0.0));
    Affine::crop(left, top, (width, height), SIDE, SIDE)
}
