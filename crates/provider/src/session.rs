//! Signed-in browsers.

use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_credential::{b64, digest};
use tanda_passkey::DIALOGUE_LIFE;
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::StorageError;
use uuid::Uuid;

use crate::Provider;

/// How long a browser stays signed in.
pub const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(12);

/// A signed-in account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its identifier.
    pub id: Uuid,
    /// What its owner calls it; it is shown to nobody else.
    pub display_name: String,
}

/// What the store keeps of a secret that a browser has in a cookie.
fn hash(token: &str) -> String {
    b64::encode(digest::sha256(token.as_bytes()))
}

impl Provider {
    /// The account that a browser is signed in to.
    pub async fn account(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, StorageError> {
        let mut reader = self.store.reader().await?;
        let found = reader.session_account(&hash(token), now).await?;
        Ok(found.map(|row| Account { id: row.id, display_name: row.display_name }))
    }

    /// Ends a browser's session.
    pub async fn sign_out(&self, token: &str) -> Result<(), StorageError> {
        let hash = hash(token);
        self.store.write(|mut tx| Box::pin(async move { tx.delete_session(&hash).await })).await
    }

    pub(crate) async fn begin_session(
        &self,
        account: Uuid,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<OpaqueToken, StorageError> {
        let token = OpaqueToken::mint(rng);
        let hash = hash(token.expose());
        self.store
            .write(move |mut tx| {
                Box::pin(async move { tx.add_session(&hash, account, now + SESSION_LIFE).await })
            })
            .await?;
        Ok(token)
    }

    /// Keeps a ceremony's state under a token that the browser gets.
    pub(crate) async fn begin_ceremony(
        &self,
        state: String,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<OpaqueToken, StorageError> {
        let token = OpaqueToken::mint(rng);
        self.store.keep_ceremony(hash(token.expose()), state, now + DIALOGUE_LIFE).await?;
        Ok(token)
    }

    /// The state of a ceremony, once.
    pub(crate) async fn take_ceremony(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StorageError> {
        self.store.take_ceremony(hash(token), now).await
    }
}
