use tanda_biometrics::Embedding;
use tanda_model::ResidentId;

use super::{Register, RegisterError, open_template};

/// A registered face, for the search of one among all.
#[derive(Debug)]
pub struct RegisteredFace {
    /// Whose.
    pub id: ResidentId,
    /// The change of the register that brought it.
    pub changed: i64,
    /// The face.
    pub embedding: Embedding,
}

impl Register {
    /// The next faces that came or changed after `after` (all of them, from `None` on), in the
    /// order of `(changed, id)`, at most `limit`. Ask again from the last one until none comes,
    /// and later for what is new.
    ///
    /// # Errors
    /// When the store fails, or what is stored does not open.
    pub async fn faces_after(
        &self,
        after: Option<(i64, ResidentId)>,
        limit: u32,
    ) -> Result<Vec<RegisteredFace>, RegisterError> {
        let sealed = self.store.reader().await?.templates_after(after, limit).await?;
        sealed
            .into_iter()
            .map(|sealed| {
                let owner = sealed.id.as_bytes();
                let key = self.sealing.unwrap_key(&sealed.wrapped_key, owner)?;
                let embedding = open_template(&key, sealed.id, &sealed.sealed_template)?;
                Ok(RegisteredFace { id: sealed.id, changed: sealed.changed, embedding })
            })
            .collect()
    }

    /// Who was taken out of the register by a change after `changed`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn removed_after(
        &self,
        changed: i64,
    ) -> Result<Vec<(i64, ResidentId)>, RegisterError> {
        Ok(self.store.reader().await?.removals_after(changed).await?)
    }
}
