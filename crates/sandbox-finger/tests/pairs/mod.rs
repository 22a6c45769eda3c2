//! Pairs of simulated prints, and how alike the matcher finds them.

use tanda_biometrics::finger::{FingerTemplate, Impression, Probe};
use tanda_sandbox_finger::{SimulatedFinger, SimulatedPrint};

const IMPRESSIONS: u32 = 3;

/// What the matcher sees of a print.
pub(crate) fn template(print: &SimulatedPrint) -> FingerTemplate {
    let (width, height) = (SimulatedPrint::WIDTH, SimulatedPrint::HEIGHT);
    Impression::new(width, height, print.pixels(), SimulatedPrint::RESOLUTION).unwrap().template()
}

/// Scores of all pairs of impressions, of one finger and of different ones, from low to high.
pub(crate) fn scores(fingers: usize) -> (Vec<f32>, Vec<f32>) {
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
    genuine.sort_by(f32::total_cmp);
    impostor.sort_by(f32::total_cmp);
    (genuine, impostor)
}
