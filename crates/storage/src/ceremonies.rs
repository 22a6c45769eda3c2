//! Passkey dialogues between their start and their finish, of whichever role signs people in.

use jiff::Timestamp;
use sqlx::Row as _;

use crate::column::millis;
use crate::{Authority, Provider, Role, StorageError, Store, Tx};

/// A role whose store has the table `ceremonies`.
pub trait SignsIn: Role {}
impl SignsIn for Authority {}
impl SignsIn for Provider {}

impl<R: SignsIn> Store<R> {
    /// Keeps a dialogue's state under the hash of the token that the browser has.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn keep_ceremony(
        &self,
        hash: String,
        state: String,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(move |mut tx| {
            Box::pin(async move { tx.add_ceremony(&hash, &state, expires_at).await })
        })
        .await
    }

    /// Takes a dialogue's state out: it can be finished once, however it ends.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn take_ceremony(
        &self,
        hash: String,
        now: Timestamp,
    ) -> Result<Option<String>, StorageError> {
        self.write(move |mut tx| Box::pin(async move { tx.take_ceremony(&hash, now).await })).await
    }
}

impl<R: SignsIn> Tx<'_, R> {
    async fn add_ceremony(
        &mut self,
        hash: &str,
        state: &str,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query("INSERT INTO ceremonies (hash, state, expires_at) VALUES ($1, $2, $3)")
            .bind(hash)
            .bind(state)
            .bind(millis(expires_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn take_ceremony(
        &mut self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StorageError> {
        let row = sqlx::query("DELETE FROM ceremonies WHERE hash = $1 RETURNING state, expires_at")
            .bind(hash)
            .fetch_optional(self.connection())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let expires_at: i64 = row.try_get("expires_at")?;
        Ok(if expires_at > millis(now) { Some(row.try_get("state")?) } else { None })
    }

    /// Deletes dialogues that have ended.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_ceremonies(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        let done = sqlx::query("DELETE FROM ceremonies WHERE expires_at <= $1")
            .bind(millis(now))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
