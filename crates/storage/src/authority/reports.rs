//! Residents' reports of relying parties.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::{Complaint, RelyingPartyId, ReportId, ResidentId};

use crate::{Authority, Reader, StorageError, Tx, column};

/// A report as it is kept.
#[derive(Debug, Clone)]
pub struct ReportRow {
    /// Which one.
    pub id: ReportId,
    /// Whose.
    pub resident: ResidentId,
    /// Of whom.
    pub relying_party: RelyingPartyId,
    /// For what.
    pub complaint: Complaint,
    /// When the card was shown, by the wallet's word.
    pub shown_at: Timestamp,
    /// When it was made.
    pub reported_at: Timestamp,
    /// The resident's own words, if they wrote any.
    pub words: Option<SealedWords>,
    /// When it is forgotten.
    pub forget_at: Timestamp,
}

/// What a resident wrote, sealed.
#[derive(Debug, Clone)]
pub struct SealedWords {
    /// The report's key, wrapped.
    pub wrapped_key: Vec<u8>,
    /// The words, sealed under it.
    pub sealed: Vec<u8>,
}

impl Reader<'_, Authority> {
    /// How many reports a resident has made since a moment.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn reports_of_resident(
        &mut self,
        resident: ResidentId,
        since: Timestamp,
    ) -> Result<u64, StorageError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM reports WHERE resident_id = $1 AND reported_at > $2",
        )
        .bind(resident.to_string())
        .bind(column::millis(since))
        .fetch_one(self.connection())
        .await?;
        Ok(count.unsigned_abs())
    }

    /// The reports that nobody has settled, oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn open_reports(&mut self, limit: u32) -> Result<Vec<ReportRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM reports WHERE settled_at IS NULL ORDER BY reported_at, id LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                let wrapped_key: Option<Vec<u8>> = row.try_get("wrapped_key")?;
                let sealed: Option<Vec<u8>> = row.try_get("sealed_words")?;
                let words = wrapped_key.zip(sealed);
                Ok(ReportRow {
                    id: column::parsed(row, "id")?,
                    resident: column::parsed(row, "resident_id")?,
                    relying_party: column::parsed(row, "relying_party")?,
                    complaint: column::parsed(row, "complaint")?,
                    shown_at: column::timestamp(row, "shown_at")?,
                    reported_at: column::timestamp(row, "reported_at")?,
                    words: words.map(|(wrapped_key, sealed)| SealedWords { wrapped_key, sealed }),
                    forget_at: column::timestamp(row, "forget_at")?,
                })
            })
            .collect()
    }
}

impl Tx<'_, Authority> {
    /// Adds a report.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_report(&mut self, report: &ReportRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO reports (id, resident_id, relying_party, complaint, shown_at, \
             reported_at, wrapped_key, sealed_words, forget_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(report.id.to_string())
        .bind(report.resident.to_string())
        .bind(report.relying_party.as_str())
        .bind(report.complaint.as_str())
        .bind(column::millis(report.shown_at))
        .bind(column::millis(report.reported_at))
        .bind(report.words.as_ref().map(|words| &words.wrapped_key))
        .bind(report.words.as_ref().map(|words| &words.sealed))
        .bind(column::millis(report.forget_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Settles a report, and says about whom it was; nothing where it is not open.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn settle_report(
        &mut self,
        id: ReportId,
        now: Timestamp,
    ) -> Result<Option<(ResidentId, RelyingPartyId)>, StorageError> {
        let settled = sqlx::query(
            "UPDATE reports SET settled_at = $2 WHERE id = $1 AND settled_at IS NULL \
             RETURNING resident_id, relying_party",
        )
        .bind(id.to_string())
        .bind(column::millis(now))
        .fetch_optional(self.connection())
        .await?;
        settled
            .map(|row| {
                Ok((column::parsed(&row, "resident_id")?, column::parsed(&row, "relying_party")?))
            })
            .transpose()
    }

    /// Forgets the reports whose time is over.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_reports(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        let gone = sqlx::query("DELETE FROM reports WHERE forget_at <= $1")
            .bind(column::millis(now))
            .execute(self.connection())
            .await?;
        Ok(gone.rows_affected())
    }
}
