//! Error rates from scores (ISO/IEC 19795-1): FMR over impostor pairs, FNMR over genuine ones.

/// Scores of pairs, from which error rates follow at any threshold. A pair matches when its score
/// is at least the threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    genuine: Vec<f32>,
    impostor: Vec<f32>,
}

/// What a threshold means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// The least score that is a match.
    pub threshold: f32,
    /// The part of impostor pairs that match.
    pub fmr: f64,
    /// The part of genuine pairs that do not match.
    pub fnmr: f64,
}

impl Rates {
    /// Takes the scores of pairs of one person and of pairs of two.
    #[must_use]
    pub fn new(mut genuine: Vec<f32>, mut impostor: Vec<f32>) -> Self {
        genuine.sort_by(f32::total_cmp);
        impostor.sort_by(f32::total_cmp);
        Self { genuine, impostor }
    }

    /// The scores of all of them together.
    pub(super) fn of_all<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
        for rates in all {
            genuine.extend(&rates.genuine);
            impostor.extend(&rates.impostor);
        }
        Self::new(genuine, impostor)
    }

    /// How many pairs of one person there are.
    #[must_use]
    pub fn genuine_pairs(&self) -> usize {
        self.genuine.len()
    }

    /// How many pairs of two persons there are.
    #[must_use]
    pub fn impostor_pairs(&self) -> usize {
        self.impostor.len()
    }

    /// The error rates at `threshold`.
    #[must_use]
    pub fn at_threshold(&self, threshold: f32) -> OperatingPoint {
        let below = |scores: &[f32]| scores.partition_point(|&score| score < threshold);
        OperatingPoint {
            threshold,
            fmr: share(self.impostor.len() - below(&self.impostor), self.impostor.len()),
            fnmr: share(below(&self.genuine), self.genuine.len()),
        }
    }

    /// The lowest threshold whose FMR is at most `fmr`; `None` when there are too few impostor
    /// pairs to see so low a rate (fewer than one error would be allowed).
    #[must_use]
    pub fn at_fmr(&self, fmr: f64) -> Option<OperatingPoint> {
        let allowed = whole(fmr * self.impostor.len() as f64);
        if allowed == 0 {
            return None;
        }
        let highest_refused = *self.impostor.get(self.impostor.len().checked_sub(allowed + 1)?)?;
        Some(self.at_threshold(highest_refused.next_up()))
    }

    /// Where FMR and FNMR meet: their mean at the threshold at which they differ least.
    #[must_use]
    pub fn equal_error_rate(&self) -> Option<f64> {
        if self.genuine.is_empty() || self.impostor.is_empty() {
            return None;
        }
        let apart = |point: &OperatingPoint| (point.fmr - point.fnmr).abs();
        self.genuine
            .iter()
            .map(|&score| self.at_threshold(score))
            .min_by(|a, b| apart(a).total_cmp(&apart(b)))
            .map(|point| f64::midpoint(point.fmr, point.fnmr))
    }

    /// The curve of (FMR, FNMR), a point for each of `count` levels of FMR down to one error.
    pub(super) fn curve(&self, count: usize) -> Vec<OperatingPoint> {
        let least = 1.0 / self.impostor.len().max(1) as f64;
        (0..count)
            .filter_map(|index| {
                let part = index as f64 / (count - 1) as f64;
                // Even steps in the logarithm from one half down to one error.
                self.at_fmr((0.5_f64.ln() * (1.0 - part) + least.ln() * part).exp() * (1.0 + 1e-9))
            })
            .collect()
    }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

#[expect(clippy::cast_possible_truncation, reason = "float-to-integer casts saturate")]
fn whole(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_count_pairs() {
        let impostor = (0..1000).map(|index| index as f32 / 2000.0).collect();
        let rates = Rates::new(vec![0.2, 0.45, 0.6, 0.7, 0.9], impostor);
        let point = rates.at_fmr(0.01).unwrap();
        assert!((point.fmr - 0.01).abs() < 1e-9, "{point:?}");
        assert!((point.threshold - 0.4945).abs() < 1e-4, "{point:?}");
        assert!((point.fnmr - 0.4).abs() < 1e-9);
        assert_eq!(rates.at_fmr(0.0001), None);
        assert!((rates.at_threshold(0.45).fnmr - 0.2).abs() < 1e-9);
    }

    #[test]
    fn equal_scores_all_count_as_matches() {
        let rates = Rates::new(vec![0.5; 4], vec![0.5, 0.5, 0.1, 0.1]);
        assert!((rates.at_threshold(0.5).fmr - 0.5).abs() < 1e-9);
        // One false match in four is not to be had: both equal ones match, or neither.
        assert_eq!(rates.at_fmr(0.25).unwrap().fmr, 0.0);
    }

    #[test]
    fn the_equal_error_rate_of_separated_scores_is_zero() {
        assert_eq!(Rates::new(vec![0.8, 0.9], vec![0.1, 0.2]).equal_error_rate(), Some(0.0));
        assert_eq!(Rates::new(vec![], vec![0.1]).equal_error_rate(), None);
    }
}
