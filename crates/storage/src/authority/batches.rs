//! Batches: several copies signed at once, on record before the signature and again after it.

use jiff::Timestamp;
use tanda_model::{BatchId, CardId, GrantId};

use crate::{Authority, Reader, StorageError, Tx, column};

/// Where a copy's status stands: a list, and a position in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The list's number.
    pub list: u32,
    /// The position in the list.
    pub position: u32,
}

/// The intent to sign copies.
#[derive(Debug, Clone)]
pub struct NewBatch<'a> {
    /// Which one.
    pub id: BatchId,
    /// Of which card.
    pub card: CardId,
    /// Under which grant.
    pub grant: GrantId,
    /// One place a copy.
    pub places: &'a [Place],
    /// When the copies expire.
    pub copies_expire_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// Batches intended before `before` and not settled since: a crash came between. At most `limit`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn unsettled_batches(
        &mut self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<(BatchId, CardId)>, StorageError> {
        sqlx::query(
            "SELECT id, card_id FROM batches WHERE state = 'intended' AND intended_at < $1 \
             ORDER BY intended_at LIMIT $2",
        )
        .bind(column::millis(before))
        .bind(limit)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| Ok((column::parsed(row, "id")?, column::parsed(row, "card_id")?)))
        .collect()
    }

    /// How many batches of a card were intended since `since`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn batches_since(
        &mut self,
        card: CardId,
        since: Timestamp,
    ) -> Result<i64, StorageError> {
        Ok(sqlx::query_scalar(
            "SELECT COUNT(*) FROM batches WHERE card_id = $1 AND intended_at >= $2",
        )
        .bind(card.to_string())
        .bind(column::millis(since))
        .fetch_one(self.connection())
        .await?)
    }
}

impl Tx<'_, Authority> {
    /// Records the intent to sign copies, whose status is valid from now on.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails, also when a place is taken.
    pub async fn intend_batch(
        &mut self,
        batch: &NewBatch<'_>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO batches (id, card_id, grant_id, state, intended_at) \
             VALUES ($1, $2, $3, 'intended', $4)",
        )
        .bind(batch.id.to_string())
        .bind(batch.card.to_string())
        .bind(batch.grant.to_string())
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        for place in batch.places {
            sqlx::query(
                "INSERT INTO copies (list, position, batch_id, card_id, status, expires_at) \
                 VALUES ($1, $2, $3, $4, 0, $5)",
            )
            .bind(i64::from(place.list))
            .bind(i64::from(place.position))
            .bind(batch.id.to_string())
            .bind(batch.card.to_string())
            .bind(column::millis(batch.copies_expire_at))
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    /// Records that the copies are signed and about to be handed over. Says whether it did: not when
    /// the batch was given up meanwhile.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn settle_batch(
        &mut self,
        id: BatchId,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE batches SET state = 'issued', settled_at = $2 WHERE id = $1 AND state = 'intended'",
        )
        .bind(id.to_string())
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives up an unsettled batch: its copies are invalid for good. Says whether it did.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn give_up_batch(
        &mut self,
        id: BatchId,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE batches SET state = 'dead', settled_at = $2 WHERE id = $1 AND state = 'intended'",
        )
        .bind(id.to_string())
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("UPDATE copies SET status = 1 WHERE batch_id = $1")
            .bind(id.to_string())
            .execute(self.connection())
            .await?;
        Ok(true)
    }
}
