//! What is kept for a record, and its deletion.

use jiff::Timestamp;
use tanda_storage::StorageError;
use tanda_storage::verifier::{ExportRow, RecordRow};
use tanda_verifier::SealedEntry;

use super::Kept;

impl Kept {
    /// The entries of a range, and the export remembered in the same write: none leaves without.
    pub(crate) async fn export(
        &self,
        relying_party: &str,
        export: ExportRow,
    ) -> Result<Vec<SealedEntry>, StorageError> {
        let party = relying_party.to_owned();
        self.0
            .write(move |mut tx| {
                Box::pin(async move {
                    let (from, until) = (export.from, export.until);
                    let rows = tx.records(&party, &export.purpose, from, until).await?;
                    let entries = u64::try_from(rows.len()).unwrap_or(u64::MAX);
                    tx.add_export(&party, &ExportRow { entries, ..export }).await?;
                    Ok(rows.into_iter().map(entry).collect())
                })
            })
            .await
    }

    pub(crate) async fn exports(
        &self,
        relying_party: &str,
        most: u32,
    ) -> Result<Vec<ExportRow>, StorageError> {
        self.0.reader().await?.exports(relying_party, most).await
    }

    /// Some of the entries whose time is over, with whose they are.
    pub(crate) async fn due(
        &self,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<(String, SealedEntry)>, StorageError> {
        let rows = self.0.reader().await?.due_records(now, most).await?;
        let due = |row: RecordRow| (row.relying_party.clone(), entry(row));
        Ok(rows.into_iter().map(due).collect())
    }

    pub(crate) async fn delete_record(
        &self,
        handle: &str,
        receipt: Option<(String, Timestamp)>,
    ) -> Result<bool, StorageError> {
        let handle = handle.to_owned();
        self.0
            .write(move |mut tx| {
                Box::pin(async move {
                    let receipt = receipt.as_ref().map(|(token, until)| (token.as_str(), *until));
                    tx.delete_record(&handle, receipt).await
                })
            })
            .await
    }

    pub(crate) async fn record_due(&self, handle: &str) -> Result<Option<Timestamp>, StorageError> {
        self.0.reader().await?.record_due(handle).await
    }

    pub(crate) async fn deletion(&self, handle: &str) -> Result<Option<String>, StorageError> {
        self.0.reader().await?.deletion(handle).await
    }
}

pub(super) fn row(relying_party: &str, entry: &SealedEntry) -> Result<RecordRow, StorageError> {
    Ok(RecordRow {
        handle: entry.handle.clone(),
        relying_party: relying_party.to_owned(),
        purpose: entry.purpose.clone(),
        claims: serde_json::to_string(&entry.claims)
            .map_err(|_| StorageError::Damaged("claims"))?,
        sealed: entry.sealed.clone(),
        kept_at: entry.kept_at,
        delete_at: entry.delete_at,
    })
}

fn entry(row: RecordRow) -> SealedEntry {
    SealedEntry {
        handle: row.handle,
        purpose: row.purpose,
        // The names alone: without them it is still to be deleted in time.
        claims: serde_json::from_str(&row.claims).unwrap_or_default(),
        kept_at: row.kept_at,
        delete_at: row.delete_at,
        sealed: row.sealed,
    }
}
