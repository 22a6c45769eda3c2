//! Which officers attend to which applications.

use jiff::Timestamp;
use tanda_model::{EnrolmentId, OfficerId};

use crate::{Authority, Reader, StorageError, Tx, column};

impl Reader<'_, Authority> {
    /// When the officer last found the application by its code, if ever.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn found_by(
        &mut self,
        officer: OfficerId,
        enrolment: EnrolmentId,
    ) -> Result<Option<Timestamp>, StorageError> {
        sqlx::query("SELECT found_at FROM attendances WHERE enrolment_id = $1 AND officer_id = $2")
            .bind(enrolment.to_string())
            .bind(officer.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| column::timestamp(&row, "found_at"))
            .transpose()
    }
}

impl Tx<'_, Authority> {
    /// The officer has found the application.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn note_attendance(
        &mut self,
        officer: OfficerId,
        enrolment: EnrolmentId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO attendances (enrolment_id, officer_id, found_at) VALUES ($1, $2, $3) \
             ON CONFLICT (enrolment_id, officer_id) DO UPDATE SET found_at = excluded.found_at",
        )
        .bind(enrolment.to_string())
        .bind(officer.to_string())
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
