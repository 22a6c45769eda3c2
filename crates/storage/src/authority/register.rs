//! The population register: sealed rows in, sealed rows out.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::ResidentId;

use crate::column;
use crate::{Authority, Reader, StorageError, Tx};

/// A resident as the store has them: everything sealed.
#[derive(Clone, Debug)]
pub struct SealedResident {
    /// Who it is.
    pub id: ResidentId,
    /// HMAC-SHA-256 of the number.
    pub number_tag: [u8; 32],
    /// The resident's data key, wrapped by the master key.
    pub wrapped_key: Vec<u8>,
    /// The record.
    pub sealed_record: Vec<u8>,
    /// The portrait, a JPEG.
    pub sealed_portrait: Vec<u8>,
    /// The template of the portrait's face.
    pub sealed_template: Vec<u8>,
    /// The enrolled fingers, if there are any.
    pub sealed_fingers: Option<Vec<u8>>,
}

/// What a gallery of faces needs of a resident.
#[derive(Clone, Debug)]
pub struct SealedTemplate {
    /// Who it is.
    pub id: ResidentId,
    /// The resident's data key, wrapped by the master key.
    pub wrapped_key: Vec<u8>,
    /// The template of the portrait's face.
    pub sealed_template: Vec<u8>,
    /// The change that brought it.
    pub changed: i64,
}

impl Reader<'_, Authority> {
    /// The resident whose number has this tag.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resident_by_number(
        &mut self,
        number_tag: &[u8; 32],
    ) -> Result<Option<SealedResident>, StorageError> {
        let row = sqlx::query(
            "SELECT id, number_tag, wrapped_key, sealed_record, sealed_portrait, sealed_template,
                sealed_fingers FROM residents WHERE number_tag = $1",
        )
        .bind(number_tag.as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(resident).transpose()
    }

    /// The resident of this identifier.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resident(
        &mut self,
        id: ResidentId,
    ) -> Result<Option<SealedResident>, StorageError> {
        let row = sqlx::query(
            "SELECT id, number_tag, wrapped_key, sealed_record, sealed_portrait, sealed_template,
                sealed_fingers FROM residents WHERE id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(resident).transpose()
    }

    /// Whose number has this tag.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resident_id_by_number(
        &mut self,
        number_tag: &[u8; 32],
    ) -> Result<Option<ResidentId>, StorageError> {
        let row = sqlx::query("SELECT id FROM residents WHERE number_tag = $1")
            .bind(number_tag.as_slice())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| column::parsed(&row, "id")).transpose()
    }

    /// The tag of a resident's number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn number_tag_of(&mut self, id: ResidentId) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(sqlx::query_scalar("SELECT number_tag FROM residents WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await?)
    }

    /// How many residents there are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_residents(&mut self) -> Result<u64, StorageError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM residents")
            .fetch_one(self.connection())
            .await?;
        Ok(count.unsigned_abs())
    }

    /// The next templates that changed after `(changed, id)`, at most `limit`, in that order. From
    /// `(0, nil)` on, they are all templates.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn templates_after(
        &mut self,
        after: Option<(i64, ResidentId)>,
        limit: u32,
    ) -> Result<Vec<SealedTemplate>, StorageError> {
        let (changed, id) =
            after.map_or((-1, String::new()), |(changed, id)| (changed, id.to_string()));
        let rows = sqlx::query(
            "SELECT id, wrapped_key, sealed_template, changed FROM residents
             WHERE (changed, id) > ($1, $2) ORDER BY changed, id LIMIT $3",
        )
        .bind(changed)
        .bind(id)
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SealedTemplate {
                    id: column::parsed(row, "id")?,
                    wrapped_key: row.try_get("wrapped_key")?,
                    sealed_template: row.try_get("sealed_template")?,
                    changed: row.try_get("changed")?,
                })
            })
            .collect()
    }

    /// The residents that were removed by a change after `changed`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn removals_after(
        &mut self,
        changed: i64,
    ) -> Result<Vec<(i64, ResidentId)>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, changed FROM residents_removed WHERE changed > $1 ORDER BY changed, id",
        )
        .bind(changed)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| Ok((row.try_get("changed")?, column::parsed(row, "id")?))).collect()
    }

    /// The latest change of any resident; 0 before the first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn latest_register_change(&mut self) -> Result<i64, StorageError> {
        Ok(sqlx::query_scalar(
            "SELECT MAX(changed) FROM (
                SELECT COALESCE(MAX(changed), 0) AS changed FROM residents
                UNION ALL SELECT COALESCE(MAX(changed), 0) FROM residents_removed
             ) AS latest",
        )
        .fetch_one(self.connection())
        .await?)
    }
}

