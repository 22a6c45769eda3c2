//! The verifier's store as the handlers see it: the crate `verifier` does no I/O, so its sessions
//! are kept here.

mod orders;
mod records;
mod staff;

use jiff::Timestamp;
use tanda_storage::verifier::RequestRow;
use tanda_storage::{StorageError, Store, Verifier};
use tanda_verifier::{SealedEntry, Session};

pub(super) use staff::StaffError;

/// The verifier's store, with sessions in place of rows.
pub(super) struct Kept(Store<Verifier>);

impl Kept {
    pub(super) fn new(store: Store<Verifier>) -> Self {
        Self(store)
    }

    pub(super) async fn add_request(&self, session: &Session) -> Result<(), StorageError> {
        let row = row(session)?;
        self.0.write(|mut tx| Box::pin(async move { tx.add_request(&row).await })).await
    }

    pub(super) async fn request(&self, id: &str) -> Result<Option<Session>, StorageError> {
        self.0.reader().await?.request(id).await?.as_deref().map(session).transpose()
    }

    pub(super) async fn request_by_code(
        &self,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, StorageError> {
        self.0.reader().await?.request_by_code(code, now).await?.as_deref().map(session).transpose()
    }

    /// Of those who replace the session of a stage at once, exactly one succeeds. What is to be kept
    /// for the record is kept in the same write.
    pub(super) async fn replace_request(
        &self,
        before: &'static str,
        session: &Session,
        entry: Option<&SealedEntry>,
    ) -> Result<bool, StorageError> {
        let row = row(session)?;
        let entry = entry.map(|entry| records::row(session.relying_party(), entry)).transpose()?;
        self.0
            .write(move |mut tx| {
                Box::pin(async move {
                    let replaced = tx.replace_request(before, &row).await?;
                    if let Some(entry) = entry.filter(|_| replaced) {
                        tx.add_record(&entry).await?;
                    }
                    Ok(replaced)
                })
            })
            .await
    }

    pub(super) async fn sweep(&self, now: Timestamp) -> Result<(), StorageError> {
        self.0.write(move |mut tx| Box::pin(async move { tx.sweep(now).await })).await?;
        self.0.forget().await
    }
}

fn row(session: &Session) -> Result<RequestRow, StorageError> {
    Ok(RequestRow {
        id: session.id().to_owned(),
        code: session.code().to_owned(),
        stage: session.stage().as_str().to_owned(),
        session: serde_json::to_string(session).map_err(|_| StorageError::Damaged("session"))?,
        expires_at: session.expires_at(),
        order: session.order().map(str::to_owned),
    })
}

fn session(text: &str) -> Result<Session, StorageError> {
    serde_json::from_str(text).map_err(|_| StorageError::Damaged("session"))
}
