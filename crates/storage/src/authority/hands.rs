//! Who had a hand in whose record: they don't decide on that resident.

use tanda_model::{OfficerId, ResidentId};

use crate::{Authority, Reader, StorageError, Tx};

impl Reader<'_, Authority> {
    /// Whether the officer entered or corrected the resident's record.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn had_a_hand(
        &mut self,
        officer: OfficerId,
        resident: ResidentId,
    ) -> Result<bool, StorageError> {
        let found: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM resident_hands WHERE resident_id = $1 AND officer_id = $2",
        )
        .bind(resident.to_string())
        .bind(officer.to_string())
        .fetch_optional(self.connection())
        .await?;
        Ok(found.is_some())
    }
}

impl Tx<'_, Authority> {
    /// Remembers that the officer entered or corrected the resident's record.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn note_hand(
        &mut self,
        officer: OfficerId,
        resident: ResidentId,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO resident_hands (resident_id, officer_id) VALUES ($1, $2) \
             ON CONFLICT (resident_id, officer_id) DO NOTHING",
        )
        .bind(resident.to_string())
        .bind(officer.to_string())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
