//! Records that are corrected, and second records of one person that are merged.

use tanda_model::ResidentId;

use super::register::SealedResident;
use crate::{Authority, Reader, StorageError, Tx, column};

impl Reader<'_, Authority> {
    /// Who has a number that stood in a second record of theirs.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resident_of_former_number(
        &mut self,
        number_tag: &[u8; 32],
    ) -> Result<Option<ResidentId>, StorageError> {
        let row = sqlx::query("SELECT resident_id FROM former_numbers WHERE number_tag = $1")
            .bind(number_tag.as_slice())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| column::parsed(&row, "resident_id")).transpose()
    }
}

impl Tx<'_, Authority> {
    /// Replaces all that is sealed of a resident, and their number's tag, if their record is still
    /// `before`; says whether it was.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when somebody else has the number.
    pub async fn correct_resident(
        &mut self,
        before: &[u8],
        after: &SealedResident,
    ) -> Result<bool, StorageError> {
        let changed = self.latest_register_change().await? + 1;
        let done = sqlx::query(
            "UPDATE residents SET number_tag = $3, sealed_record = $4, sealed_portrait = $5,
                sealed_template = $6, sealed_fingers = $7, changed = $8
             WHERE id = $1 AND sealed_record = $2",
        )
        .bind(after.id.to_string())
        .bind(before)
        .bind(after.number_tag.as_slice())
        .bind(&after.sealed_record)
        .bind(&after.sealed_portrait)
        .bind(&after.sealed_template)
        .bind(&after.sealed_fingers)
        .bind(changed)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets the numbers of one resident, now and formerly, be former numbers of another.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn hand_numbers_over(
        &mut self,
        from: &SealedResident,
        to: ResidentId,
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE former_numbers SET resident_id = $2 WHERE resident_id = $1")
            .bind(from.id.to_string())
            .bind(to.to_string())
            .execute(self.connection())
            .await?;
        sqlx::query("INSERT INTO former_numbers (number_tag, resident_id) VALUES ($1, $2)")
            .bind(from.number_tag.as_slice())
            .bind(to.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Officers who had one number for their own have another: whoever they are, they stay out of
    /// their own matter.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn change_own_number(
        &mut self,
        from: &[u8; 32],
        to: &[u8; 32],
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE officers SET number_tag = $2 WHERE number_tag = $1")
            .bind(from.as_slice())
            .bind(to.as_slice())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
