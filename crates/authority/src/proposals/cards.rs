//! The same act on many cards: which lines of a list fit, the proposal, and what its confirmation
//! does.

use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use serde::{Deserialize, Serialize};
use tanda_model::{Action, CardId, ProposalId, ProposalKind, ResidentId};
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::lines::{LineFault, LineFaultKind, Named, lines, note_list, note_looks, residents_of};
use super::settle::SettleProposalError;
use super::{CardTarget, Content, ProposeError, case_of, keep};
use crate::act::{Act, Actor, Deed};
use crate::cards::{self, CardAct, CardActError};
use crate::register::Register;
use crate::{Authority, Officer};

/// What is done to many cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManyCards {
    /// Not to be accepted for now.
    Suspend,
    /// To be accepted again.
    Restore,
    /// Never to be accepted again.
    Revoke,
}

/// What a list of numbers comes to.
#[derive(Clone, Debug)]
pub struct CardsListing {
    /// The cards that it would be done to.
    pub targets: Vec<CardTarget>,
    /// The lines that are left out.
    pub faults: Vec<LineFault>,
    /// Residents who were found, but whose line is left out.
    unfit: Vec<ResidentId>,
}

impl ManyCards {
    const fn act(self) -> CardAct {
        match self {
            Self::Suspend => CardAct::Suspend,
            Self::Restore => CardAct::Restore,
            Self::Revoke => CardAct::Revoke,
        }
    }

    const fn kind(self) -> ProposalKind {
        match self {
            Self::Suspend => ProposalKind::SuspendCards,
            Self::Restore => ProposalKind::RestoreCards,
            Self::Revoke => ProposalKind::RevokeCards,
        }
    }
}

impl Authority {
    /// Says what a list of resident numbers, one a line, would come to. It is a look at everybody
    /// who is found, recorded as one; that nobody has a number shows in the count alone.
    ///
    /// # Errors
    /// [`ProposeError`]
    pub async fn preview_card_acts(
        &self,
        act: ManyCards,
        numbers: &str,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<CardsListing, ProposeError> {
        officer.may(Action::ProposeCardActs)?;
        case_of(officer)?;
        let lines = lines(numbers)?;
        let (register, officer) = (self.register.clone(), officer.clone());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let listing = listed(&mut tx, &register, act, &lines, &officer, now).await?;
                    let found = listing.targets.iter().map(|target| target.resident);
                    let found: Vec<ResidentId> = found.chain(listing.unfit.clone()).collect();
                    let (lines, cards) = (lines.len(), listing.targets.len());
                    let deed = Deed::CardsListed { lines, cards, proposed: act.kind() };
                    note_list(&mut tx, &found, deed, &officer, now).await?;
                    Ok(listing)
                })
            })
            .await
    }

    /// Proposes an act on the cards of a list of resident numbers, one a line. Lines that do not
    /// fit are left out, and named.
    ///
    /// # Errors
    /// [`ProposeError`]
    pub async fn propose_card_acts(
        &self,
        act: ManyCards,
        numbers: &str,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(ProposalId, CardsListing), ProposeError> {
        officer.may(Action::ProposeCardActs)?;
        let lines = lines(numbers)?;
        let (register, officer) = (self.register.clone(), officer.clone());
        let sealing = Arc::clone(&self.sealing);
        let mut rng = StdRng::from_rng(rng);
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let listing = listed(&mut tx, &register, act, &lines, &officer, now).await?;
                    if listing.targets.is_empty() {
                        return Err(ProposeError::NothingFits);
                    }
                    let (id, kind) = (ProposalId::new(now, &mut rng), act.kind());
                    let size = listing.targets.len() as u64;
                    let content = Content::Cards { act, targets: listing.targets.clone() };
                    let proposed = (id, kind, size, &content);
                    keep(&mut tx, &sealing, proposed, &officer, now, &mut rng).await?;
                    note_looks(&mut tx, &listing.unfit, &officer, now).await?;
                    for CardTarget { card, resident, .. } in &listing.targets {
                        let (card, resident) = (*card, Some(*resident));
                        let deed = Deed::CardActProposed { card, proposal: id, proposed: kind };
                        let actor = Actor::Officer(&officer);
                        Act { at: now, actor, resident, deed }.record(&mut tx).await?;
                    }
                    Ok((id, listing))
                })
            })
            .await
    }
}

/// Does what was proposed to every card that still stands where it can be done, and says which
/// these were. `officer` has the proposal's reason and case.
pub(super) async fn carry_out(
    tx: &mut Tx<'_, Role>,
    act: ManyCards,
    targets: &[CardTarget],
    officer: &Officer,
    now: Timestamp,
) -> Result<Vec<CardId>, SettleProposalError> {
    let mut done = Vec::new();
    for target in targets {
        let Some(card) = tx.find_card(target.card).await? else { continue };
        if let Some(tag) = tx.number_tag_of(card.resident).await? {
            officer.must_not_be(&tag)?;
        }
        match cards::change(tx, card, act.act(), Actor::Officer(officer), now).await {
            Ok(changed) => done.push(changed.id),
            Err(CardActError::Fault(fault)) => return Err(fault.into()),
            // It was revoked, replaced or restored meanwhile: there is nothing left to do.
            Err(_) => {}
        }
    }
    Ok(done)
}

async fn listed(
    tx: &mut Tx<'_, Role>,
    register: &Register,
    act: ManyCards,
    lines: &[(usize, String)],
    officer: &Officer,
    now: Timestamp,
) -> Result<CardsListing, StorageError> {
    let (named, faults) = residents_of(tx, register, lines, officer).await?;
    let mut listing = CardsListing { targets: Vec::new(), faults, unfit: Vec::new() };
    for Named { line, resident, masked_number } in named {
        let card = tx.card_in_use(resident).await?;
        let kind = match card.map(|card| (card.id, act.act().on(card.state, now))) {
            Some((card, Ok(_))) => {
                listing.targets.push(CardTarget { card, resident, masked_number });
                continue;
            }
            Some((_, Err(_))) => LineFaultKind::NotNow,
            None => LineFaultKind::NoCard,
        };
        listing.faults.push(LineFault { line, kind });
        listing.unfit.push(resident);
    }
    listing.faults.sort_by_key(|fault| fault.line);
    Ok(listing)
}
