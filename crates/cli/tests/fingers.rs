//! `tanda fingers`: pictures become a record, and two records are compared as an authority compares them.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tanda_biometrics::finger::{FingerPosition, FingerRecord};
use tanda_sandbox_finger::{PrintFault, SimulatedFinger};
use tempfile::TempDir;

/// Whether `tanda fingers …` did it, what it said, and what it complained of.
fn tanda<const N: usize>(args: [&Path; N]) -> (bool, String, String) {
    let done =
        Command::new(env!("CARGO_BIN_EXE_tanda")).arg("fingers").args(args).output().unwrap();
    let [said, complained] = [done.stdout, done.stderr].map(|it| String::from_utf8(it).unwrap());
    (done.status.success(), said, complained)
}

struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with a picture of each of these: its file's name, finger and impression.
    fn folder(&self, name: &str, prints: &[(&str, &str, u32)]) -> PathBuf {
        let folder = self.0.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, finger, impression) in prints {
            let png = SimulatedFinger::of("Li", finger).print(*impression).png();
            fs::write(folder.join(file), png).unwrap();
        }
        folder
    }

    fn record(&self, pictures: &Path) -> (bool, String, String, PathBuf) {
        let out = pictures.with_extension("fmr");
        let (done, said, complained) = tanda(["record".as_ref(), pictures, "--out".as_ref(), &out]);
        (done, said, complained, out)
    }
}

fn compare(enrolled: &Path, shown: &Path) -> (bool, String, String) {
    tanda(["compare".as_ref(), enrolled, shown])
}

const TWO: [(&str, &str, u32); 2] =
    [("right-index.png", "right-index", 4), ("left-index.png", "left-index", 4)];

#[test]
fn pictures_become_a_record_that_is_known_again() {
    let desk = Desk::new();
    let enrolled = desk.folder(
        "enrolled",
        &[
            ("right-index.png", "right-index", 1),
            ("right-index-2.png", "right-index", 2),
            ("left-index.png", "left-index", 1),
        ],
    );
    let (done, said, complained, record) = desk.record(&enrolled);
    assert!(done, "{complained}");
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(said.lines().all(|line| line.ends_with("minutiae")), "{said}");
    let views = FingerRecord::from_bytes(&fs::read(&record).unwrap()).unwrap().views;
    let fingers: Vec<_> = views.into_iter().filter_map(|view| view.position).collect();
    let (right, left) = (FingerPosition::RightIndex, FingerPosition::LeftIndex);
    assert_eq!(fingers, [right, right, left]);

    let shown = desk.folder("shown", &TWO);
    let (_, _, _, shown_record) = desk.record(&shown);
    for shown in [shown, shown_record] {
        let (done, said, complained) = compare(&record, &shown);
        assert!(done, "{complained}");
        let firsts: Vec<_> = said.lines().filter_map(|it| it.split_whitespace().next()).collect();
        assert_eq!(firsts, ["right-index", "left-index", "mean", "Alike:"], "{said}");
        assert!(!said.contains("unlike"), "{said}");
    }
}

#[test]
fn one_finger_that_is_unlike_is_named_and_is_enough() {
    let desk = Desk::new();
    let enrolled = desk.folder("enrolled", &[TWO[0], TWO[1]].map(|(file, at, _)| (file, at, 1)));
    let shown = desk.folder("shown", &TWO[..1]);
    let other = SimulatedFinger::of("Li", "left-index").faulty_print(4, PrintFault::OtherFinger);
    fs::write(shown.join("left-index.png"), other.png()).unwrap();
    let (done, said, complained) = compare(&enrolled, &shown);
    assert!(!done && complained.contains("not alike"), "{said}{complained}");
    let unlike: Vec<_> = said.lines().filter(|line| line.ends_with("unlike")).collect();
    assert!(matches!(unlike[..], [line] if line.starts_with("left-index")), "{said}");
    // The mean alone would do.
    let mean = said.lines().find_map(|line| line.strip_prefix("mean")).unwrap();
    assert!(mean.trim().parse::<f32>().unwrap() > 18.0, "{said}");
}

#[test]
fn a_copy_and_one_common_finger_are_nobody() {
    let desk = Desk::new();
    let shown = desk.folder("shown", &TWO);
    let (done, _, complained) = compare(&shown, &shown);
    assert!(!done && complained.contains("no copy"), "{complained}");
    let thumb = [("right-thumb.png", "right-thumb", 1), ("left-index.png", "left-index", 1)];
    let (done, said, complained) = compare(&desk.folder("thumb", &thumb), &shown);
    assert!(!done && complained.contains("fewer than two fingers"), "{complained}");
    assert!(complained.contains("right-index is not in"), "{complained}");
    assert!(!said.contains("Alike"), "{said}");
}

#[test]
fn a_picture_of_no_use_makes_no_record() {
    let desk = Desk::new();
    let blank = SimulatedFinger::of("Li", "left-index").faulty_print(4, PrintFault::Blank).png();
    for (name, bytes, why) in [
        ("left-index.png", blank, "put the finger on the scanner"),
        ("left-index.jpg", b"a letter".to_vec(), "not a PNG, BMP, TIFF or PGM"),
        ("notes.txt", b"a letter".to_vec(), "no finger is called that"),
    ] {
        let folder = desk.folder(name, &TWO[..1]);
        fs::write(folder.join(name), bytes).unwrap();
        let (done, said, complained, record) = desk.record(&folder);
        assert!(!done && complained.contains("of no use"), "{name}: {said}{complained}");
        let refused = said.lines().find(|line| line.contains(why)).unwrap();
        assert!(refused.contains(name), "{said}");
        assert!(!record.exists());
        assert!(!compare(&folder, &folder).0);
    }
    let alone = desk.folder("alone", &TWO[..1]);
    let (done, _, complained, record) = desk.record(&alone);
    assert!(!done && complained.contains("two different fingers"), "{complained}");
    assert!(!record.exists());
    let letter = alone.join("letter.fmr");
    fs::write(&letter, "a letter").unwrap();
    let (done, _, complained) = compare(&letter, &letter);
    assert!(!done && complained.contains("ISO/IEC 19794-2"), "{complained}");
}
