//! Simulated fingers before the gate that keeps off what is no finger.

use tanda_biometrics::finger::Impression;

use crate::impression::SimulatedFinger;
use crate::pattern::Pattern;
use crate::print::SimulatedPrint;
use crate::seed::chance;

/// The first so many fingers with so many cores, from one owner to the next.
fn fingers(cores: usize, count: usize) -> impl Iterator<Item = SimulatedFinger> {
    let owners = (0..).map(|owner: usize| owner.to_string());
    let names = owners.flat_map(|owner| SimulatedFinger::NAMES.map(|name| (owner.clone(), name)));
    let of_kind = names.filter(move |(owner, name)| {
        let mut rng = chance(&["finger 2", owner, name]);
        Pattern::by_chance(&mut rng).cores() == cores
    });
    of_kind.take(count).map(|(owner, name)| SimulatedFinger::of(&owner, name))
}

#[test]
fn arches_loops_and_whorls_pass() {
    for (cores, pattern, count) in [(0, "arch", 8), (1, "loop", 8), (2, "whorl", 4)] {
        for (at, finger) in fingers(cores, count).enumerate() {
            let print = finger.print(1);
            let (width, height) = (SimulatedPrint::WIDTH, SimulatedPrint::HEIGHT);
            let impression =
                Impression::new(width, height, print.pixels(), SimulatedPrint::RESOLUTION).unwrap();
            assert_eq!(impression.usable_template().err(), None, "{pattern} {at}");
        }
    }
}
