//! What an operator sets: roles, addresses, folders. Everything has a default that runs the sandbox
//! on one machine.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::civil::Time;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use tanda_credential::trust_list::Names;
use url::Url;

/// The configuration of one process.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The folder of stores and keys.
    pub data: PathBuf,
    /// The folder of the recognition models.
    pub models: PathBuf,
    /// The roles that this process runs.
    pub roles: BTreeSet<Role>,
    /// Start with the sandbox city: the folder that holds its residents and relying parties.
    pub sandbox: Option<PathBuf>,
    /// The certificate (PEM) of the trust list's operator, pinned by every role that reads the list.
    pub trust_anchor: Option<PathBuf>,
    /// Where the trust list is published.
    pub trust_list: Url,
    /// The authority's settings.
    pub authority: AuthorityConfig,
    /// The provider's settings.
    pub provider: ProviderConfig,
    /// The verifier's settings.
    pub verifier: VerifierConfig,
}

/// A part that a process can play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The state's side.
    Authority,
    /// The app's side.
    Provider,
    /// The relying parties' side.
    Verifier,
}

/// Settings of the role `authority`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthorityConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address by which others reach it; it is also the credential issuer identifier.
    pub url: Url,
    /// What it is called: one text, or a text for each language (RFC 5646 tags). The trust list
    /// has them all, for wallets and desks to show; cards have the English one.
    #[serde(deserialize_with = "names")]
    pub name: Names,
    /// ISO 3166-1 alpha-2 code, as `issuing_country`.
    pub country: String,
    /// The origins of the wallet pages that may send evidence.
    pub wallet_origins: Vec<Url>,
    /// The wallet providers whose attestations are believed; one in this process is always.
    pub wallet_providers: Vec<ListedProvider>,
    /// The length in milliseconds of the grid on which decisions are answered, so that the time
    /// taken says nothing about the reason.
    pub decision_grid_ms: u64,
    /// How many seconds a dialogue with a physical card's chip may take as a whole.
    pub chip_dialogue_s: u32,
    /// The file that says which evidence each card needs; without it, the one that ships counts.
    pub evidence_policy: Option<PathBuf>,
    /// Whose physical cards are believed: a folder with a folder for each state, called as the machine
    /// readable zone has it, of country signers' certificates and revocation lists. Nobody's without.
    pub country_signers: Option<PathBuf>,
    /// Where applicants for the full card can come, and when.
    pub offices: Vec<OfficeConfig>,
}

/// A place with a counter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeConfig {
    /// Its name in addresses and messages.
    pub id: String,
    /// What it is called: one text, or a text for each language.
    #[serde(deserialize_with = "names")]
    pub name: Names,
    /// Where it is, likewise.
    #[serde(deserialize_with = "names")]
    pub address: Names,
    /// The days on which it is open, 1 (Monday) to 7.
    pub weekdays: Vec<i8>,
    /// From when.
    pub opens: Time,
    /// Until when.
    pub closes: Time,
    /// How long an appointment takes.
    pub slot_minutes: u16,
    /// How many people come at once.
    pub places: u32,
    /// How far the clock on its wall is ahead of UTC.
    pub utc_offset_minutes: i16,
}

impl OfficeConfig {
    /// The counter of the sandbox city.
    fn sandbox() -> Self {
        let names = |en: &str, id: &str, zh: &str| {
            let texts = [("en", en), ("id", id), ("zh", zh)];
            Names(texts.map(|(tag, text)| (tag.to_owned(), text.to_owned())).into())
        };
        Self {
            id: "nansha".to_owned(),
            name: names("Nansha civic centre", "Pusat layanan Nansha", "南沙政务中心"),
            address: names(
                "1 Harbour Road, Sandbox City",
                "Jalan Pelabuhan 1, Kota Sandbox",
                "沙盒市港湾路1号",
            ),
            weekdays: vec![1, 2, 3, 4, 5, 6],
            opens: Time::constant(9, 0, 0, 0),
            closes: Time::constant(17, 0, 0, 0),
            slot_minutes: 20,
            places: 2,
            utc_offset_minutes: 8 * 60,
        }
    }
}

