//! Orders for several people.

use tanda_storage::StorageError;
use tanda_verifier::{Order, Session};

use super::{Kept, session};

impl Kept {
    pub(crate) async fn add_order(&self, order: &Order) -> Result<(), StorageError> {
        let content = serde_json::to_string(order).map_err(|_| StorageError::Damaged("order"))?;
        let (id, expires_at) = (order.id().to_owned(), order.expires_at());
        self.0
            .write(move |mut tx| {
                Box::pin(async move { tx.add_order(&id, &content, expires_at).await })
            })
            .await
    }

    /// An order with the sessions of its requests.
    pub(crate) async fn order(
        &self,
        id: &str,
    ) -> Result<Option<(Order, Vec<Session>)>, StorageError> {
        let mut reader = self.0.reader().await?;
        let Some(content) = reader.order(id).await? else { return Ok(None) };
        let order = serde_json::from_str(&content).map_err(|_| StorageError::Damaged("order"))?;
        let sessions = reader.requests_of_order(id).await?;
        let sessions = sessions.iter().map(|text| session(text)).collect::<Result<_, _>>()?;
        Ok(Some((order, sessions)))
    }
}
