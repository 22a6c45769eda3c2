//! What a measurement found, as a table and a plot.

use std::fmt::Write;

use super::det_svg::{self, Curve, Mark};
use super::rates::{OperatingPoint, Rates};
use crate::thresholds::FACE_MATCH_THRESHOLD;

/// What was measured on one folder of photographs.
#[derive(Debug, Clone)]
pub struct AccuracyReport {
    /// How many people there were.
    pub people: usize,
    /// How many pictures.
    pub pictures: usize,
    /// How many of them could not be read or showed no face (failures to enrol).
    pub without_face: usize,
    /// Every two pictures compared.
    pub all: Rates,
    /// The pairs of LFW's `pairs.txt`, when there is one.
    pub protocol: Option<Rates>,
}

impl AccuracyReport {
    /// The figures as a Markdown table, with the shipped threshold in the last row.
    #[must_use]
    pub fn table(&self) -> String {
        let text = format!(
            "{} people, {} pictures, {} without a face that could be found.\n\n",
            self.people, self.pictures, self.without_face
        );
        let columns: Vec<(&str, &Rates)> = [
            Some(("every two pictures", &self.all)),
            self.protocol.as_ref().map(|rates| ("pairs.txt", rates)),
        ]
        .into_iter()
        .flatten()
        .collect();
        text + &rates_table(&columns, Some(FACE_MATCH_THRESHOLD))
    }

    /// The detection error trade-off as an SVG picture, axes in normal deviates.
    #[must_use]
    pub fn det_svg(&self) -> String {
        let pairs = |name: &str, rates: &Rates| {
            let (genuine, impostor) = (rates.genuine_pairs(), rates.impostor_pairs());
            format!("{name}: {genuine} genuine, {impostor} impostor pairs")
        };
        let shipped = self.all.at_threshold(FACE_MATCH_THRESHOLD);
        let all = Curve {
            label: pairs("every two pictures", &self.all),
            rates: &self.all,
            mark: Some(Mark {
                label: format!("shipped threshold {FACE_MATCH_THRESHOLD}"),
                fmr: shipped.fmr,
                fnmr: shipped.fnmr,
            }),
        };
        let protocol = self.protocol.as_ref().map(|rates| Curve {
            label: pairs("pairs.txt", rates),
            rates,
            mark: None,
        });
        let title = "Face matching";
        let subtitle = format!("{} people, {} pictures", self.people, self.pictures);
        det_svg::draw(
            title,
            &subtitle,
            &[Some(all), protocol].into_iter().flatten().collect::<Vec<_>>(),
        )
    }
}

/// The false match rates that tables list.
const LEVELS: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// Error rates as a Markdown table with a column for each of them, and the shipped threshold's in the
/// last row.
pub(super) fn rates_table(columns: &[(&str, &Rates)], shipped: Option<f32>) -> String {
    let mut text = String::new();
    let mut add = |label: &str, cell: &dyn Fn(&str, &Rates) -> String| {
        row(&mut text, label, columns.iter().map(|(name, rates)| cell(name, rates)));
    };
    add("", &|name, _| name.to_owned());
    add("---", &|_, _| "---:".to_owned());
    add("genuine pairs", &|_, rates| rates.genuine_pairs().to_string());
    add("impostor pairs", &|_, rates| rates.impostor_pairs().to_string());
    add("EER", &|_, rates| rates.equal_error_rate().map_or_else(|| "-".to_owned(), percent));
    for level in LEVELS {
        add(&format!("FNMR at FMR {}", percent(level)), &|_, rates| cell(rates.at_fmr(level)));
    }
    if let Some(threshold) = shipped {
        add(&format!("shipped threshold {threshold}"), &|_, rates| {
            let point = rates.at_threshold(threshold);
            format!("FNMR {}, FMR {}", percent(point.fnmr), percent(point.fmr))
        });
    }
    text
}

/// Writes a row of a Markdown table.
pub(super) fn row(text: &mut String, label: &str, cells: impl Iterator<Item = String>) {
    let _ = writeln!(text, "| {label} | {} |", cells.collect::<Vec<_>>().join(" | "));
}

fn cell(point: Option<OperatingPoint>) -> String {
    point.map_or_else(
        || "too few pairs".to_owned(),
        |point| format!("{} (threshold {:.3})", percent(point.fnmr), point.threshold),
    )
}

/// A share in percent, with as many digits as it needs.
pub(super) fn percent(share: f64) -> String {
    let text = if share >= 0.001 {
        format!("{:.2}", share * 100.0)
    } else {
        format!("{:.4}", share * 100.0)
    };
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> AccuracyReport {
        let spread = |count: usize, from: f32, to: f32| {
            (0..count)
                .map(|index| from + (to - from) * index as f32 / count as f32)
                .collect::<Vec<_>>()
        };
        AccuracyReport {
            people: 3,
            pictures: 9,
            without_face: 1,
            all: Rates::new(spread(100, 0.2, 0.9), spread(500, -0.2, 0.4)),
            protocol: None,
        }
    }

    #[test]
    fn the_table_says_what_cannot_be_seen() {
        let table = report().table();
        assert!(table.contains("| impostor pairs | 500 |"), "{table}");
        assert!(table.contains("| FNMR at FMR 0.1 % | too few pairs |"), "{table}");
        assert!(table.contains("shipped threshold"), "{table}");
    }

    #[test]
    fn percentages_are_short() {
        assert_eq!(percent(0.01), "1 %");
        assert_eq!(percent(0.0001), "0.01 %");
        assert_eq!(percent(0.1234), "12.34 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(1.0), "100 %");
    }

    #[test]
    fn the_plot_is_well_formed() {
        let svg = report().det_svg();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("<polyline") && !svg.contains("NaN"));
    }
}
