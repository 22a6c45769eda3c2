//! What came of the fingers that were taken for an application, sealed.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::EnrolmentId;

use crate::{Authority, Reader, StorageError, Tx, column};

/// The fingers of an application.
#[derive(Debug, Clone)]
pub struct FingerEvidenceRow {
    /// The last comparison.
    pub sealed_comparison: Vec<u8>,
    /// How many there were.
    pub comparisons: u32,
    /// When the last one was.
    pub taken_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// What came of an application's fingers, if any were compared.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn finger_evidence(
        &mut self,
        enrolment: EnrolmentId,
    ) -> Result<Option<FingerEvidenceRow>, StorageError> {
        sqlx::query("SELECT * FROM finger_evidence WHERE enrolment_id = $1")
            .bind(enrolment.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| {
                Ok(FingerEvidenceRow {
                    sealed_comparison: row.try_get("sealed_comparison")?,
                    comparisons: row.try_get("comparisons")?,
                    taken_at: column::timestamp(&row, "taken_at")?,
                })
            })
            .transpose()
    }
}

impl Tx<'_, Authority> {
    /// Counts one more comparison, and keeps it in place of the one before, unless there were `limit`
    /// already. Says whether it did.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn keep_finger_comparison(
        &mut self,
        enrolment: EnrolmentId,
        sealed_comparison: &[u8],
        limit: u32,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "INSERT INTO finger_evidence (enrolment_id, sealed_comparison, comparisons, taken_at) \
             VALUES ($1, $2, 1, $3) ON CONFLICT (enrolment_id) DO UPDATE SET \
             sealed_comparison = excluded.sealed_comparison, taken_at = excluded.taken_at, \
             comparisons = finger_evidence.comparisons + 1 WHERE finger_evidence.comparisons < $4",
        )
        .bind(enrolment.to_string())
        .bind(sealed_comparison)
        .bind(column::millis(now))
        .bind(limit)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
