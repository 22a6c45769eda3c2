//! Codes of printed sheets.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::CardId;

use crate::{Authority, Reader, StorageError, Tx, column};

/// A code that can still be used.
#[derive(Debug, Clone)]
pub struct SheetCodeRow {
    /// The keyed tag of the code.
    pub tag: Vec<u8>,
    /// The card that it shows.
    pub card: CardId,
    /// The copy and its key, sealed.
    pub sealed_copy: Vec<u8>,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// The code with this tag, if it was neither used nor has expired.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn sheet_code(
        &mut self,
        tag: &[u8],
        now: Timestamp,
    ) -> Result<Option<SheetCodeRow>, StorageError> {
        sqlx::query(
            "SELECT tag, card_id, sealed_copy, expires_at FROM sheet_codes \
             WHERE tag = $1 AND used_at IS NULL AND expires_at > $2",
        )
        .bind(tag)
        .bind(column::millis(now))
        .fetch_optional(self.connection())
        .await?
        .map(|row| {
            Ok(SheetCodeRow {
                tag: row.try_get("tag")?,
                card: column::parsed(&row, "card_id")?,
                sealed_copy: row.try_get("sealed_copy")?,
                expires_at: column::timestamp(&row, "expires_at")?,
            })
        })
        .transpose()
    }
}

impl Tx<'_, Authority> {
    /// Adds a code.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_sheet_code(&mut self, code: &SheetCodeRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO sheet_codes (tag, card_id, sealed_copy, expires_at) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(&code.tag)
        .bind(code.card.to_string())
        .bind(&code.sealed_copy)
        .bind(column::millis(code.expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Uses a code up, with the copy that it opens. Says whether it was still unused.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn use_sheet_code(
        &mut self,
        tag: &[u8],
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let used = sqlx::query(
            "UPDATE sheet_codes SET used_at = $2, sealed_copy = NULL \
             WHERE tag = $1 AND used_at IS NULL",
        )
        .bind(tag)
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(used.rows_affected() == 1)
    }

    /// Forgets the codes that have expired before a moment.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_sheet_codes(&mut self, before: Timestamp) -> Result<u64, StorageError> {
        let gone = sqlx::query("DELETE FROM sheet_codes WHERE expires_at <= $1")
            .bind(column::millis(before))
            .execute(self.connection())
            .await?;
        Ok(gone.rows_affected())
    }
}
