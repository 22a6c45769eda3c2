//! Verifier sessions in the store: the crate `verifier` does no I/O, so they are kept here.

use jiff::Timestamp;
use tanda_storage::verifier::RequestRow;
use tanda_storage::{StorageError, Store, Verifier};
use tanda_verifier::Session;

/// The verifier's store, with sessions in place of rows.
pub(super) struct Requests(Store<Verifier>);

impl Requests {
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

    /// Of those who replace the session of a stage at once, exactly one succeeds.
    pub(super) async fn replace_request(
        &self,
        before: &'static str,
        session: &Session,
    ) -> Result<bool, StorageError> {
        let row = row(session)?;
        self.0
            .write(move |mut tx| Box::pin(async move { tx.replace_request(before, &row).await }))
            .await
    }

    pub(super) async fn add_desk_session(
        &self,
        hash: &str,
        relying_party: &str,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        let (hash, relying_party) = (hash.to_owned(), relying_party.to_owned());
        self.0
            .write(move |mut tx| {
                Box::pin(
                    async move { tx.add_desk_session(&hash, &relying_party, expires_at).await },
                )
            })
            .await
    }

    pub(super) async fn desk_session(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StorageError> {
        self.0.reader().await?.desk_session(hash, now).await
    }

    pub(super) async fn delete_desk_session(&self, hash: &str) -> Result<(), StorageError> {
        let hash = hash.to_owned();
        self.0.write(|mut tx| Box::pin(async move { tx.delete_desk_session(&hash).await })).await
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
    })
}

fn session(text: &str) -> Result<Session, StorageError> {
    serde_json::from_str(text).map_err(|_| StorageError::Damaged("session"))
}
