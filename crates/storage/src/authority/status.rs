//! The status of copies, one row a copy.
//!
//! The lists that are published are derived from these rows and kept nowhere: a list of 131,072
//! entries is a scan of its entries that are not valid over a partial index, some thousands at
//! worst, and takes a few milliseconds. That is simpler than a blob kept beside the rows, cannot
//! disagree with them, and spares every suspension the rewriting of up to ten blobs of 32 KB.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::CardId;

use super::batches::Place;
use crate::{Authority, Reader, StorageError, Tx, column};

impl Reader<'_, Authority> {
    /// How many numbers were drawn from the counter.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn drawn_status_numbers(&mut self) -> Result<u64, StorageError> {
        let next: i64 = sqlx::query_scalar("SELECT next FROM status_counter WHERE id = 1")
            .fetch_one(self.connection())
            .await?;
        Ok(u64::try_from(next).unwrap_or(0))
    }

    /// The entries of a list that are not valid.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn entries_not_valid(&mut self, list: u32) -> Result<Vec<(u32, u8)>, StorageError> {
        sqlx::query("SELECT position, status FROM copies WHERE list = $1 AND status <> 0")
            .bind(i64::from(list))
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(|row| Ok((row.try_get("position")?, row.try_get("status")?)))
            .collect()
    }

    /// The places of a card's copies, for tests and officers.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn places_of_card(&mut self, card: CardId) -> Result<Vec<(Place, u8)>, StorageError> {
        sqlx::query(
            "SELECT list, position, status FROM copies WHERE card_id = $1 ORDER BY list, position",
        )
        .bind(card.to_string())
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| {
            let place = Place { list: row.try_get("list")?, position: row.try_get("position")? };
            Ok((place, row.try_get("status")?))
        })
        .collect()
    }
}

impl Tx<'_, Authority> {
    /// Draws the next `count` numbers of the counter from which places are made; returns the first.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn draw_status_numbers(&mut self, count: u32) -> Result<u64, StorageError> {
        let next: i64 = sqlx::query_scalar(
            "UPDATE status_counter SET next = next + $1 WHERE id = 1 RETURNING next",
        )
        .bind(i64::from(count))
        .fetch_one(self.connection())
        .await?;
        Ok(u64::try_from(next).unwrap_or(0).saturating_sub(u64::from(count)))
    }

    /// Sets the status of every copy of a card that is not invalid for good.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn set_status_of_card(
        &mut self,
        card: CardId,
        status: u8,
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE copies SET status = $2 WHERE card_id = $1 AND status <> 1")
            .bind(card.to_string())
            .bind(status)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets copies that expired before `before`. Their places are not used again: the counter only
    /// grows.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_copies(&mut self, before: Timestamp) -> Result<u64, StorageError> {
        let done = sqlx::query("DELETE FROM copies WHERE expires_at < $1")
            .bind(column::millis(before))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