impl Tx<'_, Authority> {
    /// Adds a resident.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when the number is in the register already.
    pub async fn insert_resident(
        &mut self,
        resident: &SealedResident,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let changed = self.latest_register_change().await? + 1;
        sqlx::query(
            "INSERT INTO residents (id, number_tag, wrapped_key, sealed_record, sealed_portrait,
                sealed_template, sealed_fingers, changed, added_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(resident.id.to_string())
        .bind(resident.number_tag.as_slice())
        .bind(&resident.wrapped_key)
        .bind(&resident.sealed_record)
        .bind(&resident.sealed_portrait)
        .bind(&resident.sealed_template)
        .bind(&resident.sealed_fingers)
        .bind(changed)
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Replaces a resident's record if it is still `before`; says whether it was.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn replace_record(
        &mut self,
        id: ResidentId,
        before: &[u8],
        after: &[u8],
    ) -> Result<bool, StorageError> {
        let changed = self.latest_register_change().await? + 1;
        let result = sqlx::query(
            "UPDATE residents SET sealed_record = $1, changed = $2
             WHERE id = $3 AND sealed_record = $4",
        )
        .bind(after)
        .bind(changed)
        .bind(id.to_string())
        .bind(before)
        .execute(self.connection())
        .await?;
        Ok(result.rows_affected() == 1)
    }

    /// Replaces the wrapping of a resident's data key if it is still `before`: for the rotation of
    /// the master key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rewrap_resident(
        &mut self,
        id: ResidentId,
        before: &[u8],
        after: &[u8],
    ) -> Result<bool, StorageError> {
        let result =
            sqlx::query("UPDATE residents SET wrapped_key = $1 WHERE id = $2 AND wrapped_key = $3")
                .bind(after)
                .bind(id.to_string())
                .bind(before)
                .execute(self.connection())
                .await?;
        Ok(result.rows_affected() == 1)
    }

    /// Takes a resident and the key to all that is sealed for them out of the register; says
    /// whether there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove_resident(&mut self, id: ResidentId) -> Result<bool, StorageError> {
        let changed = self.latest_register_change().await? + 1;
        let removed = sqlx::query("DELETE FROM residents WHERE id = $1")
            .bind(id.to_string())
            .execute(self.connection())
            .await?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("INSERT INTO residents_removed (id, changed) VALUES ($1, $2)")
            .bind(id.to_string())
            .bind(changed)
            .execute(self.connection())
            .await?;
        Ok(true)
    }
}

fn resident(row: &SqliteRow) -> Result<SealedResident, StorageError> {
    let tag: &[u8] = row.try_get("number_tag")?;
    Ok(SealedResident {
        id: column::parsed(row, "id")?,
        number_tag: tag.try_into().map_err(|_| StorageError::Damaged("number_tag"))?,
        wrapped_key: row.try_get("wrapped_key")?,
        sealed_record: row.try_get("sealed_record")?,
        sealed_portrait: row.try_get("sealed_portrait")?,
        sealed_template: row.try_get("sealed_template")?,
        sealed_fingers: row.try_get("sealed_fingers")?,
    })
}
