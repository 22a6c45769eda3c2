//! What a measurement on fingers found, as tables and a plot.

use std::fmt::Write as _;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::det_svg::{self, Curve};
use super::rates::Rates;
use super::report::{percent, rates_table};
use crate::thresholds::FINGERS_MATCH_THRESHOLD;

/// What was measured on the impressions of one scanner.
#[derive(Clone, Debug)]
pub struct FingerSet {
    /// The folder.
    pub name: String,
    /// How many fingers.
    pub fingers: usize,
    /// How many impressions of them.
    pub impressions: usize,
    /// How many of those are no picture that could be read.
    pub unreadable: usize,
    /// How many the quality gate refuses (failures to acquire). They are compared all the same, but in
    /// [`FingerSet::two_usable`].
    pub refused: usize,
    /// Every two impressions.
    pub one: Rates,
    /// As in the competitions: of different fingers only the first impressions.
    pub protocol: Rates,
    /// The scores of every two impressions of each finger.
    pub by_finger: Vec<Vec<f32>>,
    /// Two fingers with three impressions each enrolled: the mean of both fingers' scores.
    pub two: Rates,
    /// The same, without the impressions that the quality gate refuses.
    pub two_usable: Rates,
}

/// What was measured on all sets of a folder.
#[derive(Clone, Debug)]
pub struct FingerReport {
    /// By name.
    pub sets: Vec<FingerSet>,
}

impl FingerReport {
    /// Scores of all sets together.
    #[must_use]
    pub fn pooled(&self, of: impl Fn(&FingerSet) -> &Rates) -> Rates {
        Rates::of_all(self.sets.iter().map(of))
    }

    /// Between which figures FNMR at a threshold lies with 95 % confidence: fingers are drawn with
    /// replacement, for impressions of one finger fail together (R. Bolle et al., "Error analysis of
    /// pattern recognition systems: the subsets bootstrap", 2004).
    #[must_use]
    pub fn fnmr_interval(&self, threshold: f32) -> Option<(f64, f64)> {
        const DRAWS: usize = 2000;
        let fingers: Vec<(usize, usize)> = self
            .sets
            .iter()
            .flat_map(|set| &set.by_finger)
            .map(|scores| (scores.iter().filter(|score| **score < threshold).count(), scores.len()))
            .filter(|(_, pairs)| *pairs > 0)
            .collect();
        if fingers.len() < 2 {
            return None;
        }
        let mut rng = StdRng::seed_from_u64(1);
        let mut drawn: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let (mut failed, mut of) = (0, 0);
                for _ in 0..fingers.len() {
                    let (failures, pairs) = fingers[rng.random_range(0..fingers.len())];
                    failed += failures;
                    of += pairs;
                }
                failed as f64 / of as f64
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        Some((drawn[DRAWS / 40], drawn[DRAWS - 1 - DRAWS / 40]))
    }

    /// The figures as Markdown tables.
    #[must_use]
    pub fn tables(&self) -> String {
        let mut text = String::new();
        for set in &self.sets {
            let _ = writeln!(
                text,
                "- {}: {} fingers, {} impressions, {} unreadable, {} refused by the quality gate",
                set.name, set.fingers, set.impressions, set.unreadable, set.refused
            );
        }
        text.push_str("\n**One impression against another, every two**\n\n");
        text += &self.table(|set| &set.one, None);
        if let Some(interval) = self.confidence() {
            let _ = writeln!(text, "\n{interval}");
        }
        text.push_str(
            "\n**The same, of different fingers only first impressions (FVC's protocol)**\n\n",
        );
        text += &self.table(|set| &set.protocol, None);
        text.push_str(
            "\n**Two fingers, three impressions of each enrolled: mean score of a finger**\n\n",
        );
        text += &self.table(|set| &set.two, Some(FINGERS_MATCH_THRESHOLD));
        text.push_str("\n**The same, without impressions that the quality gate refuses**\n\n");
        text += &self.table(|set| &set.two_usable, Some(FINGERS_MATCH_THRESHOLD));
        text
    }

