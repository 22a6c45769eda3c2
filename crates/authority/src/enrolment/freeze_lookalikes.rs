use jiff::Timestamp;
use tanda_model::{Action, CardId, CardState, EnrolmentId, EnrolmentState, Finding, ResidentId};
use tanda_storage::authority::enrolment::EnrolmentRow;
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::look_at_referred::LookError;
use crate::act::{Act, Actor, Deed};
use crate::cards::{self, CardAct, CardActError};
use crate::{Authority, Fault, NotAllowed, Officer};

impl Authority {
    /// Suspends the cards of everybody whom a referred application's face may be: the resident of
    /// the number and the others. Nothing is decided by it; the application waits on, and its
    /// decision restores what was suspended here. Says how many cards are frozen now.
    ///
    /// # Errors
    /// [`LookError`]; nothing is changed then.
    pub async fn freeze_lookalikes(
        &self,
        id: EnrolmentId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<usize, LookError> {
        officer.may(Action::DecideLookalikes)?;
        let row = self.lookalike_application(id, officer).await?;
        let (evidence, entry) = self.gather(&row).await?;
        let others = self.weigh(evidence).await?.others;
        let mut residents: Vec<ResidentId> = entry.iter().map(|entry| entry.resident.id).collect();
        residents.extend(others.iter().map(|(id, _)| *id));
        let (officer, subject) = (officer.clone(), row.resident);
        let frozen = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    must_wait(&mut tx, id).await?;
                    let actor = Actor::Officer(&officer);
                    officer.must_be_none_of::<LookError>(&mut tx, &residents).await?;
                    for resident in residents {
                        let Some(card) = tx.card_in_use(resident).await? else { continue };
                        if matches!(card.state, CardState::Live { .. }) {
                            let changed =
                                cards::change(&mut tx, card, CardAct::Suspend, actor, now);
                            let changed = changed.await.map_err(inside)?;
                            tx.note_frozen(changed.id, id).await?;
                        }
                    }
                    let deed = Deed::LookalikesFrozen { enrolment: id };
                    Act { at: now, actor, resident: subject, deed }.record(&mut tx).await?;
                    Ok::<_, LookError>(tx.frozen_cards(id).await?)
                })
            })
            .await?;
        self.sign_all_anew(&frozen).await?;
        Ok(frozen.len())
    }

    /// Restores what was suspended because of an application, before it is decided.
    ///
    /// # Errors
    /// [`LookError`]; nothing is changed then.
    pub async fn release_lookalikes(
        &self,
        id: EnrolmentId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<(), LookError> {
        officer.may(Action::DecideLookalikes)?;
        let row = self.lookalike_application(id, officer).await?;
        let (officer, subject) = (officer.clone(), row.resident);
        let released = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    must_wait(&mut tx, id).await?;
                    let released = release::<LookError>(&mut tx, id, &officer, now).await?;
                    let (actor, deed) =
                        (Actor::Officer(&officer), Deed::LookalikesReleased { enrolment: id });
                    Act { at: now, actor, resident: subject, deed }.record(&mut tx).await?;
                    Ok::<_, LookError>(released)
                })
            })
            .await?;
        Ok(self.sign_all_anew(&released).await?)
    }

    pub(super) async fn sign_all_anew(&self, cards: &[CardId]) -> Result<(), StorageError> {
        for card in cards {
            self.sign_lists_anew(*card).await?;
        }
        Ok(())
    }

    /// The application, if it waits because its face may be several residents', and the officer is
    /// none of them by its number.
    async fn lookalike_application(
        &self,
        id: EnrolmentId,
        officer: &Officer,
    ) -> Result<EnrolmentRow, LookError> {
        let row = self.store.reader().await?.find_enrolment(id).await?;
        let row = row.ok_or(LookError::Unknown)?;
        officer.must_not_be(&row.tags.number)?;
        match &row.state {
            EnrolmentState::Referred { findings, .. }
                if findings.contains(&Finding::LooksLikeAnother) =>
            {
                Ok(row)
            }
            _ => Err(LookError::NotReferred),
        }
    }
}

