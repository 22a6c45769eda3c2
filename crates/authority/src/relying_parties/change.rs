use jiff::Timestamp;
use tanda_credential::x509::IssueError;
use tanda_model::{
    Action, PurposeId, RelyingPartyId, RelyingPartyState, RelyingPartyTransitionError,
};
use tanda_storage::StorageError;

use super::applied;
use crate::act::{Act, Actor, Deed};
use crate::status::{INVALID, SUSPENDED, VALID};
use crate::{Authority, Fault, NotAllowed, Officer};

/// What an officer does to a relying party, besides registering it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Says no to its application.
    Refuse,
    /// Lets it ask for nothing, for now.
    Suspend,
    /// Lets it ask again.
    Restore,
    /// Lets it ask for nothing any more, for good.
    End,
}

/// Why nothing was changed about a relying party.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRelyingPartyError {
    /// Whoever acts may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Nobody has applied under this name.
    #[error("there is no such relying party")]
    Unknown,
    /// It does not stand where this could happen.
    #[error(transparent)]
    NotNow(#[from] RelyingPartyTransitionError),
    /// Somebody has changed it since the officer looked.
    #[error("it was changed since you looked")]
    Changed,
    /// No purpose is left, or one is there twice.
    #[error("name at least one purpose, and none twice")]
    Purposes,
    /// A certificate cannot be issued.
    #[error("a certificate cannot be issued: {0}")]
    Certificate(#[from] IssueError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for ChangeRelyingPartyError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Step {
    const fn action(self) -> Action {
        match self {
            Self::Refuse | Self::End => Action::RegisterRelyingParties,
            Self::Suspend | Self::Restore => Action::SuspendRelyingParties,
        }
    }

    fn take(
        self,
        state: RelyingPartyState,
        now: Timestamp,
    ) -> Result<RelyingPartyState, RelyingPartyTransitionError> {
        match self {
            Self::Refuse => state.refuse(now),
            Self::Suspend => state.suspend(now),
            Self::Restore => state.restore(now),
            Self::End => state.end(now),
        }
    }

    /// What the status lists say of its registrations from then on.
    const fn status(self) -> Option<u8> {
        match self {
            Self::Refuse => None,
            Self::Suspend => Some(SUSPENDED),
            Self::Restore => Some(VALID),
            Self::End => Some(INVALID),
        }
    }

    const fn deed(self, relying_party: &str) -> Deed<'_> {
        match self {
            Self::Refuse => Deed::RelyingPartyRefused { relying_party },
            Self::Suspend => Deed::RelyingPartySuspended { relying_party },
            Self::Restore => Deed::RelyingPartyRestored { relying_party },
            Self::End => Deed::RelyingPartyEnded { relying_party },
        }
    }
}

impl Authority {
    /// Refuses, suspends, restores or ends a relying party. What the status lists say changes in the
    /// same write, and is published at once. The relying party can read the officer's reason.
    ///
    /// # Errors
    /// [`ChangeRelyingPartyError`]
    pub async fn step_relying_party(
        &self,
        id: &RelyingPartyId,
        step: Step,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(), ChangeRelyingPartyError> {
        officer.may(step.action())?;
        let (id, officer) = (id.clone(), officer.clone());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_relying_party(&id).await?;
                    let mut row = row.ok_or(ChangeRelyingPartyError::Unknown)?;
                    row.state = step.take(row.state, now)?;
                    row.reason = Some(officer.reason().as_str().to_owned());
                    if !tx.change_relying_party(&row).await? {
                        return Err(Fault::Contradiction("changed in a write").into());
                    }
                    if let Some(status) = step.status() {
                        tx.set_status_of_registrations(&id, status).await?;
                    }
                    let (actor, deed) = (Actor::Officer(&officer), step.deed(id.as_str()));
                    let act = Act { at: now, actor, resident: None, deed };
                    Ok::<_, ChangeRelyingPartyError>(act.record(&mut tx).await?)
                })
            })
            .await?;
        self.registrations.forget();
        Ok(())
    }

    /// Registers a relying party for these purposes and for no others. What is withdrawn can't be
    /// asked for any more from now on; for what is new, it fetches certificates.
    ///
    /// # Errors
    /// [`ChangeRelyingPartyError`]
    pub async fn change_purposes(
        &self,
        id: &RelyingPartyId,
        purposes: &[PurposeId],
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(), ChangeRelyingPartyError> {
        officer.may(Action::RegisterRelyingParties)?;
        let purposes = in_order(purposes)?;
        let (id, officer, registrar) = (id.clone(), officer.clone(), self.registrar());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_relying_party(&id).await?;
                    let mut row = row.ok_or(ChangeRelyingPartyError::Unknown)?;
                    if !row.state.has_registrations() {
                        return Err(RelyingPartyTransitionError::NotRegistered.into());
                    }
                    let from = std::mem::replace(&mut row.purposes, purposes);
                    row.certified_at = Some(now);
                    if !tx.change_relying_party(&row).await? {
                        return Err(Fault::Contradiction("changed in a write").into());
                    }
                    let application = applied(&row)?.application;
                    registrar.put_registrations(&mut tx, &row, &application, now).await?;
                    let deed = Deed::RelyingPartyPurposesChanged {
                        relying_party: id.as_str(),
                        from: &from,
                        to: &row.purposes,
                    };
                    let act =
                        Act { at: now, actor: Actor::Officer(&officer), resident: None, deed };
                    Ok::<_, ChangeRelyingPartyError>(act.record(&mut tx).await?)
                })
            })
            .await?;
        self.registrations.forget();
        Ok(())
    }
}

/// Purposes of the catalogue in its order: at least one, and none twice.
pub(super) fn in_order(purposes: &[PurposeId]) -> Result<Vec<PurposeId>, ChangeRelyingPartyError> {
    let sorted: Vec<_> = PurposeId::ALL.into_iter().filter(|one| purposes.contains(one)).collect();
    let fits = !sorted.is_empty() && sorted.len() == purposes.len();
    fits.then_some(sorted).ok_or(ChangeRelyingPartyError::Purposes)
}
