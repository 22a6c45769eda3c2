//! What desks asked. A request's session is text here: only the verifier reads it.

use jiff::Timestamp;
use sqlx::Row as _;

use crate::column::millis;
use crate::{Reader, StorageError, Tx, Verifier};

/// A request, as it is kept.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// Its identifier.
    pub id: String,
    /// The typed code that stands for it.
    pub code: String,
    /// Its session's stage, for compare-and-swap.
    pub stage: String,
    /// The session, as the verifier serialises it.
    pub session: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The order that it is for, if several people are on one.
    pub order: Option<String>,
}

/// What was shown to a desk is kept this long after the request's end, for the desk to look at it;
/// what the relying party keeps is its own affair and bound by its registration.
const KEPT_AFTER_S: i64 = 300;

impl Reader<'_, Verifier> {
    /// The session of a request.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn request(&mut self, id: &str) -> Result<Option<String>, StorageError> {
        let row = sqlx::query("SELECT session FROM requests WHERE id = $1")
            .bind(id)
            .fetch_optional(self.connection())
            .await?;
        Ok(row.map(|row| row.try_get("session")).transpose()?)
    }

    /// The session of the open request that a typed code stands for.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn request_by_code(
        &mut self,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StorageError> {
        let row = sqlx::query(
            "SELECT session FROM requests WHERE code = $1 AND expires_at > $2 \
             AND stage IN ('waiting', 'opened') ORDER BY expires_at DESC LIMIT 1",
        )
        .bind(code)
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| row.try_get("session")).transpose()?)
    }
}

impl Tx<'_, Verifier> {
    /// Adds a request.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn add_request(&mut self, row: &RequestRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO requests (id, code, stage, session, expires_at, order_id) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&row.id)
        .bind(&row.code)
        .bind(&row.stage)
        .bind(&row.session)
        .bind(millis(row.expires_at))
        .bind(&row.order)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Replaces a request's session, if it is still at the stage `before`. Of those who try at once,
    /// exactly one succeeds where the stage changes.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn replace_request(
        &mut self,
        before: &str,
        row: &RequestRow,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE requests SET stage = $3, session = $4 WHERE id = $1 AND stage = $2",
        )
        .bind(&row.id)
        .bind(before)
        .bind(&row.stage)
        .bind(&row.session)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes what has ended, but for the records, whose deletion is signed for.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn sweep(&mut self, now: Timestamp) -> Result<(), StorageError> {
        // The requests of an order are looked at until the order is over.
        sqlx::query("DELETE FROM orders WHERE expires_at <= $1")
            .bind(millis(now))
            .execute(self.connection())
            .await?;
        sqlx::query(
            "DELETE FROM requests WHERE expires_at <= $1 \
             AND (order_id IS NULL OR order_id NOT IN (SELECT id FROM orders))",
        )
        .bind(millis(now) - KEPT_AFTER_S * 1000)
        .execute(self.connection())
        .await?;
        for ended in [
            "DELETE FROM desk_shifts WHERE expires_at <= $1",
            "DELETE FROM desk_devices WHERE expires_at <= $1",
            "DELETE FROM deletions WHERE expires_at <= $1",
        ] {
            sqlx::query(ended).bind(millis(now)).execute(self.connection()).await?;
        }
        Ok(())
    }
}
