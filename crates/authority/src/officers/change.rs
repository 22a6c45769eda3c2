use jiff::Timestamp;
use tanda_model::{Action, OfficerId, OfficerRole, OfficerTransitionError};
use tanda_storage::authority::officers::OfficerRow;
use tanda_storage::{Authority as Role, StorageError, Tx};

use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault, NotAllowed, Officer};

/// Why an officer's account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeOfficerError {
    /// Whoever acts may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such officer.
    #[error("there is no such officer")]
    Unknown,
    /// Nobody changes their own account.
    #[error("nobody changes their own account; another administrator has to")]
    OwnAccount,
    /// Without this one, nobody could invite officers any more.
    #[error("this is the only administrator who can sign in; invite another one first")]
    LastAdministrator,
    /// The account does not stand where this could happen.
    #[error(transparent)]
    NotNow(#[from] OfficerTransitionError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for ChangeOfficerError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Takes an officer's account away for good. Their sign-ins end at once; the account stays,
    /// since the acts name it.
    ///
    /// # Errors
    /// [`ChangeOfficerError`]
    pub async fn retire_officer(
        &self,
        officer: OfficerId,
        by: &Officer,
        now: Timestamp,
    ) -> Result<(), ChangeOfficerError> {
        by.may(Action::RetireOfficers)?;
        let by = by.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = anothers(&mut tx, officer, &by).await?;
                    let state = row.state.retire(now)?;
                    must_leave_an_administrator(&mut tx, &row).await?;
                    if !tx.change_officer(row.id, row.revision, row.role, &state).await? {
                        return Err(Fault::Contradiction("an officer changed in a write").into());
                    }
                    tx.disarm_officer(row.id).await?;
                    let deed = Deed::OfficerRetired { officer };
                    let act = Act { at: now, actor: Actor::Officer(&by), resident: None, deed };
                    Ok(act.record(&mut tx).await?)
                })
            })
            .await
    }

    /// Gives an officer another role, from their next request on.
    ///
    /// # Errors
    /// [`ChangeOfficerError`]
    pub async fn change_officer_role(
        &self,
        officer: OfficerId,
        role: OfficerRole,
        by: &Officer,
        now: Timestamp,
    ) -> Result<(), ChangeOfficerError> {
        by.may(Action::ChangeRoles)?;
        let by = by.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = anothers(&mut tx, officer, &by).await?;
                    if row.state.is_retired() {
                        return Err(OfficerTransitionError::Retired.into());
                    }
                    if row.role == role {
                        return Ok(());
                    }
                    must_leave_an_administrator(&mut tx, &row).await?;
                    if !tx.change_officer(row.id, row.revision, role, &row.state).await? {
                        return Err(Fault::Contradiction("an officer changed in a write").into());
                    }
                    let deed = Deed::OfficerRoleChanged { officer, from: row.role, to: role };
                    let act = Act { at: now, actor: Actor::Officer(&by), resident: None, deed };
                    Ok(act.record(&mut tx).await?)
                })
            })
            .await
    }
}

/// The officer, who is another than the one who acts.
async fn anothers(
    tx: &mut Tx<'_, Role>,
    officer: OfficerId,
    by: &Officer,
) -> Result<OfficerRow, ChangeOfficerError> {
    if officer == by.id() {
        return Err(ChangeOfficerError::OwnAccount);
    }
    tx.find_officer(officer).await?.ok_or(ChangeOfficerError::Unknown)
}

async fn must_leave_an_administrator(
    tx: &mut Tx<'_, Role>,
    row: &OfficerRow,
) -> Result<(), ChangeOfficerError> {
    let is_one = row.role == OfficerRole::Administrator && row.state.is_active();
    if is_one && tx.count_active_officers(OfficerRole::Administrator).await? <= 1 {
        return Err(ChangeOfficerError::LastAdministrator);
    }
    Ok(())
}
