//! The table: what, how fast, beside what, and whether that is the goal.

use std::fmt::Write as _;

/// One line of the table.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// The figure, with its unit.
    pub(crate) figure: String,
    /// What it stands beside, with its unit.
    pub(crate) beside: String,
    /// The figure as a multiple of what it stands beside, if that says anything.
    pub(crate) ratio: Option<f64>,
    /// What was promised; none where the line only informs.
    pub(crate) goal: Option<Goal>,
}

/// What was promised, and whether it was kept.
pub(crate) struct Goal {
    text: &'static str,
    /// None where it couldn't be measured.
    met: Option<bool>,
}

impl Goal {
    /// At least so much.
    pub(crate) fn at_least(measured: f64, least: f64, text: &'static str) -> Option<Self> {
        Some(Self { text, met: Some(measured >= least) })
    }

    /// At most so much.
    pub(crate) fn at_most(measured: f64, most: f64, text: &'static str) -> Option<Self> {
        Some(Self { text, met: Some(measured <= most) })
    }

    /// What it is about isn't there.
    pub(crate) fn unmeasured(text: &'static str) -> Option<Self> {
        Some(Self { text, met: None })
    }

    /// Both must hold.
    pub(crate) fn both(text: &'static str, one: bool, other: bool) -> Option<Self> {
        Some(Self { text, met: Some(one && other) })
    }
}

/// The lines as a Markdown table.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| what | figure | floor or peer | ratio | goal | met |\n");
    text.push_str("| --- | ---: | ---: | ---: | --- | --- |\n");
    for row in rows {
        let ratio = row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let (goal, met) = match &row.goal {
            None => ("", ""),
            Some(Goal { text, met: Some(true) }) => (*text, "yes"),
            Some(Goal { text, met: Some(false) }) => (*text, "**no**"),
            Some(Goal { text, met: None }) => (*text, "not measured"),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ratio} | {goal} | {met} |",
            row.what, row.figure, row.beside
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_that_is_missed_says_so() {
        let row = |goal| Row {
            what: "a".to_owned(),
            figure: "1".to_owned(),
            beside: "2".to_owned(),
            ratio: Some(0.5),
            goal,
        };
        let text = markdown(&[
            row(Goal::at_least(0.5, 0.9, "≥ 0.90")),
            row(Goal::at_most(0.5, 0.9, "≤ 0.90")),
            row(Goal::unmeasured("≥ 0.90")),
            row(None),
        ]);
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(lines[0], "| a | 1 | 2 | 0.50 | ≥ 0.90 | **no** |");
        assert_eq!(lines[1], "| a | 1 | 2 | 0.50 | ≤ 0.90 | yes |");
        assert_eq!(lines[2], "| a | 1 | 2 | 0.50 | ≥ 0.90 | not measured |");
        assert_eq!(lines[3], "| a | 1 | 2 | 0.50 |  |  |");
    }
}