/// Restores the cards that an application has frozen, as far as nobody did anything else to them
/// meanwhile; to nobody's own. Says which were frozen.
pub(super) async fn release<E: From<NotAllowed> + From<StorageError>>(
    tx: &mut Tx<'_, Role>,
    id: EnrolmentId,
    officer: &Officer,
    now: Timestamp,
) -> Result<Vec<CardId>, E> {
    let actor = Actor::Officer(officer);
    let frozen = tx.frozen_cards(id).await?;
    for card in &frozen {
        let Some(card) = tx.find_card(*card).await? else { continue };
        officer.must_be_none_of::<E>(tx, &[card.resident]).await?;
        if matches!(card.state, CardState::Suspended { .. }) {
            // Where its time has run out it is accepted nowhere, and the sweep will say so.
            let restored = cards::change(tx, card, CardAct::Restore, actor, now).await;
            if let Err(CardActError::Fault(Fault::Storage(error))) = restored {
                return Err(error.into());
            }
        }
    }
    tx.forget_frozen(id).await?;
    Ok(frozen)
}

/// Refuses when somebody has decided the application meanwhile.
async fn must_wait(tx: &mut Tx<'_, Role>, id: EnrolmentId) -> Result<(), LookError> {
    let row = tx.find_enrolment(id).await?.ok_or(LookError::Unknown)?;
    match row.state {
        EnrolmentState::Referred { .. } => Ok(()),
        _ => Err(LookError::NotReferred),
    }
}