/// A provider whose wallets may apply.
#[derive(Clone, Debug, Deserialize)]
pub struct ListedProvider {
    /// The provider's address, as its attestations have it.
    pub issuer: Url,
    /// The certificate (PEM) that its attestation keys chain to.
    pub certificate: PathBuf,
}

/// Settings of the role `provider`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The wallet page's address.
    pub url: Url,
    /// The app's name.
    pub name: String,
    /// The authorities that its users can apply to.
    pub authorities: Vec<AuthorityLink>,
}

/// An authority that a provider's users can apply to.
#[derive(Clone, Debug, Deserialize)]
pub struct AuthorityLink {
    /// The credential issuer identifier.
    pub issuer: Url,
    /// Its name, as users know it.
    pub name: String,
}

/// Settings of the role `verifier`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VerifierConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address by which wallets and desks reach it.
    pub url: Url,
    /// The wallet page that links and QR codes open.
    pub wallet_url: Url,
    /// The first characters of this service's typed codes, as the trust list assigns them.
    pub code_prefix: String,
    /// How old a status list may be, in seconds, before the verdict is "cannot tell".
    pub status_max_age_s: u64,
    /// How many milliseconds an authority may take to answer with a status list. Somebody stands at
    /// the desk and waits two seconds for the verdict: a list that takes longer is unreachable.
    pub list_patience_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        let authority = AuthorityConfig::default();
        Self {
            data: PathBuf::from("data"),
            models: PathBuf::from("models"),
            roles: [Role::Authority, Role::Provider, Role::Verifier].into(),
            sandbox: None,
            trust_anchor: None,
            trust_list: at(&authority.url, "trust-list"),
            authority,
            provider: ProviderConfig::default(),
            verifier: VerifierConfig::default(),
        }
    }
}

impl Default for AuthorityConfig {
    fn default() -> Self {
        Self {
            listen: local(8600),
            url: localhost(8600),
            name: Names(
                [
                    ("en", "Sandbox City Public Security"),
                    ("id", "Keamanan Umum Kota Sandbox"),
                    ("zh", "沙盒市公安局"),
                ]
                .map(|(language, name)| (language.to_owned(), name.to_owned()))
                .into(),
            ),
            country: "CN".to_owned(),
            wallet_origins: vec![localhost(8601)],
            wallet_providers: Vec::new(),
            decision_grid_ms: 500,
            chip_dialogue_s: 180,
            evidence_policy: None,
            offices: vec![OfficeConfig::sandbox()],
            country_signers: None,
        }
    }
}

impl Default for ProviderConfig {
    fn default() -> Self {
        let authority = AuthorityConfig::default();
        Self {
            listen: local(8601),
            url: localhost(8601),
            name: "Tanda Wallet".to_owned(),
            authorities: vec![AuthorityLink {
                issuer: authority.url,
                name: authority.name.text("en").unwrap_or_default().to_owned(),
            }],
        }
    }
}

impl Default for VerifierConfig {
    fn default() -> Self {
        Self {
            listen: local(8602),
            url: localhost(8602),
            wallet_url: localhost(8601),
            code_prefix: "NS".to_owned(),
            status_max_age_s: 60,
            list_patience_ms: 1500,
        }
    }
}

impl Config {
    /// Where a role listens.
    pub fn listen(&self, role: Role) -> SocketAddr {
        match role {
            Role::Authority => self.authority.listen,
            Role::Provider => self.provider.listen,
            Role::Verifier => self.verifier.listen,
        }
    }

    /// The address by which others reach a role.
    pub fn url(&self, role: Role) -> &Url {
        match role {
            Role::Authority => &self.authority.url,
            Role::Provider => &self.provider.url,
            Role::Verifier => &self.verifier.url,
        }
    }

