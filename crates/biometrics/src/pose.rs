//! Where a head is turned: a network in the manner of Ruiz et al., "Fine-Grained Head Pose
//! Estimation Without Keypoints" (2018), with 66 bins of three degrees an angle.

use serde::{Deserialize, Serialize};

use crate::detect::Face;
use crate::frame::Frame;
use crate::models::{InferenceError, Models};
use crate::warp::{Affine, Detail, planar, warp};

const SIDE: usize = 224;
/// What the crop takes in on each side, in box sizes.
const MARGIN: f32 = 0.25;
/// Mean and deviation of the pictures that the network was trained on (ImageNet's), by channel.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// The angles of a head in degrees, 0 when it looks straight into the camera.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Positive towards the subject's own left.
    pub yaw: f32,
    /// Positive upwards.
    pub pitch: f32,
    /// Tilt towards a shoulder.
    pub roll: f32,
}

impl Models {
    /// The pose of one face of a frame that is not mirrored.
    ///
    /// # Errors
    /// [`InferenceError`], when the model cannot be run.
    pub fn pose(&self, frame: &Frame, face: &Face) -> Result<Pose, InferenceError> {
        let grown = 1.0 + 2.0 * MARGIN;
        let map = Affine::crop(
            face.left - face.width * MARGIN,
            face.top - face.height * MARGIN,
            (face.width * grown, face.height * grown),
            SIDE,
            SIDE,
        );
        let crop = warp(frame, &map, SIDE, SIDE, Detail::Smoothed);
        let plane = |channel: usize| {
            move |pixel: &[f32; 3]| (pixel[channel] / 255.0 - MEAN[channel]) / DEVIATION[channel]
        };
        let outputs = self.pose.run(planar(&crop, SIDE, SIDE, &[plane(0), plane(1), plane(2)]))?;
        let mut angles = outputs.iter().map(|logits| angle(logits));
        let mut next = || angles.next().unwrap_or_default();
        // The network counts yaw positive towards the right of the picture's subject.
        Ok(Pose { yaw: -next(), pitch: next(), roll: next() })
    }
}

/// The expectation over 66 bins of three degrees around zero.
fn angle(logits: &[f32]) -> f32 {
    let bins = softmax(logits);
    let mean: f32 = bins.iter().enumerate().map(|(bin, share)| bin as f32 * share).sum();
    3.0 * (mean - (logits.len() as f32 - 1.0) / 2.0)
}

/// Shares that sum to one.
pub(crate) fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut shares: Vec<f32> = logits.iter().map(|logit| (logit - most).exp()).collect();
    let total: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= total);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_bins_are_straight_ahead() {
        let mut logits = vec![0.0; 66];
        (logits[32], logits[33]) = (60.0, 60.0);
        assert!(angle(&logits).abs() < 1e-3);
        (logits[32], logits[33], logits[42]) = (0.0, 0.0, 60.0);
        assert!((angle(&logits) - 28.5).abs() < 1e-3);
    }
}
