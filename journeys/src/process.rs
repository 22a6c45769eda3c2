//! The real binary in a process of its own, to be killed and to have its logs read.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tanda_cli::drive::{Client, Desk, Wallet};
use tanda_server::Config;
use tempfile::TempDir;

use crate::{open_desk, ports, root};

/// A sandbox city in a process of its own.
pub struct Process {
    /// The configuration that the process runs with.
    pub config: Config,
    folder: TempDir,
    offset: u16,
    child: Option<Child>,
}

impl Process {
    /// Starts the binary with everything logged.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let offset = ports::free_offset();
        let mut config = Config {
            data: folder.path().join("data"),
            models: root().join("models"),
            ..Config::default()
        };
        config.offset_ports(offset);
        let mut process = Self { config, folder, offset, child: None };
        process.spawn().await;
        process
    }

    /// Kills the process as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts the binary on the data that is there.
    pub async fn spawn(&mut self) {
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let child = Command::new(binary())
            .arg("serve")
            .args(["--log", "debug"])
            .arg("--sandbox")
            .arg(root().join("sandbox"))
            .arg("--models")
            .arg(&self.config.models)
            .arg("--data")
            .arg(&self.config.data)
            .arg("--port-offset")
            .arg(self.offset.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the binary `tanda` is built before the journeys run");
        self.child = Some(child);
        let client = Client::new().unwrap();
        let health = tanda_server::config::at(&self.config.verifier.url, "health");
        for _ in 0..600 {
            if client.get_text(&health).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server did not become ready: {}", self.logged());
    }

    /// Runs another command of the binary on the same data: whether it succeeded, and what it said.
    pub fn tanda(&self, words: &[&str]) -> (bool, String) {
        let data = self.config.data.to_str().unwrap();
        tanda(&[words, &["--data", data, "--port-offset", &self.offset.to_string()]].concat())
    }

    /// A folder for a story's own files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All that the process has logged.
    pub fn logged(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap()
    }

    /// A new wallet with an account.
    pub async fn wallet(&self, name: &str) -> Wallet {
        let file = self.folder.path().join(format!("{name}.wallet"));
        Wallet::sign_up(&file, &self.config.provider.url, name).await.unwrap()
    }

    /// A desk of a relying party of the sandbox with its staff on shift.
    pub async fn desk(&self, relying_party: &str) -> Desk {
        open_desk(&self.config, relying_party).await
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command of the binary without a terminal: whether it succeeded, and what it said.
pub fn tanda(words: &[&str]) -> (bool, String) {
    let done = Command::new(binary()).args(words).stdin(Stdio::null()).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(said).unwrap())
}

/// The binary `tanda`: it stands beside the folder of the test's own binary.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("tanda")
}
