//! What relying parties keep for their record, its deletion, and who took something out of it.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::StaffId;

use crate::column::{millis, parsed, timestamp};
use crate::{Reader, StorageError, Tx, Verifier};

/// An entry of a record; what is in it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// The hash of the handle that the wallet has.
    pub handle: String,
    /// Whose record.
    pub relying_party: String,
    /// Why it is kept.
    pub purpose: String,
    /// The names of the claims in it, as JSON.
    pub claims: String,
    /// What is in it.
    pub sealed: String,
    /// Since when it is kept.
    pub kept_at: Timestamp,
    /// When it is to be deleted.
    pub delete_at: Timestamp,
}

/// An export from a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRow {
    /// Of which purpose.
    pub purpose: String,
    /// Who took it out.
    pub staff: StaffId,
    /// Why.
    pub reason: String,
    /// Kept from this moment on.
    pub from: Timestamp,
    /// Kept before this moment.
    pub until: Timestamp,
    /// How many entries.
    pub entries: u64,
    /// When.
    pub at: Timestamp,
}

fn record(row: &SqliteRow) -> Result<RecordRow, StorageError> {
    Ok(RecordRow {
        handle: row.try_get("handle")?,
        relying_party: row.try_get("relying_party")?,
        purpose: row.try_get("purpose")?,
        claims: row.try_get("claims")?,
        sealed: row.try_get("sealed")?,
        kept_at: timestamp(row, "kept_at")?,
        delete_at: timestamp(row, "delete_at")?,
    })
}

impl Reader<'_, Verifier> {
    /// The entries kept from one moment on and before another, oldest first.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn records(
        &mut self,
        relying_party: &str,
        purpose: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<RecordRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT handle, relying_party, purpose, claims, sealed, kept_at, delete_at \
             FROM records WHERE relying_party = $1 AND purpose = $2 \
             AND kept_at >= $3 AND kept_at < $4 ORDER BY kept_at, handle",
        )
        .bind(relying_party)
        .bind(purpose)
        .bind(millis(from))
        .bind(millis(until))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(record).collect()
    }

    /// Some of the entries whose time is over.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn due_records(
        &mut self,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<RecordRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT handle, relying_party, purpose, claims, sealed, kept_at, delete_at \
             FROM records WHERE delete_at <= $1 ORDER BY delete_at LIMIT $2",
        )
        .bind(millis(now))
        .bind(i64::from(most))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(record).collect()
    }

    /// By when the entry with this handle will be deleted, if it is there.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn record_due(&mut self, handle: &str) -> Result<Option<Timestamp>, StorageError> {
        sqlx::query("SELECT delete_at FROM records WHERE handle = $1")
            .bind(handle)
            .fetch_optional(self.connection())
            .await?
            .map(|row| timestamp(&row, "delete_at"))
            .transpose()
    }

    /// The receipt of the entry with this handle, once it is deleted.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn deletion(&mut self, handle: &str) -> Result<Option<String>, StorageError> {
        let row = sqlx::query("SELECT receipt FROM deletions WHERE handle = $1")
            .bind(handle)
            .fetch_optional(self.connection())
            .await?;
        Ok(row.map(|row| row.try_get("receipt")).transpose()?)
    }

    /// The newest exports of a relying party, newest first.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn exports(
        &mut self,
        relying_party: &str,
        most: u32,
    ) -> Result<Vec<ExportRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT purpose, staff, reason, kept_from, kept_until, entries, exported_at \
             FROM record_exports WHERE relying_party = $1 ORDER BY exported_at DESC LIMIT $2",
        )
        .bind(relying_party)
        .bind(i64::from(most))
        .fetch_all(self.connection())
        .await?;
        let export = |row: &SqliteRow| {
            Ok(ExportRow {
                purpose: row.try_get("purpose")?,
                staff: parsed(row, "staff")?,
                reason: row.try_get("reason")?,
                from: timestamp(row, "kept_from")?,
                until: timestamp(row, "kept_until")?,
                entries: row.try_get("entries")?,
                at: timestamp(row, "exported_at")?,
            })
        };
        rows.iter().map(export).collect()
    }
}

impl Tx<'_, Verifier> {
    /// Keeps an entry.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn add_record(&mut self, row: &RecordRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO records (handle, relying_party, purpose, claims, sealed, kept_at, \
             delete_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&row.handle)
        .bind(&row.relying_party)
        .bind(&row.purpose)
        .bind(&row.claims)
        .bind(&row.sealed)
        .bind(millis(row.kept_at))
        .bind(millis(row.delete_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Deletes an entry and keeps the receipt for it, if there is one, until a moment. Of those who
    /// try at once, one does it.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn delete_record(
        &mut self,
        handle: &str,
        receipt: Option<(&str, Timestamp)>,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query("DELETE FROM records WHERE handle = $1")
            .bind(handle)
            .execute(self.connection())
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some((receipt, expires_at)) = receipt {
            sqlx::query("INSERT INTO deletions (handle, receipt, expires_at) VALUES ($1, $2, $3)")
                .bind(handle)
                .bind(receipt)
                .bind(millis(expires_at))
                .execute(self.connection())
                .await?;
        }
        Ok(true)
    }

    /// Remembers an export.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn add_export(
        &mut self,
        relying_party: &str,
        row: &ExportRow,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO record_exports (relying_party, purpose, staff, reason, kept_from, \
             kept_until, entries, exported_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(relying_party)
        .bind(&row.purpose)
        .bind(row.staff.as_str())
        .bind(&row.reason)
        .bind(millis(row.from))
        .bind(millis(row.until))
        .bind(i64::try_from(row.entries).unwrap_or(i64::MAX))
        .bind(millis(row.at))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
