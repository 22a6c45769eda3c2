//! The import of a register file: rows are staged in batches, and become residents in one step.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::{ProposalId, ResidentId};

use super::register::SealedResident;
use crate::column;
use crate::{Authority, Reader, StorageError, Tx};

/// How far the import of a file has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportPosition {
    /// Bytes of the file that are dealt with.
    pub bytes: u64,
    /// Lines of the file that are dealt with.
    pub lines: u64,
}

/// A row that is good.
#[derive(Clone, Debug)]
pub struct StagedResident {
    /// Where its row begins in the file, from 1.
    pub line: u64,
    /// What would be added.
    pub resident: SealedResident,
}

/// What a second officer is shown of a row that is good.
#[derive(Clone, Debug)]
pub struct StagedRecord {
    /// Who it would be.
    pub id: ResidentId,
    /// Their data key, wrapped by the master key.
    pub wrapped_key: Vec<u8>,
    /// The record.
    pub sealed_record: Vec<u8>,
}

/// A row that is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Where the row begins in the file, from 1.
    pub line: u64,
    /// The field at fault.
    pub field: String,
    /// What is wrong with it, as a code.
    pub code: String,
}

impl Reader<'_, Authority> {
    /// How far the import of this file (SHA-256) has come, if it was begun and not ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn import_position(
        &mut self,
        file: &[u8; 32],
    ) -> Result<Option<ImportPosition>, StorageError> {
        let row = sqlx::query("SELECT position, line FROM imports WHERE file = $1")
            .bind(file.as_slice())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| {
            Ok(ImportPosition {
                bytes: row.try_get::<i64, _>("position")?.unsigned_abs(),
                lines: row.try_get::<i64, _>("line")?.unsigned_abs(),
            })
        })
        .transpose()
    }

    /// The proposal that waits to make the file's rows residents, if there is one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn import_proposal(
        &mut self,
        file: &[u8; 32],
    ) -> Result<Option<ProposalId>, StorageError> {
        let row = sqlx::query("SELECT proposal_id FROM imports WHERE file = $1")
            .bind(file.as_slice())
            .fetch_optional(self.connection())
            .await?;
        row.map_or(Ok(None), |row| column::optional_parsed(&row, "proposal_id"))
    }

    /// Who the staged rows of the file would be, in the file's order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn staged_residents(
        &mut self,
        file: &[u8; 32],
    ) -> Result<Vec<ResidentId>, StorageError> {
        let rows = sqlx::query("SELECT id FROM staged_residents WHERE file = $1 ORDER BY line")
            .bind(file.as_slice())
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| column::parsed(row, "id")).collect()
    }

    /// The staged records of the file, in its order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn staged_records(
        &mut self,
        file: &[u8; 32],
    ) -> Result<Vec<StagedRecord>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, wrapped_key, sealed_record FROM staged_residents
             WHERE file = $1 ORDER BY line",
        )
        .bind(file.as_slice())
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(StagedRecord {
                    id: column::parsed(row, "id")?,
                    wrapped_key: row.try_get("wrapped_key")?,
                    sealed_record: row.try_get("sealed_record")?,
                })
            })
            .collect()
    }

    /// How many rows of the file are staged.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_staged(&mut self, file: &[u8; 32]) -> Result<u64, StorageError> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM staged_residents WHERE file = $1")
                .bind(file.as_slice())
                .fetch_one(self.connection())
                .await?;
        Ok(count.unsigned_abs())
    }

    /// How many rows of the file were refused.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_refused(&mut self, file: &[u8; 32]) -> Result<u64, StorageError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM refused_rows WHERE file = $1")
            .bind(file.as_slice())
            .fetch_one(self.connection())
            .await?;
        Ok(count.unsigned_abs())
    }

    /// The first `limit` rows of the file that were refused, in the file's order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refused_rows(
        &mut self,
        file: &[u8; 32],
        limit: u32,
    ) -> Result<Vec<RefusedRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT line, field, code FROM refused_rows WHERE file = $1 ORDER BY line LIMIT $2",
        )
        .bind(file.as_slice())
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(RefusedRow {
                    line: row.try_get::<i64, _>("line")?.unsigned_abs(),
                    field: row.try_get("field")?,
                    code: row.try_get("code")?,
                })
            })
            .collect()
    }

    /// Whether a number is staged from an earlier row of the file.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn number_is_staged(
        &mut self,
        file: &[u8; 32],
        number_tag: &[u8; 32],
    ) -> Result<bool, StorageError> {
        let found: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM staged_residents WHERE file = $1 AND number_tag = $2",
        )
        .bind(file.as_slice())
        .bind(number_tag.as_slice())
        .fetch_one(self.connection())
        .await?;
        Ok(found > 0)
    }
}

