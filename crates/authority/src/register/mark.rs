use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use tanda_model::{Marks, ResidentId, ResidentNumber};

use super::{Register, RegisterError, open, seal_record};
use crate::Officer;
use crate::act::{Act, Actor, Deed};

/// What can be noted about a resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The person has died.
    Deceased,
    /// The physical card is reported lost.
    CardLost,
}

/// What a mark has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkChange {
    /// Whose marks.
    pub id: ResidentId,
    /// As they were.
    pub before: Marks,
    /// As they are.
    pub after: Marks,
}

impl Mark {
    /// What setting or clearing the mark is called in the log.
    pub(crate) const fn kind(self, set: bool) -> &'static str {
        match (self, set) {
            (Self::Deceased, true) => "register.marked-deceased",
            (Self::Deceased, false) => "register.cleared-deceased",
            (Self::CardLost, true) => "register.marked-card-lost",
            (Self::CardLost, false) => "register.cleared-card-lost",
        }
    }
}

impl Register {
    /// Sets or clears a mark; the act is recorded in the same write, also when nothing changes.
    /// Cards are another matter: whoever marks somebody as deceased revokes them.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`] when nobody has the number, or when the store fails.
    pub async fn mark(
        &self,
        number: &ResidentNumber,
        mark: Mark,
        set: bool,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<MarkChange, RegisterError> {
        let tag = self.number_tag(number);
        let sealing = Arc::clone(&self.sealing);
        let officer = officer.clone();
        let mut rng = StdRng::from_rng(rng);
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let sealed =
                        tx.resident_by_number(&tag).await?.ok_or(RegisterError::Unknown)?;
                    let stored = sealed.sealed_record.clone();
                    let mut entry = open(&sealing, sealed)?;
                    let (id, before) = (entry.resident.id, entry.resident.marks);
                    match mark {
                        Mark::Deceased => entry.resident.marks.deceased = set,
                        Mark::CardLost => entry.resident.marks.card_lost = set,
                    }
                    let resealed = seal_record(&entry.key, &entry.resident, &mut rng)?;
                    if !tx.replace_record(id, &stored, &resealed).await? {
                        return Err(RegisterError::Damaged);
                    }
                    let (actor, deed) =
                        (Actor::Officer(&officer), Deed::RegisterMarked { mark, set });
                    Act { at: now, actor, resident: Some(id), deed }.record(&mut tx).await?;
                    Ok(MarkChange { id, before, after: entry.resident.marks })
                })
            })
            .await
    }
}
