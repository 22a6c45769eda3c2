//! A wallet that its provider vouches for, and the headers that say so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::jose::KeyError;
use tanda_protocol::oauth::client_attestation::{
    ATTESTATION_HEADER, AttestationDraft, AttestationError, NewPossession, POSSESSION_HEADER,
};

use crate::{HolderKey, WalletState, http::Request};

/// The provider's word for this wallet: good for a day at most.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attested {
    /// The OAuth client that the attestation names.
    pub client_id: String,
    /// The attestation, a JWT.
    pub attestation: String,
    pub(crate) instance: HolderKey,
}

impl Attested {
    /// Puts together what the provider's `POST /wallet/attestation` returned for this wallet's
    /// instance key.
    #[must_use]
    pub fn new(
        wallet: &WalletState,
        client_id: impl Into<String>,
        attestation: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            attestation: attestation.into(),
            instance: wallet.instance_key().clone(),
        }
    }

    /// Adds the attestation and a fresh proof of the attested key, for one server.
    pub(crate) fn sign(
        &self,
        request: Request,
        audience: &str,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Request, AttestedError> {
        let possession = NewPossession { client_id: &self.client_id, audience, challenge: None };
        let key = self.instance.signer()?;
        let possession = possession.sign(AttestationDraft::Draft07, &key, now, rng)?;
        Ok(request
            .with_header(ATTESTATION_HEADER, self.attestation.clone())
            .with_header(POSSESSION_HEADER, possession))
    }
}

/// Why the headers can't be made.
#[derive(Debug, thiserror::Error)]
pub enum AttestedError {
    /// The instance key can't be read.
    #[error("the wallet's instance key: {0}")]
    Key(#[from] KeyError),
    /// The proof can't be signed.
    #[error("the wallet's proof of possession: {0}")]
    Possession(#[from] AttestationError),
}
