use std::sync::Arc;

use jiff::Timestamp;
use tanda_model::{Action, Resident, ResidentNumber};

use super::{Register, RegisterError, open};
use crate::Officer;
use crate::act::{Act, Actor, Deed};

impl Register {
    /// An officer looks somebody up. The look is in the log before the officer sees
    /// anything, and also when nobody has the number: guessing leaves a trace.
    ///
    /// # Errors
    /// [`RegisterError::CaseMissing`] without a case number; or when the store fails, and then
    /// nothing is shown.
    pub async fn look_up(
        &self,
        number: &ResidentNumber,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<Option<Resident>, RegisterError> {
        officer.may(Action::LookUpResidents)?;
        if officer.case_number().is_none() {
            return Err(RegisterError::CaseMissing);
        }
        let tag = self.number_tag(number);
        officer.must_not_be(&tag)?;
        let sealing = Arc::clone(&self.sealing);
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let mut sealed = tx.resident_by_number(&tag).await?;
                    // The number of a record that was merged leads to the one that stayed.
                    if sealed.is_none()
                        && let Some(id) = tx.resident_of_former_number(&tag).await?
                    {
                        sealed = tx.resident(id).await?;
                    }
                    if let Some(sealed) = &sealed {
                        officer.must_not_be(&sealed.number_tag)?;
                    }
                    let found = sealed.map(|sealed| open(&sealing, sealed)).transpose()?;
                    let id = found.as_ref().map(|entry| entry.resident.id);
                    let (actor, deed) = (Actor::Officer(&officer), Deed::RegisterLookedUp {});
                    Act { at: now, actor, resident: id, deed }.record(&mut tx).await?;
                    Ok(found.map(|entry| entry.resident))
                })
            })
            .await
    }
}
