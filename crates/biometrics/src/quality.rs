//! How good a capture is: light, sharpness, size and place of the face.

use serde::{Deserialize, Serialize};

use crate::align::{self, align};
use crate::detect::Face;
use crate::frame::Frame;
use crate::guidance::Guidance;
use crate::warp::luma;

/// What is measured of a face's picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Mean brightness of the face, 0 to 255.
    pub brightness: f32,
    /// Variance of the Laplacian of the aligned face: under 20 it is visibly blurred.
    pub sharpness: f32,
    /// Longer side of the face's box in parts of the frame's shorter side.
    pub size: f32,
    /// How far the face's middle is from the frame's, in parts of the frame: 0 is the middle,
    /// 0.5 the edge.
    pub offset: f32,
    /// The part of the box (by width or height) that lies outside of the frame.
    pub outside: f32,
}

impl Quality {
    /// Measures `face` in `frame`.
    #[must_use]
    pub fn measure(frame: &Frame, face: &Face) -> Self {
        let grey: Vec<f32> = align(frame, face).iter().map(luma).collect();
        let (width, height) = (frame.width() as f32, frame.height() as f32);
        let centre = face.centre();
        let offset = (centre.x / width - 0.5).abs().max((centre.y / height - 0.5).abs());
        let across = (-face.left).max(face.left + face.width - width).max(0.0) / face.width;
        let down = (-face.top).max(face.top + face.height - height).max(0.0) / face.height;
        Self {
            brightness: grey.iter().sum::<f32>() / grey.len() as f32,
            sharpness: laplacian_variance(&grey, align::SIDE),
            size: face.side() / width.min(height),
            offset,
            outside: across.max(down),
        }
    }

    /// The first thing to mend, if any.
    #[must_use]
    pub fn fault(&self) -> Option<Guidance> {
        let faults = [
            (self.size < Self::MIN_SIZE, Guidance::TooFar),
            (self.size > Self::MAX_SIZE || self.outside > Self::MAX_OUTSIDE, Guidance::TooNear),
            (self.offset > Self::MAX_OFFSET, Guidance::OffCentre),
            (self.brightness < Self::MIN_BRIGHTNESS, Guidance::TooDark),
            (self.brightness > Self::MAX_BRIGHTNESS, Guidance::TooBright),
            (self.sharpness < Self::MIN_SHARPNESS, Guidance::Blurred),
        ];
        faults.into_iter().find_map(|(is_fault, guidance)| is_fault.then_some(guidance))
    }

    /// One number for choosing among good captures, 0 to 1: mostly sharpness, then light.
    #[must_use]
    pub fn score(&self) -> f32 {
        let sharp = (self.sharpness / 300.0).min(1.0);
        let lit = 1.0 - ((self.brightness - 130.0).abs() / 130.0).min(1.0);
        let large = (self.size / 0.5).min(1.0);
        0.5 * sharp + 0.3 * lit + 0.2 * large
    }

    const MIN_SIZE: f32 = 0.25;
    const MAX_SIZE: f32 = 0.95;
    const MAX_OUTSIDE: f32 = 0.1;
    const MAX_OFFSET: f32 = 0.25;
    const MIN_BRIGHTNESS: f32 = 40.0;
    const MAX_BRIGHTNESS: f32 = 225.0;
    const MIN_SHARPNESS: f32 = 20.0;
}

fn laplacian_variance(grey: &[f32], side: usize) -> f32 {
    let (mut sum, mut squares, mut count) = (0.0_f32, 0.0_f32, 0.0_f32);
    for row in 1..side - 1 {
        for column in 1..side - 1 {
            let at = row * side + column;
            let value =
                grey[at - side] + grey[at + side] + grey[at - 1] + grey[at + 1] - 4.0 * grey[at];
            sum += value;
            squares += value * value;
            count += 1.0;
        }
    }
    squares / count - (sum / count).powi(2)
}
