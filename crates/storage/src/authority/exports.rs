//! Records that two officers let out of the register, until they are fetched.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::{OfficerId, ProposalId};

use super::proposals::SealedContent;
use crate::{Authority, Reader, StorageError, Tx, column};

/// An export that waits for whoever proposed it.
#[derive(Debug, Clone)]
pub struct ExportRow {
    /// The proposal that a second officer confirmed.
    pub proposal: ProposalId,
    /// Who may fetch it.
    pub proposer: OfficerId,
    /// Until when.
    pub until: Timestamp,
    /// Whose records.
    pub content: SealedContent,
}

impl Reader<'_, Authority> {
    /// Which exports an officer can fetch, and until when.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn exports_for(
        &mut self,
        officer: OfficerId,
        now: Timestamp,
    ) -> Result<Vec<(ProposalId, Timestamp)>, StorageError> {
        sqlx::query("SELECT proposal_id, until FROM exports WHERE proposer_id = $1 AND until > $2")
            .bind(officer.to_string())
            .bind(column::millis(now))
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(|row| Ok((column::parsed(row, "proposal_id")?, column::timestamp(row, "until")?)))
            .collect()
    }
}

impl Tx<'_, Authority> {
    /// Adds an export.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn insert_export(&mut self, export: &ExportRow) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO exports (proposal_id, proposer_id, until, wrapped_key, sealed_content) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(export.proposal.to_string())
        .bind(export.proposer.to_string())
        .bind(column::millis(export.until))
        .bind(&export.content.wrapped_key)
        .bind(&export.content.sealed)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes an export whose time is not over: nobody gets it again.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn take_export(
        &mut self,
        proposal: ProposalId,
        now: Timestamp,
    ) -> Result<Option<SealedContent>, StorageError> {
        let row = sqlx::query(
            "DELETE FROM exports WHERE proposal_id = $1 AND until > $2 \
             RETURNING wrapped_key, sealed_content",
        )
        .bind(proposal.to_string())
        .bind(column::millis(now))
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(SealedContent {
                wrapped_key: row.try_get("wrapped_key")?,
                sealed: row.try_get("sealed_content")?,
            })
        })
        .transpose()
    }

    /// Forgets the exports that nobody fetched in time.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_exports(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        let gone = sqlx::query("DELETE FROM exports WHERE until <= $1")
            .bind(column::millis(now))
            .execute(self.connection())
            .await?;
        Ok(gone.rows_affected())
    }
}
