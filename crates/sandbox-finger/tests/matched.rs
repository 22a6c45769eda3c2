//! The simulated fingers before the matcher that residents' fingers are compared by.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it measures"
)]

use tanda_biometrics::finger::{FingerTemplate, Impression, Probe};
use tanda_sandbox_finger::{PrintFault, SimulatedFinger, SimulatedPrint};

const IMPRESSIONS: u32 = 3;

fn template(print: &SimulatedPrint) -> FingerTemplate {
    let (width, height) = (SimulatedPrint::WIDTH, SimulatedPrint::HEIGHT);
    Impression::new(width, height, print.pixels(), SimulatedPrint::RESOLUTION).unwrap().template()
}

fn score(one: &FingerTemplate, other: &FingerTemplate) -> f32 {
    Probe::new(one).compare(other).0
}

/// Scores of all pairs of impressions, of one finger and of different ones, from low to high.
fn scores(fingers: usize) -> (Vec<f32>, Vec<f32>) {
    let fingers: Vec<Vec<FingerTemplate>> = (0..fingers)
        .map(|at| {
            let finger = SimulatedFinger::of(&format!("resident {}", at / 2), &at.to_string());
            (1..=IMPRESSIONS).map(|number| template(&finger.print(number))).collect()
        })
        .collect();
    let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
    for (at, finger) in fingers.iter().enumerate() {
        for (number, one) in finger.iter().enumerate() {
            let probe = Probe::new(one);
            genuine.extend(finger[number + 1..].iter().map(|other| probe.compare(other).0));
            let others = fingers[at + 1..].iter().flatten();
            impostor.extend(others.map(|other| probe.compare(other).0));
        }
    }
    let minutiae: usize = fingers.iter().flatten().map(FingerTemplate::len).sum();
    println!("{:.0} minutiae an impression", minutiae as f32 / fingers.len() as f32 / 3.0);
    genuine.sort_by(f32::total_cmp);
    impostor.sort_by(f32::total_cmp);
    (genuine, impostor)
}

#[test]
fn a_finger_is_known_again_and_is_nobody_elses() {
    let (genuine, impostor) = scores(12);
    let highest = impostor[impostor.len() - 1];
    let missed = genuine.iter().filter(|score| **score <= highest).count();
    assert!(missed * 20 <= genuine.len(), "{missed} of {}: {genuine:?}", genuine.len());
}

/// Prints the README's table.
#[test]
#[ignore = "measures; it takes a while, and asserts nothing that the test above does not"]
fn measure_forty_fingers() {
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

#[test]
fn the_same_seed_gives_the_same_print() {
    let print = |finger: &str, impression| SimulatedFinger::of("1", finger).print(impression);
    assert_eq!(print("right-index", 1), print("right-index", 1));
    assert_ne!(print("right-index", 1), print("right-index", 2));
    assert_ne!(print("right-index", 1), print("left-index", 1));
}

#[test]
fn faults_are_what_they_say() {
    let finger = SimulatedFinger::of("1", "right-index");
    let reference = template(&finger.print(1));
    let faulty = |fault| template(&finger.faulty_print(2, fault));
    let genuine = score(&reference, &template(&finger.print(2)));
    let part = score(&reference, &faulty(PrintFault::Partial));
    let other = score(&reference, &faulty(PrintFault::OtherFinger));
    assert!(part > 1.5 * other && genuine > part, "{genuine}, in part {part}, another {other}");
    assert!(faulty(PrintFault::Blank).len() < 4);
    assert!(score(&reference, &faulty(PrintFault::Desk)) < part);
}
