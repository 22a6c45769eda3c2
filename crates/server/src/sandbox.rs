//! The sandbox city: synthetic residents in the register, relying parties with their certificates,
//! and a guide for whoever visits. Never for real use; everything of it says so.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use tanda_authority::officers::InviteError;
use tanda_authority::relying_parties::{Standing, StandingError};
use tanda_authority::sandbox::{self, SandboxRelyingParty};
use tanda_authority::{Authority, Fault, Officer};
use tanda_credential::jose::SigningKey;
use tanda_model::{OfficerRole, RelyingPartyState};
use tanda_protocol::registration::{Applicant, Application, LocalText};

use crate::authority;
use crate::clock;
use crate::config::{Config, Role, identifier};
use crate::files;
use crate::verifier::{self, RelyingPartyFolder, Verifier};

/// Why the city can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The city's own files are missing or damaged, or the register refused somebody of it.
    #[error("the sandbox city can't be set up: {0}")]
    City(#[from] sandbox::SandboxError),
    /// The face models are missing.
    #[error("the sandbox city can't be set up: {0}")]
    Models(#[from] Fault),
    /// A relying party of it could not be certified.
    #[error("the sandbox's relying party {id} can't be certified: {cause}")]
    RelyingParty {
        /// Which.
        id: String,
        /// What failed: a file, a key, or the authority.
        cause: Box<dyn Error + Send + Sync>,
    },
    /// An officer of it could not be invited.
    #[error("the sandbox's officers can't be invited: {0}")]
    Officers(#[from] InviteError),
    /// The process is stopping.
    #[error("the sandbox city was not set up: the process is stopping")]
    Interrupted,
}

/// Settles the city: whoever is not there yet is registered. Doing it again changes nothing.
pub(crate) async fn settle(
    config: &Config,
    folder: &Path,
    authority: &Arc<Authority>,
) -> Result<(), SandboxError> {
    settle_residents(folder, authority).await?;
    for relying_party in sandbox::relying_parties(folder)? {
        let id = relying_party.id.to_string();
        certify(config, authority, relying_party)
            .await
            .map_err(|cause| SandboxError::RelyingParty { id, cause })?;
    }
    Ok(())
}

async fn settle_residents(folder: &Path, authority: &Arc<Authority>) -> Result<(), SandboxError> {
    let register = authority.register();
    // Asked before the models are loaded: a city that is settled already starts without them.
    if register.count().await.map_err(sandbox::SandboxError::from)? > 0 {
        return Ok(());
    }
    let loading = Arc::clone(authority);
    let models = tokio::task::spawn_blocking(move || loading.models())
        .await
        .map_err(|_| SandboxError::Interrupted)??;
    let (now, mut rng) = (clock::now(), clock::seeded());
    sandbox::seed(register, &models, folder, &mut |_| (), now, &mut rng).await?;
    Ok(())
}

/// Gives a relying party its key, its certificates and its staff's access code.
async fn certify(
    config: &Config,
    authority: &Authority,
    relying_party: SandboxRelyingParty,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = RelyingPartyFolder::new(&config.folder(Role::Verifier), relying_party.id.as_str());
    let key = folder.access_key_or_new()?;
    let named = |language| relying_party.name.get(language).cloned().unwrap_or_default();
    let application = Application {
        id: relying_party.id.clone(),
        name: LocalText { en: named("en"), id: named("id"), zh: named("zh") },
        hosts: config.verifier.url.host_str().map(str::to_owned).into_iter().collect(),
        purposes: relying_party.purposes,
        privacy_policy: relying_party.privacy_policy.parse().ok(),
    };
    let standing = register(authority, &application, &key).await?;
    // Fetched at every start: certificates never run out under a sandbox that is used. Whatever
    // officers have decided since stays as they decided it.
    if let Some(certificates) = &standing.certificates {
        folder.put_certificates(certificates)?;
    }
    files::write_private(&folder.access_code(), relying_party.access_code.as_bytes())?;
    Ok(())
}

/// Hands in an application as everybody does, has it approved, and asks what became of it.
async fn register(
    authority: &Authority,
    application: &Application,
    key: &SigningKey,
) -> Result<Standing, Box<dyn Error + Send + Sync>> {
    let (now, mut rng) = (clock::now(), clock::seeded());
    let issuer = authority.config().issuer.as_str();
    let question = Applicant::ask(&application.id, issuer, key, now)?;
    match authority.standing_of_relying_party(&question, now, &mut rng).await {
        Ok(standing) if !matches!(standing.state, RelyingPartyState::Applied { .. }) => {
            return Ok(standing);
        }
        Ok(_) | Err(StandingError::Unknown) => {}
        Err(cause) => return Err(cause.into()),
    }
    authority.apply_as_relying_party(&application.sign(issuer, key, now)?, now).await?;
    let row = authority.store().reader().await?.find_relying_party(&application.id).await?;
    let seen = row.map_or(0, |row| row.revision);
    let officer = Officer::custodian("sandbox", "the sandbox city is set up".parse()?, None);
    let (id, purposes) = (&application.id, &application.purposes);
    authority.register_relying_party(id, seen, purposes, &officer, now, &mut rng).await?;
    Ok(authority.standing_of_relying_party(&question, now, &mut rng).await?)
}

/// Puts the city's staff on the desks. Doing it again changes nothing.
pub(crate) async fn settle_staff(folder: &Path, verifier: &Verifier) -> Result<(), SandboxError> {
    for relying_party in sandbox::relying_parties(folder)? {
        verifier::settle_staff(verifier, &relying_party.id, &relying_party.staff).await.map_err(
            |cause| SandboxError::RelyingParty {
                id: relying_party.id.to_string(),
                cause: cause.into(),
            },
        )?;
    }
    Ok(())
}

/// A one-time link with which whoever opens it first becomes an officer of the sandbox city.
#[derive(Clone, Debug)]
pub struct OfficerLink {
    /// As what.
    pub role: OfficerRole,
    /// The link.
    pub link: String,
}

/// Invites the city's officers, one a role, until somebody has accepted.
pub(crate) async fn invite_officers(
    config: &Config,
    authority: &Authority,
) -> Result<Vec<OfficerLink>, SandboxError> {
    let invited = sandbox::invite_officers(authority, clock::now(), &mut clock::seeded()).await?;
    let console = &config.authority.url;
    Ok(invited
        .into_iter()
        .map(|(role, invitation)| {
            let link = authority::invitation_link(console, &invitation.token);
            OfficerLink { role, link }
        })
        .collect())
}

/// What a visitor of the sandbox city should know: whom to be, and how to sign in at the desks.
pub fn guide(config: &Config, officers: &[OfficerLink]) -> Result<String, SandboxError> {
    let Some(folder) = &config.sandbox else { return Ok(String::new()) };
    let mut text =
        String::from("\nThe sandbox city: nobody in it exists, the faces are rendered.\n\n");
    for resident in sandbox::residents(folder)? {
        let (number, name) = (resident.number.as_str(), resident.name);
        let (shots, story) = (resident.shots.display(), resident.story);
        let _ = writeln!(text, "  {number:<19} {name:<16} {shots}  {story}");
    }
    let wallet = identifier(&config.provider.url);
    let _ = write!(
        text,
        "\nBe one of them in the wallet, {wallet}\n\
         (the folders hold their faces; to enrol with your own face, first run\n\
         `tanda register add --help`). Their identity cards, signed by a country of the sandbox's own that is\n\
         believed here alone: `tanda sandbox chip --help`, and `tanda reader`.\n\nDesks, each with a link that enrols a browser, and who works there with which PIN:\n\n"
    );
    let desk = identifier(&config.verifier.url);
    for relying_party in sandbox::relying_parties(folder)? {
        let name = relying_party.name.get("en").map_or("", String::as_str);
        let (id, code) = (&relying_party.id, &relying_party.access_code);
        let link = format!("{desk}/#{id}:{code}");
        let (staff, pin) = (&relying_party.staff.id, &relying_party.staff.pin);
        let _ = writeln!(text, "  {name:<36} {link:<58} {staff} {pin}");
    }
    let console = identifier(&config.authority.url);
    let _ = writeln!(text, "\nThe officers' console, {console}\n");
    for OfficerLink { role, link } in officers {
        let _ = writeln!(text, "  become its {role:<19} {link}");
    }
    if officers.is_empty() {
        let _ = writeln!(text, "  Sign in with the passkeys that you made there.");
    } else {
        let _ = writeln!(text, "\n(each link makes one passkey, once)");
    }
    Ok(text)
}
