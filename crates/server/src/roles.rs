//! Opens each role's store and keys, and puts the role together.

use std::sync::Arc;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use tanda_authority::enrolment::Office;
use tanda_authority::enrolment::chip::ChipTrustError;
use tanda_authority::{
    Authority, KeyOwner, Keys, KeysError, WalletProvider, shipped_evidence_policy,
};
use tanda_credential::x509::Certificate;
use tanda_model::{EvidencePolicy, OfficeHours};
use tanda_protocol::oauth::IssuerUrl;
use tanda_provider::{Provider, ProviderError};
use tanda_storage::{StorageError, Store, StoreOptions};

use crate::config::{Config, OfficeConfig, Role, identifier};
use crate::files::{self, FileError};
use crate::pem::{self, PemError};
use crate::provider_keys::{self, ProviderKeys, ProviderKeysError};
use crate::sandbox::{self, OfficerLink, SandboxError};
use crate::throttle::Throttle;
use crate::verifier::{Verifier, VerifierStartError};
use crate::{authority, clock, country_signers, provider};

/// Why a role can't start, with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store can't be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A file can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// A certificate can't be used.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// The authority's keys can't be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The authority can't be set up.
    #[error("the authority can't start: {0}")]
    Authority(String),
    /// The provider's keys can't be used.
    #[error(transparent)]
    ProviderKeys(#[from] ProviderKeysError),
    /// The provider can't be set up.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The verifier can't be set up.
    #[error(transparent)]
    Verifier(#[from] VerifierStartError),
    /// What an operator laid down of whose physical cards are believed.
    #[error(transparent)]
    CountrySigners(#[from] ChipTrustError),
    /// The sandbox city can't be set up.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// The roles of one process, ready to be routed to.
pub(crate) struct Roles {
    pub(crate) authority: Option<Arc<authority::State>>,
    pub(crate) provider: Option<provider::State>,
    pub(crate) verifier: Option<Verifier>,
    /// The one-time links of the sandbox's officers, as far as nobody has used them.
    pub(crate) officer_links: Vec<OfficerLink>,
}

/// Opens the configured roles.
pub(crate) async fn open(config: &Config) -> Result<Roles, StartError> {
    let now = clock::now();
    let has = |role| config.roles.contains(&role);
    // The provider comes first: the authority lists the certificate that its keys make.
    let provider = if has(Role::Provider) { Some(open_provider(config, now).await?) } else { None };
    let mut officer_links = Vec::new();
    let authority = if has(Role::Authority) {
        let authority = Arc::new(open_store_and_keys(config, now).await?);
        if let Some(folder) = &config.sandbox {
            sandbox::settle(config, folder, &authority).await?;
            officer_links = sandbox::invite_officers(config, &authority).await?;
        }
        authority.recover(now).await.map_err(|cause| StartError::Authority(cause.to_string()))?;
        let listed = wallet_providers(config)?;
        let trust_list = authority::TrustListPublisher::new(
            Arc::clone(&authority),
            authority::others(config, &listed),
        );
        let decision_grid_ms = config.authority.decision_grid_ms;
        let url = config.authority.url.clone();
        let sheet_guesses = Throttle::new(10, 60);
        let state = authority::State {
            authority,
            trust_list,
            decision_grid_ms,
            sheet_guesses,
            applications: Throttle::new(20, 3600),
            chip_relays: authority::chip_relays(),
            url,
        };
        Some(Arc::new(state))
    } else {
        None
    };
    let verifier = if has(Role::Verifier) {
        let store = Store::open(&config.store(Role::Verifier), &StoreOptions::default()).await?;
        let verifier = Verifier::new(config, store)?;
        if let Some(folder) = &config.sandbox {
            sandbox::settle_staff(folder, &verifier).await?;
        }
        Some(verifier)
    } else {
        None
    };
    Ok(Roles { authority, provider, verifier, officer_links })
}

/// Opens the authority beside the one that serves: for the command line's officers.
pub async fn open_authority(config: &Config, now: Timestamp) -> Result<Authority, StartError> {
    let authority = open_store_and_keys(config, now).await?;
    match country_signers::read_for_commands(config, now) {
        Ok(trust) => authority.believe(trust),
        // Whoever serves is told, and doesn't start. To a command it may not matter.
        Err(cause) => tracing::warn!(%cause, "nobody's physical cards are believed"),
    }
    Ok(authority)
}

/// The authority on its store and keys. It believes nobody's physical cards yet.
async fn open_store_and_keys(config: &Config, now: Timestamp) -> Result<Authority, StartError> {
    let settings = &config.authority;
    let issuer = identifier(&settings.url);
    let unusable = |cause: &dyn std::fmt::Display| StartError::Authority(cause.to_string());
    let mut set_up = tanda_authority::Config::new(
        IssuerUrl::parse(&issuer).map_err(|cause| unusable(&cause))?,
        settings.name.clone(),
        settings.country.parse().map_err(|cause| unusable(&cause))?,
        config.models.clone(),
        evidence_policy(config)?,
    );
    set_up.offices = offices(config)?;
    set_up.chip_dialogue = SignedDuration::from_secs(settings.chip_dialogue_s.into());
    let owner =
        KeyOwner { name: set_up.name().to_owned(), country: settings.country.clone(), issuer };
    let keys =
        Keys::load_or_create(&config.keys(Role::Authority), &owner, now, &mut clock::seeded())?;
    files::write_private(&config.trust_anchor(), pem::encode(&keys.trust_anchor).as_bytes())?;
    let store = Store::open(&config.store(Role::Authority), &StoreOptions::default()).await?;
    set_up.wallet_providers = wallet_providers(config)?
        .into_iter()
        .map(|(issuer, certificate)| WalletProvider {
            issuer,
            certificates: vec![certificate.der().to_vec()],
        })
        .collect();
    let authority = Authority::new(store, keys, set_up, now, &mut clock::seeded())
        .map_err(|cause| unusable(&cause))?;
    authority.take_in_earlier_acts().await.map_err(|cause| unusable(&cause))?;
    Ok(authority)
}

/// The offices, unless one can't be.
fn offices(config: &Config) -> Result<Vec<Office>, StartError> {
    config.authority.offices.iter().map(office).collect()
}

fn office(config: &OfficeConfig) -> Result<Office, StartError> {
    let wrong = |cause: String| StartError::Authority(format!("the office {}: {cause}", config.id));
    let weekdays = config.weekdays.iter().map(|day| Weekday::from_monday_one_offset(*day));
    let weekdays: Result<Vec<Weekday>, _> = weekdays.collect();
    let hours = OfficeHours::new(
        weekdays.map_err(|_| wrong("weekdays are 1 (Monday) to 7".to_owned()))?,
        (config.opens, config.closes),
        config.slot_minutes,
        config.places,
        config.utc_offset_minutes,
    );
    Ok(Office {
        id: config.id.clone(),
        names: config.name.clone(),
        address: config.address.clone(),
        hours: hours.map_err(|cause| wrong(cause.to_string()))?,
    })
}

/// Which evidence each card needs: as the configured file says, or the one that ships.
fn evidence_policy(config: &Config) -> Result<EvidencePolicy, StartError> {
    let Some(path) = &config.authority.evidence_policy else {
        return shipped_evidence_policy().map_err(|cause| StartError::Authority(cause.to_string()));
    };
    let text = std::fs::read_to_string(path).map_err(|cause| {
        StartError::Authority(format!("{} can't be read: {cause}", path.display()))
    })?;
    tanda_authority::evidence_policy(&text)
        .map_err(|cause| StartError::Authority(format!("{}: {cause}", path.display())))
}

/// The providers whose wallets may apply: the configured ones, and the one in this process.
fn wallet_providers(config: &Config) -> Result<Vec<(String, Certificate)>, StartError> {
    let mut providers = Vec::new();
    for listed in &config.authority.wallet_providers {
        providers.push((identifier(&listed.issuer), pem::read(&listed.certificate)?));
    }
    let own = provider_keys::certificate_path(&config.keys(Role::Provider));
    // One in this process has made its keys before the authority is opened.
    if own.exists() {
        providers.push((identifier(&config.provider.url), pem::read(&own)?));
    }
    Ok(providers)
}

async fn open_provider(config: &Config, now: Timestamp) -> Result<provider::State, StartError> {
    let settings = &config.provider;
    let folder = config.keys(Role::Provider);
    let keys = ProviderKeys::load_or_create(&folder, &settings.name, now, &mut clock::seeded())?;
    let store = Store::open(&config.store(Role::Provider), &StoreOptions::default()).await?;
    let provider =
        Provider::new(store, &settings.url, &settings.name, keys.attestation, keys.pairwise)?;
    Ok(provider::State::new(provider, config))
}
