//! Cards that are suspended while an application is looked into.

use tanda_model::{CardId, EnrolmentId};

use crate::{Authority, Reader, StorageError, Tx, column};

impl Reader<'_, Authority> {
    /// The cards that are suspended because of an application.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn frozen_cards(
        &mut self,
        enrolment: EnrolmentId,
    ) -> Result<Vec<CardId>, StorageError> {
        sqlx::query("SELECT card_id FROM frozen_cards WHERE enrolment_id = $1 ORDER BY card_id")
            .bind(enrolment.to_string())
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(|row| column::parsed(row, "card_id"))
            .collect()
    }
}

impl Tx<'_, Authority> {
    /// Remembers that a card is suspended because of an application.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn note_frozen(
        &mut self,
        card: CardId,
        enrolment: EnrolmentId,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO frozen_cards (card_id, enrolment_id) VALUES ($1, $2) \
             ON CONFLICT (card_id) DO UPDATE SET enrolment_id = excluded.enrolment_id",
        )
        .bind(card.to_string())
        .bind(enrolment.to_string())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets it for every card of the application.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn forget_frozen(&mut self, enrolment: EnrolmentId) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM frozen_cards WHERE enrolment_id = $1")
            .bind(enrolment.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
