//! How much a pairing says.

use super::edges::{ANGLE_ERROR, LENGTH_ERROR};
use super::minutia::Minutia;
use super::pairing::Pair;

/// What each part of a pairing is worth.
const PAIR: f32 = 0.032;
const PAIRED_SHARE: f32 = 8.98;
const SAME_KIND: f32 = 0.629;
const SUPPORTED: f32 = 0.193;
const EDGE: f32 = 0.265;
const LENGTHS: f32 = 9.9;
const ANGLES: f32 = 2.79;
/// An error below that part of the largest says nothing.
const LENGTH_FLAT: f32 = 0.69;
const ANGLE_FLAT: f32 = 0.27;
/// Further edges from which on a pair counts as supported.
const SUPPORTS: u32 = 1;

/// The score of pairs between two sets of minutiae; larger is more alike.
pub(super) fn score(pairs: &[Pair], probe: &[Minutia], candidate: &[Minutia]) -> f32 {
    let count = pairs.len() as f32;
    let share = count * (0.5 / probe.len() as f32 + 0.5 / candidate.len() as f32);
    let (mut same_kind, mut supported, mut edges) = (0.0, 0.0, 0.0);
    let (mut length_error, mut angle_error) = (0.0, 0.0);
    let largest_length = f32::from(LENGTH_ERROR);
    let largest_angle = f32::from(ANGLE_ERROR);
    for pair in pairs {
        if probe[usize::from(pair.probe)].kind == candidate[usize::from(pair.candidate)].kind {
            same_kind += 1.0;
        }
        if pair.supports >= SUPPORTS {
            supported += 1.0;
        }
        edges += 1.0 + pair.supports as f32;
        let Some((one, other)) = pair.edges else { continue };
        let length = f32::from((one.shape.length - other.shape.length).abs());
        length_error += length.max(LENGTH_FLAT * largest_length);
        for (one, other) in [(one.shape.near, other.shape.near), (one.shape.far, other.shape.far)] {
            angle_error += f32::from(one.distance(other)).max(ANGLE_FLAT * largest_angle);
        }
    }
    let followed = (count - 1.0).max(0.0);
    let accuracy = |error: f32, largest: f32| {
        let most = largest * followed;
        if followed > 0.0 { (most - error) / most } else { 0.0 }
    };
    PAIR * count
        + PAIRED_SHARE * share
        + SAME_KIND * same_kind
        + SUPPORTED * supported
        + EDGE * edges
        + LENGTHS * accuracy(length_error, largest_length)
        + ANGLES * accuracy(angle_error, 2.0 * largest_angle)
}
