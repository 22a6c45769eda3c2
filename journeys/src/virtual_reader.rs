//! A card reader for a story: pcscd with vsmartcard's virtual reader, of the story's own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tanda_sandbox_chip::Fault;
use tempfile::TempDir;

use crate::{binary, free_port, root};

/// Where pcscd has its socket; the place is built into it.
const RUN: &str = "/run/pcscd";

/// vpcd's reader has two slots, and waits for the second one's card at the port after the first one's.
/// When either is taken, pcscd goes on without the reader.
const SLOTS: u16 = 2;

/// A running pcscd with one virtual reader. It ends with the story.
pub struct PcscDaemon {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    /// Held where there is one pcscd for all, so that stories take turns.
    turn: Option<File>,
}

impl PcscDaemon {
    /// Starts it, in a mount namespace in which its one built-in folder is the story's own. Where that
    /// is not allowed (some containers), it starts in the usual place, and stories take turns.
    ///
    /// # Panics
    /// When it can't be started: a story that needs it fails, and says what to install.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let readers = folder.path().join("readers");
        let run = folder.path().join("run");
        fs::create_dir_all(&readers).unwrap();
        fs::create_dir_all(&run).unwrap();
        let driver = driver();
        let reader = format!(
            "FRIENDLYNAME \"Story\"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {}\nCHANNELID 0x{port:X}\n",
            driver.display()
        );
        fs::write(readers.join("vpcd"), reader).unwrap();
        let mut daemon = Self { child: None, folder, port, turn: None };
        for kind in [&["--mount"][..], &["--user", "--map-root-user", "--mount"]] {
            let script = "mkdir -p /run/pcscd; mount --bind \"$0\" /run/pcscd && exec pcscd --foreground --config \"$1\"";
            let mut command = Command::new("unshare");
            command.args(kind).args(["sh", "-c", script]).arg(&run).arg(&readers);
            if daemon.spawn(command, &run.join("pcscd.comm")) {
                return daemon;
            }
        }
        let turn = File::create(std::env::temp_dir().join("tanda-story-pcscd.lock")).unwrap();
        turn.lock().unwrap();
        daemon.turn = Some(turn);
        let mut command = Command::new("pcscd");
        command.arg("--foreground").arg("--config").arg(&readers);
        let started = daemon.spawn(command, &Path::new(RUN).join("pcscd.comm"));
        assert!(
            started,
            "pcscd can't be started: run scripts/setup.sh test, and stop another pcscd"
        );
        daemon
    }

    fn spawn(&mut self, mut command: Command, socket: &Path) -> bool {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(mut child) = quiet.spawn() else { return false };
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            if socket.exists() && (self.port..self.port + SLOTS).all(listened_at) {
                self.child = Some(child);
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
        false
    }

    /// Lays a card on it: `tanda sandbox chip`, of a resident, from a country, until it is dropped.
    pub fn lay(&self, resident: &str, country: &Path, fault: Option<Fault>) -> Running {
        let mut command = Command::new(binary());
        command
            .args(["sandbox", "chip", "--resident", resident])
            .args(fault.map(|fault| format!("--fault={}", fault.as_str())))
            .arg("--city")
            .arg(root().join("sandbox"))
            .arg("--country")
            .arg(country)
            .args(["--vpcd", &self.address()])
            .stdout(Stdio::null());
        Running(command.spawn().unwrap())
    }

    /// Where the virtual reader waits for cards.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Has a program find this pcscd and no other.
    pub fn found_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if self.turn.is_some() {
            return command;
        }
        command.env("PCSCLITE_CSOCK_NAME", self.folder.path().join("run/pcscd.comm"))
    }

    /// Pulls the reader out.
    pub fn unplug(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for PcscDaemon {
    fn drop(&mut self) {
        self.unplug();
        if self.turn.is_some() {
            // What was killed leaves its socket, which would keep the next one from starting.
            let _ = fs::remove_file(Path::new(RUN).join("pcscd.comm"));
            let _ = fs::remove_file(Path::new(RUN).join("pcscd.pid"));
        }
    }
}

/// A program that runs until this is dropped.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether somebody listens at a port. The system's table is asked: a connection would be a card that is
/// laid on.
fn listened_at(port: u16) -> bool {
    const LISTENING: &str = "0A";
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    sockets.lines().any(|socket| {
        let mut fields = socket.split_whitespace().skip(1);
        fields.next().is_some_and(|local| local.ends_with(&format!(":{port:04X}")))
            && fields.nth(1) == Some(LISTENING)
    })
}

fn driver() -> PathBuf {
    let folder = Path::new("/usr/lib/pcsc/drivers/serial");
    let found = ["libifdvpcd.so", "libifdvpcd.so.0.8"].map(|name| folder.join(name));
    let found = found.into_iter().find(|path| path.exists());
    found.expect("vsmartcard-vpcd is missing: run scripts/setup.sh test")
}
