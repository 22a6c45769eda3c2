//! A proposal's end: confirmed and done in the same write, declined, withdrawn, or lapsed.

use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use tanda_model::{Action, CardId, ProposalId, ProposalState, ProposalTransitionError};
use tanda_storage::authority::proposals::{ProposalEnd, ProposalRow};
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::{Content, LISTED_FOR, cards, exports, imports, records};
use crate::act::{Act, Actor, Deed};
use crate::register::Register;
use crate::{Authority, Fault, NotAllowed, Officer};

/// What a confirmation has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// How many cards or residents it was done to.
    pub done: u64,
    /// How many had changed meanwhile, so that there was nothing to do.
    pub left_out: u64,
    /// When.
    pub at: Timestamp,
}

/// Why a proposal was not opened or ended.
#[derive(Debug, thiserror::Error)]
pub enum SettleProposalError {
    /// There is no such proposal.
    #[error("there is no such proposal, or it is not kept any more")]
    Unknown,
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It was confirmed, declined or withdrawn meanwhile, or its time has run out.
    #[error("the proposal has ended")]
    Ended,
    /// What it is about has changed since it was proposed, so that it cannot be done any more.
    #[error("what the proposal is about has changed meanwhile; decline it")]
    Stale,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for SettleProposalError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<ProposalTransitionError> for SettleProposalError {
    fn from(error: ProposalTransitionError) -> Self {
        match error {
            ProposalTransitionError::OwnProposal => NotAllowed::OwnProposal.into(),
            ProposalTransitionError::NotOwn => NotAllowed::NotOwnProposal.into(),
            ProposalTransitionError::Ended | ProposalTransitionError::NotYet => Self::Ended,
        }
    }
}

/// What a confirmation touched.
struct Touched {
    done: u64,
    cards: Vec<CardId>,
}

impl Authority {
    /// A second officer confirms a proposal, with which it is done: both or neither is in the store
    /// and in the log.
    ///
    /// # Errors
    /// [`SettleProposalError`]
    pub async fn confirm_proposal(
        &self,
        id: ProposalId,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Outcome, SettleProposalError> {
        officer.may(Action::ConfirmProposals)?;
        let (sealing, officer) = (Arc::clone(&self.sealing), officer.clone());
        let (register, mut rng) = (self.register.clone(), StdRng::from_rng(rng));
        let (outcome, cards) = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_proposal(id).await?.ok_or(SettleProposalError::Unknown)?;
                    let state = row.state.confirm(officer.id(), now)?;
                    let touched = {
                        let content = Content::open(row.id, row.content.as_ref(), &sealing)?;
                        carry_out(&mut tx, &register, (&row, content), &officer, now, &mut rng)
                            .await?
                    };
                    let (done, left_out) = (touched.done, row.size.saturating_sub(touched.done));
                    if !end(&mut tx, &row, state, Some(done), now).await? {
                        return Err(SettleProposalError::Ended);
                    }
                    let proposer = row.proposer;
                    let deed = Deed::ProposalConfirmed { proposal: id, proposer, done, left_out };
                    let actor = Actor::Officer(&officer);
                    Act { at: now, actor, resident: None, deed }.record(&mut tx).await?;
                    let outcome = Outcome { done, left_out, at: now };
                    Ok::<_, SettleProposalError>((outcome, touched.cards))
                })
            })
            .await?;
        for card in cards {
            self.sign_lists_anew(card).await?;
        }
        Ok(outcome)
    }

    /// A second officer declines a proposal: nothing is done, and what is in it is destroyed.
    ///
    /// # Errors
    /// [`SettleProposalError`]
    pub async fn decline_proposal(
        &self,
        id: ProposalId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(), SettleProposalError> {
        officer.may(Action::ReviewProposals)?;
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_proposal(id).await?.ok_or(SettleProposalError::Unknown)?;
                    let state = row.state.decline(officer.id(), now)?;
                    if !end(&mut tx, &row, state, None, now).await? {
                        return Err(SettleProposalError::Ended);
                    }
                    let deed = Deed::ProposalDeclined { proposal: id, proposer: row.proposer };
                    let actor = Actor::Officer(&officer);
                    Ok(Act { at: now, actor, resident: None, deed }.record(&mut tx).await?)
                })
            })
            .await
    }

    /// Whoever proposed something takes it back.
    ///
    /// # Errors
    /// [`SettleProposalError`]
    pub async fn withdraw_proposal(
        &self,
        id: ProposalId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(), SettleProposalError> {
        officer.may(Action::SeeProposals)?;
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_proposal(id).await?.ok_or(SettleProposalError::Unknown)?;
                    let state = row.state.withdraw(officer.id(), now)?;
                    if !end(&mut tx, &row, state, None, now).await? {
                        return Err(SettleProposalError::Ended);
                    }
                    let (actor, deed) =
                        (Actor::Officer(&officer), Deed::ProposalWithdrawn { proposal: id });
                    Ok(Act { at: now, actor, resident: None, deed }.record(&mut tx).await?)
                })
            })
            .await
    }

    /// Ends the proposals that nobody confirmed in time; says how many there were.
    pub(crate) async fn lapse_proposals(&self, now: Timestamp, at_once: u32) -> Result<u64, Fault> {
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let mut count = 0;
                    for row in tx.overdue_proposals(now, at_once).await? {
                        let Ok(state) = row.state.lapse(now) else { continue };
                        if !end(&mut tx, &row, state, None, now).await? {
                            continue;
                        }
                        let deed = Deed::ProposalLapsed { proposal: row.id };
                        let actor = Actor::Housekeeping;
                        Act { at: now, actor, resident: None, deed }.record(&mut tx).await?;
                        count += 1;
                    }
                    Ok(count)
                })
            })
            .await
    }
}

async fn carry_out(
    tx: &mut Tx<'_, Role>,
    register: &Register,
    (row, content): (&ProposalRow, Content),
    officer: &Officer,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Touched, SettleProposalError> {
    // Residents read why it was proposed; why it was confirmed is with the proposal.
    let officer = officer.acting_for(row.reason.clone(), row.case_number.clone());
    match content {
        Content::Cards { act, targets } => {
            let cards = cards::carry_out(tx, act, &targets, &officer, now).await?;
            Ok(Touched { done: cards.len() as u64, cards })
        }
        Content::Import(import) => {
            let done = imports::carry_out(tx, row, &import, &officer, now).await?;
            Ok(Touched { done, cards: Vec::new() })
        }
        Content::Correction(record) => {
            let done = records::correct(tx, register, row, &record, &officer, now, rng).await?;
            Ok(Touched { done, cards: Vec::new() })
        }
        Content::Export { targets } => {
            let done = exports::carry_out(tx, row, &targets, &officer, now).await?;
            Ok(Touched { done, cards: Vec::new() })
        }
        Content::Merge(twins) => {
            let revoked = records::merge(tx, register, row, twins, &officer, now, rng).await?;
            Ok(Touched { done: 2, cards: revoked.into_iter().collect() })
        }
    }
}

/// Moves a proposal to its end, and destroys what is in it. Says whether it did: not when it has
/// changed since it was read.
async fn end(
    tx: &mut Tx<'_, Role>,
    row: &ProposalRow,
    state: ProposalState,
    done: Option<u64>,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let (id, revision, forget_at) = (row.id, row.revision, now + LISTED_FOR);
    tx.end_proposal(&ProposalEnd { id, revision, state, done, forget_at }).await
}
