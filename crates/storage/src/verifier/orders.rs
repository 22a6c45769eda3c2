//! Orders for several people. An order is text here: only the verifier reads it.

use jiff::Timestamp;
use sqlx::Row as _;

use crate::column::millis;
use crate::{Reader, StorageError, Tx, Verifier};

impl Reader<'_, Verifier> {
    /// An order.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn order(&mut self, id: &str) -> Result<Option<String>, StorageError> {
        let row = sqlx::query("SELECT content FROM orders WHERE id = $1")
            .bind(id)
            .fetch_optional(self.connection())
            .await?;
        Ok(row.map(|row| row.try_get("content")).transpose()?)
    }

    /// The sessions of an order's requests.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn requests_of_order(&mut self, id: &str) -> Result<Vec<String>, StorageError> {
        let rows = sqlx::query("SELECT session FROM requests WHERE order_id = $1")
            .bind(id)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| Ok(row.try_get("session")?)).collect()
    }
}

impl Tx<'_, Verifier> {
    /// Adds an order.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn add_order(
        &mut self,
        id: &str,
        content: &str,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query("INSERT INTO orders (id, content, expires_at) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(content)
            .bind(millis(expires_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
