//! The fingers that the register of the sandbox city knows are those that `tanda sandbox finger` shows.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

use tanda_authority::sandbox::{SandboxResident, residents};
use tanda_biometrics::finger::{
    FingerPosition, FingerReference, FingerTemplate, Impression, PresentedFingers,
};
use tanda_sandbox_finger::{SimulatedFinger, SimulatedPrint};

const FINGERS: [FingerPosition; 2] = [FingerPosition::RightIndex, FingerPosition::LeftIndex];

fn sandbox() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sandbox")
}

fn file(resident: &SandboxResident) -> PathBuf {
    sandbox().join(format!("city/fingers/{}.fingers", resident.number.as_str()))
}

fn template(print: &SimulatedPrint) -> FingerTemplate {
    Impression::decode(&print.png(), Some(SimulatedPrint::RESOLUTION))
        .unwrap()
        .usable_template()
        .unwrap()
}

fn impressions(
    resident: &SandboxResident,
    numbers: core::ops::RangeInclusive<u32>,
) -> Vec<(FingerPosition, FingerTemplate)> {
    let of = |position: FingerPosition| {
        let finger = SimulatedFinger::of(resident.number.as_str(), position.as_str());
        let prints: Vec<_> = numbers.clone().map(|number| finger.print(number)).collect();
        prints.into_iter().map(move |print| (position, template(&print)))
    };
    FINGERS.into_iter().flat_map(of).collect()
}

fn reference(resident: &SandboxResident) -> FingerReference {
    FingerReference::from_bytes(&fs::read(file(resident)).unwrap()).unwrap()
}

/// Writes them anew where `TANDA_WRITE` is set: after the generator, the minutiae or the bytes of
/// templates have changed.
#[test]
fn every_resident_has_two_fingers_of_three_impressions() {
    let residents = residents(&sandbox()).unwrap();
    for resident in &residents {
        if std::env::var_os("TANDA_WRITE").is_some() {
            let reference = FingerReference::enrol(impressions(resident, 1..=3)).unwrap();
            fs::create_dir_all(file(resident).parent().unwrap()).unwrap();
            fs::write(file(resident), reference.to_bytes()).unwrap();
        }
        let fingers: Vec<_> = reference(resident).fingers().collect();
        assert_eq!(fingers, FINGERS.map(|finger| (finger, 3)), "{}", resident.story);
    }
}

#[test]
fn a_residents_fingers_are_known_again_and_are_nobody_elses() {
    let residents = residents(&sandbox()).unwrap();
    for resident in residents.iter().take(3) {
        let shown = PresentedFingers::new(impressions(resident, 4..=4)).unwrap();
        for other in &residents {
            let comparison = reference(other).compare(&shown);
            let same = other.number == resident.number;
            assert_eq!(comparison.is_match(), same, "{comparison:?}");
        }
    }
}
