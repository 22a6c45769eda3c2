use jiff::Timestamp;
use tanda_model::{ResidentId, ResidentNumber};

use super::{Register, RegisterError};
use crate::Officer;
use crate::act::{Act, Actor, Deed};

impl Register {
    /// Takes somebody out of the register, together with the key to all that was sealed for them:
    /// what is left of it elsewhere, in backups or beside their cards, can never be opened again
    /// without a backup of this row. Says who it was.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove(
        &self,
        number: &ResidentNumber,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Option<ResidentId>, RegisterError> {
        let tag = self.number_tag(number);
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let Some(sealed) = tx.resident_by_number(&tag).await? else {
                        return Ok(None);
                    };
                    tx.remove_resident(sealed.id).await?;
                    let (actor, deed) = (Actor::Officer(&officer), Deed::RegisterRemoved {});
                    let resident = Some(sealed.id);
                    Act { at: now, actor, resident, deed }.record(&mut tx).await?;
                    Ok(Some(sealed.id))
                })
            })
            .await
    }
}
