//! `tanda relying-party`: apply to an authority, and fetch the certificates.

use std::error::Error;

use clap::{Args, Subcommand};
use serde_json::Value;
use tanda_cli::drive::Client;
use tanda_model::{PurposeId, RelyingPartyId};
use tanda_protocol::oauth::OpaqueToken;
use tanda_protocol::registration::{Applicant, Application, LocalText};
use tanda_server::config::{at, identifier};
use tanda_server::{RelyingPartyFolder, Role, StandingView, clock, files};
use url::Url;

use crate::output;
use crate::settings::Settings;

/// Become a relying party.
#[derive(Subcommand)]
pub(crate) enum RelyingParty {
    /// Apply to an authority; an officer decides
    ///
    /// The access key is made in the verifier's folder if it is not there, and never leaves it.
    Apply(Box<Apply>),
    /// See what became of the application; fetch the certificates, or renew them
    ///
    /// The verifier reads them when it starts. Do it once a month: certificates run for 90 days.
    Fetch(Box<Fetch>),
}

/// Which relying party, of which authority.
#[derive(Args)]
struct Which {
    #[command(flatten)]
    settings: Settings,
    /// The authority's address
    #[arg(
        long,
        env = "TANDA_AUTHORITY",
        default_value = "http://localhost:8600",
        value_name = "URL"
    )]
    authority: Url,
    /// The relying party's id in claims and addresses, such as hotel-nansha
    #[arg(long, env = "TANDA_RELYING_PARTY", value_name = "ID")]
    relying_party: RelyingPartyId,
}

/// Apply.
#[derive(Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    which: Which,
    /// The name that people know, in English
    #[arg(long, value_name = "NAME")]
    name_en: String,
    /// The same in Indonesian
    #[arg(long, value_name = "NAME")]
    name_id: String,
    /// The same in Chinese
    #[arg(long, value_name = "NAME")]
    name_zh: String,
    /// A purpose, such as hotel-check-in; may be given several times
    #[arg(long = "purpose", value_name = "ID", required = true)]
    purposes: Vec<PurposeId>,
    /// A host from which requests are fetched; by default the verifier's own
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Where people read what is done with their data
    #[arg(long, value_name = "URL")]
    privacy_policy: Option<Url>,
}

/// Fetch.
#[derive(Args)]
pub(crate) struct Fetch {
    #[command(flatten)]
    which: Which,
}

/// The authority's answer is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("the authority's answer can't be read")]
struct Unreadable;

impl RelyingParty {
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        match self {
            Self::Apply(command) => runtime.block_on(command.run()),
            Self::Fetch(command) => runtime.block_on(command.run()),
        }
    }
}

impl Which {
    fn folder(&self) -> Result<RelyingPartyFolder, Box<dyn Error>> {
        let verifier = self.settings.config()?.folder(Role::Verifier);
        Ok(RelyingPartyFolder::new(&verifier, self.relying_party.as_str()))
    }
}

impl Apply {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let Self { which, mut hosts, .. } = self;
        if hosts.is_empty() {
            let config = which.settings.config()?;
            hosts.extend(config.verifier.url.host_str().map(str::to_owned));
        }
        let application = Application {
            id: which.relying_party.clone(),
            name: LocalText { en: self.name_en, id: self.name_id, zh: self.name_zh },
            hosts,
            purposes: self.purposes,
            privacy_policy: self.privacy_policy,
        };
        let key = which.folder()?.access_key_or_new()?;
        let authority = identifier(&which.authority);
        let token = application.sign(&authority, &key, clock::now())?;
        Client::new()?.post_jwt(&at(&which.authority, "relying-parties"), token).await?;
        output::note(
            "Applied. An officer will decide; see what became of it with `tanda relying-party fetch`.",
        );
        Ok(())
    }
}

impl Fetch {
    async fn run(self) -> Result<(), Box<dyn Error>> {
        let Self { which } = self;
        let folder = which.folder()?;
        let key = folder.access_key_or_new()?;
        let authority = identifier(&which.authority);
        let question = Applicant::ask(&which.relying_party, &authority, &key, clock::now())?;
        let place = at(&which.authority, "relying-parties/standing");
        let answer: Value = Client::new()?.post_jwt(&place, question).await?;
        let standing: StandingView = serde_json::from_value(answer).map_err(|_| Unreadable)?;
        let reason = standing.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        output::line(format!("{}, since {}{reason}", standing.state, standing.since));
        let Some(certificates) = standing.certificates else { return Ok(()) };
        folder.put_certificates(&certificates.decoded().ok_or(Unreadable)?)?;
        if !folder.access_code().exists() {
            let code = OpaqueToken::mint(&mut clock::rng());
            files::write_private(&folder.access_code(), code.expose().as_bytes())?;
            output::note(format!(
                "An access code for its desks is in {}.",
                folder.access_code().display()
            ));
        }
        output::note("The certificates are in the verifier's folder; start it again to use them.");
        Ok(())
    }
}
