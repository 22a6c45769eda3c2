//! Prints the table of the README: forty simulated fingers, three impressions of each, all compared.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it measures, and says what it measured"
)]

#[path = "../tests/pairs/mod.rs"]
mod pairs;

use pairs::scores;

fn main() {
    let (genuine, impostor) = scores(40);
    for (name, scores) in [("genuine", &genuine), ("impostor", &impostor)] {
        let at = |part: f32| {
            let rank = part * (scores.len() - 1) as f32;
            scores.iter().enumerate().find(|(at, _)| *at as f32 >= rank).map_or(0.0, |it| *it.1)
        };
        let count = scores.len();
        let parts = [0.0, 0.05, 0.5, 0.95, 0.999, 1.0].map(|part| format!("{:.1}", at(part)));
        println!("| {name} | {count} | {} |", parts.join(" | "));
    }
    for false_matches in [1.0, 0.1, 0.0] {
        let allowed = impostor.len() as f32 * false_matches / 100.0;
        let line = impostor.iter().rev().enumerate().find(|(at, _)| *at as f32 >= allowed);
        let missed =
            genuine.iter().filter(|score| line.is_some_and(|line| *score <= line.1)).count();
        println!("FNMR at FMR {false_matches} %: {missed} of {}", genuine.len());
    }
}
