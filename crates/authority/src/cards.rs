//! What officers do with cards that are out: suspend, restore, revoke.

use jiff::Timestamp;
use tanda_model::{
    Action, AssuranceLevel, CardId, CardState, CardTransitionError, Identification, ResidentId,
    ResidentNumber,
};
use tanda_storage::authority::cards::CardRow;
use tanda_storage::{Authority as Role, StorageError, Tx};

use crate::act::{Act, Actor, Deed};
use crate::status::status_of;
use crate::{Authority, Fault, NotAllowed, Officer};

/// Which card an officer means.
#[derive(Debug, Clone)]
pub enum CardChoice {
    /// The one card in use of whoever has this number.
    OfNumber(ResidentNumber),
    /// The one card in use of this resident.
    OfResident(ResidentId),
    /// This card.
    Card(CardId),
}

/// What an officer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardAct {
    /// Not to be accepted for now.
    Suspend,
    /// To be accepted again; not yet, if its holder has locked it.
    Restore,
    /// Locked as its holder asked, who has no device at hand and was identified so. They unlock it
    /// themself.
    Lock(Identification),
    /// Never to be accepted again.
    Revoke,
}

impl CardAct {
    /// What an officer must be permitted.
    const fn action(self) -> Action {
        match self {
            Self::Suspend | Self::Restore | Self::Lock(_) => Action::SuspendCards,
            Self::Revoke => Action::RevokeCards,
        }
    }

    /// Where a card stands after it.
    pub(crate) fn on(
        self,
        state: CardState,
        now: Timestamp,
    ) -> Result<CardState, CardTransitionError> {
        match self {
            Self::Suspend => state.suspend(now),
            Self::Restore => state.restore(now),
            Self::Lock(_) => state.lock(now),
            Self::Revoke => state.revoke(now),
        }
    }
}

/// A card, for officers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedCard {
    /// Which one.
    pub id: CardId,
    /// Whose.
    pub resident: ResidentId,
    /// At which level.
    pub level: AssuranceLevel,
    /// Where it stands now.
    pub state: CardState,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum CardActError {
    /// There is no such card, or the person has none.
    #[error("there is no such card, or nobody with this number has one in use")]
    Unknown,
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The card does not stand where this could be done.
    #[error(transparent)]
    NotNow(#[from] CardTransitionError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for CardActError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Suspends, restores, locks or revokes a card. The statuses of all its copies change in the same
    /// write; desks see it within the minute.
    ///
    /// # Errors
    /// [`CardActError`]
    pub async fn act_on_card(
        &self,
        choice: &CardChoice,
        what: CardAct,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<ChangedCard, CardActError> {
        officer.may(what.action())?;
        let tag = match choice {
            CardChoice::OfNumber(number) => Some(self.register.number_tag(number)),
            _ => None,
        };
        let (choice, officer) = (choice.clone(), officer.clone());
        let changed = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    let card = match (choice, tag) {
                        (CardChoice::Card(id), _) => tx.find_card(id).await?,
                        (CardChoice::OfResident(id), _) => tx.card_in_use(id).await?,
                        (CardChoice::OfNumber(_), Some(tag)) => {
                            match tx.resident_by_number(&tag).await? {
                                Some(resident) => tx.card_in_use(resident.id).await?,
                                None => None,
                            }
                        }
                        (CardChoice::OfNumber(_), None) => None,
                    };
                    let card = card.ok_or(CardActError::Unknown)?;
                    if let Some(holder) = tx.resident(card.resident).await? {
                        officer.must_not_be(&holder.number_tag)?;
                    }
                    change(&mut tx, card, what, Actor::Officer(&officer), now).await
                })
            })
            .await?;
        self.sign_lists_anew(changed.id).await?;
        Ok(changed)
    }

    /// The cards that a resident ever had, oldest first.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn cards_of(&self, resident: ResidentId) -> Result<Vec<ChangedCard>, Fault> {
        let rows = self.store.reader().await?.cards_of_resident(resident).await?;
        Ok(rows.into_iter().map(|row| ChangedCard::of(&row, row.state.clone())).collect())
    }

    /// What this process has signed about the card is handed out no more.
    pub(crate) async fn sign_lists_anew(&self, card: CardId) -> Result<(), StorageError> {
        let places = self.store.reader().await?.places_of_card(card).await?;
        self.lists.drop(places.iter().map(|(place, _)| place.list));
        Ok(())
    }
}

