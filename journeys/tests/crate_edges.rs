//! The house's inner walls, and that its plan is of this house: which crate may depend on which. The edge that matters most is the one
//! that is missing: `verifier` and `wallet` reach neither `authority` nor `storage`.

#![expect(clippy::unwrap_used, reason = "cargo's own answer has these members")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Every allowed edge; whatever isn't here is refused. `journeys` and `bench` may see everything.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("credential", &["model"]),
    ("protocol", &["credential", "model"]),
    ("biometrics", &["model"]),
    ("chip", &[]),
    // The other end of a reading: whoever verifies must not have it.
    ("sandbox-chip", &["chip"]),
    // Nor fingers that nobody has.
    ("sandbox-finger", &[]),
    ("passkey", &[]),
    ("storage", &["model"]),
    ("authority", &["biometrics", "chip", "credential", "model", "passkey", "protocol", "storage"]),
    ("provider", &["credential", "model", "passkey", "protocol", "storage"]),
    ("verifier", &["credential", "model", "protocol"]),
    ("wallet", &["credential", "model", "protocol"]),
    (
        "server",
        &[
            "authority",
            "biometrics",
            "chip",
            "credential",
            "model",
            "passkey",
            "protocol",
            "provider",
            "storage",
            "verifier",
        ],
    ),
    (
        "cli",
        &[
            "authority",
            "biometrics",
            "chip",
            "credential",
            "model",
            "protocol",
            "sandbox-chip",
            "sandbox-finger",
            "server",
            "storage",
            "wallet",
        ],
    ),
    // Whose parsers are fuzzed. Nobody depends on it.
    (
        "fuzz-targets",
        &[
            "authority",
            "biometrics",
            "chip",
            "credential",
            "model",
            "passkey",
            "protocol",
            "sandbox-chip",
            "wallet",
        ],
    ),
];

/// Crates that do I/O, which a crate of the core must not depend on.
const IO: &[&str] = &["tokio", "axum", "reqwest", "hyper", "sqlx", "rusqlite", "mio"];

/// The crates that take time, randomness, input and output as parameters.
const CORE: &[&str] =
    &["model", "credential", "protocol", "biometrics", "chip", "verifier", "wallet"];

#[test]
fn every_edge_is_an_allowed_one() {
    let edges = workspace_edges();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        EDGES.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    for (from, targets) in &edges {
        if from == "journeys" || from == "bench" {
            continue;
        }
        let allowed = allowed
            .get(from.as_str())
            .unwrap_or_else(|| panic!("crate {from} has no line in the table of edges"));
        for to in targets {
            assert!(allowed.contains(to.as_str()), "{from} must not depend on {to}");
        }
    }
}

#[test]
fn the_core_does_no_io() {
    let dependencies = all_dependencies();
    for name in CORE {
        for dependency in &dependencies[*name] {
            assert!(
                !IO.contains(&dependency.as_str()),
                "{name} is of the core and must not reach {dependency}"
            );
        }
    }
}

/// Every file that ARCHITECTURE.md names is there, whether it is named in full or as crates are
/// spoken of: `register/add.rs` is crates/authority/src/register/add.rs.
#[test]
fn the_architecture_names_what_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut files = Vec::new();
    list(root, &mut files);
    let files: Vec<_> =
        files.iter().flat_map(|file| [file.replace("/src/", "/"), file.clone()]).collect();
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let words = text.split(|letter: char| letter.is_whitespace() || "`(),;:".contains(letter));
    let kinds = [".rs", ".ts", ".md", ".svelte"];
    let named: BTreeSet<_> = words
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| kinds.iter().any(|kind| word.ends_with(kind)))
        .collect();
    assert!(named.len() > 60, "{named:?}");
    for name in named {
        let end = format!("/{name}");
        assert!(files.iter().any(|file| file.ends_with(&end)), "there is no {name}");
    }
}

/// All files of a folder, but for what is built or fetched.
fn list(folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !entry.file_type().unwrap().is_dir() {
            files.push(entry.path().to_str().unwrap().to_owned());
        } else if !name.starts_with('.') && !matches!(&*name, "target" | "node_modules" | "data") {
            list(&entry.path(), files);
        }
    }
}

/// Normal and build dependencies among our own crates, without the prefix `tanda-`.
fn workspace_edges() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata(&["--no-deps"]);
    let mut edges = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let targets = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .filter_map(|dependency| own_name(&dependency["name"]))
            .collect();
        edges.insert(own_name(&package["name"]).unwrap(), targets);
    }
    edges
}

/// Everything that each of our crates reaches by normal dependencies, directly or not.
fn all_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata(&[]);
    let mut names = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        names.insert(text(&package["id"]), text(&package["name"]));
    }
    let mut direct: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let targets = node["deps"].as_array().unwrap().iter().filter(|dependency| {
            dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
        });
        direct.insert(text(&node["id"]), targets.map(|target| text(&target["pkg"])).collect());
    }
    let mut reached = BTreeMap::new();
    for (id, name) in &names {
        let Some(own) = name.strip_prefix("tanda-") else { continue };
        let mut seen = BTreeSet::new();
        let mut waiting = vec![id.clone()];
        while let Some(id) = waiting.pop() {
            for target in &direct[&id] {
                if seen.insert(target.clone()) {
                    waiting.push(target.clone());
                }
            }
        }
        reached.insert(own.to_owned(), seen.iter().map(|id| names[id].clone()).collect());
    }
    reached
}

fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn own_name(name: &Value) -> Option<String> {
    name.as_str()?.strip_prefix("tanda-").map(str::to_owned)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
