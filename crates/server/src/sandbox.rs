//! The sandbox city: synthetic residents in the register, relying parties with their certificates,
//! and a guide for whoever visits. Never for real use; everything of it says so.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use tanda_authority::sandbox::{self, SandboxRelyingParty};
use tanda_authority::trust::RelyingPartyApplication;
use tanda_authority::{Authority, Officer};
use tanda_biometrics::Models;
use tanda_credential::jose::{Signer, SigningKey};
use tanda_protocol::registration::LocalText;

use crate::clock;
use crate::config::{Config, Role, identifier};
use crate::files::{self, FileError};
use crate::verifier::RelyingPartyFolder;

/// Why the city can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A file can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The city's own files are missing or damaged.
    #[error("the sandbox city in {folder} can't be read: {cause}")]
    City {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        cause: String,
    },
}

/// Settles the city: whoever is not there yet is registered. Doing it again changes nothing.
pub(crate) async fn settle(
    config: &Config,
    folder: &Path,
    authority: &Arc<Authority>,
) -> Result<(), SandboxError> {
    let fail = |cause: &dyn std::fmt::Display| SandboxError::City {
        folder: folder.to_owned(),
        cause: cause.to_string(),
    };
    settle_residents(config, folder, authority).await?;
    for relying_party in sandbox::relying_parties(folder).map_err(|cause| fail(&cause))? {
        certify(config, authority, relying_party).await.map_err(|cause| fail(&cause))?;
    }
    Ok(())
}

async fn settle_residents(
    config: &Config,
    folder: &Path,
    authority: &Arc<Authority>,
) -> Result<(), SandboxError> {
    let fail = |cause: &dyn std::fmt::Display| SandboxError::City {
        folder: folder.to_owned(),
        cause: cause.to_string(),
    };
    let register = authority.register();
    if register.count().await.map_err(|cause| fail(&cause))? > 0 {
        return Ok(());
    }
    let models = config.models.clone();
    let models = tokio::task::spawn_blocking(move || Models::load(&models))
        .await
        .map_err(|cause| fail(&cause))?
        .map_err(|cause| fail(&cause))?;
    sandbox::seed(
        register,
        &Arc::new(models),
        folder,
        &mut |_| (),
        clock::now(),
        &mut clock::seeded(),
    )
    .await
    .map_err(|cause| fail(&cause))?;
    Ok(())
}

/// Gives a relying party its key, its certificates and its staff's access code.
async fn certify(
    config: &Config,
    authority: &Authority,
    relying_party: SandboxRelyingParty,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let folder = RelyingPartyFolder::new(&config.folder(Role::Verifier), relying_party.id.as_str());
    let key = if folder.access_key().exists() {
        SigningKey::from_pkcs8(&files::read(&folder.access_key())?)?
    } else {
        let key = SigningKey::generate(&mut clock::rng())?;
        files::write_private(&folder.access_key(), &key.to_pkcs8()?)?;
        key
    };
    // Certified anew at every start: certificates never run out under a sandbox that is used.
    let named = |language| relying_party.name.get(language).cloned().unwrap_or_default();
    let application = RelyingPartyApplication {
        id: relying_party.id.clone(),
        name: LocalText { en: named("en"), id: named("id") },
        key: key.public().clone(),
        hosts: config.verifier.url.host_str().map(str::to_owned).into_iter().collect(),
        purposes: relying_party.purposes,
        privacy_policy: relying_party.privacy_policy.parse().ok(),
    };
    let officer = Officer {
        name: "sandbox".to_owned(),
        reason: "the sandbox city is set up".parse()?,
        case_number: None,
    };
    let certified = authority
        .certify_relying_party(&application, &officer, clock::now(), &mut clock::seeded())
        .await?;
    files::write_private(&folder.access_certificate(), &certified.access_certificate)?;
    files::write_private(&folder.registrar(), &authority.keys().registrar_certificate)?;
    files::write_private(&folder.registrations(), certified.registrations.join("\n").as_bytes())?;
    files::write_private(&folder.access_code(), relying_party.access_code.as_bytes())?;
    Ok(())
}

/// A resident of the city, as its register file has them.
#[derive(Deserialize)]
struct Citizen {
    number: String,
    family_name: String,
    #[serde(default)]
    given_name: String,
    birth_date: Date,
    portrait: PathBuf,
    #[serde(default)]
    deceased: bool,
    #[serde(default)]
    card_lost: bool,
}

impl Citizen {
    /// What this resident is good for.
    fn story(&self, today: Date) -> &'static str {
        let grown_up = self.birth_date.saturating_add(18.years()) <= today;
        match (self.deceased, self.card_lost, grown_up) {
            (true, _, _) => "is marked deceased: an application is refused",
            (_, true, _) => "reported the physical card lost: an officer decides",
            (_, _, false) => "is under 18: checks in at the hotel, is refused by the café",
            _ => "gets the light card",
        }
    }
}

/// What a visitor of the sandbox city should know: whom to be, and how to sign in at the desks.
pub fn guide(config: &Config) -> Result<String, SandboxError> {
    let Some(folder) = &config.sandbox else { return Ok(String::new()) };
    let fail = |cause: &dyn std::fmt::Display| SandboxError::City {
        folder: folder.clone(),
        cause: cause.to_string(),
    };
    let today = clock::now().to_zoned_datetime(TimeZone::UTC).date();
    let mut text =
        String::from("\nThe sandbox city: nobody in it exists, the faces are rendered.\n\n");
    for line in files::read_text(&folder.join("city/residents.jsonl"))?.lines() {
        let citizen: Citizen = serde_json::from_str(line).map_err(|cause| fail(&cause))?;
        let name = format!("{} {}", citizen.family_name, citizen.given_name);
        let face = citizen.portrait.parent().unwrap_or(folder).display();
        let story = citizen.story(today);
        let _ = writeln!(text, "  {:<19} {:<24} {face:<11} {story}", citizen.number, name.trim());
    }
    let wallet = identifier(&config.provider.url);
    let pictures = folder.display();
    let _ = write!(
        text,
        "\nBe one of them in the wallet, {wallet}\n\
         (their faces are in {pictures}/; to enrol with your own face, first run\n\
         `tanda register add --help`).\n\nDesks, each with its sign-in:\n\n"
    );
    let desk = identifier(&config.verifier.url);
    for relying_party in sandbox::relying_parties(folder).map_err(|cause| fail(&cause))? {
        let name = relying_party.name.get("en").map_or("", String::as_str);
        let (id, code) = (&relying_party.id, &relying_party.access_code);
        let _ = writeln!(text, "  {name:<28} {desk}/#{id}:{code}");
    }
    Ok(text)
}
