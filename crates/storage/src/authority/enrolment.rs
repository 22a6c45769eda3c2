//! Applications: one row from the start to the decision.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::{AssuranceLevel, EnrolmentId, EnrolmentState, ResidentId};

use crate::{Authority, Reader, StorageError, Tx, column};

/// An application as it is kept.
#[derive(Debug, Clone)]
pub struct EnrolmentRow {
    /// Which one.
    pub id: EnrolmentId,
    /// Grows with every change.
    pub revision: i64,
    /// SHA-256 of the token that the wallet holds.
    pub token_hash: Vec<u8>,
    /// By what failures are counted.
    pub tags: AttemptTags,
    /// Thumbprint of the wallet's instance key (RFC 7638).
    pub wallet_thumbprint: String,
    /// The wallet's language.
    pub locale: String,
    /// The version of the text that the applicant agreed to.
    pub consent: String,
    /// The key of this application, wrapped; gone when the evidence was erased.
    pub wrapped_key: Option<Vec<u8>>,
    /// Number and name as typed, sealed; gone when the evidence was erased.
    pub sealed_application: Option<Vec<u8>>,
    /// The drawn steps, as JSON.
    pub challenge: String,
    /// Frames looked at, accepted or not.
    pub frames_seen: u32,
    /// Where it stands.
    pub state: EnrolmentState,
    /// Whose it is, once decided on a known number.
    pub resident: Option<ResidentId>,
    /// The level of the card that is applied for.
    pub level: AssuranceLevel,
    /// Keyed tag of the code by which an officer finds it at a counter; for the full card alone.
    pub counter_tag: Option<Vec<u8>>,
    /// When the physical card that was read expires.
    pub document_expires_at: Option<Timestamp>,
    /// When it began.
    pub begun_at: Timestamp,
    /// When the evidence is erased.
    pub erase_evidence_at: Timestamp,
    /// When the row is forgotten.
    pub forget_at: Timestamp,
}

/// Keyed tags of who applies, for which number, from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptTags {
    /// Of the provider's account.
    pub account: Vec<u8>,
    /// Of the resident number, known or not.
    pub number: Vec<u8>,
    /// Of the network address.
    pub source: Vec<u8>,
}

/// What a change of state changes.
#[derive(Debug, Clone)]
pub struct EnrolmentChange<'a> {
    /// Which application.
    pub id: EnrolmentId,
    /// The revision that was read.
    pub revision: i64,
    /// Where it stands from now on.
    pub state: &'a EnrolmentState,
    /// Whose it is, if that is settled.
    pub resident: Option<ResidentId>,
    /// When the evidence is erased.
    pub erase_evidence_at: Timestamp,
    /// When the row is forgotten.
    pub forget_at: Timestamp,
}

impl EnrolmentRow {
    /// Moves the application to another state, and changes nothing else of it.
    #[must_use]
    pub const fn change_to<'a>(&self, state: &'a EnrolmentState) -> EnrolmentChange<'a> {
        EnrolmentChange {
            id: self.id,
            revision: self.revision,
            state,
            resident: self.resident,
            erase_evidence_at: self.erase_evidence_at,
            forget_at: self.forget_at,
        }
    }
}

impl Reader<'_, Authority> {
    /// The application, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn find_enrolment(
        &mut self,
        id: EnrolmentId,
    ) -> Result<Option<EnrolmentRow>, StorageError> {
        sqlx::query("SELECT * FROM enrolments WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The application with this tag of a counter code that is gathering evidence, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn gathering_enrolment(
        &mut self,
        counter_tag: &[u8],
    ) -> Result<Option<EnrolmentRow>, StorageError> {
        sqlx::query("SELECT * FROM enrolments WHERE counter_tag = $1 AND state = 'gathering'")
            .bind(counter_tag)
            .fetch_optional(self.connection())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// Applications that wait for an officer, oldest first.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn referred_enrolments(&mut self) -> Result<Vec<EnrolmentRow>, StorageError> {
        sqlx::query("SELECT * FROM enrolments WHERE state = 'referred' ORDER BY begun_at")
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// A resident's applications that are not over.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn open_enrolments_of_resident(
        &mut self,
        resident: ResidentId,
    ) -> Result<Vec<EnrolmentRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM enrolments WHERE resident_id = $1 \
             AND state NOT IN ('issued', 'refused', 'expired')",
        )
        .bind(resident.to_string())
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// An account's applications that are not over.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn open_enrolments_of_account(
        &mut self,
        account_tag: &[u8],
    ) -> Result<Vec<EnrolmentRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM enrolments WHERE account_tag = $1 \
             AND state NOT IN ('issued', 'refused', 'expired')",
        )
        .bind(account_tag)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// When the account's applications that are still being captured lapse.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn capturing_enrolments_of(
        &mut self,
        account_tag: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Timestamp>, StorageError> {
        sqlx::query(
            "SELECT lapses_at FROM enrolments WHERE account_tag = $1 AND state = 'capturing' \
             AND lapses_at > $2",
        )
        .bind(account_tag)
        .bind(column::millis(now))
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| column::timestamp(row, "lapses_at"))
        .collect()
    }

    /// Applications whose present state has lapsed, at most `limit`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn lapsed_enrolments(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<EnrolmentRow>, StorageError> {
        sqlx::query("SELECT * FROM enrolments WHERE lapses_at <= $1 ORDER BY lapses_at LIMIT $2")
            .bind(column::millis(now))
            .bind(limit)
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read)
            .collect()
    }
}