    /// Moves every port by as much: two systems then run beside each other on one machine.
    pub fn offset_ports(&mut self, offset: u16) {
        let shift = |url: &mut Url| {
            if let Some(port) = url.port() {
                // A URL with a port takes another one.
                let _ = url.set_port(Some(port.saturating_add(offset)));
            }
        };
        for listen in
            [&mut self.authority.listen, &mut self.provider.listen, &mut self.verifier.listen]
        {
            listen.set_port(listen.port().saturating_add(offset));
        }
        for url in [
            &mut self.trust_list,
            &mut self.authority.url,
            &mut self.provider.url,
            &mut self.verifier.url,
            &mut self.verifier.wallet_url,
        ] {
            shift(url);
        }
        self.authority.wallet_origins.iter_mut().for_each(shift);
        self.provider.authorities.iter_mut().for_each(|link| shift(&mut link.issuer));
    }

    /// The file in which a role keeps its records.
    pub fn store(&self, role: Role) -> PathBuf {
        self.folder(role).join("store.db")
    }

    /// The folder in which a role keeps its keys.
    pub fn keys(&self, role: Role) -> PathBuf {
        self.folder(role).join("keys")
    }

    /// The folder of everything that a role keeps.
    pub fn folder(&self, role: Role) -> PathBuf {
        self.data.join(role.name())
    }

    /// The folder of the sandbox's country signer, where its cards are made on this machine.
    pub fn sandbox_country(&self) -> PathBuf {
        self.data.join("sandbox-country")
    }

    /// The pinned certificate of the trust list's operator.
    pub fn trust_anchor(&self) -> PathBuf {
        self.trust_anchor.clone().unwrap_or_else(|| self.data.join("trust-anchor.pem"))
    }
}

impl Role {
    /// The role's name on the command line and on disk.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Provider => "provider",
            Self::Verifier => "verifier",
        }
    }
}

/// The name of no role.
#[derive(Debug, thiserror::Error)]
#[error("there is no such role; roles are authority, provider and verifier")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        [Self::Authority, Self::Provider, Self::Verifier]
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or(UnknownRole)
    }
}

/// A place under a base address, whether or not that ends in a slash.
pub fn at(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// An address as an identifier: without the slash that a bare host's URL ends in.
pub fn identifier(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// A name: one text, which counts as English, or a table of texts by language.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Names, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Once(String),
        ByLanguage(Names),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Once(name) => Names::one("en", name),
        Written::ByLanguage(names) if names.0.is_empty() => {
            return Err(D::Error::custom("a name needs at least one language"));
        }
        Written::ByLanguage(names) => names,
    })
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn localhost(port: u16) -> Url {
    #[expect(clippy::unwrap_used, reason = "the text is well formed for every port")]
    Url::parse(&format!("http://localhost:{port}")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_one_machine_with_three_origins() {
        let config = Config::default();
        assert_eq!(config.trust_list.as_str(), "http://localhost:8600/trust-list");
        assert_eq!(config.store(Role::Verifier), PathBuf::from("data/verifier/store.db"));
    }

    #[test]
    fn an_authority_has_a_name_in_one_language_or_in_several() {
        let read = |name| {
            let written = serde_json::json!({ "name": name });
            serde_json::from_value::<AuthorityConfig>(written).map(|config| config.name)
        };
        assert_eq!(read("City".into()).unwrap(), Names::one("en", "City"));
        let both = read(serde_json::json!({"en": "City", "id": "Kota"})).unwrap();
        assert_eq!((both.text("en"), both.text("id")), (Some("City"), Some("Kota")));
        assert!(read(serde_json::json!({})).is_err());
    }

    #[test]
    fn a_place_keeps_the_base_path() {
        let base = Url::parse("https://id.example/tanda/").unwrap();
        assert_eq!(at(&base, "codes/1").as_str(), "https://id.example/tanda/codes/1");
    }
}
