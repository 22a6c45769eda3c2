//! What keeps the server from starting is said in one plain line with its remedy.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use tanda_journeys::{binary, root};
use tanda_server::Config;

/// What `tanda serve` says when it does not start.
fn refused(config: &Config, data: &Path, models: &Path) -> String {
    let usual = Config::default().authority.url.port().unwrap();
    let offset = config.authority.url.port().unwrap() - usual;
    let done = Command::new(binary())
        .arg("serve")
        .args(["--port-offset", &offset.to_string()])
        .arg("--sandbox")
        .arg(root().join("sandbox"))
        .arg("--models")
        .arg(models)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert!(done.stdout.is_empty());
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("tanda: "), "{said}");
    said
}

#[test]
fn a_server_that_cannot_start_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let config = tanda_journeys::config(folder.path());
    let (data, models) = (config.data.as_path(), config.models.as_path());

    let said = refused(&config, data, &folder.path().join("none"));
    assert!(said.contains("scripts/models.sh"), "{said}");
    // Not even root can write there.
    let said = refused(&config, Path::new("/proc/tanda"), models);
    assert!(said.contains("/proc/tanda") && said.contains("a data folder"), "{said}");
    let port = config.verifier.url.port().unwrap();
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let said = refused(&config, &folder.path().join("untouched"), models);
    assert!(said.contains(&port.to_string()) && said.contains("--port-offset"), "{said}");
    assert!(!folder.path().join("untouched").exists(), "another process may be at work there");
    drop(taken);
}

#[test]
fn whoever_has_read_enough_may_close_the_pipe() {
    let mut printing = Command::new(binary())
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(printing.stdout.take());
    let done = printing.wait_with_output().unwrap();
    assert!(done.status.success());
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "");
}
