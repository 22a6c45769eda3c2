//! Every target runs over all that its corpus keeps, as a part of the ordinary tests; and nobody adds
//! a target without a corpus, or forgets it where targets are listed.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tanda_fuzz_targets::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn listed() -> BTreeSet<String> {
    TARGETS.iter().map(|target| target.name.to_owned()).collect()
}

/// The names in a folder, without `ending`.
fn names(folder: &Path, ending: &str) -> BTreeSet<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter_map(|name| Some(name.to_str()?.strip_suffix(ending)?.to_owned())).collect()
}

#[test]
fn every_target_holds_on_its_corpus_and_accepts_some_of_it() {
    for target in TARGETS {
        let folder = fuzz().join("corpus").join(target.name);
        let mut accepted = 0;
        for name in names(&folder, "") {
            let bytes = fs::read(folder.join(&name)).unwrap();
            assert!(bytes.len() <= target.max_len, "{}/{name} is too long", target.name);
            eprint!("{}/{name}: ", target.name);
            let outcome = (target.run)(&bytes);
            eprintln!("{}", if outcome.is_some() { "accepted" } else { "refused" });
            accepted += usize::from(outcome.is_some());
        }
        // A corpus that is refused as a whole reaches nothing behind the first check.
        assert!(accepted > 0, "{}: nothing in the corpus is accepted", target.name);
    }
}

#[test]
fn every_target_is_listed_wherever_targets_are() {
    let sources = names(&fuzz().join("targets/src"), ".rs");
    let sources: BTreeSet<_> =
        sources.into_iter().filter(|name| name != "lib" && name != "fixture").collect();
    assert_eq!(sources, listed(), "src/ and TARGETS");
    assert_eq!(names(&fuzz().join("fuzz_targets"), ".rs"), listed(), "fuzz_targets/");
    assert_eq!(names(&fuzz().join("corpus"), ""), listed(), "corpus/");
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let manifest: toml::Value = toml::from_str(&manifest).unwrap();
    let binaries = manifest["bin"].as_array().unwrap().iter();
    let binaries = binaries.map(|binary| binary["name"].as_str().unwrap().to_owned());
    assert_eq!(binaries.collect::<BTreeSet<_>>(), listed(), "Cargo.toml");
    for name in listed() {
        let binary = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(binary.contains(&format!("tanda_fuzz_targets::{name}::run")), "{name}");
    }
}

#[test]
fn the_corpora_stay_small() {
    let size = |folder: PathBuf| {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum::<u64>()
    };
    let all: u64 = listed().iter().map(|name| size(fuzz().join("corpus").join(name))).sum();
    assert!(all < 2 * 1024 * 1024, "{all} bytes");
}
