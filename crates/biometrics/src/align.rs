//! Turning a face upright into the frame that the embedder was trained on.

use crate::detect::Face;
use crate::frame::Frame;
use crate::warp::{Affine, Detail, warp};

/// Side of the aligned face in pixels.
pub(crate) const SIDE: usize = 112;

/// Where the five landmarks belong in an aligned face of 112 × 112 pixels: the ArcFace template
/// (Deng et al., "ArcFace", 2019; the reference alignment of insightface).
const TEMPLATE: [(f32, f32); 5] = [
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
];

/// The aligned face: 112 rows of 112 RGB triples, 0 to 255.
pub(crate) fn align(frame: &Frame, face: &Face) -> Vec<[f32; 3]> {
    let points = face.landmarks.map(|point| (point.x, point.y));
    warp(frame, &similarity(&TEMPLATE, &points), SIDE, SIDE, Detail::Smoothed)
}

/// The similarity (turn, scale, shift) that brings `from` onto `to` with the least squared error
/// (Umeyama 1991; in the plane it has this closed form, points taken as complex numbers).
fn similarity(from: &[(f32, f32); 5], to: &[(f32, f32); 5]) -> Affine {
    let mean = |points: &[(f32, f32); 5]| {
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        (x / 5.0, y / 5.0)
    };
    let (from_mean, to_mean) = (mean(from), mean(to));
    let (mut real, mut imaginary, mut norm) = (0.0, 0.0, 0.0);
    for (source, target) in from.iter().zip(to) {
        let (sx, sy) = (source.0 - from_mean.0, source.1 - from_mean.1);
        let (tx, ty) = (target.0 - to_mean.0, target.1 - to_mean.1);
        real += sx * tx + sy * ty;
        imaginary += sx * ty - sy * tx;
        norm += sx * sx + sy * sy;
    }
    let (a, b) = (real / norm, imaginary / norm);
    Affine {
        xx: a,
        xy: -b,
        x: to_mean.0 - a * from_mean.0 + b * from_mean.1,
        yx: b,
        yy: a,
        y: to_mean.1 - b * from_mean.0 - a * from_mean.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_and_scaled_template_is_found_again() {
        let (a, b) = (1.7_f32, -0.6_f32);
        let moved = TEMPLATE.map(|(x, y)| (a * x - b * y + 12.0, b * x + a * y - 3.0));
        let map = similarity(&TEMPLATE, &moved);
        for (found, expected) in
            [map.xx, map.xy, map.x, map.yx, map.yy, map.y].iter().zip([a, -b, 12.0, b, a, -3.0])
        {
            assert!((found - expected).abs() < 1e-3, "{map:?}");
        }
    }
}
