use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_model::{
    Action, OfficerId, OfficerName, OfficerRole, OfficerState, OfficerTransitionError,
    ResidentNumber,
};
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::StorageError;
use tanda_storage::authority::officers::OfficerRow;

use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault, NotAllowed, Officer};

/// How long a one-time link works.
const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Somebody who is to act for the authority.
#[derive(Debug, Clone)]
pub struct InvitedOfficer {
    /// What colleagues will call them.
    pub name: OfficerName,
    /// What they are there for.
    pub role: OfficerRole,
    /// Which resident they are.
    pub own_number: OwnNumber,
}

/// Which resident an officer is, so that they never act in their own matter. Kept as a keyed tag.
#[derive(Debug, Clone)]
pub enum OwnNumber {
    /// The one with this number.
    Is(ResidentNumber),
    /// None that this authority's register could have.
    NotAResident,
}

/// A one-time link's secret: whoever has it first becomes the officer.
#[derive(Debug)]
pub struct Invitation {
    /// For which account.
    pub officer: OfficerId,
    /// The secret.
    pub token: OpaqueToken,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Why nobody was invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// Whoever invites may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such officer.
    #[error("there is no such officer")]
    Unknown,
    /// Nobody is brought back.
    #[error(transparent)]
    NotNow(#[from] OfficerTransitionError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for InviteError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Makes an officer's account, and the one-time link with which its passkey is made.
    ///
    /// # Errors
    /// [`InviteError`]
    pub async fn invite_officer(
        &self,
        invited: &InvitedOfficer,
        by: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Invitation, InviteError> {
        by.may(Action::InviteOfficers)?;
        let expires_at = now + INVITATION_LIFE;
        let row = OfficerRow {
            id: OfficerId::new(now, rng),
            revision: 0,
            name: invited.name.clone(),
            role: invited.role,
            number_tag: match &invited.own_number {
                OwnNumber::Is(number) => Some(self.register.number_tag(number).to_vec()),
                OwnNumber::NotAResident => None,
            },
            state: OfficerState::Invited { until: expires_at },
            invited_at: now,
        };
        let token = OpaqueToken::mint(rng);
        let (officer, hash, by) = (row.id, token.hash(), by.clone());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    tx.insert_officer(&row).await?;
                    tx.keep_invitation(row.id, hash.as_bytes()).await?;
                    let deed = Deed::OfficerInvited { officer: row.id, role: row.role };
                    Act { at: now, actor: Actor::Officer(&by), resident: None, deed }
                        .record(&mut tx)
                        .await
                })
            })
            .await
            .map_err(|error: StorageError| InviteError::from(error))?;
        Ok(Invitation { officer, token, expires_at })
    }

    /// Gives an officer another link, because the first one ran out or the passkey was lost. Their
    /// passkeys and sign-ins end at once.
    ///
    /// # Errors
    /// [`InviteError`]
    pub async fn invite_officer_again(
        &self,
        officer: OfficerId,
        by: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Invitation, InviteError> {
        by.may(Action::InviteOfficers)?;
        let expires_at = now + INVITATION_LIFE;
        let token = OpaqueToken::mint(rng);
        let (hash, by) = (token.hash(), by.clone());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let row = tx.find_officer(officer).await?.ok_or(InviteError::Unknown)?;
                    let state = row.state.invite_again(expires_at)?;
                    if !tx.change_officer(row.id, row.revision, row.role, &state).await? {
                        return Err(Fault::Contradiction("an officer changed in a write").into());
                    }
                    tx.disarm_officer(row.id).await?;
                    tx.keep_invitation(row.id, hash.as_bytes()).await?;
                    let deed = Deed::OfficerInvited { officer: row.id, role: row.role };
                    let act = Act { at: now, actor: Actor::Officer(&by), resident: None, deed };
                    Ok::<_, InviteError>(act.record(&mut tx).await?)
                })
            })
            .await?;
        Ok(Invitation { officer, token, expires_at })
    }
}
