//! Cards: one row from the intent to the end, and the batches in which copies of them are signed.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::{AssuranceLevel, CardId, CardState, EnrolmentId, ResidentId};

use crate::{Authority, Reader, StorageError, Tx, column};

/// A card as it is kept.
#[derive(Debug, Clone)]
pub struct CardRow {
    /// Which one.
    pub id: CardId,
    /// Grows with every change.
    pub revision: i64,
    /// Whose.
    pub resident: ResidentId,
    /// From which application.
    pub enrolment: EnrolmentId,
    /// At which level.
    pub level: AssuranceLevel,
    /// Where it stands.
    pub state: CardState,
    /// Thumbprint of the wallet's instance key (RFC 7638).
    pub wallet_thumbprint: String,
    /// The picture of the credential, sealed under the resident's key.
    pub sealed_picture: Vec<u8>,
    /// When it was intended.
    pub intended_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// The card, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn find_card(&mut self, id: CardId) -> Result<Option<CardRow>, StorageError> {
        sqlx::query("SELECT * FROM cards WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The resident's one card that is live or suspended, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn card_in_use(
        &mut self,
        resident: ResidentId,
    ) -> Result<Option<CardRow>, StorageError> {
        sqlx::query("SELECT * FROM cards WHERE resident_id = $1 AND state IN ('live', 'suspended')")
            .bind(resident.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The newest card that is live in the wallet with this instance key, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn live_card_of_wallet(
        &mut self,
        thumbprint: &str,
    ) -> Result<Option<CardRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM cards WHERE wallet_thumbprint = $1 AND state = 'live' \
             ORDER BY id DESC LIMIT 1",
        )
        .bind(thumbprint)
        .fetch_optional(self.connection())
        .await?
        .map(|row| read(&row))
        .transpose()
    }

    /// The newest card in use that was given to the account with this tag, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn card_of_account(
        &mut self,
        account_tag: &[u8],
    ) -> Result<Option<CardRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM cards WHERE account_tag = $1 AND state IN ('live', 'suspended') \
             ORDER BY id DESC LIMIT 1",
        )
        .bind(account_tag)
        .fetch_optional(self.connection())
        .await?
        .map(|row| read(&row))
        .transpose()
    }

    /// All cards that a resident ever had, oldest first.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn cards_of_resident(
        &mut self,
        resident: ResidentId,
    ) -> Result<Vec<CardRow>, StorageError> {
        sqlx::query("SELECT * FROM cards WHERE resident_id = $1 ORDER BY id")
            .bind(resident.to_string())
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// Cards whose time has run out although their state does not say so yet, at most `limit`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn overdue_cards(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<CardRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM cards WHERE state IN ('intended', 'live', 'suspended') \
             AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
        )
        .bind(column::millis(now))
        .bind(limit)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// Full cards that are out and whose time has run out, at most `limit` of those behind `after`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn overdue_full_cards(
        &mut self,
        now: Timestamp,
        after: Option<CardId>,
        limit: u32,
    ) -> Result<Vec<CardRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM cards WHERE level = $1 AND state IN ('live', 'suspended') \
             AND expires_at <= $2 AND id > $3 ORDER BY id LIMIT $4",
        )
        .bind(AssuranceLevel::Full.as_str())
        .bind(column::millis(now))
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(limit)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(read)
        .collect()
    }
}

impl Tx<'_, Authority> {
    /// Adds a card; it is given to the account that its application came from.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_card(&mut self, card: &CardRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO cards (id, revision, resident_id, enrolment_id, level, state, state_json, \
             wallet_thumbprint, sealed_picture, intended_at, expires_at, account_tag) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
             (SELECT account_tag FROM enrolments WHERE id = $4))",
        )
        .bind(card.id.to_string())
        .bind(card.revision)
        .bind(card.resident.to_string())
        .bind(card.enrolment.to_string())
        .bind(card.level.as_str())
        .bind(card.state.name())
        .bind(column::to_json(&card.state, "state_json")?)
        .bind(&card.wallet_thumbprint)
        .bind(&card.sealed_picture)
        .bind(column::millis(card.intended_at))
        .bind(column::millis(card.expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Gives what belongs to one card to another: its account, and the grants under which it is
    /// fetched.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn move_to_card(&mut self, from: CardId, to: CardId) -> Result<(), StorageError> {
        for statement in [
            "UPDATE grants SET card_id = $2 WHERE card_id = $1 AND ended_at IS NULL",
            "UPDATE cards SET account_tag = (SELECT account_tag FROM cards WHERE id = $1) \
             WHERE id = $2",
        ] {
            sqlx::query(statement)
                .bind(from.to_string())
                .bind(to.to_string())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Moves a card to another state. Says whether it did: not when somebody else was faster.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails, also when the resident would have two cards in use.
    pub async fn change_card(
        &mut self,
        id: CardId,
        revision: i64,
        state: &CardState,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE cards SET revision = revision + 1, state = $3, state_json = $4 \
             WHERE id = $1 AND revision = $2",
        )
        .bind(id.to_string())
        .bind(revision)
        .bind(state.name())
        .bind(column::to_json(state, "state_json")?)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn read(row: &SqliteRow) -> Result<CardRow, StorageError> {
    Ok(CardRow {
        id: column::parsed(row, "id")?,
        revision: row.try_get("revision")?,
        resident: column::parsed(row, "resident_id")?,
        enrolment: column::parsed(row, "enrolment_id")?,
        level: column::parsed(row, "level")?,
        state: column::json(row, "state_json")?,
        wallet_thumbprint: row.try_get("wallet_thumbprint")?,
        sealed_picture: row.try_get("sealed_picture")?,
        intended_at: column::timestamp(row, "intended_at")?,
        expires_at: column::timestamp(row, "expires_at")?,
    })
}
