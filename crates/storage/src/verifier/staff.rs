//! A relying party's staff.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::{AttemptHistory, StaffId};

use crate::column::{millis, optional_timestamp, parsed, timestamp};
use crate::{Reader, StorageError, Tx, Verifier};

/// Somebody of the staff, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRow {
    /// What they sign in with.
    pub id: StaffId,
    /// What they may do.
    pub role: String,
    /// A slow hash of their PIN.
    pub pin_hash: String,
    /// Wrong PINs since the last right one.
    pub attempts: Option<AttemptHistory>,
    /// Since when they are on the staff.
    pub added_at: Timestamp,
}

fn staff(row: &SqliteRow) -> Result<StaffRow, StorageError> {
    let failures = row.try_get("failures")?;
    Ok(StaffRow {
        id: parsed(row, "id")?,
        role: row.try_get("role")?,
        pin_hash: row.try_get("pin_hash")?,
        attempts: optional_timestamp(row, "last_failure")?
            .map(|last_failure| AttemptHistory { failures, last_failure }),
        added_at: timestamp(row, "added_at")?,
    })
}

impl Reader<'_, Verifier> {
    /// The staff of a relying party without those who have left, by their names.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn staff(&mut self, relying_party: &str) -> Result<Vec<StaffRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, role, pin_hash, failures, last_failure, added_at FROM desk_staff \
             WHERE relying_party = $1 AND left_at IS NULL ORDER BY id",
        )
        .bind(relying_party)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(staff).collect()
    }

    /// One of the staff who has not left.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn staff_member(
        &mut self,
        relying_party: &str,
        id: &StaffId,
    ) -> Result<Option<StaffRow>, StorageError> {
        sqlx::query(
            "SELECT id, role, pin_hash, failures, last_failure, added_at FROM desk_staff \
             WHERE relying_party = $1 AND id = $2 AND left_at IS NULL",
        )
        .bind(relying_party)
        .bind(id.as_str())
        .fetch_optional(self.connection())
        .await?
        .as_ref()
        .map(staff)
        .transpose()
    }
}

impl Tx<'_, Verifier> {
    /// Takes somebody on.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when the name is or was somebody's.
    pub async fn add_staff(
        &mut self,
        relying_party: &str,
        row: &StaffRow,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO desk_staff (relying_party, id, role, pin_hash, added_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(relying_party)
        .bind(row.id.as_str())
        .bind(&row.role)
        .bind(&row.pin_hash)
        .bind(millis(row.added_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Remembers wrong PINs, or that the last one was right.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn remember_pin_attempts(
        &mut self,
        relying_party: &str,
        id: &StaffId,
        attempts: Option<AttemptHistory>,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE desk_staff SET failures = $3, last_failure = $4 \
             WHERE relying_party = $1 AND id = $2",
        )
        .bind(relying_party)
        .bind(id.as_str())
        .bind(attempts.map_or(0, |attempts| i64::from(attempts.failures)))
        .bind(attempts.map(|attempts| millis(attempts.last_failure)))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Gives somebody a new PIN: their wrong ones are forgotten, their shifts end.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn change_pin(
        &mut self,
        relying_party: &str,
        id: &StaffId,
        pin_hash: &str,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE desk_staff SET pin_hash = $3, failures = 0, last_failure = NULL \
             WHERE relying_party = $1 AND id = $2",
        )
        .bind(relying_party)
        .bind(id.as_str())
        .bind(pin_hash)
        .execute(self.connection())
        .await?;
        self.end_shifts_of(relying_party, id).await
    }

    /// Lets somebody go: they are on no desk from now on, and nobody else gets their name.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn end_staff(
        &mut self,
        relying_party: &str,
        id: &StaffId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE desk_staff SET left_at = $3, pin_hash = '' \
             WHERE relying_party = $1 AND id = $2 AND left_at IS NULL",
        )
        .bind(relying_party)
        .bind(id.as_str())
        .bind(millis(now))
        .execute(self.connection())
        .await?;
        self.end_shifts_of(relying_party, id).await
    }

    async fn end_shifts_of(
        &mut self,
        relying_party: &str,
        id: &StaffId,
    ) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM desk_shifts WHERE relying_party = $1 AND staff = $2")
            .bind(relying_party)
            .bind(id.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
