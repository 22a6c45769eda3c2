//! What was counted within an hour.

use super::figures::HourlyCount;
use crate::{Authority, Reader, StorageError, Tx};

impl Reader<'_, Authority> {
    /// What was counted from an hour on; `kind` is what.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn tallies_from(&mut self, hour: i64) -> Result<Vec<HourlyCount>, StorageError> {
        sqlx::query(
            "SELECT hour, what AS kind, count FROM tallies WHERE hour >= $1 ORDER BY hour, what",
        )
        .bind(hour)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(HourlyCount::read)
        .collect()
    }
}

impl Tx<'_, Authority> {
    /// Adds to what was counted within an hour.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn add_to_tally(&mut self, tally: &HourlyCount) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO tallies (hour, what, count) VALUES ($1, $2, $3) \
             ON CONFLICT (hour, what) DO UPDATE SET count = tallies.count + excluded.count",
        )
        .bind(tally.hour)
        .bind(&tally.kind)
        .bind(tally.count.cast_signed())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets what was counted before an hour.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_tallies(&mut self, before: i64) -> Result<u64, StorageError> {
        let gone = sqlx::query("DELETE FROM tallies WHERE hour < $1")
            .bind(before)
            .execute(self.connection())
            .await?;
        Ok(gone.rows_affected())
    }
}
