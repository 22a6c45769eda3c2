//! What a measurement on fingers found, as tables and a plot.

use std::fmt::Write as _;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::det_svg::{self, Curve, Mark};
use super::finger_files::Unreadable;
use super::rates::Rates;
use super::report::{percent, rates_table, row};
use super::two_fingers::{Tries, TwoFingers};
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
    /// Dots an inch where the files don't say.
    pub dots_an_inch: u32,
    /// Which of those are no picture that could be read. Nothing else of them counts.
    pub unreadable: Vec<Unreadable>,
    /// How many the quality gate refuses (failures to acquire). They are compared all the same, but in
    /// [`FingerSet::two_usable`].
    pub refused: usize,
    /// Every two impressions.
    pub one: Rates,
    /// As in the competitions: of different fingers only the first impressions.
    pub protocol: Rates,
    /// The scores of every two impressions of each finger.
    pub by_finger: Vec<Vec<f32>>,
    /// Two fingers with three impressions each enrolled.
    pub two: TwoFingers,
    /// The same, without the impressions that the quality gate refuses.
    pub two_usable: TwoFingers,
}

/// What was measured on all sets of a folder.
#[derive(Clone, Debug)]
pub struct FingerReport {
    /// By name.
    pub sets: Vec<FingerSet>,
    /// What was found beside them and not measured, in words.
    pub left_out: Vec<String>,
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
                "- {}: {} fingers, {} impressions ({} dots an inch where they don't say), {} unreadable, {} refused by the quality gate",
                set.name,
                set.fingers,
                set.impressions,
                set.dots_an_inch,
                set.unreadable.len(),
                set.refused
            );
        }
        text.push_str("\n**One impression against another, every two**\n\n");
        text += &self.table(|set| &set.one);
        if let Some(interval) = self.confidence() {
            let _ = writeln!(text, "\n{interval}");
        }
        text.push_str(
            "\n**The same, of different fingers only first impressions (FVC's protocol)**\n\n",
        );
        text += &self.table(|set| &set.protocol);
        text.push_str("\n**Two fingers, three impressions of each enrolled: as shipped**\n\n");
        text += &self.shipped_table(|set| &set.two);
        text.push_str("\n**The same, without impressions that the quality gate refuses**\n\n");
        text += &self.shipped_table(|set| &set.two_usable);
        text.push_str(
            "\n**Two fingers as shipped, both lines moved together (1 is what ships)**\n\n",
        );
        text += &self.table(|set| &set.two.shipped);
        text.push_str("\n**The same, without impressions that the quality gate refuses**\n\n");
        text += &self.table(|set| &set.two_usable.shipped);
        text.push_str("\n**Two fingers by their mean score alone**\n\n");
        text += &self.table(|set| &set.two.mean);
        text.push_str("\n**The same, without impressions that the quality gate refuses**\n\n");
        text += &self.table(|set| &set.two_usable.mean);
        text.push_str("\n**Left out**\n\n");
        let left_out = self.left_out();
        if left_out.is_empty() {
            text.push_str("- nothing\n");
        }
        for what in left_out {
            let _ = writeln!(text, "- {what}");
        }
        text
    }

    /// What is in no figure, or not in all.
    fn left_out(&self) -> Vec<String> {
        let mut all = self.left_out.clone();
        for set in &self.sets {
            let name = &set.name;
            all.extend(
                set.unreadable
                    .iter()
                    .map(|Unreadable { file, why }| format!("{name}/{file}: {why}")),
            );
            // Of three impressions there are three pairs.
            let few = set.by_finger.iter().filter(|pairs| pairs.len() <= 3).count();
            if few > 0 {
                all.push(format!(
                    "{name}: fingers ({few}) of too few impressions to be tried by two"
                ));
            }
            if set.two.own.made == 0 {
                all.push(format!("{name}: too few impressions of a finger for two fingers' tries"));
            } else if set.two.strangers.made == 0 {
                all.push(format!("{name}: too few fingers for strangers' tries by two"));
            }
            let refused = set.two.own.made - set.two_usable.own.made;
            if refused > 0 {
                all.push(format!(
                    "{name}: own tries ({refused}) with refused impressions, where the quality gate counts"
                ));
            }
        }
        all
    }

    /// A table of one impression against another, with sets side by side and pooled.
    #[must_use]
    pub fn one_to_one_table(&self) -> String {
        self.table(|set| &set.one)
    }

    fn table(&self, of: impl Fn(&FingerSet) -> &Rates) -> String {
        let pooled = self.pooled(&of);
        let mut columns: Vec<(&str, &Rates)> =
            self.sets.iter().map(|set| (set.name.as_str(), of(set))).collect();
        columns.push(("pooled", &pooled));
        rates_table(&columns, None)
    }

    /// What the shipped policy makes of two fingers, and what the mean alone would.
    fn shipped_table(&self, of: impl Fn(&FingerSet) -> &TwoFingers) -> String {
        let pooled = self.pooled_two(&of);
        let mut columns: Vec<(&str, &TwoFingers)> =
            self.sets.iter().map(|set| (set.name.as_str(), of(set))).collect();
        columns.push(("pooled", &pooled));
        let mut text = String::new();
        row(&mut text, "", columns.iter().map(|(name, _)| (*name).to_owned()));
        row(&mut text, "---", columns.iter().map(|_| "---:".to_owned()));
        let mut add = |label: &str, cell: &dyn Fn(&TwoFingers) -> String| {
            row(&mut text, label, columns.iter().map(|(_, two)| cell(two)));
        };
        let mean = format!("mean of {FINGERS_MATCH_THRESHOLD} alone");
        let none = |tries: Tries| tries.made.to_string();
        add("own tries", &|two| none(two.own));
        add("… missed as shipped (FNMR)", &|two| share(two.own.missed(), two.own));
        add("… of them taken for one finger twice", &|two| share(two.own.refused, two.own));
        add(&format!("… missed by a {mean}"), &|two| {
            share(two.own.made - two.own.by_mean, two.own)
        });
        add("strangers' tries", &|two| none(two.strangers));
        add("… passed as shipped (FMR)", &|two| share(two.strangers.matched, two.strangers));
        add(&format!("… passed by a {mean}"), &|two| share(two.strangers.by_mean, two.strangers));
        add("one finger their own, one a stranger's", &|two| none(two.hybrids));
        add("… passed as shipped", &|two| share(two.hybrids.matched, two.hybrids));
        add(&format!("… passed by a {mean}"), &|two| share(two.hybrids.by_mean, two.hybrids));
        text
    }

    fn pooled_two(&self, of: impl Fn(&FingerSet) -> &TwoFingers) -> TwoFingers {
        TwoFingers::of_all(&self.sets.iter().map(of).collect::<Vec<_>>())
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
        let one = self.pooled(|set| &set.one);
        let two = self.pooled_two(|set| &set.two);
        let usable = self.pooled_two(|set| &set.two_usable);
        let label = |name: &str, rates: &Rates| {
            format!(
                "{name}: {} genuine, {} impostor",
                rates.genuine_pairs(),
                rates.impostor_pairs()
            )
        };
        let shipped = |two: &TwoFingers| Mark {
            label: format!(
                "as shipped: FNMR {}, {} of {} strangers",
                percent(two.own.missed() as f64 / two.own.made as f64),
                two.strangers.matched,
                two.strangers.made
            ),
            fmr: two.strangers.matched as f64 / two.strangers.made as f64,
            fnmr: two.own.missed() as f64 / two.own.made as f64,
        };
        let has_tries = |two: &TwoFingers| two.own.made > 0 && two.strangers.made > 0;
        let curve = |name: &str, two: &'_ TwoFingers| {
            (label(name, &two.shipped), has_tries(two).then(|| shipped(two)))
        };
        let (two_label, two_mark) = curve("two fingers", &two);
        let (usable_label, usable_mark) = curve("two, of usable quality", &usable);
        let curves = [
            Curve { label: label("one finger", &one), rates: &one, mark: None },
            Curve { label: two_label, rates: &two.shipped, mark: two_mark },
            Curve { label: usable_label, rates: &usable.shipped, mark: usable_mark },
        ];
        let fingers: usize = self.sets.iter().map(|set| set.fingers).sum();
        let subtitle = format!("{} sets, {fingers} fingers, pooled", self.sets.len());
        det_svg::draw("Finger matching", &subtitle, &curves)
    }
}