fn inside(error: CardActError) -> LookError {
    match error {
        CardActError::NotAllowed(refused) => refused.into(),
        CardActError::Fault(cause) => cause.into(),
        CardActError::Unknown | CardActError::NotNow(_) => {
            Fault::Contradiction("a live card that cannot be suspended").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tanda_model::{OfficerRole, OfficerVerdict};

    use super::*;
    use crate::SignedIn;
    use crate::enrolment::{Completion, DecideError};
    use crate::testing::{City, code};

    fn of(role: OfficerRole) -> Officer {
        SignedIn::just_now(role, None).acting("two people with one face".parse().unwrap(), None)
    }

    async fn states(city: &City, residents: &[ResidentId]) -> Vec<&'static str> {
        let mut states = Vec::new();
        for resident in residents {
            states.push(city.authority.cards_of(*resident).await.unwrap()[0].state.name());
        }
        states
    }

    /// Two residents with one face and a card each, and a new application of the first.
    async fn twins(city: &mut City) -> ([ResidentId; 2], EnrolmentId) {
        let one = city.resident("01", 10, "Li").await;
        let first = city.wallet("a");
        city.card(&first, 10, "Li", "01", 2).await;
        let other = city.resident("01", 12, "Wang").await;
        let second = city.wallet("b");
        let (begun, _) = city.apply(&second, 12, "Wang", "01").await;
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        let approve = OfficerVerdict::Approve;
        let by = of(OfficerRole::Supervisor);
        authority
            .decide_referred(begun.enrolment_id, approve, &by, now, &mut city.rng)
            .await
            .unwrap();
        let view = city.view(&begun).await;
        let tokens = city.exchange(&second, code(&Completion { view, findings: Vec::new() })).await;
        let (body, _) = city.request(2);
        city.fetch(&second, &tokens.unwrap().access, &body).await.unwrap();
        let third = city.wallet("c");
        let (begun, _) = city.apply(&third, 10, "Li", "01").await;
        ([one, other], begun.enrolment_id)
    }

    #[tokio::test]
    async fn both_are_frozen_and_the_decision_or_an_officer_releases_them() {
        let mut city = City::new().await;
        let (both, id) = twins(&mut city).await;
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        assert_eq!(states(&city, &both).await, ["live", "live"]);
        let clerk = authority.freeze_lookalikes(id, &of(OfficerRole::Clerk), now).await;
        assert!(matches!(clerk, Err(LookError::NotAllowed(NotAllowed::Role { .. }))));
        let supervisor = of(OfficerRole::Supervisor);
        for _ in 0..2 {
            assert_eq!(authority.freeze_lookalikes(id, &supervisor, now).await.unwrap(), 2);
        }
        assert_eq!(states(&city, &both).await, ["suspended", "suspended"]);
        authority.release_lookalikes(id, &supervisor, now).await.unwrap();
        assert_eq!(states(&city, &both).await, ["live", "live"]);

        authority.freeze_lookalikes(id, &supervisor, now).await.unwrap();
        let refuse = OfficerVerdict::Refuse;
        authority.decide_referred(id, refuse, &supervisor, now, &mut city.rng).await.unwrap();
        assert_eq!(states(&city, &both).await, ["live", "live"]);
        let late = authority.freeze_lookalikes(id, &supervisor, now).await;
        assert!(matches!(late, Err(LookError::NotReferred)));
        let acts = city.acts(&id.to_string()).await;
        let ours = acts.iter().filter(|act| act.ends_with("frozen") || act.ends_with("released"));
        assert_eq!(ours.count(), 4, "{acts:?}");
    }

    #[tokio::test]
    async fn a_card_that_was_revoked_meanwhile_stays_revoked() {
        let mut city = City::new().await;
        let (both, id) = twins(&mut city).await;
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        let supervisor = of(OfficerRole::Supervisor);
        authority.freeze_lookalikes(id, &supervisor, now).await.unwrap();
        let choice = cards::CardChoice::OfResident(both[1]);
        authority.act_on_card(&choice, CardAct::Revoke, &supervisor, now).await.unwrap();
        authority.release_lookalikes(id, &supervisor, now).await.unwrap();
        assert_eq!(states(&city, &both).await, ["live", "revoked"]);
    }

    #[tokio::test]
    async fn nobody_freezes_or_releases_themselves() {
        let mut city = City::new().await;
        let (both, id) = twins(&mut city).await;
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        let refused = |done: Result<(), LookError>| {
            matches!(done, Err(LookError::NotAllowed(NotAllowed::OwnMatter)))
        };
        for serial in [10, 12] {
            let own = city.officer_who_is(serial, OfficerRole::Supervisor);
            assert!(refused(authority.freeze_lookalikes(id, &own, now).await.map(drop)));
        }
        assert_eq!(states(&city, &both).await, ["live", "live"]);
        // The applicant releases nobody, whether a card of theirs is among them or not.
        let applicant = city.officer_who_is(10, OfficerRole::Supervisor);
        assert!(refused(authority.release_lookalikes(id, &applicant, now).await));
        authority.freeze_lookalikes(id, &of(OfficerRole::Supervisor), now).await.unwrap();
        for serial in [10, 12] {
            let own = city.officer_who_is(serial, OfficerRole::Supervisor);
            assert!(refused(authority.release_lookalikes(id, &own, now).await));
        }
        assert_eq!(states(&city, &both).await, ["suspended", "suspended"]);
        assert!(!city.acts_contain("released").await);
    }

    #[tokio::test]
    async fn whose_face_it_may_be_neither_looks_nor_decides() {
        let mut city = City::new().await;
        let (_, id) = twins(&mut city).await;
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        let own = city.officer_who_is(12, OfficerRole::Supervisor);
        let looks = city.acts(&id.to_string()).await;
        let looked = authority
            .look_at_referred(id, city.signed_in_who_is(12, OfficerRole::Supervisor), now)
            .await;
        assert!(matches!(looked, Err(LookError::NotAllowed(NotAllowed::OwnMatter))));
        for verdict in [OfficerVerdict::Approve, OfficerVerdict::Refuse] {
            let decided = authority.decide_referred(id, verdict, &own, now, &mut city.rng).await;
            assert!(matches!(decided, Err(DecideError::NotAllowed(NotAllowed::OwnMatter))));
        }
        assert_eq!(city.acts(&id.to_string()).await, looks, "nothing was shown or done");
    }
}
