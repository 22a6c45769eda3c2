//! Credential offers: a code, once, to one wallet.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::{EnrolmentId, OfferId};

use crate::{Authority, Reader, StorageError, Tx, column};

/// An offer as it is kept. The code itself is not: only its hash.
#[derive(Debug, Clone)]
pub struct OfferRow {
    /// Which one.
    pub id: OfferId,
    /// SHA-256 of the code.
    pub code_hash: Vec<u8>,
    /// For which application.
    pub enrolment: EnrolmentId,
    /// Thumbprint of the only wallet instance key that may redeem it.
    pub wallet_thumbprint: String,
    /// When it was made.
    pub offered_at: Timestamp,
    /// Until when it may be redeemed.
    pub expires_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// The application's latest offer that can still be redeemed.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn open_offer(
        &mut self,
        enrolment: EnrolmentId,
        now: Timestamp,
    ) -> Result<Option<OfferRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM offers WHERE enrolment_id = $1 AND redeemed_at IS NULL AND expires_at > $2 \
             ORDER BY id DESC LIMIT 1",
        )
        .bind(enrolment.to_string())
        .bind(column::millis(now))
        .fetch_optional(self.connection())
        .await?
        .map(|row| read(&row))
        .transpose()
    }
}

impl Tx<'_, Authority> {
    /// Adds an offer.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_offer(&mut self, offer: &OfferRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO offers (id, code_hash, enrolment_id, wallet_thumbprint, offered_at, \
             expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(offer.id.to_string())
        .bind(&offer.code_hash)
        .bind(offer.enrolment.to_string())
        .bind(&offer.wallet_thumbprint)
        .bind(column::millis(offer.offered_at))
        .bind(column::millis(offer.expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Redeems an offer by its code's hash: returns it to exactly one caller, and to nobody once it has
    /// expired or from another wallet.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn redeem_offer(
        &mut self,
        code_hash: &[u8],
        wallet_thumbprint: &str,
        now: Timestamp,
    ) -> Result<Option<OfferRow>, StorageError> {
        sqlx::query(
            "UPDATE offers SET redeemed_at = $3 WHERE code_hash = $1 AND wallet_thumbprint = $2 \
             AND redeemed_at IS NULL AND expires_at > $3 RETURNING *",
        )
        .bind(code_hash)
        .bind(wallet_thumbprint)
        .bind(column::millis(now))
        .fetch_optional(self.connection())
        .await?
        .map(|row| read(&row))
        .transpose()
    }

    /// Forgets offers that expired before `before`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_offers(&mut self, before: Timestamp) -> Result<u64, StorageError> {
        let done = sqlx::query("DELETE FROM offers WHERE expires_at < $1")
            .bind(column::millis(before))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}

fn read(row: &SqliteRow) -> Result<OfferRow, StorageError> {
    Ok(OfferRow {
        id: column::parsed(row, "id")?,
        code_hash: row.try_get("code_hash")?,
        enrolment: column::parsed(row, "enrolment_id")?,
        wallet_thumbprint: row.try_get("wallet_thumbprint")?,
        offered_at: column::timestamp(row, "offered_at")?,
        expires_at: column::timestamp(row, "expires_at")?,
    })
}
