//! What one officer proposes and another confirms.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::{CaseNumber, OfficerId, ProposalId, ProposalKind, ProposalState, Reason};

use crate::{Authority, Reader, StorageError, Tx, column};

/// A proposal as it is kept.
#[derive(Debug, Clone)]
pub struct ProposalRow {
    /// Which one.
    pub id: ProposalId,
    /// Grows with every change.
    pub revision: i64,
    /// What would be done.
    pub kind: ProposalKind,
    /// Who proposed it.
    pub proposer: OfficerId,
    /// For which case.
    pub case_number: CaseNumber,
    /// Why.
    pub reason: Reason,
    /// How many cards or residents it would touch.
    pub size: u64,
    /// How many it did touch, once it was done.
    pub done: Option<u64>,
    /// Where it stands.
    pub state: ProposalState,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// When it lapses, or, once it has ended, when it is forgotten.
    pub due_at: Timestamp,
    /// What exactly is proposed; nothing any more once it has ended.
    pub content: Option<SealedContent>,
}

/// What exactly is proposed, sealed.
#[derive(Debug, Clone)]
pub struct SealedContent {
    /// The proposal's key, wrapped.
    pub wrapped_key: Vec<u8>,
    /// The content, sealed under it.
    pub sealed: Vec<u8>,
}

/// A proposal's end.
#[derive(Debug, Clone, Copy)]
pub struct ProposalEnd {
    /// Which one.
    pub id: ProposalId,
    /// As it was read.
    pub revision: i64,
    /// Where it stands now.
    pub state: ProposalState,
    /// How many cards or residents it touched.
    pub done: Option<u64>,
    /// When it is forgotten.
    pub forget_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// The proposal, if there is one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn find_proposal(
        &mut self,
        id: ProposalId,
    ) -> Result<Option<ProposalRow>, StorageError> {
        sqlx::query("SELECT * FROM proposals WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The proposals that are kept, newest first, at most `limit`; what is in them is left out.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn proposals(&mut self, limit: u32) -> Result<Vec<ProposalRow>, StorageError> {
        sqlx::query(
            "SELECT id, revision, kind, proposer_id, case_number, reason, size, done, state_json,
                proposed_at, due_at, NULL AS wrapped_key, NULL AS sealed_content
             FROM proposals ORDER BY state = 'open' DESC, id DESC LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// How many open proposals an officer has made.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn open_proposals_of(&mut self, officer: OfficerId) -> Result<u64, StorageError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM proposals WHERE proposer_id = $1 AND state = 'open'",
        )
        .bind(officer.to_string())
        .fetch_one(self.connection())
        .await?;
        Ok(count.unsigned_abs())
    }

    /// The open proposals whose time has run out, at most `limit`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn overdue_proposals(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ProposalRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM proposals WHERE state = 'open' AND due_at <= $1 \
             ORDER BY due_at LIMIT $2",
        )
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
    /// Adds a proposal.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_proposal(&mut self, proposal: &ProposalRow) -> Result<(), StorageError> {
        let content = proposal.content.as_ref();
        sqlx::query(
            "INSERT INTO proposals (id, revision, kind, proposer_id, case_number, reason, size, \
             state, state_json, proposed_at, due_at, wrapped_key, sealed_content) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(proposal.id.to_string())
        .bind(proposal.revision)
        .bind(proposal.kind.as_str())
        .bind(proposal.proposer.to_string())
        .bind(proposal.case_number.as_str())
        .bind(proposal.reason.as_str())
        .bind(proposal.size.cast_signed())
        .bind(proposal.state.name())
        .bind(column::to_json(&proposal.state, "state_json")?)
        .bind(column::millis(proposal.proposed_at))
        .bind(column::millis(proposal.due_at))
        .bind(content.map(|content| &content.wrapped_key))
        .bind(content.map(|content| &content.sealed))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a proposal, and destroys what is in it and what is staged for it. Says whether it did:
    /// not when somebody else was faster.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn end_proposal(&mut self, end: &ProposalEnd) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE proposals SET revision = revision + 1, state = $3, state_json = $4, done = $5, \
             due_at = $6, wrapped_key = NULL, sealed_content = NULL \
             WHERE id = $1 AND revision = $2",
        )
        .bind(end.id.to_string())
        .bind(end.revision)
        .bind(end.state.name())
        .bind(column::to_json(&end.state, "state_json")?)
        .bind(end.done.map(u64::cast_signed))
        .bind(column::millis(end.forget_at))
        .execute(self.connection())
        .await?;
        sqlx::query("DELETE FROM imports WHERE proposal_id = $1")
            .bind(end.id.to_string())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets the proposals that ended long enough ago.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_proposals(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        let gone = sqlx::query("DELETE FROM proposals WHERE state <> 'open' AND due_at <= $1")
            .bind(column::millis(now))
            .execute(self.connection())
            .await?;
        Ok(gone.rows_affected())
    }
}

fn read(row: &SqliteRow) -> Result<ProposalRow, StorageError> {
    let wrapped_key: Option<Vec<u8>> = row.try_get("wrapped_key")?;
    let sealed: Option<Vec<u8>> = row.try_get("sealed_content")?;
    let content = wrapped_key.zip(sealed);
    let done: Option<i64> = row.try_get("done")?;
    Ok(ProposalRow {
        id: column::parsed(row, "id")?,
        revision: row.try_get("revision")?,
        kind: column::parsed(row, "kind")?,
        proposer: column::parsed(row, "proposer_id")?,
        case_number: column::parsed(row, "case_number")?,
        reason: column::parsed(row, "reason")?,
        size: column::unsigned(row, "size")?,
        done: done.map(i64::unsigned_abs),
        state: column::json(row, "state_json")?,
        proposed_at: column::timestamp(row, "proposed_at")?,
        due_at: column::timestamp(row, "due_at")?,
        content: content.map(|(wrapped_key, sealed)| SealedContent { wrapped_key, sealed }),
    })
}
