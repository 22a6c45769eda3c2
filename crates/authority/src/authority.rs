use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use rand::CryptoRng;
use tanda_credential::sd_jwt_vc::CredentialIssuer;
use tanda_passkey::Passkeys;
use tanda_protocol::oauth::client_attestation::{Attester, Attesters};
use tanda_protocol::oauth::{NonceMint, NoncePurpose};
use tanda_storage::{Authority as Role, Store};

use crate::enrolment::Decoy;
use crate::enrolment::chip::ChipTrust;
use crate::faces::Faces;
use crate::register::Register;
use crate::relying_parties::PublishedRegistrations;
use crate::sealing::Sealing;
use crate::status::PublishedLists;
use crate::tallies::Tallies;
use crate::uploads::Uploads;
use crate::workers::Workers;
use crate::{Config, Fault, Keys};

/// An authority, ready to work: what all use cases need. Share it behind an `Arc`.
#[derive(Debug)]
pub struct Authority {
    pub(crate) config: Config,
    pub(crate) keys: Keys,
    pub(crate) store: Store<Role>,
    pub(crate) sealing: Arc<Sealing>,
    pub(crate) register: Register,
    pub(crate) faces: Arc<Faces>,
    pub(crate) workers: Workers,
    pub(crate) attesters: Attesters,
    pub(crate) decoy: Decoy,
    pub(crate) issuer: Arc<CredentialIssuer>,
    pub(crate) nonces: NonceMint,
    pub(crate) lists: PublishedLists,
    pub(crate) registrations: PublishedRegistrations,
    pub(crate) passkeys: Passkeys,
    pub(crate) uploads: Uploads,
    pub(crate) tallies: Tallies,
    chips: RwLock<Arc<ChipTrust>>,
}

impl Authority {
    /// An authority on a store, with its keys. Loads no models: they are loaded when the first
    /// face comes, or by [`Authority::load_models`]. Nobody's physical cards are believed yet
    /// ([`Authority::believe`]).
    ///
    /// # Errors
    /// [`Fault`] when a provider's certificate or a key of the authority cannot be used.
    pub fn new(
        store: Store<Role>,
        keys: Keys,
        config: Config,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Fault> {
        let providers = config.wallet_providers.iter().map(|provider| Attester {
            issuer: provider.issuer.clone(),
            certificates: provider.certificates.clone(),
        });
        let attesters = Attesters::new(providers.collect())
            .map_err(|_| Fault::Contradiction("a wallet provider's certificate"))?;
        let passkeys = url::Url::parse(config.issuer.as_str())
            .ok()
            .and_then(|url| Passkeys::new(&url, config.name()).ok())
            .ok_or(Fault::Contradiction("officers' passkeys need https and a host name"))?;
        let sealing = Arc::new(Sealing::new(&keys.master));
        let issuer = CredentialIssuer::new(Arc::clone(&keys.issuer))
            .map_err(|_| Fault::Sign("the issuer's key has no certificate"))?;
        Ok(Self {
            register: Register::new(
                store.clone(),
                Arc::clone(&sealing),
                keys.numbers.clone(),
                config.evidence.physical_card().lost,
            ),
            faces: Arc::new(Faces::new(config.models.clone())),
            workers: Workers::one_a_core(),
            decoy: Decoy::make(&sealing, now, rng)?,
            issuer: Arc::new(issuer),
            nonces: NonceMint::new(&keys.nonces, NoncePurpose::Credential),
            lists: PublishedLists::default(),
            registrations: PublishedRegistrations::default(),
            uploads: Uploads::default(),
            tallies: Tallies::default(),
            chips: RwLock::default(),
            passkeys,
            attesters,
            sealing,
            store,
            keys,
            config,
        })
    }

    /// Loads the face models now rather than at the first face, and the gallery of faces.
    ///
    /// # Errors
    /// [`Fault`] when a model is missing or damaged, or the register cannot be read.
    pub async fn warm_up(&self) -> Result<(), Fault> {
        let faces = Arc::clone(&self.faces);
        self.workers.run(move || faces.models().map(drop)).await??;
        self.faces.refresh(&self.store, &self.register, &self.sealing).await
    }

    /// The population register.
    pub const fn register(&self) -> &Register {
        &self.register
    }

    /// The keys and certificates.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// How the authority is set up.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Whose physical cards are believed just now.
    pub(crate) fn chips(&self) -> Arc<ChipTrust> {
        Arc::clone(&self.chips.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Believes these countries' physical cards from now on, and no others. A reading that has begun
    /// goes by those before.
    pub fn believe(&self, chips: ChipTrust) {
        *self.chips.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(chips);
    }

    /// The store.
    pub const fn store(&self) -> &Store<Role> {
        &self.store
    }

    /// The face models, loaded if they were not yet.
    ///
    /// # Errors
    /// [`Fault::Models`] when one is missing or damaged.
    pub fn models(&self) -> Result<Arc<tanda_biometrics::Models>, Fault> {
        self.faces.models()
    }

    /// The URL of one of the authority's endpoints; `path` begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.issuer.as_str().trim_end_matches('/'))
    }
}
