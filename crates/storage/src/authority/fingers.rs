//! How often fingers were compared for an application.

use jiff::Timestamp;
use tanda_model::EnrolmentId;

use crate::{Authority, Reader, StorageError, Tx, column};

impl Reader<'_, Authority> {
    /// How often an application's fingers were compared.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn finger_comparisons(
        &mut self,
        enrolment: EnrolmentId,
    ) -> Result<u32, StorageError> {
        let count =
            sqlx::query_scalar("SELECT comparisons FROM finger_evidence WHERE enrolment_id = $1")
                .bind(enrolment.to_string())
                .fetch_optional(self.connection())
                .await?;
        Ok(count.unwrap_or(0))
    }
}

impl Tx<'_, Authority> {
    /// Counts one more comparison, unless there were `limit` already. Says whether it did.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn count_finger_comparison(
        &mut self,
        enrolment: EnrolmentId,
        limit: u32,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "INSERT INTO finger_evidence (enrolment_id, comparisons, taken_at) \
             VALUES ($1, 1, $2) ON CONFLICT (enrolment_id) DO UPDATE SET \
             taken_at = excluded.taken_at, comparisons = finger_evidence.comparisons + 1 \
             WHERE finger_evidence.comparisons < $3",
        )
        .bind(enrolment.to_string())
        .bind(column::millis(now))
        .bind(limit)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
