use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use tanda_model::{Action, AssuranceLevel, CardId, Marks, ResidentId, ResidentNumber};

use super::{Register, RegisterError, open, seal_record};
use crate::act::{Act, Actor, Deed};
use crate::cards;
use crate::enrolment::end_of_resident;
use crate::physical_card::{self, Fallen};
use crate::{Authority, Fault, Officer};

/// What can be noted about a resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The person has died.
    Deceased,
    /// The physical card is reported lost.
    CardLost,
}

/// Which resident an officer means.
#[derive(Clone, Debug)]
pub enum Whom {
    /// The one with this number.
    Number(ResidentNumber),
    /// This one.
    Resident(ResidentId),
}

impl From<ResidentId> for Whom {
    fn from(id: ResidentId) -> Self {
        Self::Resident(id)
    }
}

impl From<ResidentNumber> for Whom {
    fn from(number: ResidentNumber) -> Self {
        Self::Number(number)
    }
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
    /// The card that was revoked: its holder has died, or it was a full one and the policy lets it
    /// die with the physical card.
    pub revoked: Option<CardId>,
    /// The full card that a light one has replaced, because the physical card is lost.
    pub fell_back: Option<CardId>,
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
    /// Whoever is marked as deceased has no card in use any more, from the same write on, and a
    /// full card whose physical card is lost meets the fate that the policy says; applications that
    /// rest on what is marked end. The officer who did it does not decide on the resident's
    /// applications.
    ///
    /// # Errors
    /// [`RegisterError::Unknown`] when there is no such resident, when the officer may not, or when
    /// the store fails.
    pub async fn mark(
        &self,
        whom: &Whom,
        mark: Mark,
        set: bool,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<MarkChange, RegisterError> {
        officer.may(match mark {
            Mark::Deceased => Action::MarkDeceased,
            Mark::CardLost => Action::MarkCardsLost,
        })?;
        let tag = match whom {
            Whom::Number(number) => Ok(self.number_tag(number)),
            Whom::Resident(id) => Err(*id),
        };
        let sealing = Arc::clone(&self.sealing);
        let (officer, lost) = (officer.clone(), self.lost);
        let mut rng = StdRng::from_rng(rng);
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let sealed = match tag {
                        Ok(tag) => tx.resident_by_number(&tag).await?,
                        Err(id) => tx.resident(id).await?,
                    };
                    let sealed = sealed.ok_or(RegisterError::Unknown)?;
                    officer.must_not_be(&sealed.number_tag)?;
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
                    officer.note_hand(&mut tx, id).await?;
                    let after = entry.resident.marks;
                    let mut change =
                        MarkChange { id, before, after, revoked: None, fell_back: None };
                    if after.deceased {
                        change.revoked = cards::end(&mut tx, id, actor, now).await?;
                        let every = AssuranceLevel::Light;
                        end_of_resident(&mut tx, id, every, actor, now).await?;
                    } else if after.card_lost {
                        // The light card rests on the face alone.
                        let full = AssuranceLevel::Full;
                        end_of_resident(&mut tx, id, full, actor, now).await?;
                        let fallen =
                            physical_card::lose(&mut tx, id, lost, actor, now, &mut rng).await;
                        match fallen.map_err(inside)? {
                            Some(Fallen::Dead(card)) => change.revoked = Some(card),
                            Some(Fallen::Back(card)) => change.fell_back = Some(card),
                            None => {}
                        }
                    }
                    Ok(change)
                })
            })
            .await
    }
}

/// A card that can't follow its physical card stands for a damaged store, as a record does.
fn inside(fault: Fault) -> RegisterError {
    match fault {
        Fault::Storage(error) => error.into(),
        _ => RegisterError::Damaged,
    }
}

impl Authority {
    /// [`Register::mark`], and the lists that say so are signed anew when they are asked for next.
    ///
    /// # Errors
    /// [`RegisterError`]
    pub async fn mark_resident(
        &self,
        whom: &Whom,
        mark: Mark,
        set: bool,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<MarkChange, RegisterError> {
        let change = self.register.mark(whom, mark, set, officer, now, rng).await?;
        for card in change.revoked.into_iter().chain(change.fell_back) {
            self.sign_lists_anew(card).await?;
        }
        Ok(change)
    }
}