impl ChangedCard {
    fn of(row: &CardRow, state: CardState) -> Self {
        Self { id: row.id, resident: row.resident, level: row.level, state }
    }
}

/// Revokes the card in use of a resident who has died, if there is one.
pub(crate) async fn end(
    tx: &mut Tx<'_, Role>,
    resident: ResidentId,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<Option<CardId>, StorageError> {
    let Some(card) = tx.card_in_use(resident).await? else { return Ok(None) };
    match change(tx, card, CardAct::Revoke, actor, now).await {
        Ok(changed) => Ok(Some(changed.id)),
        Err(CardActError::Fault(Fault::Storage(error))) => Err(error),
        // Its time has run out: it is accepted nowhere, and the sweep will say so.
        Err(_) => Ok(None),
    }
}

/// Changes a card and the statuses of its copies, and records it.
pub(crate) async fn change(
    tx: &mut Tx<'_, Role>,
    card: CardRow,
    what: CardAct,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<ChangedCard, CardActError> {
    let id = card.id;
    let state = what.on(card.state.clone(), now)?;
    let deed = match what {
        CardAct::Suspend => Deed::CardSuspended { card: id },
        CardAct::Restore => Deed::CardRestored { card: id },
        CardAct::Lock(identified) => Deed::CardLocked { card: id, identified: Some(identified) },
        CardAct::Revoke => Deed::CardRevoked { card: id },
    };
    put(tx, &card, &state, now).await?;
    Act { at: now, actor, resident: Some(card.resident), deed }.record(tx).await?;
    Ok(ChangedCard::of(&card, state))
}

/// Moves a card to its new state, with the statuses of all its copies; a card that is at its end
/// fetches no more.
pub(crate) async fn put(
    tx: &mut Tx<'_, Role>,
    card: &CardRow,
    state: &CardState,
    now: Timestamp,
) -> Result<(), Fault> {
    if !tx.change_card(card.id, card.revision, state).await? {
        return Err(Fault::Contradiction("a card that changed in a write"));
    }
    tx.set_status_of_card(card.id, status_of(state)).await?;
    if state.is_final() {
        tx.end_grants_of_card(card.id, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tanda_model::{IdentityCheck, OfficerRole};

    use super::*;
    use crate::testing::{City, number};

    #[tokio::test]
    async fn nobody_acts_on_their_own_card_however_it_is_named() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        city.card(&wallet, 10, "Li", "01", 1).await;
        let card = city.authority.cards_of(resident).await.unwrap()[0].id;
        let before = city.acts(&card.to_string()).await;
        let own = city.officer_who_is(10, OfficerRole::Supervisor);
        let seen = Identification::new([IdentityCheck::FaceCompared]).unwrap();
        for choice in [
            CardChoice::OfNumber(number(10)),
            CardChoice::OfResident(resident),
            CardChoice::Card(card),
        ] {
            for what in [CardAct::Suspend, CardAct::Restore, CardAct::Lock(seen), CardAct::Revoke] {
                let done = city.authority.act_on_card(&choice, what, &own, city.now).await;
                let refused = matches!(done, Err(CardActError::NotAllowed(NotAllowed::OwnMatter)));
                assert!(refused, "{choice:?} {what:?}: {done:?}");
            }
        }
        let cards = city.authority.cards_of(resident).await.unwrap();
        assert_eq!(cards[0].state.name(), "live");
        assert_eq!(city.acts(&card.to_string()).await, before);
    }
}
