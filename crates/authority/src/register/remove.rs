use jiff::Timestamp;
use tanda_model::{ResidentId, ResidentNumber};
use tanda_storage::authority::acts::NewAct;

use super::{Register, RegisterError};
use crate::Officer;

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
                    let details = serde_json::json!({ "resident": sealed.id });
                    let kind = "register.removed";
                    let act =
                        officer.act(kind, &details, now).map_err(|_| RegisterError::Damaged)?;
                    let subject = sealed.id.to_string();
                    tx.append_act(&NewAct { at: now, kind, subject: &subject, entry: &act })
                        .await?;
                    Ok(Some(sealed.id))
                })
            })
            .await
    }
}
