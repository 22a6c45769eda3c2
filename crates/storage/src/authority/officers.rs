//! The people who act for the authority: accounts, passkeys, invitations.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::{OfficerId, OfficerName, OfficerRole, OfficerState};

use crate::{Authority, Reader, StorageError, Tx, column};

/// An officer as they are kept.
#[derive(Debug, Clone)]
pub struct OfficerRow {
    /// Which one.
    pub id: OfficerId,
    /// Grows with every change.
    pub revision: i64,
    /// What colleagues call them.
    pub name: OfficerName,
    /// What they are there for.
    pub role: OfficerRole,
    /// The keyed tag of their own resident number.
    pub number_tag: Option<Vec<u8>>,
    /// Where the account stands.
    pub state: OfficerState,
    /// When they were first invited.
    pub invited_at: Timestamp,
}

/// A passkey of an officer.
#[derive(Debug, Clone)]
pub struct OfficerPasskeyRow {
    /// Whose.
    pub officer: OfficerId,
    /// The passkey, as the authority serialises it.
    pub data: String,
}

impl Reader<'_, Authority> {
    /// The officer, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn find_officer(
        &mut self,
        id: OfficerId,
    ) -> Result<Option<OfficerRow>, StorageError> {
        sqlx::query("SELECT * FROM officers WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| read_officer(&row))
            .transpose()
    }

    /// Every officer, in the order in which they were invited.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn officers(&mut self) -> Result<Vec<OfficerRow>, StorageError> {
        sqlx::query("SELECT * FROM officers ORDER BY invited_at, id")
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read_officer)
            .collect()
    }

    /// How many officers of a role can sign in.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn count_active_officers(&mut self, role: OfficerRole) -> Result<u64, StorageError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM officers WHERE role = $1 AND state = 'active'",
        )
        .bind(role.as_str())
        .fetch_one(self.connection())
        .await?;
        Ok(count.unsigned_abs())
    }

    /// Whose invitation has this hash.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn invited_officer(
        &mut self,
        hash: &[u8; 32],
    ) -> Result<Option<OfficerRow>, StorageError> {
        sqlx::query(
            "SELECT officers.* FROM officer_invitations \
             JOIN officers ON officers.id = officer_invitations.officer_id \
             WHERE officer_invitations.hash = $1",
        )
        .bind(hash.as_slice())
        .fetch_optional(self.connection())
        .await?
        .map(|row| read_officer(&row))
        .transpose()
    }

    /// The passkey with a credential id.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn officer_passkey(
        &mut self,
        credential_id: &[u8],
    ) -> Result<Option<OfficerPasskeyRow>, StorageError> {
        sqlx::query("SELECT officer_id, data FROM officer_passkeys WHERE credential_id = $1")
            .bind(credential_id)
            .fetch_optional(self.connection())
            .await?
            .map(|row| {
                Ok(OfficerPasskeyRow {
                    officer: column::parsed(&row, "officer_id")?,
                    data: row.try_get("data")?,
                })
            })
            .transpose()
    }
}

impl Tx<'_, Authority> {
    /// Adds an officer.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_officer(&mut self, officer: &OfficerRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO officers (id, revision, name, role, number_tag, state, state_json, \
             invited_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(officer.id.to_string())
        .bind(officer.revision)
        .bind(officer.name.as_str())
        .bind(officer.role.as_str())
        .bind(&officer.number_tag)
        .bind(officer.state.name())
        .bind(column::to_json(&officer.state, "state_json")?)
        .bind(column::millis(officer.invited_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Changes an officer's role and state. Says whether it did: not when somebody else was faster.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn change_officer(
        &mut self,
        id: OfficerId,
        revision: i64,
        role: OfficerRole,
        state: &OfficerState,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE officers SET revision = revision + 1, role = $3, state = $4, state_json = $5 \
             WHERE id = $1 AND revision = $2",
        )
        .bind(id.to_string())
        .bind(revision)
        .bind(role.as_str())
        .bind(state.name())
        .bind(column::to_json(state, "state_json")?)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps the hash of an officer's one-time link, in place of an earlier one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn keep_invitation(
        &mut self,
        id: OfficerId,
        hash: &[u8; 32],
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO officer_invitations (officer_id, hash) VALUES ($1, $2) \
             ON CONFLICT (officer_id) DO UPDATE SET hash = excluded.hash",
        )
        .bind(id.to_string())
        .bind(hash.as_slice())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes away whatever an officer could sign in with: links, passkeys, sessions.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn disarm_officer(&mut self, id: OfficerId) -> Result<(), StorageError> {
        for delete in [
            "DELETE FROM officer_invitations WHERE officer_id = $1",
            "DELETE FROM officer_passkeys WHERE officer_id = $1",
            "DELETE FROM officer_sessions WHERE officer_id = $1",
        ] {
            sqlx::query(delete).bind(id.to_string()).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Adds a passkey.
    ///
    /// # Errors
    /// [`StorageError::Duplicate`] when it is known already.
    pub async fn insert_officer_passkey(
        &mut self,
        credential_id: &[u8],
        passkey: &OfficerPasskeyRow,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO officer_passkeys (credential_id, officer_id, data) VALUES ($1, $2, $3)",
        )
        .bind(credential_id)
        .bind(passkey.officer.to_string())
        .bind(&passkey.data)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Replaces a passkey's data, after its counter moved on.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn update_officer_passkey(
        &mut self,
        credential_id: &[u8],
        data: &str,
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE officer_passkeys SET data = $2 WHERE credential_id = $1")
            .bind(credential_id)
            .bind(data)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

pub(super) fn read_officer(row: &SqliteRow) -> Result<OfficerRow, StorageError> {
    Ok(OfficerRow {
        id: column::parsed(row, "id")?,
        revision: row.try_get("revision")?,
        name: column::parsed(row, "name")?,
        role: column::parsed(row, "role")?,
        number_tag: row.try_get("number_tag")?,
        state: column::json(row, "state_json")?,
        invited_at: column::timestamp(row, "invited_at")?,
    })
}
