//! A person signs in with a passkey that names its account by itself (WebAuthn Level 3,
//! section 7.2).

use jiff::Timestamp;
use rand::CryptoRng;
use tanda_passkey::{
    Claimed, DiscoverableAuthentication, PublicKeyCredential, Refused, RequestChallengeResponse,
};
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::StorageError;

use crate::Provider;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The ceremony wasn't started by this browser, or it has ended or been used.
    #[error("the ceremony has ended")]
    NoCeremony,
    /// The passkey is unknown, or its answer doesn't fit the challenge.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Provider {
    /// Starts a sign-in: the challenge for the browser, and the ceremony's token.
    pub async fn start_sign_in(
        &self,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(RequestChallengeResponse, OpaqueToken), SignInError> {
        let (challenge, state) = self.passkeys.start_sign_in()?;
        let state = serde_json::to_string(&state).map_err(|_| Refused)?;
        let token = self.begin_ceremony(state, now, rng).await?;
        Ok((challenge, token))
    }

    /// Finishes a sign-in.
    pub async fn finish_sign_in(
        &self,
        ceremony: &str,
        credential: &PublicKeyCredential,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<OpaqueToken, SignInError> {
        let stored = self.take_ceremony(ceremony, now).await?.ok_or(SignInError::NoCeremony)?;
        let state: DiscoverableAuthentication =
            serde_json::from_str(&stored).map_err(|_| SignInError::NoCeremony)?;
        let Claimed { user: account, credential_id } = self.passkeys.claimed(credential)?;
        let row = self
            .store
            .reader()
            .await?
            .passkey(&credential_id)
            .await?
            .filter(|row| row.account == account)
            .ok_or(Refused)?;
        if let Some(data) = self.passkeys.finish_sign_in(state, credential, &row.data)? {
            self.store
                .write(|mut tx| {
                    Box::pin(async move { tx.update_passkey(&credential_id, &data).await })
                })
                .await?;
        }
        Ok(self.begin_session(account, now, rng).await?)
    }
}
