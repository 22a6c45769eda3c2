//! Signed-in browsers.

use jiff::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

use super::accounts::{AccountRow, uuid};
use crate::column::millis;
use crate::{Provider, Reader, StorageError, Tx};

impl Reader<'_, Provider> {
    /// The account that the session with this hash is signed in to, if it hasn't ended.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn session_account(
        &mut self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<AccountRow>, StorageError> {
        sqlx::query(
            "SELECT accounts.id, accounts.display_name FROM sessions \
             JOIN accounts ON accounts.id = sessions.account \
             WHERE sessions.hash = $1 AND sessions.expires_at > $2",
        )
        .bind(hash)
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?
        .map(|row| {
            Ok(AccountRow { id: uuid(&row, "id")?, display_name: row.try_get("display_name")? })
        })
        .transpose()
    }
}

impl Tx<'_, Provider> {
    /// Adds a session.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn add_session(
        &mut self,
        hash: &str,
        account: Uuid,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query("INSERT INTO sessions (hash, account, expires_at) VALUES ($1, $2, $3)")
            .bind(hash)
            .bind(account.as_bytes().as_slice())
            .bind(millis(expires_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn delete_session(&mut self, hash: &str) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM sessions WHERE hash = $1")
            .bind(hash)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Deletes sessions and ceremonies that have ended.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(millis(now))
            .execute(self.connection())
            .await?;
        self.forget_ceremonies(now).await?;
        Ok(())
    }
}