impl Tx<'_, Authority> {
    /// Adds an application.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_enrolment(&mut self, row: &EnrolmentRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO enrolments (id, revision, token_hash, account_tag, number_tag, source_tag, \
             wallet_thumbprint, locale, consent, wrapped_key, sealed_application, challenge, \
             frames_seen, state, state_json, resident_id, level, counter_tag, document_expires_at, \
             begun_at, lapses_at, erase_evidence_at, forget_at) VALUES ($1, $2, $3, $4, $5, $6, $7, \
             $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)",
        )
        .bind(row.id.to_string())
        .bind(row.revision)
        .bind(&row.token_hash)
        .bind(&row.tags.account)
        .bind(&row.tags.number)
        .bind(&row.tags.source)
        .bind(&row.wallet_thumbprint)
        .bind(&row.locale)
        .bind(&row.consent)
        .bind(&row.wrapped_key)
        .bind(&row.sealed_application)
        .bind(&row.challenge)
        .bind(row.frames_seen)
        .bind(row.state.name())
        .bind(column::to_json(&row.state, "state_json")?)
        .bind(row.resident.map(|id| id.to_string()))
        .bind(row.level.as_str())
        .bind(&row.counter_tag)
        .bind(row.document_expires_at.map(column::millis))
        .bind(column::millis(row.begun_at))
        .bind(lapses_at(&row.state).map(column::millis))
        .bind(column::millis(row.erase_evidence_at))
        .bind(column::millis(row.forget_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Counts one more frame, unless `limit` were looked at already. Says whether it may be.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn count_frame(&mut self, id: EnrolmentId, limit: u32) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE enrolments SET frames_seen = frames_seen + 1 WHERE id = $1 AND frames_seen < $2",
        )
        .bind(id.to_string())
        .bind(limit)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Moves an application to another state. Says whether it did: not when somebody else was faster.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn change_enrolment(
        &mut self,
        change: &EnrolmentChange<'_>,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE enrolments SET revision = revision + 1, state = $3, state_json = $4, \
             resident_id = $5, lapses_at = $6, erase_evidence_at = $7, forget_at = $8 \
             WHERE id = $1 AND revision = $2",
        )
        .bind(change.id.to_string())
        .bind(change.revision)
        .bind(change.state.name())
        .bind(column::to_json(change.state, "state_json")?)
        .bind(change.resident.map(|id| id.to_string()))
        .bind(lapses_at(change.state).map(column::millis))
        .bind(column::millis(change.erase_evidence_at))
        .bind(column::millis(change.forget_at))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes when the physical card that was read for an application expires.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn note_document_expiry(
        &mut self,
        id: EnrolmentId,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE enrolments SET document_expires_at = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(column::millis(expires_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets applications whose time has come, and with them what is left of their evidence.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_enrolments(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        let done = sqlx::query("DELETE FROM enrolments WHERE forget_at <= $1")
            .bind(column::millis(now))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}

fn lapses_at(state: &EnrolmentState) -> Option<Timestamp> {
    match state {
        EnrolmentState::Capturing { expires_at, .. }
        | EnrolmentState::Gathering { expires_at, .. }
        | EnrolmentState::Approved { expires_at, .. } => Some(*expires_at),
        EnrolmentState::Deciding { since } => Some(*since + EnrolmentState::CAPTURE_TIME),
        _ => None,
    }
}

fn read(row: &SqliteRow) -> Result<EnrolmentRow, StorageError> {
    Ok(EnrolmentRow {
        id: column::parsed(row, "id")?,
        revision: row.try_get("revision")?,
        token_hash: row.try_get("token_hash")?,
        tags: AttemptTags {
            account: row.try_get("account_tag")?,
            number: row.try_get("number_tag")?,
            source: row.try_get("source_tag")?,
        },
        wallet_thumbprint: row.try_get("wallet_thumbprint")?,
        locale: row.try_get("locale")?,
        consent: row.try_get("consent")?,
        wrapped_key: row.try_get("wrapped_key")?,
        sealed_application: row.try_get("sealed_application")?,
        challenge: row.try_get("challenge")?,
        frames_seen: row.try_get("frames_seen")?,
        state: column::json(row, "state_json")?,
        resident: column::optional_parsed(row, "resident_id")?,
        level: column::parsed(row, "level")?,
        counter_tag: row.try_get("counter_tag")?,
        document_expires_at: column::optional_timestamp(row, "document_expires_at")?,
        begun_at: column::timestamp(row, "begun_at")?,
        erase_evidence_at: column::timestamp(row, "erase_evidence_at")?,
        forget_at: column::timestamp(row, "forget_at")?,
    })
}
