//! Whose physical cards are believed changes while the authority runs: by the command that looks before
//! it takes, and by nothing that is broken.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_authority::enrolment::chip::{Ended, ResidentOutcome};
use tanda_cli::drive::{Wallet, forward};
use tanda_cli::emulated::{self, ACCESS_NUMBER};
use tanda_journeys::{City, binary, ordinary, root};
use tanda_model::AssuranceLevel;
use tanda_sandbox_chip::{Abilities, Fault, SandboxChip, SandboxCountry};
use tanda_server::Server;

struct Operator<'a> {
    folder: &'a Path,
}

impl Operator<'_> {
    fn country_signers(&self, words: &[&str]) -> (bool, String) {
        let config = self.folder.join("operator.toml");
        let text = format!("[authority]\ncountry_signers = {:?}\n", self.folder.join("believed"));
        fs::write(&config, text).unwrap();
        let mut command = Command::new(binary());
        let Output { status, stdout, stderr } = command
            .arg("country-signers")
            .args(words)
            .arg("--config")
            .arg(config)
            .current_dir(self.folder.join("abroad"))
            .output()
            .unwrap();
        (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
    }
}

/// Reads a card of the country's until it ends as it is to, for as long as an authority may take to see
/// what was laid down.
async fn ends(wallet: &mut Wallet, card: impl Fn() -> SandboxChip<StdRng>, as_it_is_to: Ended) {
    let began = Instant::now();
    loop {
        let link = wallet.relay(ACCESS_NUMBER).await.unwrap();
        let ended = forward(&link, &mut card()).await.unwrap();
        if ended == as_it_is_to {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{}", ended.sentence);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_restart() {
    let city = City::start_with(|config| {
        let believed = config.data.parent().unwrap().join("believed");
        fs::create_dir_all(&believed).unwrap();
        config.authority.country_signers = Some(believed);
    })
    .await;
    let citizen = &ordinary(1)[0];
    let mut wallet = city.wallet(&citizen.number).await;
    let (level, frames) = (AssuranceLevel::Full, citizen.frames());
    wallet.choose_pin(&"480217".parse().unwrap(), None).unwrap();
    wallet.apply_at(level, &citizen.number, &citizen.name, &frames).await.unwrap();
    // A country that isn't the sandbox's own, with cards of the same people.
    let folder = city.folder();
    let country: SandboxCountry = emulated::country(&folder.join("abroad")).unwrap();
    let card = |fault: Option<Fault>| {
        let sandbox = root().join("sandbox");
        let person = emulated::person(&sandbox, &citizen.number, ACCESS_NUMBER).unwrap();
        let rng = StdRng::seed_from_u64(7);
        SandboxChip::personalise(&person, &country, Abilities::ALL, fault, rng).unwrap()
    };
    let (read, not_read) =
        (Ended::from(ResidentOutcome::Read), Ended::from(ResidentOutcome::NotRead));
    ends(&mut wallet, || card(None), not_read.clone()).await;

    let operator = Operator { folder };
    let (shown, said) = operator.country_signers(&["show", "country.der", "country.crl"]);
    assert!(shown && said.contains("country signer") && said.contains("not believed"), "{said}");
    let fingerprint = said.lines().map(str::trim).find(|line| line.len() == 64).unwrap();
    let (taken, said) = operator.country_signers(&["take", "country.der", "--state", "UT=UTO"]);
    assert!(!taken && said.contains(fingerprint), "{said}");
    let words = ["take", "country.der", "country.crl", "--state", "UT=UTO", "--trust", fingerprint];
    let (taken, said) = operator.country_signers(&words);
    assert!(taken && said.contains("UTO"), "{said}");
    ends(&mut wallet, || card(None), read.clone()).await;
    ends(&mut wallet, || card(Some(Fault::RevokedSigner)), not_read.clone()).await;

    // A slip of the operator's takes nothing away.
    let state = folder.join("believed/UTO");
    fs::write(state.join("slip.crl"), "nonsense").unwrap();
    tokio::time::sleep(Duration::from_secs(7)).await;
    let (shown, said) = operator.country_signers(&["show", "country.der"]);
    assert!(!shown && said.contains("slip.crl"), "{said}");
    ends(&mut wallet, || card(None), read).await;
    // Who starts on it is told, before anybody's card is refused for it.
    let mut another = tanda_journeys::config(&folder.join("another"));
    another.authority.country_signers.clone_from(&city.config.authority.country_signers);
    let refused = Server::start(&another).await.map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("slip.crl"), "{refused}");
    // And what is taken away on purpose is gone.
    fs::remove_dir_all(state).unwrap();
    ends(&mut wallet, || card(None), not_read).await;
}
