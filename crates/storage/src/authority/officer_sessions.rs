//! Signed-in officers.

use jiff::Timestamp;
use tanda_model::OfficerId;

use super::officers::{OfficerRow, read_officer};
use crate::{Authority, Reader, StorageError, Tx, column};

/// A signed-in browser and its officer.
#[derive(Debug, Clone)]
pub struct OfficerSessionRow {
    /// Who.
    pub officer: OfficerRow,
    /// When they signed in.
    pub begun_at: Timestamp,
    /// When they last did something.
    pub seen_at: Timestamp,
    /// When they last used their passkey.
    pub authenticated_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// The session with this hash, whatever its age.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn officer_session(
        &mut self,
        hash: &[u8; 32],
    ) -> Result<Option<OfficerSessionRow>, StorageError> {
        sqlx::query(
            "SELECT officers.*, begun_at, seen_at, authenticated_at FROM officer_sessions \
             JOIN officers ON officers.id = officer_sessions.officer_id \
             WHERE officer_sessions.hash = $1",
        )
        .bind(hash.as_slice())
        .fetch_optional(self.connection())
        .await?
        .map(|row| {
            Ok(OfficerSessionRow {
                officer: read_officer(&row)?,
                begun_at: column::timestamp(&row, "begun_at")?,
                seen_at: column::timestamp(&row, "seen_at")?,
                authenticated_at: column::timestamp(&row, "authenticated_at")?,
            })
        })
        .transpose()
    }
}

impl Tx<'_, Authority> {
    /// Begins a session, and ends whatever sessions the officer had.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn begin_officer_session(
        &mut self,
        hash: &[u8; 32],
        officer: OfficerId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM officer_sessions WHERE officer_id = $1")
            .bind(officer.to_string())
            .execute(self.connection())
            .await?;
        sqlx::query(
            "INSERT INTO officer_sessions (hash, officer_id, begun_at, seen_at, authenticated_at) \
             VALUES ($1, $2, $3, $3, $3)",
        )
        .bind(hash.as_slice())
        .bind(officer.to_string())
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The officer did something.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn note_officer_seen(
        &mut self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE officer_sessions SET seen_at = $2 WHERE hash = $1 AND seen_at < $2")
            .bind(hash.as_slice())
            .bind(column::millis(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The officer used their passkey again.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn note_officer_authenticated(
        &mut self,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE officer_sessions SET seen_at = $2, authenticated_at = $2 WHERE hash = $1",
        )
        .bind(hash.as_slice())
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn end_officer_session(&mut self, hash: &[u8; 32]) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM officer_sessions WHERE hash = $1")
            .bind(hash.as_slice())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets sessions that began, or were last used, too long ago.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_officer_sessions(
        &mut self,
        begun_before: Timestamp,
        seen_before: Timestamp,
    ) -> Result<u64, StorageError> {
        let done = sqlx::query("DELETE FROM officer_sessions WHERE begun_at < $1 OR seen_at < $2")
            .bind(column::millis(begun_before))
            .bind(column::millis(seen_before))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
