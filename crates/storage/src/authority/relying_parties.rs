//! Relying parties that were certified, and the trust list's sequence.

use jiff::Timestamp;
use tanda_model::RelyingPartyId;

use crate::{Authority, Reader, StorageError, Tx, column};

impl Reader<'_, Authority> {
    /// The relying parties for which cards carry a pseudonym, in the order of their names.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn pseudonymous_relying_parties(
        &mut self,
    ) -> Result<Vec<RelyingPartyId>, StorageError> {
        sqlx::query("SELECT id FROM relying_parties WHERE pseudonymous ORDER BY id")
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(|row| column::parsed(row, "id"))
            .collect()
    }

    /// Whether a relying party was ever certified.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn is_certified(&mut self, id: &RelyingPartyId) -> Result<bool, StorageError> {
        let found: Option<String> =
            sqlx::query_scalar("SELECT id FROM relying_parties WHERE id = $1")
                .bind(id.as_str())
                .fetch_optional(self.connection())
                .await?;
        Ok(found.is_some())
    }
}

impl Tx<'_, Authority> {
    /// Notes that a relying party was certified. Once it has a pseudonym, it keeps it.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn certify_relying_party(
        &mut self,
        id: &RelyingPartyId,
        pseudonymous: bool,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO relying_parties (id, pseudonymous, certified_at) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO UPDATE SET \
             pseudonymous = relying_parties.pseudonymous OR excluded.pseudonymous, \
             certified_at = excluded.certified_at",
        )
        .bind(id.as_str())
        .bind(pseudonymous)
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The next sequence number of the trust list, from 1.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn next_trust_list_sequence(&mut self) -> Result<u64, StorageError> {
        let latest: i64 = sqlx::query_scalar(
            "UPDATE trust_list_sequence SET latest = latest + 1 WHERE id = 1 RETURNING latest",
        )
        .fetch_one(self.connection())
        .await?;
        Ok(latest.unsigned_abs())
    }
}
