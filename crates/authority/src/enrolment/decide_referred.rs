use jiff::Timestamp;
use tanda_model::{EnrolmentId, EnrolmentState, EnrolmentTransitionError, Finding, OfficerVerdict};
use tanda_storage::StorageError;
use tanda_storage::authority::enrolment::EnrolmentChange;

use super::retention;
use crate::act::{Act, Actor, Deed};
use crate::attempts::{note_failure, note_success};
use crate::{Authority, Fault, Officer};

/// An application that waits for an officer.
#[derive(Debug, Clone)]
pub struct ReferredEnrolment {
    /// Which one.
    pub id: EnrolmentId,
    /// Since when it waits.
    pub since: Timestamp,
    /// Why it was referred.
    pub findings: Vec<Finding>,
}

/// Why an officer's decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// There is no such application.
    #[error("there is no such application; list the referred ones")]
    Unknown,
    /// It does not wait for an officer.
    #[error(transparent)]
    NotReferred(#[from] EnrolmentTransitionError),
    /// Somebody else was faster.
    #[error("the application has changed meanwhile; look at it again")]
    Changed,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for DecideError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// The applications that wait for an officer, oldest first.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn referred_enrolments(&self) -> Result<Vec<ReferredEnrolment>, Fault> {
        let rows = self.store.reader().await?.referred_enrolments().await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| match row.state {
                EnrolmentState::Referred { since, findings } => {
                    Some(ReferredEnrolment { id: row.id, since, findings })
                }
                _ => None,
            })
            .collect())
    }

    /// An officer decides a referred application.
    ///
    /// # Errors
    /// [`DecideError`]
    pub async fn decide_referred(
        &self,
        id: EnrolmentId,
        verdict: OfficerVerdict,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(), DecideError> {
        let (officer, policy) = (officer.clone(), self.config.throttle);
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_enrolment(id).await?.ok_or(DecideError::Unknown)?;
                    let state =
                        row.state.decide(verdict, officer.id(), officer.reason.clone(), now)?;
                    let (erase_evidence_at, forget_at) = retention(&state, true, now);
                    let change = EnrolmentChange {
                        id,
                        revision: row.revision,
                        state: &state,
                        resident: row.resident,
                        erase_evidence_at,
                        forget_at,
                    };
                    if !tx.change_enrolment(&change).await? {
                        return Err(DecideError::Changed);
                    }
                    let deed = match &state {
                        EnrolmentState::Refused { findings, .. } => {
                            note_failure(&mut tx, &policy, &row.tags, now).await?;
                            Deed::EnrolmentRefused { enrolment: id, findings }
                        }
                        _ => {
                            note_success(&mut tx, &policy, &row.tags, now).await?;
                            Deed::EnrolmentApproved { enrolment: id }
                        }
                    };
                    let act = Act { at: now, actor: Actor::Officer(&officer), deed };
                    Ok(act.record(&mut tx).await?)
                })
            })
            .await
    }
}
