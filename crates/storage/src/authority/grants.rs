//! What a redeemed offer allows: fetching one card and its later copies, by one wallet with one
//! DPoP key; and the tokens under it.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::{CardId, EnrolmentId, GrantId};

use crate::{Authority, Reader, StorageError, Tx, column};

/// A grant as it is kept.
#[derive(Debug, Clone)]
pub struct GrantRow {
    /// Which one.
    pub id: GrantId,
    /// From which application.
    pub enrolment: EnrolmentId,
    /// Thumbprint of the wallet's instance key.
    pub wallet_thumbprint: String,
    /// Thumbprint of the wallet's DPoP key.
    pub dpop_thumbprint: String,
    /// The card fetched under it, once there is one.
    pub card: Option<CardId>,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

/// A refresh token as it is kept: by its hash.
#[derive(Debug, Clone)]
pub struct RefreshTokenRow {
    /// Its grant.
    pub grant: GrantId,
    /// Whether it was used.
    pub used: bool,
}

impl Reader<'_, Authority> {
    /// The grant, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn find_grant(&mut self, id: GrantId) -> Result<Option<GrantRow>, StorageError> {
        sqlx::query("SELECT * FROM grants WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| {
                Ok(GrantRow {
                    id: column::parsed(&row, "id")?,
                    enrolment: column::parsed(&row, "enrolment_id")?,
                    wallet_thumbprint: row.try_get("wallet_thumbprint")?,
                    dpop_thumbprint: row.try_get("dpop_thumbprint")?,
                    card: column::optional_parsed(&row, "card_id")?,
                    ended_at: column::optional_timestamp(&row, "ended_at")?,
                })
            })
            .transpose()
    }

    /// The grant of an access token that has not expired.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn grant_of_access_token(
        &mut self,
        hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<GrantId>, StorageError> {
        sqlx::query("SELECT grant_id FROM access_tokens WHERE hash = $1 AND expires_at > $2")
            .bind(hash)
            .bind(column::millis(now))
            .fetch_optional(self.connection())
            .await?
            .map(|row| column::parsed(&row, "grant_id"))
            .transpose()
    }

    /// The refresh token of this hash, unless it has expired.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn find_refresh_token(
        &mut self,
        hash: &[u8],
        now: Timestamp,
    ) -> Result<Option<RefreshTokenRow>, StorageError> {
        sqlx::query(
            "SELECT grant_id, used_at FROM refresh_tokens WHERE hash = $1 AND expires_at > $2",
        )
        .bind(hash)
        .bind(column::millis(now))
        .fetch_optional(self.connection())
        .await?
        .map(|row| {
            Ok(RefreshTokenRow {
                grant: column::parsed(&row, "grant_id")?,
                used: column::optional_timestamp(&row, "used_at")?.is_some(),
            })
        })
        .transpose()
    }
}

impl Tx<'_, Authority> {
    /// Adds a grant.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_grant(
        &mut self,
        grant: &GrantRow,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO grants (id, enrolment_id, wallet_thumbprint, dpop_thumbprint, card_id, \
             begun_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(grant.id.to_string())
        .bind(grant.enrolment.to_string())
        .bind(&grant.wallet_thumbprint)
        .bind(&grant.dpop_thumbprint)
        .bind(grant.card.map(|id| id.to_string()))
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes which card was fetched under a grant.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn set_card_of_grant(
        &mut self,
        id: GrantId,
        card: CardId,
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE grants SET card_id = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(card.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends a grant: none of its tokens is worth anything from now on.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn end_grant(&mut self, id: GrantId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query("UPDATE grants SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.to_string())
            .bind(column::millis(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends every grant under which a card was fetched.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn end_grants_of_card(
        &mut self,
        card: CardId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE grants SET ended_at = $2 WHERE card_id = $1 AND ended_at IS NULL")
            .bind(card.to_string())
            .bind(column::millis(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Adds an access token that may fetch `batches` batches.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_access_token(
        &mut self,
        hash: &[u8],
        grant: GrantId,
        batches: u8,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO access_tokens (hash, grant_id, batches_left, expires_at) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(hash)
        .bind(grant.to_string())
        .bind(batches)
        .bind(column::millis(expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes one batch from what an access token may fetch. Says whether there was one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn take_batch(&mut self, hash: &[u8]) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE access_tokens SET batches_left = batches_left - 1 \
             WHERE hash = $1 AND batches_left > 0",
        )
        .bind(hash)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds a refresh token.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_refresh_token(
        &mut self,
        hash: &[u8],
        grant: GrantId,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query("INSERT INTO refresh_tokens (hash, grant_id, expires_at) VALUES ($1, $2, $3)")
            .bind(hash)
            .bind(grant.to_string())
            .bind(column::millis(expires_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Marks a refresh token as used. Says whether it was not used before.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn use_refresh_token(
        &mut self,
        hash: &[u8],
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL",
        )
        .bind(hash)
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets tokens that expired before `before`. A used refresh token is kept as long, so that its
    /// second use is noticed.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_tokens(&mut self, before: Timestamp) -> Result<u64, StorageError> {
        let mut forgotten = 0;
        for statement in [
            sqlx::query("DELETE FROM access_tokens WHERE expires_at < $1"),
            sqlx::query("DELETE FROM refresh_tokens WHERE expires_at < $1"),
        ] {
            let done = statement.bind(column::millis(before)).execute(self.connection()).await?;
            forgotten += done.rows_affected();
        }
        Ok(forgotten)
    }
}
