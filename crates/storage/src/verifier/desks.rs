//! Signed-in desks.

use jiff::Timestamp;
use sqlx::Row as _;

use crate::column::millis;
use crate::{Reader, StorageError, Tx, Verifier};

impl Reader<'_, Verifier> {
    /// The relying party that the desk session with this hash belongs to, if it hasn't ended.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn desk_session(
        &mut self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StorageError> {
        let row = sqlx::query(
            "SELECT relying_party FROM desk_sessions WHERE hash = $1 AND expires_at > $2",
        )
        .bind(hash)
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| row.try_get("relying_party")).transpose()?)
    }
}

impl Tx<'_, Verifier> {
    /// Adds a desk session.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn add_desk_session(
        &mut self,
        hash: &str,
        relying_party: &str,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO desk_sessions (hash, relying_party, expires_at) VALUES ($1, $2, $3)",
        )
        .bind(hash)
        .bind(relying_party)
        .bind(millis(expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a desk session.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn delete_desk_session(&mut self, hash: &str) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM desk_sessions WHERE hash = $1")
            .bind(hash)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
