//! A person makes an account with a passkey (WebAuthn Level 3, section 7.1).

use jiff::Timestamp;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tanda_passkey::{CreationChallengeResponse, PasskeyRegistration, RegisterPublicKeyCredential};
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::StorageError;
use tanda_storage::provider::NewAccount;
use uuid::Uuid;

use crate::Provider;

/// The longest display name, in characters.
pub const MAX_DISPLAY_NAME: usize = 64;

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// The display name is empty or too long.
    #[error("the display name is empty or longer than {MAX_DISPLAY_NAME} characters")]
    DisplayName,
    /// The ceremony wasn't started by this browser, or it has ended or been used.
    #[error("the ceremony has ended")]
    NoCeremony,
    /// The authenticator's answer doesn't fit the challenge.
    #[error(transparent)]
    Refused(#[from] tanda_passkey::Refused),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What is kept between the start and the finish.
#[derive(Serialize, Deserialize)]
struct Ceremony {
    account: Uuid,
    display_name: String,
    state: PasskeyRegistration,
}

impl Provider {
    /// Starts a registration: the challenge for the browser, and the ceremony's token.
    pub async fn start_registration(
        &self,
        display_name: &str,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(CreationChallengeResponse, OpaqueToken), CreateAccountError> {
        let display_name = display_name.trim();
        if display_name.is_empty() || display_name.chars().count() > MAX_DISPLAY_NAME {
            return Err(CreateAccountError::DisplayName);
        }
        let account = random_uuid(rng);
        let (challenge, state) = self.passkeys.start_registration(account, display_name)?;
        let ceremony = Ceremony { account, display_name: display_name.to_owned(), state };
        let state = serde_json::to_string(&ceremony).map_err(|_| tanda_passkey::Refused)?;
        let token = self.begin_ceremony(state, now, rng).await?;
        Ok((challenge, token))
    }

    /// Finishes a registration: the account exists, and this browser is signed in to it.
    pub async fn finish_registration(
        &self,
        ceremony: &str,
        credential: &RegisterPublicKeyCredential,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<OpaqueToken, CreateAccountError> {
        let stored =
            self.take_ceremony(ceremony, now).await?.ok_or(CreateAccountError::NoCeremony)?;
        let ceremony: Ceremony =
            serde_json::from_str(&stored).map_err(|_| CreateAccountError::NoCeremony)?;
        let passkey = self.passkeys.finish_registration(&ceremony.state, credential)?;
        let account = NewAccount {
            id: ceremony.account,
            display_name: ceremony.display_name,
            created_at: now,
            credential_id: passkey.credential_id,
            passkey: passkey.data,
        };
        self.store.write(|mut tx| Box::pin(async move { tx.add_account(&account).await })).await?;
        Ok(self.begin_session(ceremony.account, now, rng).await?)
    }
}

/// A random identifier: an account's must say nothing, not even when it was made.
fn random_uuid(rng: &mut impl CryptoRng) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
