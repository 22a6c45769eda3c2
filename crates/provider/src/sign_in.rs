//! A person signs in with a passkey that names its account by itself (WebAuthn Level 3,
//! section 7.2).

use jiff::Timestamp;
use rand::CryptoRng;
use tanda_storage::StorageError;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PublicKeyCredential, RequestChallengeResponse,
};

use crate::Provider;
use crate::session::SessionToken;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The ceremony wasn't started by this browser, or it has ended or been used.
    #[error("the ceremony has ended")]
    NoCeremony,
    /// The passkey is unknown, or its answer doesn't fit the challenge.
    #[error("the passkey was not accepted")]
    Refused,
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
    ) -> Result<(RequestChallengeResponse, SessionToken), SignInError> {
        let (mut challenge, state) =
            self.webauthn.start_discoverable_authentication().map_err(|_| SignInError::Refused)?;
        // A person has pressed the sign-in button: the browser asks at once, not by autofill.
        challenge.mediation = None;
        let state = serde_json::to_string(&state).map_err(|_| SignInError::Refused)?;
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
    ) -> Result<SessionToken, SignInError> {
        let stored = self.take_ceremony(ceremony, now).await?.ok_or(SignInError::NoCeremony)?;
        let state: DiscoverableAuthentication =
            serde_json::from_str(&stored).map_err(|_| SignInError::NoCeremony)?;
        let (account, credential_id) = self
            .webauthn
            .identify_discoverable_authentication(credential)
            .map_err(|_| SignInError::Refused)?;
        let row = self
            .store
            .reader()
            .await?
            .passkey(credential_id)
            .await?
            .filter(|row| row.account == account)
            .ok_or(SignInError::Refused)?;
        let mut passkey: Passkey =
            serde_json::from_str(&row.data).map_err(|_| SignInError::Refused)?;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(credential, state, &passkey)
            .map_err(|_| SignInError::Refused)?;
        // The counter moves on, so that a copied authenticator is noticed.
        if passkey.update_credential(&result) == Some(true) {
            let data = serde_json::to_string(&passkey).map_err(|_| SignInError::Refused)?;
            let id = credential_id.to_vec();
            self.store
                .write(|mut tx| Box::pin(async move { tx.update_passkey(&id, &data).await }))
                .await?;
        }
        Ok(self.begin_session(account, now, rng).await?)
    }
}