    /// A table of one impression against another, with sets side by side and pooled.
    #[must_use]
    pub fn one_to_one_table(&self) -> String {
        self.table(|set| &set.one, None)
    }

    fn table(&self, of: impl Fn(&FingerSet) -> &Rates, shipped: Option<f32>) -> String {
        let pooled = self.pooled(&of);
        let mut columns: Vec<(&str, &Rates)> =
            self.sets.iter().map(|set| (set.name.as_str(), of(set))).collect();
        columns.push(("pooled", &pooled));
        rates_table(&columns, shipped)
    }

    fn confidence(&self) -> Option<String> {
        let point = self.pooled(|set| &set.one).at_fmr(1e-3)?;
        let (low, high) = self.fnmr_interval(point.threshold)?;
        Some(format!(
            "Pooled FNMR at FMR 0.1 %: {}, with 95 % confidence {} to {} (fingers drawn with replacement).",
            percent(point.fnmr),
            percent(low),
            percent(high)
        ))
    }

    /// The detection error trade-off of all sets together as an SVG picture, axes in normal deviates.
    #[must_use]
    pub fn det_svg(&self) -> String {
        let (one, two) = (self.pooled(|set| &set.one), self.pooled(|set| &set.two));
        let usable = self.pooled(|set| &set.two_usable);
        let label = |name: &str, rates: &Rates| {
            format!(
                "{name}: {} genuine, {} impostor",
                rates.genuine_pairs(),
                rates.impostor_pairs()
            )
        };
        let curves = [
            Curve { label: label("one finger", &one), rates: &one, shipped: None },
            Curve { label: label("two fingers", &two), rates: &two, shipped: None },
            Curve {
                label: label("two, of usable quality", &usable),
                rates: &usable,
                shipped: Some(FINGERS_MATCH_THRESHOLD),
            },
        ];
        let fingers: usize = self.sets.iter().map(|set| set.fingers).sum();
        let subtitle = format!("{} sets, {fingers} fingers, pooled", self.sets.len());
        det_svg::draw("Finger matching", &subtitle, &curves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> FingerReport {
        let spread = |count: u16, from: f32, to: f32| -> Vec<f32> {
            (0..count).map(|at| from + (to - from) * f32::from(at) / f32::from(count)).collect()
        };
        let rates = Rates::new(spread(100, 10.0, 60.0), spread(2000, 0.0, 20.0));
        let set = |name: &str| FingerSet {
            name: name.to_owned(),
            fingers: 10,
            impressions: 80,
            unreadable: 1,
            refused: 2,
            one: rates.clone(),
            protocol: rates.clone(),
            by_finger: vec![spread(10, 0.0, 40.0), spread(10, 20.0, 60.0)],
            two: rates.clone(),
            two_usable: rates.clone(),
        };
        FingerReport { sets: vec![set("a"), set("b")] }
    }

    #[test]
    fn sets_are_side_by_side_and_pooled() {
        let report = report();
        let tables = report.tables();
        assert!(tables.contains("| impostor pairs | 2000 | 2000 | 4000 |"), "{tables}");
        assert!(tables.contains("FNMR at FMR 0.01 % | too few pairs"), "{tables}");
        assert!(tables.contains("- a: 10 fingers, 80 impressions, 1 unreadable, 2 refused"));
        assert!(tables.contains("95 % confidence"), "{tables}");
    }

    #[test]
    fn an_interval_is_around_the_figure() {
        let report = report();
        let (low, high) = report.fnmr_interval(20.0).unwrap();
        // Half of the one finger's pairs, none of the other's.
        assert!(low < 0.25 && high > 0.25 && low >= 0.0 && high <= 0.5, "{low} {high}");
        assert_eq!(report.fnmr_interval(20.0), report.fnmr_interval(20.0));
    }

    #[test]
    fn the_plot_is_well_formed() {
        let svg = report().det_svg();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert_eq!(svg.matches("<polyline").count(), 3);
        assert!(!svg.contains("NaN"));
    }
}
