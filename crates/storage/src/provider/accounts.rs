//! Accounts, their passkeys, and the wallet keys that were attested for them.

use jiff::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

use crate::column::millis;
use crate::{Provider, Reader, StorageError, Tx};

/// An account to add, with its first passkey.
#[derive(Debug)]
pub struct NewAccount {
    /// Its identifier.
    pub id: Uuid,
    /// What its owner calls it.
    pub display_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The passkey's credential id.
    pub credential_id: Vec<u8>,
    /// The passkey, as the provider serialises it.
    pub passkey: String,
}

/// An account.
#[derive(Debug)]
pub struct AccountRow {
    /// Its identifier.
    pub id: Uuid,
    /// What its owner calls it.
    pub display_name: String,
}

/// A passkey.
#[derive(Debug)]
pub struct PasskeyRow {
    /// The account that it signs in to.
    pub account: Uuid,
    /// The passkey, as the provider serialises it.
    pub data: String,
}

impl Reader<'_, Provider> {
    /// The passkey with a credential id.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn passkey(
        &mut self,
        credential_id: &[u8],
    ) -> Result<Option<PasskeyRow>, StorageError> {
        sqlx::query("SELECT account, data FROM passkeys WHERE credential_id = $1")
            .bind(credential_id)
            .fetch_optional(self.connection())
            .await?
            .map(|row| {
                Ok(PasskeyRow { account: uuid(&row, "account")?, data: row.try_get("data")? })
            })
            .transpose()
    }
}

impl Tx<'_, Provider> {
    /// Adds an account and its passkey.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when the passkey is known already.
    pub async fn add_account(&mut self, account: &NewAccount) -> Result<(), StorageError> {
        sqlx::query("INSERT INTO accounts (id, display_name, created_at) VALUES ($1, $2, $3)")
            .bind(account.id.as_bytes().as_slice())
            .bind(&account.display_name)
            .bind(millis(account.created_at))
            .execute(self.connection())
            .await?;
        sqlx::query("INSERT INTO passkeys (credential_id, account, data) VALUES ($1, $2, $3)")
            .bind(&account.credential_id)
            .bind(account.id.as_bytes().as_slice())
            .bind(&account.passkey)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Deletes an account with all that hangs on it.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn delete_account(&mut self, account: Uuid) -> Result<(), StorageError> {
        for statement in [
            "DELETE FROM sessions WHERE account = $1",
            "DELETE FROM passkeys WHERE account = $1",
            "DELETE FROM wallet_instances WHERE account = $1",
            "DELETE FROM accounts WHERE id = $1",
        ] {
            sqlx::query(statement)
                .bind(account.as_bytes().as_slice())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Replaces a passkey's data, after its counter moved on.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn update_passkey(
        &mut self,
        credential_id: &[u8],
        data: &str,
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE passkeys SET data = $2 WHERE credential_id = $1")
            .bind(credential_id)
            .bind(data)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Remembers that a wallet key was attested for an account.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn note_wallet_instance(
        &mut self,
        account: Uuid,
        thumbprint: &str,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO wallet_instances (account, thumbprint, attested_at) VALUES ($1, $2, $3) \
             ON CONFLICT (account, thumbprint) DO UPDATE SET attested_at = excluded.attested_at",
        )
        .bind(account.as_bytes().as_slice())
        .bind(thumbprint)
        .bind(millis(at))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

pub(super) fn uuid(
    row: &sqlx::sqlite::SqliteRow,
    column: &'static str,
) -> Result<Uuid, StorageError> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map_err(|_| StorageError::Damaged(column))
}