/// A part of tries, and how many.
fn share(part: usize, of: Tries) -> String {
    if of.made == 0 {
        return "-".to_owned();
    }
    format!("{} ({part})", percent(part as f64 / of.made as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> FingerReport {
        let spread = |count: u16, from: f32, to: f32| -> Vec<f32> {
            (0..count).map(|at| from + (to - from) * f32::from(at) / f32::from(count)).collect()
        };
        let rates = Rates::new(spread(100, 10.0, 60.0), spread(2000, 0.0, 20.0));
        let tries = |made, matched, by_mean| Tries { made, matched, by_mean, refused: 1 };
        let two = TwoFingers {
            shipped: rates.clone(),
            mean: rates.clone(),
            own: tries(100, 95, 99),
            strangers: tries(2000, 0, 1),
            hybrids: tries(400, 2, 360),
        };
        let set = |name: &str| FingerSet {
            name: name.to_owned(),
            fingers: 10,
            impressions: 80,
            dots_an_inch: 500,
            unreadable: vec![Unreadable { file: "1_1.png".to_owned(), why: "broken".to_owned() }],
            refused: 2,
            one: rates.clone(),
            protocol: rates.clone(),
            by_finger: vec![spread(10, 0.0, 40.0), spread(10, 20.0, 60.0)],
            two: two.clone(),
            two_usable: two.clone(),
        };
        let left_out = vec!["c: no set".to_owned()];
        FingerReport { sets: vec![set("a"), set("b")], left_out }
    }

    #[test]
    fn sets_are_side_by_side_and_pooled() {
        let report = report();
        let tables = report.tables();
        assert!(tables.contains("| impostor pairs | 2000 | 2000 | 4000 |"), "{tables}");
        assert!(tables.contains("FNMR at FMR 0.01 % | too few pairs"), "{tables}");
        assert!(tables.contains("1 unreadable, 2 refused"), "{tables}");
        assert!(tables.contains("95 % confidence"), "{tables}");
    }

    #[test]
    fn the_policy_is_told_as_shipped_and_by_the_mean_alone() {
        let tables = report().tables();
        for row in [
            "| own tries | 100 | 100 | 200 |",
            "| … missed as shipped (FNMR) | 5 % (5) | 5 % (5) | 5 % (10) |",
            "| … missed by a mean of 18 alone | 1 % (1) | 1 % (1) | 1 % (2) |",
            "| … passed as shipped (FMR) | 0 % (0) | 0 % (0) | 0 % (0) |",
            "| … passed as shipped | 0.5 % (2) | 0.5 % (2) | 0.5 % (4) |",
            "| … passed by a mean of 18 alone | 90 % (360) | 90 % (360) | 90 % (720) |",
        ] {
            assert!(tables.contains(row), "{row}: {tables}");
        }
    }

    #[test]
    fn what_is_left_out_is_told() {
        let mut report = report();
        report.sets[0].two.own.made = 130;
        report.sets[1].two.strangers.made = 0;
        report.sets[1].by_finger.push(vec![1.0; 3]);
        let tables = report.tables();
        for line in [
            "\n- c: no set\n",
            "\n- a/1_1.png: broken\n",
            "\n- a: own tries (30) with refused impressions",
            "\n- b: fingers (1) of too few impressions",
            "\n- b: too few fingers for strangers' tries by two\n",
        ] {
            assert!(tables.contains(line), "{line}: {tables}");
        }
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
