//! What holders do with their own card, from every device that is signed in to the account which
//! the card was given to: the phone that has it, or any other when that one is lost.

use jiff::Timestamp;
use tanda_model::{AssuranceLevel, CardState, CardTransitionError};
use tanda_storage::authority::cards::CardRow;
use tanda_storage::{Authority as Role, StorageError, Tx};

use crate::act::{Act, Actor, Deed};
use crate::cards::put;
use crate::client::spend_possession;
use crate::enrolment::end_of_account;
use crate::{Authority, ClientError, ClientHeaders, Fault};

/// The account's card, as its holder may know it from any device: nothing that stands on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderCard {
    /// At which level.
    pub level: AssuranceLevel,
    /// Where it stands.
    pub state: CardState,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Whether the wallet that asks is the one that has it.
    pub is_here: bool,
}

/// What a holder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderAct {
    /// Not to be accepted until it is unlocked.
    Lock,
    /// To be accepted again; not yet, if the authority has suspended it.
    Unlock,
    /// Never to be accepted again. The face that was enrolled for it is forgotten.
    GiveUp,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum HolderCardError {
    /// The wallet is not believed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No card in use was given to the account.
    #[error("the account has no card in use")]
    NoCard,
    /// The card does not stand where this could be done.
    #[error(transparent)]
    NotNow(#[from] CardTransitionError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for HolderCardError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// The card in use that was given to the account for which the wallet is attested.
    ///
    /// # Errors
    /// [`HolderCardError`]
    pub async fn card_of_holder(
        &self,
        client: &ClientHeaders<'_>,
        now: Timestamp,
    ) -> Result<HolderCard, HolderCardError> {
        self.as_holder(None, client, now).await
    }

    /// Locks, unlocks or gives up the card that was given to the account for which the wallet is
    /// attested; whoever gives it up withdraws open applications as well. The statuses of all its
    /// copies change in the same write. Locking what is locked and unlocking what is not changes
    /// nothing: the first answer may have been lost.
    ///
    /// # Errors
    /// [`HolderCardError`]
    pub async fn act_as_holder(
        &self,
        what: HolderAct,
        client: &ClientHeaders<'_>,
        now: Timestamp,
    ) -> Result<HolderCard, HolderCardError> {
        self.as_holder(Some(what), client, now).await
    }

    async fn as_holder(
        &self,
        what: Option<HolderAct>,
        client: &ClientHeaders<'_>,
        now: Timestamp,
    ) -> Result<HolderCard, HolderCardError> {
        let (client, account) = self.attested_account(client, now)?;
        let wallet = client.instance_thumbprint.clone();
        let card = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !spend_possession(&mut tx, &client).await? {
                        return Err(ClientError::Replayed.into());
                    }
                    if what == Some(HolderAct::GiveUp) {
                        end_of_account(&mut tx, &account, now).await?;
                    }
                    let Some(card) = tx.card_of_account(&account).await? else { return Ok(None) };
                    match what {
                        Some(what) => act(&mut tx, card, what, now).await.map(Some),
                        None => Ok(Some(card)),
                    }
                })
            })
            .await?;
        let card = card.ok_or(HolderCardError::NoCard)?;
        if what == Some(HolderAct::GiveUp) {
            self.faces.forget_enrolled(card.resident);
        }
        Ok(HolderCard {
            level: card.level,
            is_here: card.wallet_thumbprint == wallet,
            expires_at: card.expires_at,
            state: card.state,
        })
    }
}

async fn act(
    tx: &mut Tx<'_, Role>,
    card: CardRow,
    what: HolderAct,
    now: Timestamp,
) -> Result<CardRow, HolderCardError> {
    let (id, resident, was) = (card.id, card.resident, card.state.clone());
    let (state, deed) = match what {
        HolderAct::Lock if was.is_locked() => return Ok(card),
        HolderAct::Unlock if !was.is_locked() => return Ok(card),
        HolderAct::Lock => (was.lock(now)?, Deed::CardLocked { card: id, identified: None }),
        HolderAct::Unlock => (was.unlock(now)?, Deed::CardUnlocked { card: id }),
        HolderAct::GiveUp => (was.revoke(now)?, Deed::CardGivenUp { card: id }),
    };
    put(tx, &card, &state, now).await?;
    if what == HolderAct::GiveUp {
        tx.remove_enrolled_face(resident).await?;
    }
    Act { at: now, actor: Actor::Wallet, resident: Some(resident), deed }.record(tx).await?;
    Ok(CardRow { state, ..card })
}

#[cfg(test)]
mod tests;
