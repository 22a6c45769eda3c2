use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use tanda_model::{
    Action, CaseNumber, OfficerId, OfficerName, ProposalId, ProposalKind, ProposalState, Reason,
};
use tanda_storage::authority::proposals::ProposalRow;

use super::{Content, SettleProposalError};
use crate::act::{Act, Actor, Deed};
use crate::register::Entry;
use crate::{Authority, Officer, ReadError, SignedIn};

/// Proposals that are shown at once.
const SHOWN: u32 = 200;

/// A proposal, for officers. Says nothing of whom it is about.
#[derive(Debug, Clone)]
pub struct ProposalView {
    /// Which one.
    pub id: ProposalId,
    /// What would be done.
    pub kind: ProposalKind,
    /// Who proposed it.
    pub proposer: OfficerId,
    /// What colleagues call them; nothing for whoever has no account.
    pub proposer_name: Option<OfficerName>,
    /// What colleagues call whoever confirmed or declined it.
    pub decider_name: Option<OfficerName>,
    /// For which case.
    pub case_number: CaseNumber,
    /// Why.
    pub reason: Reason,
    /// How many cards or residents it would touch.
    pub size: u64,
    /// How many it did touch, once it was done.
    pub done: Option<u64>,
    /// Where it stands.
    pub state: ProposalState,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Until when the officer who asks can fetch what was exported.
    pub fetch_until: Option<Timestamp>,
}

/// A proposal with what is in it.
#[derive(Debug)]
pub struct OpenedProposal {
    /// Which one.
    pub id: ProposalId,
    /// What exactly is proposed.
    pub content: Content,
    /// The records that it is about, as they are: those of a correction or a merger.
    pub records: Vec<Entry>,
}

impl Authority {
    /// What waits for a second officer, and what has ended within the last days; newest first.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn proposals(
        &self,
        by: &SignedIn,
        now: Timestamp,
    ) -> Result<Vec<ProposalView>, ReadError> {
        by.may(Action::SeeProposals)?;
        let mut reader = self.store.reader().await?;
        let (rows, officers) = (reader.proposals(SHOWN).await?, reader.officers().await?);
        let exports: HashMap<ProposalId, Timestamp> =
            reader.exports_for(by.id(), now).await?.into_iter().collect();
        let name = |id: OfficerId| {
            officers.iter().find(|officer| officer.id == id).map(|officer| officer.name.clone())
        };
        let view = |row: ProposalRow| ProposalView {
            id: row.id,
            kind: row.kind,
            proposer: row.proposer,
            proposer_name: name(row.proposer),
            decider_name: match row.state {
                ProposalState::Confirmed { by, .. } | ProposalState::Declined { by, .. } => {
                    name(by)
                }
                _ => None,
            },
            case_number: row.case_number,
            reason: row.reason,
            size: row.size,
            done: row.done,
            state: row.state,
            proposed_at: row.proposed_at,
            fetch_until: exports.get(&row.id).copied(),
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Shows what exactly is proposed, to whoever proposed it and to whoever may decide. The look
    /// is recorded.
    ///
    /// # Errors
    /// [`SettleProposalError`]
    pub async fn look_at_proposal(
        &self,
        id: ProposalId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<OpenedProposal, SettleProposalError> {
        officer.may(Action::SeeProposals)?;
        let (sealing, officer) = (Arc::clone(&self.sealing), officer.clone());
        let register = self.register.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_proposal(id).await?.ok_or(SettleProposalError::Unknown)?;
                    if row.proposer != officer.id() {
                        officer.may(Action::ReviewProposals)?;
                    }
                    if row.state.is_final() {
                        return Err(SettleProposalError::Ended);
                    }
                    let content = Content::open(id, row.content.as_ref(), &sealing)?;
                    let deed = Deed::ProposalLookedAt { proposal: id };
                    let actor = Actor::Officer(&officer);
                    Act { at: now, actor, resident: None, deed }.record(&mut tx).await?;
                    let mut records = Vec::new();
                    let seen = officer.acting_for(row.reason.clone(), row.case_number.clone());
                    for id in content.records() {
                        let Some(entry) = register.entry_in(&mut tx, id).await? else {
                            return Err(SettleProposalError::Stale);
                        };
                        officer.must_not_be(&entry.sealed().number_tag)?;
                        let (actor, deed) = (Actor::Officer(&seen), Deed::RegisterUnmasked {});
                        Act { at: now, actor, resident: Some(id), deed }.record(&mut tx).await?;
                        records.push(entry);
                    }
                    Ok(OpenedProposal { id, content, records })
                })
            })
            .await
    }
}
