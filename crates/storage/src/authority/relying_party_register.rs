//! Who has applied to be a relying party, what came of it, and what is registered.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::{PurposeId, RelyingPartyId, RelyingPartyState};

use crate::{Authority, Reader, StorageError, Tx, column};

/// A relying party as it is kept.
#[derive(Debug, Clone)]
pub struct RelyingPartyRow {
    /// Which one.
    pub id: RelyingPartyId,
    /// Grows with every change.
    pub revision: i64,
    /// Where it stands.
    pub state: RelyingPartyState,
    /// Its application as it was signed.
    pub application: String,
    /// What it is registered for.
    pub purposes: Vec<PurposeId>,
    /// Why the last decision was as it was.
    pub reason: Option<String>,
    /// Its access certificate, DER.
    pub access_certificate: Option<Vec<u8>>,
    /// When its certificates were last made.
    pub certified_at: Option<Timestamp>,
    /// When it applied.
    pub applied_at: Timestamp,
}

/// One purpose of one relying party.
#[derive(Debug, Clone)]
pub struct RegistrationRow {
    /// Its entry in the registrar's status lists.
    pub idx: u64,
    /// For what.
    pub purpose: PurposeId,
    /// What the status lists say: 0 valid, 1 withdrawn, 2 suspended.
    pub status: u8,
    /// The newest certificate.
    pub token: String,
    /// When that certificate ends.
    pub expires_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// The relying party, if it has ever applied.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn find_relying_party(
        &mut self,
        id: &RelyingPartyId,
    ) -> Result<Option<RelyingPartyRow>, StorageError> {
        sqlx::query("SELECT * FROM relying_party_register WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(self.connection())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// Everybody who has ever applied, in the order of their names.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn relying_party_register(&mut self) -> Result<Vec<RelyingPartyRow>, StorageError> {
        sqlx::query("SELECT * FROM relying_party_register ORDER BY id")
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// How many applications wait for an officer.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn waiting_relying_parties(&mut self) -> Result<u64, StorageError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM relying_party_register WHERE state = 'applied'",
        )
        .fetch_one(self.connection())
        .await?;
        Ok(count.unsigned_abs())
    }

    /// What a relying party is registered for, and not withdrawn, in the order of registering.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn registrations_of(
        &mut self,
        id: &RelyingPartyId,
    ) -> Result<Vec<RegistrationRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM registrations WHERE relying_party = $1 AND status <> 1 ORDER BY idx",
        )
        .bind(id.as_str())
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| {
            Ok(RegistrationRow {
                idx: column::unsigned(row, "idx")?,
                purpose: column::parsed(row, "purpose")?,
                status: row.try_get("status")?,
                token: row.try_get("token")?,
                expires_at: column::timestamp(row, "expires_at")?,
            })
        })
        .collect()
    }

    /// The first entry of the registrar's status lists that was never given out.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn next_registration(&mut self) -> Result<u64, StorageError> {
        let next: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(idx) + 1, 0) FROM registrations")
            .fetch_one(self.connection())
            .await?;
        Ok(next.unsigned_abs())
    }

    /// The entries from `first` on, `count` at most, that are not valid.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn registrations_not_valid(
        &mut self,
        first: u64,
        count: u64,
    ) -> Result<Vec<(u64, u8)>, StorageError> {
        let bound = |number| i64::try_from(number).unwrap_or(i64::MAX);
        sqlx::query(
            "SELECT idx, status FROM registrations WHERE status <> 0 AND idx >= $1 AND idx < $2",
        )
        .bind(bound(first))
        .bind(bound(first.saturating_add(count)))
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| Ok((column::unsigned(row, "idx")?, row.try_get("status")?)))
        .collect()
    }

    /// How many reports of each relying party nobody has settled.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn open_reports_by_relying_party(
        &mut self,
    ) -> Result<BTreeMap<RelyingPartyId, u64>, StorageError> {
        sqlx::query(
            "SELECT relying_party, COUNT(*) AS reports FROM reports WHERE settled_at IS NULL \
             GROUP BY relying_party",
        )
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| Ok((column::parsed(row, "relying_party")?, column::unsigned(row, "reports")?)))
        .collect()
    }
}

impl Tx<'_, Authority> {
    /// Adds a relying party.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when there is one of this name.
    pub async fn insert_relying_party(
        &mut self,
        row: &RelyingPartyRow,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO relying_party_register (id, revision, state, state_json, application, \
             purposes_json, reason, access_certificate, certified_at, applied_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(row.id.as_str())
        .bind(row.revision)
        .bind(row.state.name())
        .bind(column::to_json(&row.state, "state_json")?)
        .bind(&row.application)
        .bind(column::to_json(&row.purposes, "purposes_json")?)
        .bind(&row.reason)
        .bind(&row.access_certificate)
        .bind(row.certified_at.map(column::millis))
        .bind(column::millis(row.applied_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes a relying party as it is now, in place of the revision that was read. Says whether it
    /// did: not when somebody else was faster.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn change_relying_party(
        &mut self,
        row: &RelyingPartyRow,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE relying_party_register SET revision = revision + 1, state = $3, \
             state_json = $4, application = $5, purposes_json = $6, reason = $7, \
             access_certificate = $8, certified_at = $9, applied_at = $10 \
             WHERE id = $1 AND revision = $2",
        )
        .bind(row.id.as_str())
        .bind(row.revision)
        .bind(row.state.name())
        .bind(column::to_json(&row.state, "state_json")?)
        .bind(&row.application)
        .bind(column::to_json(&row.purposes, "purposes_json")?)
        .bind(&row.reason)
        .bind(&row.access_certificate)
        .bind(row.certified_at.map(column::millis))
        .bind(column::millis(row.applied_at))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps a registration, new or with a new certificate.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn put_registration(
        &mut self,
        relying_party: &RelyingPartyId,
        registration: &RegistrationRow,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO registrations (idx, relying_party, purpose, status, token, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (idx) DO UPDATE SET \
             status = excluded.status, token = excluded.token, expires_at = excluded.expires_at",
        )
        .bind(i64::try_from(registration.idx).unwrap_or(i64::MAX))
        .bind(relying_party.as_str())
        .bind(registration.purpose.as_str())
        .bind(registration.status)
        .bind(&registration.token)
        .bind(column::millis(registration.expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Sets the status of whatever a relying party is registered for; what is withdrawn stays so.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn set_status_of_registrations(
        &mut self,
        relying_party: &RelyingPartyId,
        status: u8,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE registrations SET status = $2 WHERE relying_party = $1 AND status <> 1",
        )
        .bind(relying_party.as_str())
        .bind(status)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Withdraws one registration for good.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn withdraw_registration(&mut self, idx: u64) -> Result<(), StorageError> {
        sqlx::query("UPDATE registrations SET status = 1 WHERE idx = $1")
            .bind(i64::try_from(idx).unwrap_or(i64::MAX))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<RelyingPartyRow, StorageError> {
    Ok(RelyingPartyRow {
        id: column::parsed(row, "id")?,
        revision: row.try_get("revision")?,
        state: column::json(row, "state_json")?,
        application: row.try_get("application")?,
        purposes: column::json(row, "purposes_json")?,
        reason: row.try_get("reason")?,
        access_certificate: row.try_get("access_certificate")?,
        certified_at: column::optional_timestamp(row, "certified_at")?,
        applied_at: column::timestamp(row, "applied_at")?,
    })
}
