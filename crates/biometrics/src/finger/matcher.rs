use core::cell::RefCell;

use super::edges::{Shape, Stars};
use super::minutia::{FingerTemplate, Minutia};
use super::pairing::Pairing;
use super::score::score;
use super::shapes::Shapes;

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
pub struct Probe {
    template: FingerTemplate,
    stars: Stars,
    shapes: Shapes,
    work: RefCell<Work>,
}

/// What a comparison works in, kept for the next so that none allocates.
#[derive(Default)]
struct Work {
    stars: Stars,
    pairing: Pairing,
    roots: Vec<(u8, u8)>,
    short: Vec<(u8, Shape)>,
    /// A bit for each minutia of the probe that a root begins at, for each of the candidate.
    seen: Vec<u128>,
}

impl Probe {
    /// Prepares a template for comparisons.
    #[must_use]
    pub fn new(template: &FingerTemplate) -> Self {
        Self {
            stars: Stars::of(&template.minutiae),
            shapes: Shapes::of(&template.minutiae),
            template: template.clone(),
            work: RefCell::default(),
        }
    }

    /// Compares another template with this one.
    #[must_use]
    pub fn compare(&self, template: &FingerTemplate) -> Score {
        let (probe, candidate) = (&self.template.minutiae, &template.minutiae);
        let Work { stars, pairing, roots, short, seen } = &mut *self.work.borrow_mut();
        stars.become_those_of(candidate);
        self.find_roots(candidate, roots, short, seen);
        let mut best = 0.0_f32;
        for root in roots {
            let pairs = pairing.grow(&self.stars, stars, *root);
            // Most roots are of two places that only look alike, and lead nowhere.
            if pairs.len() > 1 {
                best = best.max(score(pairs, probe, candidate));
            }
        }
        Score(best)
    }

    /// Pairs from which others may follow: those that an edge of about the same shape begins at.
    fn find_roots(
        &self,
        candidate: &[Minutia],
        roots: &mut Vec<(u8, u8)>,
        short: &mut Vec<(u8, Shape)>,
        seen: &mut Vec<u128>,
    ) {
        roots.clear();
        short.clear();
        seen.clear();
        seen.resize(candidate.len(), 0);
        let mut look_up = |from: u8, shape: Shape| {
            for probe in self.shapes.fitting(shape) {
                let bit = 1_u128 << probe;
                if seen[usize::from(from)] & bit == 0 {
                    seen[usize::from(from)] |= bit;
                    roots.push((probe, from));
                }
            }
            roots.len() >= ROOTS
        };
        for (from, to) in strides(candidate.len()).take(LOOKUPS) {
            let shape = Shape::between(&candidate[usize::from(from)], &candidate[usize::from(to)]);
            if shape.length < LONG {
                short.push((from, shape));
            } else if look_up(from, shape) {
                break;
            }
        }
        for (from, shape) in short {
            if look_up(*from, *shape) {
                break;
            }
        }
        roots.truncate(ROOTS);
    }
}

/// Two different minutiae each time, spread over all of them from the first on.
fn strides(count: usize) -> impl Iterator<Item = (u8, u8)> {
    let place = |at: usize| u8::try_from(at).unwrap_or_default();
    (1..count).flat_map(move |period| {
        (0..=period).flat_map(move |phase| {
            (phase..count)
                .step_by(period + 1)
                .map(move |from| (place(from), place((from + period) % count)))
        })
    })
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
