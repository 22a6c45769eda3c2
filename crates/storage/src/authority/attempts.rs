//! Failures by account, number and source.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::{AttemptHistory, Counter};

use crate::{Authority, Reader, StorageError, Tx, column};

impl Reader<'_, Authority> {
    /// What is remembered under a counter's tag.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn attempt_history(
        &mut self,
        counter: Counter,
        tag: &[u8],
    ) -> Result<Option<AttemptHistory>, StorageError> {
        sqlx::query("SELECT failures, last_failure FROM attempts WHERE counter = $1 AND tag = $2")
            .bind(counter.as_str())
            .bind(tag)
            .fetch_optional(self.connection())
            .await?
            .map(|row| {
                Ok(AttemptHistory {
                    failures: row.try_get("failures")?,
                    last_failure: column::timestamp(&row, "last_failure")?,
                })
            })
            .transpose()
    }
}

impl Tx<'_, Authority> {
    /// Remembers `history` under a counter's tag, or forgets what was remembered.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn remember_attempts(
        &mut self,
        counter: Counter,
        tag: &[u8],
        history: Option<AttemptHistory>,
    ) -> Result<(), StorageError> {
        let query = match history {
            Some(history) => sqlx::query(
                "INSERT INTO attempts (counter, tag, failures, last_failure) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (counter, tag) DO UPDATE SET failures = excluded.failures, \
                 last_failure = excluded.last_failure",
            )
            .bind(counter.as_str())
            .bind(tag)
            .bind(i64::from(history.failures))
            .bind(column::millis(history.last_failure)),
            None => sqlx::query("DELETE FROM attempts WHERE counter = $1 AND tag = $2")
                .bind(counter.as_str())
                .bind(tag),
        };
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// Forgets a counter's failures from before `before`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_attempts(
        &mut self,
        counter: Counter,
        before: Timestamp,
    ) -> Result<u64, StorageError> {
        let done = sqlx::query("DELETE FROM attempts WHERE counter = $1 AND last_failure < $2")
            .bind(counter.as_str())
            .bind(column::millis(before))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
