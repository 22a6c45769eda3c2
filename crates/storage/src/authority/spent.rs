//! Nonces and proof identifiers that were used: each is spent once.

use jiff::Timestamp;

use crate::{Authority, StorageError, Tx, column};

/// What was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpentKind {
    /// A nonce of a key proof (OpenID4VCI `c_nonce`).
    CredentialNonce,
    /// The `jti` of a DPoP proof, with its key.
    DpopProof,
    /// The `jti` of a proof of possession of a wallet's instance key, with that key.
    AttestationProof,
}

impl SpentKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::CredentialNonce => "credential-nonce",
            Self::DpopProof => "dpop",
            Self::AttestationProof => "attestation",
        }
    }
}

impl Tx<'_, Authority> {
    /// Spends `id`, to be remembered until `forget_at`. Says whether it was still unspent.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn spend(
        &mut self,
        kind: SpentKind,
        id: &[u8],
        forget_at: Timestamp,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "INSERT INTO spent (kind, id, forget_at) VALUES ($1, $2, $3) \
             ON CONFLICT (kind, id) DO NOTHING",
        )
        .bind(kind.as_str())
        .bind(id)
        .bind(column::millis(forget_at))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets what would be refused as too old anyway.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_spent(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        let done = sqlx::query("DELETE FROM spent WHERE forget_at <= $1")
            .bind(column::millis(now))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
