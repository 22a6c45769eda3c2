//! The signed heads of the log of acts.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::{Authority, Reader, StorageError, Tx, column};

/// A signed head of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    /// How many acts it covers.
    pub size: u64,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The signed note.
    pub note: String,
}

impl Reader<'_, Authority> {
    /// The newest checkpoint, if one was signed.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn newest_checkpoint(&mut self) -> Result<Option<CheckpointRow>, StorageError> {
        sqlx::query("SELECT * FROM checkpoints ORDER BY size DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The checkpoints that cover `size` acts or more, at most `limit`, smallest first.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn checkpoints_from(
        &mut self,
        size: u64,
        limit: u32,
    ) -> Result<Vec<CheckpointRow>, StorageError> {
        sqlx::query("SELECT * FROM checkpoints WHERE size >= $1 ORDER BY size LIMIT $2")
            .bind(size.cast_signed())
            .bind(limit)
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read)
            .collect()
    }
}

impl Tx<'_, Authority> {
    /// Keeps a checkpoint, unless there is one of this size already.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn keep_checkpoint(
        &mut self,
        checkpoint: &CheckpointRow,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO checkpoints (size, signed_at, note) VALUES ($1, $2, $3) \
             ON CONFLICT (size) DO NOTHING",
        )
        .bind(checkpoint.size.cast_signed())
        .bind(column::millis(checkpoint.signed_at))
        .bind(&checkpoint.note)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<CheckpointRow, StorageError> {
    Ok(CheckpointRow {
        size: column::unsigned(row, "size")?,
        signed_at: column::timestamp(row, "signed_at")?,
        note: row.try_get("note")?,
    })
}
