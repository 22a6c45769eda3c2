//! Vouching for a wallet: an attestation that its key belongs to a signed-in account's wallet.
//!
//! Source: draft-ietf-oauth-attestation-based-client-auth-07, section 5.1.

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use tanda_credential::b64;
use tanda_credential::jose::Jwk;
use tanda_protocol::oauth::client_attestation::{AttestationError, NewAttestation};
use tanda_storage::StorageError;

use crate::session::Account;
use crate::{CLIENT_ID, Provider};

/// A wallet asks for a new attestation at least once a day.
const ATTESTATION_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// An attestation and when it ends.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// The compact JWS, `typ` `oauth-client-attestation+jwt`.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why a wallet wasn't attested.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// The attestation could not be made.
    #[error("the attestation could not be made")]
    Attestation(#[from] AttestationError),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Provider {
    /// Attests a wallet instance of a signed-in account towards one authority.
    ///
    /// `authority` is the credential issuer identifier. The attestation names the account by a
    /// value made for this authority alone, so that two authorities can't compare their accounts.
    pub async fn attest_wallet(
        &self,
        account: &Account,
        instance_key: &Jwk,
        authority: &str,
        now: Timestamp,
    ) -> Result<Attestation, AttestError> {
        // Whole hours, so that two attestations can't be linked by their time.
        let issued_at = whole_hour(now);
        let expires_at = issued_at + ATTESTATION_LIFE;
        let token = NewAttestation {
            issuer: &self.issuer,
            client_id: CLIENT_ID,
            instance_key,
            account: &self.pairwise(account, authority),
            issued_at,
            expires_at,
        }
        .sign(&*self.signer)?;
        let (id, thumbprint) = (account.id, instance_key.thumbprint());
        self.store
            .write(move |mut tx| {
                Box::pin(async move { tx.note_wallet_instance(id, &thumbprint, now).await })
            })
            .await?;
        Ok(Attestation { token, expires_at })
    }

    fn pairwise(&self, account: &Account, authority: &str) -> String {
        let mut message = account.id.as_bytes().to_vec();
        message.extend_from_slice(authority.as_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.pairwise_key);
        b64::encode(hmac::sign(&key, &message).as_ref())
    }
}

fn whole_hour(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second() - now.as_second().rem_euclid(3600)).unwrap_or(now)
}
