//! The simulated fingers before the matcher that residents' fingers are compared by.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod pairs;

use pairs::{scores, template};
use tanda_biometrics::finger::{FingerTemplate, Probe};
use tanda_sandbox_finger::{PrintFault, SimulatedFinger};

fn score(one: &FingerTemplate, other: &FingerTemplate) -> f32 {
    Probe::new(one).compare(other).0
}

#[test]
fn a_finger_is_known_again_and_is_nobody_elses() {
    let (genuine, impostor) = scores(12);
    let highest = impostor[impostor.len() - 1];
    let missed = genuine.iter().filter(|score| **score <= highest).count();
    assert!(missed * 20 <= genuine.len(), "{missed} of {}: {genuine:?}", genuine.len());
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
