use std::sync::Arc;

use jiff::Timestamp;
use tanda_model::{Action, ResidentId};

use super::{Entry, Register, RegisterError, open};
use crate::Officer;
use crate::act::{Act, Actor, Deed};

impl Register {
    /// An officer sees the whole record of somebody whom they looked up: a look of its own, in the
    /// log before anything is shown.
    ///
    /// # Errors
    /// [`RegisterError::CaseMissing`] without a case number, [`RegisterError::Unknown`] when the
    /// resident is gone; and nothing is shown then.
    pub async fn unmask(
        &self,
        id: ResidentId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Entry, RegisterError> {
        officer.may(Action::UnmaskResidents)?;
        if officer.case_number().is_none() {
            return Err(RegisterError::CaseMissing);
        }
        let sealing = Arc::clone(&self.sealing);
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let sealed = tx.resident(id).await?.ok_or(RegisterError::Unknown)?;
                    officer.must_not_be(&sealed.number_tag)?;
                    let entry = open(&sealing, sealed)?;
                    let (actor, deed) = (Actor::Officer(&officer), Deed::RegisterUnmasked {});
                    Act { at: now, actor, resident: Some(id), deed }.record(&mut tx).await?;
                    Ok(entry)
                })
            })
            .await
    }
}
