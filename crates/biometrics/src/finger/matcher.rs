use std::collections::HashMap;

use super::edges::{ANGLE_ERROR, Edge, LENGTH_ERROR, Shape, stars};
use super::minutia::{FingerTemplate, Minutia};
use super::pairing::Pairing;
use super::score::score;

/// Pairs that a pairing is begun from, at most.
const ROOTS: usize = 70;
/// Edges that are looked up for them, at most.
const LOOKUPS: usize = 1633;
/// Long edges are looked up first: they say more.
const LONG: i16 = 58;

/// How alike two impressions are; larger is more alike. Of the same scale for all templates.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Score(pub f32);

/// A template that others are compared with: its edges are found by their shape.
#[derive(Debug)]
pub struct Probe {
    minutiae: Vec<Minutia>,
    stars: Vec<Vec<Edge>>,
    shapes: HashMap<u32, Vec<Indexed>>,
}

#[derive(Clone, Copy, Debug)]
struct Indexed {
    shape: Shape,
    from: usize,
}

impl Probe {
    /// Prepares a template for comparisons.
    pub fn new(template: &FingerTemplate) -> Self {
        let minutiae = template.minutiae.clone();
        let mut shapes: HashMap<u32, Vec<Indexed>> = HashMap::new();
        for (from, one) in minutiae.iter().enumerate() {
            for (to, other) in minutiae.iter().enumerate() {
                if from != to {
                    let shape = Shape::between(one, other);
                    for key in keys(shape) {
                        shapes.entry(key).or_default().push(Indexed { shape, from });
                    }
                }
            }
        }
        Self { stars: stars(&minutiae), minutiae, shapes }
    }

    /// Compares another template with this one.
    pub fn compare(&self, template: &FingerTemplate) -> Score {
        let candidate = &template.minutiae;
        let candidate_stars = stars(candidate);
        let mut pairing = Pairing::default();
        let mut best = 0.0_f32;
        for root in self.roots(candidate) {
            let pairs = pairing.grow(&self.stars, &candidate_stars, root);
            best = best.max(score(pairs, &self.minutiae, candidate));
        }
        Score(best)
    }

    /// Pairs from which others may follow: those that an edge of about the same shape begins at.
    fn roots(&self, candidate: &[Minutia]) -> Vec<(usize, usize)> {
        let mut roots = Vec::new();
        let mut seen = vec![false; self.minutiae.len() * candidate.len()];
        let mut lookups = 0;
        for long in [true, false] {
            for (from, to) in strides(candidate.len()) {
                let shape = Shape::between(&candidate[from], &candidate[to]);
                if (shape.length >= LONG) != long {
                    continue;
                }
                for found in self.shapes.get(&key(shape)).into_iter().flatten() {
                    let root = found.from * candidate.len() + from;
                    if found.shape.fits(shape) && !seen[root] {
                        seen[root] = true;
                        roots.push((found.from, from));
                        if roots.len() >= ROOTS {
                            return roots;
                        }
                    }
                }
                lookups += 1;
                if lookups >= LOOKUPS {
                    return roots;
                }
            }
        }
        roots
    }
}

/// Two different minutiae each time, spread over all of them from the first on.
fn strides(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..count).flat_map(move |period| {
        (0..=period).flat_map(move |phase| {
            (phase..count).step_by(period + 1).map(move |from| (from, (from + period) % count))
        })
    })
}

/// How many angles' widths there are to the circle.
const ANGLE_BINS: u32 = 256_u32.div_ceil(ANGLE_ERROR as u32);

/// Under which key a shape is looked up.
fn key(shape: Shape) -> u32 {
    let angle = |angle: super::angle::Angle| u32::from(angle.0 / ANGLE_ERROR);
    let length = u32::from((shape.length / LENGTH_ERROR).unsigned_abs());
    (length * ANGLE_BINS + angle(shape.near)) * ANGLE_BINS + angle(shape.far)
}

/// Under which keys it is found by whatever fits it.
fn keys(shape: Shape) -> Vec<u32> {
    let lengths = (shape.length - LENGTH_ERROR).max(0) / LENGTH_ERROR
        ..=(shape.length + LENGTH_ERROR) / LENGTH_ERROR;
    let angles = |angle: super::angle::Angle| {
        let mut bins: Vec<u8> = (0..=2 * ANGLE_ERROR)
            .map(|off| angle.0.wrapping_sub(ANGLE_ERROR).wrapping_add(off) / ANGLE_ERROR)
            .collect();
        bins.dedup();
        bins
    };
    let (near, far) = (angles(shape.near), angles(shape.far));
    let mut keys = Vec::with_capacity(27);
    for length in lengths {
        for near in &near {
            for far in &far {
                let length = u32::from(length.unsigned_abs());
                keys.push((length * ANGLE_BINS + u32::from(*near)) * ANGLE_BINS + u32::from(*far));
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ordered_pair_comes_once() {
        let mut pairs: Vec<_> = strides(7).collect();
        assert_eq!(pairs.len(), 42);
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), 42);
        assert!(pairs.iter().all(|(from, to)| from != to));
    }
}
