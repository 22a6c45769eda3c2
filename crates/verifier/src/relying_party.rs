//! The organisation that asks, with its access certificate and what it is registered for.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use tanda_credential::{
    jose::{Jwk, Signer},
    x509::Certificate,
};
use tanda_model::RelyingPartyId;
use tanda_protocol::{
    registration::{LocalText, Registration, RegistrationError},
    vp::client_id::ClientId,
};

/// A relying party that can ask.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    id: RelyingPartyId,
    name: LocalText,
    client_id: ClientId,
    access_key: Arc<dyn Signer>,
    record_key: Option<Jwk>,
    registrars: Vec<Certificate>,
    registrations: BTreeMap<String, (Registration, String)>,
}

impl RelyingParty {
    /// Puts it together: the access key comes with its certificate as `x5c`, each registration is
    /// checked to be this relying party's and bound to that certificate.
    ///
    /// # Errors
    /// [`RelyingPartyError`].
    pub fn new(
        id: &str,
        access_key: Arc<dyn Signer>,
        registrations: &[String],
        registrar_anchors: &[Certificate],
        now: Timestamp,
    ) -> Result<Self, RelyingPartyError> {
        let id: RelyingPartyId = id.parse().map_err(|_| RelyingPartyError::Id)?;
        let certificate = access_key.x5c().first().ok_or(RelyingPartyError::NoCertificate)?;
        let client_id = ClientId::of_der(certificate);
        let mut by_purpose = BTreeMap::new();
        for token in registrations {
            let registration = Registration::verify(token, registrar_anchors, client_id, now)?;
            if registration.relying_party != id {
                return Err(RelyingPartyError::OtherRelyingParty);
            }
            by_purpose.insert(registration.purpose.id.clone(), (registration, token.clone()));
        }
        let (first, _) = by_purpose.values().next().ok_or(RelyingPartyError::NoPurpose)?;
        let name = first.name.clone();
        let registrations = by_purpose;
        let registrars = registrar_anchors.to_vec();
        Ok(Self { id, name, client_id, access_key, record_key: None, registrars, registrations })
    }

    /// Seals what it keeps to this key. Without one it keeps nothing, whatever it is registered for.
    #[must_use]
    pub fn with_record_key(mut self, key: Jwk) -> Self {
        self.record_key = Some(key);
        self
    }

    /// Its name in files, claims and addresses.
    #[must_use]
    pub fn id(&self) -> &RelyingPartyId {
        &self.id
    }

    /// The name under which people know it.
    #[must_use]
    pub fn name(&self) -> &LocalText {
        &self.name
    }

    /// How wallets know it: the audience of presentations.
    #[must_use]
    pub fn client_id(&self) -> ClientId {
        self.client_id
    }

    /// What it may ask, one registration a purpose.
    pub fn purposes(&self) -> impl Iterator<Item = &Registration> {
        self.registrations.values().map(|(registration, _)| registration)
    }

    /// The registration for a purpose, with the signed certificate.
    pub(crate) fn registration(&self, purpose: &str) -> Option<(&Registration, &str)> {
        self.registrations.get(purpose).map(|(registration, token)| (registration, token.as_str()))
    }

    /// Where the status list of a purpose's registration is, if it has one.
    #[must_use]
    pub fn status_uri(&self, purpose: &str) -> Option<&str> {
        self.registration(purpose)?.0.status_uri()
    }

    /// Whether the registration for a purpose holds by the registrar's status list, fetched just now.
    ///
    /// # Errors
    /// [`RegistrationError`]: it is suspended or withdrawn, or nobody can tell.
    pub fn must_stand(
        &self,
        purpose: &str,
        status_list: Option<&str>,
        now: Timestamp,
    ) -> Result<(), RegistrationError> {
        let (registration, _) = self.registration(purpose).ok_or(RegistrationError::Missing)?;
        registration.must_stand(status_list, &self.registrars, now)
    }

    pub(crate) fn record_key(&self) -> Option<&Jwk> {
        self.record_key.as_ref()
    }

    pub(crate) fn access_key(&self) -> &dyn Signer {
        &*self.access_key
    }
}

/// Why a relying party can't ask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    /// Its name is none.
    #[error("the relying party's identifier is malformed")]
    Id,
    /// The access key comes without a certificate.
    #[error("the access key has no certificate")]
    NoCertificate,
    /// It is registered for nothing.
    #[error("the relying party has no registration")]
    NoPurpose,
    /// A registration is another relying party's.
    #[error("a registration is another relying party's")]
    OtherRelyingParty,
    /// A registration is not in order.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
}