impl Tx<'_, Authority> {
    /// Begins an import; one that was begun before is left as it is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin_import(
        &mut self,
        file: &[u8; 32],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO imports (file, begun_at, position, line) VALUES ($1, $2, 0, 0)
             ON CONFLICT (file) DO NOTHING",
        )
        .bind(file.as_slice())
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Lets an import wait for a proposal; says whether it does: not when it waits for another, or
    /// was never begun.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tie_import(
        &mut self,
        file: &[u8; 32],
        proposal: ProposalId,
    ) -> Result<bool, StorageError> {
        let tied = sqlx::query(
            "UPDATE imports SET proposal_id = $2 WHERE file = $1 AND proposal_id IS NULL",
        )
        .bind(file.as_slice())
        .bind(proposal.to_string())
        .execute(self.connection())
        .await?;
        Ok(tied.rows_affected() == 1)
    }

    /// Keeps what a batch of rows came to, and where to go on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stage(
        &mut self,
        file: &[u8; 32],
        good: &[StagedResident],
        refused: &[RefusedRow],
        position: ImportPosition,
    ) -> Result<(), StorageError> {
        for staged in good {
            let resident = &staged.resident;
            sqlx::query(
                "INSERT INTO staged_residents (file, line, id, number_tag, wrapped_key,
                    sealed_record, sealed_portrait, sealed_template, sealed_fingers)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(file.as_slice())
            .bind(staged.line.cast_signed())
            .bind(resident.id.to_string())
            .bind(resident.number_tag.as_slice())
            .bind(&resident.wrapped_key)
            .bind(&resident.sealed_record)
            .bind(&resident.sealed_portrait)
            .bind(&resident.sealed_template)
            .bind(&resident.sealed_fingers)
            .execute(self.connection())
            .await?;
        }
        for row in refused {
            self.refuse_row(file, row).await?;
        }
        sqlx::query("UPDATE imports SET position = $1, line = $2 WHERE file = $3")
            .bind(position.bytes.cast_signed())
            .bind(position.lines.cast_signed())
            .bind(file.as_slice())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn refuse_row(&mut self, file: &[u8; 32], row: &RefusedRow) -> Result<(), StorageError> {
        sqlx::query("INSERT INTO refused_rows (file, line, field, code) VALUES ($1, $2, $3, $4)")
            .bind(file.as_slice())
            .bind(row.line.cast_signed())
            .bind(&row.field)
            .bind(&row.code)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Refuses those staged rows whose number came into the register while the file was read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refuse_overtaken(
        &mut self,
        file: &[u8; 32],
        field: &str,
        code: &str,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO refused_rows (file, line, field, code)
             SELECT file, line, $2, $3 FROM staged_residents
             WHERE file = $1 AND number_tag IN (
                SELECT number_tag FROM residents UNION SELECT number_tag FROM former_numbers
             )",
        )
        .bind(file.as_slice())
        .bind(field)
        .bind(code)
        .execute(self.connection())
        .await?;
        sqlx::query(
            "DELETE FROM staged_residents
             WHERE file = $1 AND number_tag IN (
                SELECT number_tag FROM residents UNION SELECT number_tag FROM former_numbers
             )",
        )
        .bind(file.as_slice())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes all staged rows of the file residents; says how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn admit_staged(
        &mut self,
        file: &[u8; 32],
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let changed = self.latest_register_change().await? + 1;
        let admitted = sqlx::query(
            "INSERT INTO residents (id, number_tag, wrapped_key, sealed_record, sealed_portrait,
                sealed_template, sealed_fingers, changed, added_at)
             SELECT id, number_tag, wrapped_key, sealed_record, sealed_portrait,
                sealed_template, sealed_fingers, $2, $3
             FROM staged_residents WHERE file = $1",
        )
        .bind(file.as_slice())
        .bind(changed)
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(admitted.rows_affected())
    }

    /// Forgets an import with all that is staged and refused.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_import(&mut self, file: &[u8; 32]) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM imports WHERE file = $1")
            .bind(file.as_slice())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets the imports that were begun before `time`, never ended, and wait for no proposal:
    /// half of a file is no reason to keep people's portraits. Says how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_imports_before(&mut self, time: Timestamp) -> Result<u64, StorageError> {
        let forgotten =
            sqlx::query("DELETE FROM imports WHERE begun_at < $1 AND proposal_id IS NULL")
                .bind(column::millis(time))
                .execute(self.connection())
                .await?;
        Ok(forgotten.rows_affected())
    }
}
