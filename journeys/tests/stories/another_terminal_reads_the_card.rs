//! Somebody else's terminal reads the emulated card over PC/SC: dmrtd, which shares no protocol code with
//! ours (journeys/peers). What it believes of a card, and what it refuses, is what our own reading says.

use std::path::PathBuf;
use std::process::Command;

use tanda_cli::emulated::{self, ACCESS_NUMBER};
use tanda_journeys::{PcscDaemon, ordinary, root};
use tanda_sandbox_chip::Fault;

fn program() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    let program = target.join("peers/debug/tanda-peer-chip-reader");
    assert!(
        program.exists(),
        "cargo build --locked --manifest-path journeys/peers/chip-reader/Cargo.toml --target-dir target/peers"
    );
    program
}

#[test]
fn dmrtd() {
    let folder = tempfile::tempdir().unwrap();
    emulated::country(folder.path()).unwrap();
    let citizen = &ordinary(1)[0];
    let person = emulated::person(&root().join("sandbox"), &citizen.number, ACCESS_NUMBER).unwrap();
    // A reader a card: it takes a moment until one sees that the card before is gone.
    let read = |fault: Option<Fault>, access: &[&str]| {
        let daemon = PcscDaemon::start();
        let _card = daemon.lay(&citizen.number, folder.path(), fault);
        let mut command = Command::new(program());
        daemon.found_by(&mut command).arg(folder.path().join("country.der")).args(access);
        let output = command.output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.success(), said)
    };
    let zone = format!("zone {}", person.machine_readable_zone());
    let [birth, expiry] = [person.birth, person.expiry].map(|day| day.to_string());
    let by_number = ["can", ACCESS_NUMBER];
    let by_zone = ["mrz", &person.document_number, &birth, &expiry];
    for (access, opened) in [(&by_number[..], "PACE"), (&by_zone[..], "BAC")] {
        let (good, said) = read(None, access);
        assert!(good && said.contains(&format!("opened by {opened}")), "{said}");
        assert!(said.contains(&zone) && said.ends_with("no copy\nauthentic\n"), "{said}");
    }
    // What it checks, it refuses; dates and revocations it leaves to others, as to OpenSSL
    // (crates/chip/tests/second_reader.rs).
    for (fault, why) in [
        (Fault::TamperedDg2, "DataGroupHashMismatch(2)"),
        (Fault::WrongCsca, "of nobody who is believed"),
        (Fault::Clone, "document"),
    ] {
        let (good, said) = read(Some(fault), &by_number);
        assert!(!good && said.contains(why) && !said.contains("no copy"), "{fault:?}: {said}");
    }
    let (good, said) = read(None, &["can", "000000"]);
    assert!(!good && !said.contains("opened"), "{said}");
}
