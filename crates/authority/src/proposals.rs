//! Acts that need two officers: one proposes, another confirms, and what is confirmed is done in
//! the same write.
//!
//! What exactly is proposed is sealed under a key of the proposal, and destroyed when it ends. The
//! log names the proposal, who proposed and who decided; residents read in theirs what was proposed
//! about them, and what was done.

mod cards;
mod content;
mod exports;
mod imports;
mod lines;
mod list;
mod records;
mod settle;

pub use cards::{CardsListing, ManyCards};
pub use content::{CardTarget, Content};
pub use exports::{ExportTarget, RecordsListing};
pub use imports::ProposedImport;
pub use lines::{LineFault, LineFaultKind, MOST_LINES};
pub use list::{OpenedProposal, ProposalView};
pub use records::TwinRecords;
pub use settle::{Outcome, SettleProposalError};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_model::{CaseNumber, ProposalId, ProposalKind, ProposalState, ResidentId};
use tanda_storage::authority::proposals::ProposalRow;
use tanda_storage::{Authority as Role, StorageError, Tx};

use crate::act::{Act, Actor, Deed};
use crate::register::AddError;
use crate::sealing::Sealing;
use crate::uploads::UploadError;
use crate::{Fault, NotAllowed, Officer};

/// Open proposals that an officer can have at once.
const AT_ONCE: u64 = 50;
/// How long a proposal is listed after its end.
const LISTED_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Why something was not proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A proposal belongs to a case.
    #[error("state the number of the case that the proposal belongs to")]
    CaseMissing,
    /// No line fits.
    #[error("there is nothing to propose: no line fits")]
    NothingFits,
    /// More lines than are taken at once.
    #[error("more than {MOST_LINES} lines")]
    TooManyLines,
    /// The officer has proposed enough for now.
    #[error("{AT_ONCE} proposals of the officer wait already")]
    TooManyOpen,
    /// Nobody has the number.
    #[error("no resident has this number")]
    Nobody,
    /// The record would not be a good one.
    #[error(transparent)]
    Record(#[from] AddError),
    /// What would be proposed is not there, or waits already.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for ProposeError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// The case of whatever is proposed: nothing is without one.
fn case_of(officer: &Officer) -> Result<CaseNumber, ProposeError> {
    officer.case_number().cloned().ok_or(ProposeError::CaseMissing)
}

/// Keeps a proposal, sealed, and records that it was made.
async fn keep(
    tx: &mut Tx<'_, Role>,
    sealing: &Arc<Sealing>,
    proposed: (ProposalId, ProposalKind, u64, &Content),
    officer: &Officer,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<(), ProposeError> {
    let (id, kind, size, content) = proposed;
    let case_number = case_of(officer)?;
    if tx.open_proposals_of(officer.id()).await? >= AT_ONCE {
        return Err(ProposeError::TooManyOpen);
    }
    let state = ProposalState::open(officer.id(), now);
    tx.insert_proposal(&ProposalRow {
        id,
        revision: 0,
        kind,
        proposer: officer.id(),
        case_number,
        reason: officer.reason().clone(),
        size,
        done: None,
        state,
        proposed_at: now,
        due_at: now + ProposalState::LIFE,
        content: Some(content.seal(id, sealing, rng)?),
    })
    .await?;
    let deed = Deed::ProposalMade { proposal: id, proposed: kind, size };
    Act { at: now, actor: Actor::Officer(officer), resident: None, deed }.record(tx).await?;
    Ok(())
}

/// Keeps a proposal about some residents, and records with each of them what was proposed.
async fn keep_about(
    tx: &mut Tx<'_, Role>,
    sealing: &Arc<Sealing>,
    (kind, content, residents): (ProposalKind, &Content, &[ResidentId]),
    deed: impl Fn(ProposalId) -> Deed<'static>,
    officer: &Officer,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<ProposalId, ProposeError> {
    let id = ProposalId::new(now, rng);
    keep(tx, sealing, (id, kind, residents.len() as u64, content), officer, now, rng).await?;
    for resident in residents {
        let (actor, resident, deed) = (Actor::Officer(officer), Some(*resident), deed(id));
        Act { at: now, actor, resident, deed }.record(tx).await?;
    }
    Ok(id)
}

#[cfg(test)]
mod tests;
