//! End-to-end stories, one file each under tests/, and what they share: a sandbox city of their own.

#![expect(clippy::unwrap_used, reason = "a story that can't begin fails")]

mod console;
mod ports;
mod process;
mod tls_front;
mod virtual_reader;

pub use console::{Console, address};
pub use ports::free_port;
pub use process::{Process, binary, tanda};
pub use tls_front::{CertificationAuthority, TlsFront};
pub use virtual_reader::{PcscDaemon, Running};

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;
use tanda_authority::sandbox::{self, SandboxRelyingParty};
use tanda_cli::drive::{Desk, Frames, Wallet};
use tanda_model::OfficerRole;
use tanda_server::sandbox::OfficerLink;
use tanda_server::{Config, Role, Server, Sweeper};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// The repository's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// A sandbox city that runs in this process, on ports and data of its own.
pub struct City {
    /// Its configuration.
    pub config: Config,
    folder: TempDir,
    officer_links: Vec<OfficerLink>,
    stop: Option<oneshot::Sender<()>>,
    sweeper: Sweeper,
    running: Option<tokio::task::JoinHandle<()>>,
}

/// A resident of the city, as the register file has them.
#[derive(Clone, Debug)]
pub struct Citizen {
    /// The resident number.
    pub number: String,
    /// The full name.
    pub name: String,
    /// The folder of their pictures.
    pub pictures: PathBuf,
    /// The line of the register file.
    pub record: Value,
}

impl City {
    /// Starts a city.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// Starts a city whose configuration was changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        change(&mut config);
        let (sweeper, stop, running) = (Sweeper::default(), None, None);
        let officer_links = Vec::new();
        let mut city = Self { config, folder, officer_links, stop, sweeper, running };
        city.open().await;
        city
    }

    /// Starts again on the same data, as after a crash or a restart.
    pub async fn restart(&mut self) {
        self.close().await;
        self.open().await;
    }

    /// Starts again on the same data without one of the roles, as when its machine is down.
    pub async fn without(&mut self, role: Role) {
        self.close().await;
        let all = self.config.roles.clone();
        self.config.roles.remove(&role);
        self.open().await;
        self.config.roles = all;
    }

    /// Stops answering.
    pub async fn close(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(running) = self.running.take() {
            let _ = running.await;
        }
    }

    async fn open(&mut self) {
        let server = Server::start(&self.config).await.unwrap();
        self.sweeper = server.sweeper();
        self.officer_links = server.officer_links().to_vec();
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        self.running = Some(tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            server.run(stopped).await.unwrap();
        }));
    }

    /// Deletes what will have passed its time then, as the city does by itself every minute.
    pub async fn sweep(&self, then: Timestamp) {
        self.sweeper.sweep(then).await.unwrap();
    }

    /// A folder for a story's own files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A new wallet with an account.
    pub async fn wallet(&self, name: &str) -> Wallet {
        let file = self.folder.path().join(format!("{name}.wallet"));
        Wallet::sign_up(&file, &self.config.provider.url, name).await.unwrap()
    }

    /// A wallet that holds the light card of a resident.
    pub async fn wallet_with_card(&self, citizen: &Citizen) -> Wallet {
        let mut wallet = self.wallet(&citizen.number).await;
        let standing =
            wallet.apply(&citizen.number, &citizen.name, &citizen.frames()).await.unwrap();
        let offer = standing.credential_offer.expect("approved with an offer");
        wallet.receive(&offer).await.unwrap();
        wallet
    }

    /// The one-time link of the sandbox's officer of a role.
    pub fn officer_link(&self, role: OfficerRole) -> String {
        self.officer_links.iter().find(|one| one.role == role).unwrap().link.clone()
    }

    /// The sandbox's officer of a role, signed in.
    pub async fn officer(&self, role: OfficerRole) -> Console {
        Console::join(&self.officer_link(role)).await
    }

    /// A desk of a relying party of the sandbox with its staff on shift.
    pub async fn desk(&self, relying_party: &str) -> Desk {
        open_desk(&self.config, relying_party).await
    }
}

/// A relying party of the sandbox city.
pub fn relying_party(id: &str) -> SandboxRelyingParty {
    let parties = sandbox::relying_parties(&root().join("sandbox")).unwrap();
    parties.into_iter().find(|party| party.id.as_str() == id).unwrap()
}

/// A desk of a relying party of the sandbox city with its staff on shift.
async fn open_desk(config: &Config, id: &str) -> Desk {
    let party = relying_party(id);
    let desk = Desk::enrol(&config.verifier.url, id, &party.access_code).await.unwrap();
    desk.sign_in(party.staff.id.as_str(), &party.staff.pin).await.unwrap();
    desk
}

/// A configuration of three free ports, data in `folder`, and the repository's sandbox.
pub fn config(folder: &Path) -> Config {
    let mut config = Config {
        data: folder.join("data"),
        models: root().join("models"),
        sandbox: Some(root().join("sandbox")),
        ..Config::default()
    };
    config.offset_ports(ports::free_offset());
    // The machine may stall with all the stories that run at once.
    config.verifier.list_patience_ms = 10_000;
    config
}

/// Every resident of the sandbox city.
pub fn citizens() -> Vec<Citizen> {
    let sandbox = root().join("sandbox");
    let text = std::fs::read_to_string(sandbox.join("city/residents.jsonl")).unwrap();
    text.lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
            Citizen {
                number: text("number"),
                name: format!("{} {}", text("family_name"), text("given_name")).trim().to_owned(),
                pictures: sandbox.join(text("portrait")).parent().unwrap().to_owned(),
                record,
            }
        })
        .collect()
}

/// Residents with no mark, of age, so many of them.
pub fn ordinary(count: usize) -> Vec<Citizen> {
    let found: Vec<Citizen> = citizens()
        .into_iter()
        .filter(|citizen| {
            citizen.record["deceased"] != true
                && citizen.record["card_lost"] != true
                && citizen.birth_year() < 2005
        })
        .take(count)
        .collect();
    assert_eq!(found.len(), count, "the city has that many ordinary residents");
    found
}

/// The first resident whose record has a mark.
pub fn marked(mark: &str) -> Citizen {
    citizens().into_iter().find(|citizen| citizen.record[mark] == true).unwrap()
}

/// The resident who is under 18.
pub fn minor() -> Citizen {
    citizens().into_iter().find(|citizen| citizen.birth_year() > 2008).unwrap()
}

impl Citizen {
    /// Their pictures in place of a camera.
    pub fn frames(&self) -> Frames {
        Frames::open(&self.pictures).unwrap()
    }

    fn birth_year(&self) -> i64 {
        let date = self.record["birth_date"].as_str().unwrap();
        date[..4].parse().unwrap()
    }
}
