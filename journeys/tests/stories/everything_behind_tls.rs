//! Every role behind TLS, as an operator runs them: whoever asks another believes the certificates that
//! it was told to believe, and nobody else.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tanda_journeys::{
    CertificationAuthority, TlsFront, binary, config, ordinary, relying_party, root,
};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// A city in a process, its three roles behind TLS.
struct Town {
    folder: TempDir,
    provider: String,
    verifier: String,
    process: Child,
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Town {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ours = CertificationAuthority::new("The operator's");
        ours.write(&folder.path().join("ours.pem"));
        CertificationAuthority::new("Somebody else's").write(&folder.path().join("others.pem"));
        let listens = config(folder.path());
        let mut urls = Vec::new();
        for role in [listens.authority.listen, listens.provider.listen, listens.verifier.listen] {
            let front = TlsFront::open(&ours, "localhost").await;
            urls.push(format!("https://localhost:{}", front.port()));
            front.forward_to(role);
        }
        let [authority, provider, verifier] = <[String; 3]>::try_from(urls).unwrap();
        let text = format!(
            "data = {data:?}
            models = {models:?}
            trust_list = '{authority}/trust-list'
            [authority]
            listen = '{}'
            url = '{authority}'
            wallet_origins = ['{provider}']
            [provider]
            listen = '{}'
            url = '{provider}'
            authorities = [{{ issuer = '{authority}', name = 'Sandbox City' }}]
            [verifier]
            listen = '{}'
            url = '{verifier}'
            wallet_url = '{provider}'",
            listens.authority.listen,
            listens.provider.listen,
            listens.verifier.listen,
            data = listens.data,
            models = listens.models,
        );
        fs::write(folder.path().join("tanda.toml"), text).unwrap();
        let process = tanda(folder.path(), "ours.pem")
            .args(["serve", "--sandbox"])
            .arg(root().join("sandbox"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        listening(listens.verifier.listen).await;
        Self { folder, provider, verifier, process }
    }

    /// A command that believes the certificates of that file; whether it succeeded, and what it said.
    fn run(&self, believed: &str, words: &[&str]) -> (bool, String) {
        let Output { status, stdout, stderr } =
            tanda(self.folder.path(), believed).args(words).output().unwrap();
        (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
    }

    fn succeeds(&self, words: &[&str]) -> String {
        let (succeeded, said) = self.run("ours.pem", words);
        assert!(succeeded, "{words:?}: {said}");
        said
    }

    /// A café's desk asks whether a guest is of age, the wallet says yes, and the desk sees the verdict.
    fn is_of_age_at_the_cafe(&self) -> String {
        let cafe = relying_party("cafe-comet");
        let mut desk = tanda(self.folder.path(), "ours.pem")
            .args(["desk", "ask", "--purpose", "cafe-sign-up", "--url", &self.verifier])
            .args(["--relying-party", "cafe-comet", "--access-code", &cafe.access_code])
            .args(["--staff", cafe.staff.id.as_str(), "--pin", &cafe.staff.pin])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(desk.stdout.take().unwrap()).lines().map(Result::unwrap);
        let link = lines.find_map(|line| line.strip_prefix("link ").map(|it| it.trim().to_owned()));
        self.succeeds(&["wallet", "present", &link.unwrap(), "--agree"]);
        let rest: Vec<String> = lines.collect();
        desk.wait().unwrap();
        rest.join("\n")
    }
}

fn tanda(folder: &Path, believed: &str) -> Command {
    let mut command = Command::new(binary());
    command
        .current_dir(folder)
        .env("SSL_CERT_FILE", folder.join(believed))
        .env_remove("SSL_CERT_DIR")
        .stdin(Stdio::null());
    command
}

async fn listening(role: SocketAddr) {
    for _ in 0..600 {
        if TcpStream::connect(role).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the city did not become ready");
}

fn city() -> String {
    root().join("sandbox").to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_issued_shown_and_its_chip_read_over_tls_alone() {
    let town = Town::start().await;
    let citizen = &ordinary(1)[0];
    fs::write(town.folder.path().join("pin"), "281706\n").unwrap();
    let who = ["--number", &citizen.number, "--name", &citizen.name];
    let frames = citizen.pictures.to_str().unwrap();

    town.succeeds(&["wallet", "sign-up", "--url", &town.provider]);
    let apply = [&["wallet", "apply", "--frames", frames], &who[..]].concat();
    assert!(town.succeeds(&apply).contains("The light card is in the wallet"));
    // The verifier fetches the trust list, the status list and the registration's standing.
    let verdict = town.is_of_age_at_the_cafe();
    assert!(verdict.starts_with("VALID"), "{verdict}");

    town.succeeds(&[&apply[..], &["--level", "full", "--pin-file", "pin"]].concat());
    let link = town.succeeds(&["wallet", "chip", "--access-number", "240617"]);
    let link = link.trim();
    assert!(link.starts_with("wss://localhost:"), "{link}");
    let card = ["sandbox", "chip", "--resident", &citizen.number, "--access-number", "240617"];
    let city = city();
    let country = ["--country", "data/sandbox-country", "--city", &city, "--relay", link];
    let read = [&card[..], &country].concat();

    // Somebody in between, or an operator nobody has told of: nothing is sent, and the link is not used up.
    for words in [&read[..], &["wallet", "status"]] {
        let (succeeded, said) = town.run("others.pem", words);
        assert!(!succeeded && said.contains("SSL_CERT_FILE"), "{said}");
    }
    let said = town.succeeds(&read);
    assert!(said.contains("read"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_name_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let ours = CertificationAuthority::new("The operator's");
    ours.write(&folder.path().join("ours.pem"));
    let front = TlsFront::open(&ours, "elsewhere.example").await;
    let url = format!("https://localhost:{}", front.port());
    front.forward_to(([127, 0, 0, 1], 9).into());
    let command = ["wallet", "sign-up", "--url", &url];
    let done = tanda(folder.path(), "ours.pem").args(command).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success() && said.contains("SSL_CERT_FILE"), "{said}");
}
