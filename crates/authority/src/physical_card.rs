//! What becomes of a full card when the physical card that carried it is lost, or has expired.

use jiff::{Timestamp, ToSpan as _};
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use tanda_model::{
    AssuranceLevel, CardId, CardState, CardTransitionError, Fate, ResidentId, Suspender,
};
use tanda_storage::authority::cards::CardRow;
use tanda_storage::{Authority as Role, Tx};

use crate::act::{Act, Actor, Deed};
use crate::cards::{CardAct, CardActError, change, put};
use crate::issuance::{CARD_DAYS, day, start_of};
use crate::{Authority, Fault};

/// Expired cards dealt with in one write.
const AT_ONCE: u32 = 100;

/// What a full card has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fallen {
    /// A light card has taken its place.
    Back(CardId),
    /// It is revoked.
    Dead(CardId),
}

/// Lets the resident's full card follow its physical card, if there is a full card in use.
pub(crate) async fn lose(
    tx: &mut Tx<'_, Role>,
    resident: ResidentId,
    fate: Fate,
    actor: Actor<'_>,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Option<Fallen>, Fault> {
    let full = tx.card_in_use(resident).await?.filter(|card| card.level == AssuranceLevel::Full);
    let Some(card) = full else { return Ok(None) };
    let id = card.id;
    match fate {
        Fate::Dies => match change(tx, card, CardAct::Revoke, actor, now).await {
            Ok(_) => Ok(Some(Fallen::Dead(id))),
            Err(CardActError::Fault(fault)) => Err(fault),
            Err(_) => Err(Fault::Contradiction("a card in use that cannot be revoked")),
        },
        Fate::FallsBack => {
            fall_back(tx, card, actor, now, rng).await?;
            Ok(Some(Fallen::Back(id)))
        }
    }
}

/// Puts a light card in the full one's place, for the same wallet, in one write: it is fetched with the
/// tokens that fetched the full one, and whatever kept that from being accepted keeps this one as well.
async fn fall_back(
    tx: &mut Tx<'_, Role>,
    full: CardRow,
    actor: Actor<'_>,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<(), Fault> {
    let (id, resident) = (CardId::new(now, rng), Some(full.resident));
    // The face was seen when the full card began.
    let expires_at = start_of(day(full.intended_at).saturating_add(CARD_DAYS.days()));
    let light = CardRow {
        id,
        revision: 0,
        level: AssuranceLevel::Light,
        state: CardState::intend(expires_at, now),
        intended_at: now,
        expires_at,
        ..full.clone()
    };
    tx.insert_card(&light).await?;
    tx.move_to_card(full.id, id).await?;
    let impossible = |_| Fault::Contradiction("a card in use that cannot be replaced");
    let state = full.state.clone().retire(id, now).map_err(impossible)?;
    put(tx, &full, &state, now).await?;
    let state = in_use_as(&full.state, light.state.clone(), now).map_err(impossible)?;
    put(tx, &light, &state, now).await?;
    let deed = Deed::CardFellBack { card: full.id, successor: id };
    Act { at: now, actor, resident, deed }.record(tx).await?;
    let deed = Deed::CardLive { card: id, enrolment: full.enrolment };
    Ok(Act { at: now, actor, resident, deed }.record(tx).await?)
}

/// A fresh card in use, locked and suspended as the earlier one was.
pub(crate) fn in_use_as(
    earlier: &CardState,
    fresh: CardState,
    now: Timestamp,
) -> Result<CardState, CardTransitionError> {
    let live = fresh.go_live(now)?;
    match earlier.suspended_by() {
        None => Ok(live),
        Some(Suspender::Authority) => live.suspend(now),
        Some(Suspender::Holder) => live.lock(now),
        Some(Suspender::Both) => live.suspend(now)?.lock(now),
    }
}

impl Authority {
    /// Lets full cards whose physical card has expired follow it. Called every minute or so, before
    /// the sweep; their copies have ended with the day in any case. Says how many.
    ///
    /// # Errors
    /// [`Fault`] when the store fails; what was done before stands.
    pub async fn follow_expired_documents(
        &self,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<u64, Fault> {
        if self.config.evidence.physical_card().expired == Fate::Dies {
            // The sweep lets what has expired expire.
            return Ok(0);
        }
        let (mut count, mut after) = (0, None);
        loop {
            let mut draws = StdRng::from_rng(rng);
            let (fallen, last) = self
                .store
                .write(move |mut tx| {
                    Box::pin(async move {
                        let (mut fallen, mut last) = (0, None);
                        for card in tx.overdue_full_cards(now, after, AT_ONCE).await? {
                            last = Some(card.id);
                            if ends_with_its_document(&card) {
                                let actor = Actor::Housekeeping;
                                fall_back(&mut tx, card, actor, now, &mut draws).await?;
                                fallen += 1;
                            }
                        }
                        Ok::<_, Fault>((fallen, last))
                    })
                })
                .await?;
            count += fallen;
            if last.is_none() {
                return Ok(count);
            }
            after = last;
        }
    }
}

/// Whether a card ends before its own time would have run out.
fn ends_with_its_document(card: &CardRow) -> bool {
    card.expires_at < start_of(day(card.intended_at).saturating_add(CARD_DAYS.days()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use tanda_credential::status_list::Outcome;
    use tanda_model::EvidenceKind;
    use tanda_protocol::oauth::Grant;

    use super::*;
    use crate::cards::CardChoice;
    use crate::enrolment::{AttendError, PublicState};
    use crate::issuance::IssueError;
    use crate::register::Mark;
    use crate::testing::{City, Tokens, Wallet, code_of, number, officer};

    const EVIDENCE: &[EvidenceKind] =
        &[EvidenceKind::Chip, EvidenceKind::ChipFace, EvidenceKind::Fingers];

    /// A resident with a full card: its copy, and the tokens for more.
    async fn full_card(
        city: &mut City,
        wallet: &Wallet,
        document: Option<SignedDuration>,
    ) -> (String, Tokens) {
        let tokens = entitled(city, wallet, document).await;
        let request = city.request_at(AssuranceLevel::Full);
        let mut copies = city.fetch(wallet, &tokens.access, &request).await.unwrap();
        city.later(SignedDuration::from_secs(1));
        (copies.remove(0), tokens)
    }

    /// A resident who may fetch a full card: the tokens.
    async fn entitled(
        city: &mut City,
        wallet: &Wallet,
        document: Option<SignedDuration>,
    ) -> Tokens {
        let (begun, _) = city.apply_for_full(wallet, 10, "Li", "01").await;
        city.hold(&begun, EVIDENCE).await;
        if let Some(document) = document {
            let (id, until) = (begun.enrolment_id, city.now + document);
            let noted = city.authority.store.write(move |mut tx| {
                Box::pin(async move { tx.note_document_expiry(id, until).await })
            });
            noted.await.unwrap();
        }
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        let verdict = tanda_model::OfficerVerdict::Approve;
        let id = begun.enrolment_id;
        authority.attest(id, verdict, &officer(), now, &mut city.rng).await.unwrap();
        let code = code_of(&city.view(&begun).await);
        city.exchange(wallet, code).await.unwrap()
    }

    async fn standing(city: &City, resident: ResidentId) -> Vec<(AssuranceLevel, &'static str)> {
        let cards = city.authority.cards_of(resident).await.unwrap();
        cards.iter().map(|card| (card.level, card.state.name())).collect()
    }

    async fn lose_card(city: &mut City) {
        let (authority, whom, now) = (Arc::clone(&city.authority), number(10).into(), city.now);
        let rng = &mut city.rng;
        authority.mark_resident(&whom, Mark::CardLost, true, &officer(), now, rng).await.unwrap();
    }

    #[tokio::test]
    async fn with_the_physical_card_lost_a_light_card_takes_the_full_ones_place() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (copy, tokens) = full_card(&mut city, &wallet, None).await;
        let copy = city.verified(&[copy]).remove(0);
        assert!(matches!(city.outcome(&copy).await, Outcome::Valid));
        lose_card(&mut city).await;
        assert!(matches!(city.outcome(&copy).await, Outcome::Revoked));
        let after = [(AssuranceLevel::Full, "retired"), (AssuranceLevel::Light, "live")];
        assert_eq!(standing(&city, resident).await, after);
        // The wallet goes on with the tokens that it has, and gets no full card for them.
        let refill = Grant::RefreshToken(tokens.refresh);
        let tokens = city.exchange(&wallet, refill).await.unwrap();
        let full = city.request_at(AssuranceLevel::Full);
        let full = city.fetch(&wallet, &tokens.access, &full).await;
        assert!(matches!(full, Err(IssueError::NotOffered)));
        let light = city.request_at(AssuranceLevel::Light);
        let light = city.fetch(&wallet, &tokens.access, &light).await.unwrap();
        let light = city.verified(&light).remove(0);
        assert_eq!(light.vct, AssuranceLevel::Light.vct());
        assert!(matches!(city.outcome(&light).await, Outcome::Valid));
        assert!(city.acts_contain("card.fell-back").await);
        // Nothing else falls, and not twice.
        lose_card(&mut city).await;
        assert_eq!(standing(&city, resident).await, after);
    }

    /// Lost after the chip was read: before the officer's word, and between it and the card.
    #[tokio::test]
    async fn no_full_card_comes_of_a_physical_card_that_was_lost_meanwhile() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        city.hold(&begun, EVIDENCE).await;
        let (light, _) = city.apply(&wallet, 10, "Li", "01").await;
        lose_card(&mut city).await;
        assert_eq!(city.view(&light).await.state, PublicState::Approved, "it rests on the face");
        let (authority, now, id) = (Arc::clone(&city.authority), city.now, begun.enrolment_id);
        let approve = tanda_model::OfficerVerdict::Approve;
        let refused = authority.attest(id, approve, &officer(), now, &mut city.rng).await;
        assert!(matches!(refused, Err(AttendError::Unknown)), "it is over");
        assert!(city.acts_contain("enrolment.ended").await);

        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let tokens = entitled(&mut city, &wallet, None).await;
        let request = city.request_at(AssuranceLevel::Full);
        let intent = city.intend_only(&wallet, &tokens.access, &request).await;
        lose_card(&mut city).await;
        let settled = city.authority.settle(intent, city.now).await;
        assert!(matches!(settled, Err(IssueError::Denied)));
        assert_eq!(standing(&city, resident).await, [(AssuranceLevel::Full, "intended")]);
    }

    #[tokio::test]
    async fn who_died_while_the_copies_were_signed_has_no_card() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply(&wallet, 10, "Li", "01").await;
        let code = code_of(&city.view(&begun).await);
        let tokens = city.exchange(&wallet, code).await.unwrap();
        let request = city.request_at(AssuranceLevel::Light);
        let intent = city.intend_only(&wallet, &tokens.access, &request).await;
        let (authority, whom, now) = (Arc::clone(&city.authority), number(10).into(), city.now);
        let rng = &mut city.rng;
        authority.mark_resident(&whom, Mark::Deceased, true, &officer(), now, rng).await.unwrap();
        let settled = city.authority.settle(intent, city.now).await;
        assert!(matches!(settled, Err(IssueError::Denied)));
        assert!(standing(&city, resident).await.iter().all(|(_, state)| *state != "live"));
    }

    #[tokio::test]
    async fn where_the_policy_says_so_the_full_card_dies() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (copy, _) = full_card(&mut city, &wallet, None).await;
        let copy = city.verified(&[copy]).remove(0);
        let (actor, now) = (Actor::Policy, city.now);
        let done = city.authority.store.write(move |mut tx| {
            Box::pin(async move {
                let mut rng = StdRng::seed_from_u64(1);
                lose(&mut tx, resident, Fate::Dies, actor, now, &mut rng).await
            })
        });
        assert!(matches!(done.await.unwrap(), Some(Fallen::Dead(_))));
        city.later(SignedDuration::from_secs(60));
        assert!(matches!(city.outcome(&copy).await, Outcome::Revoked));
        assert_eq!(standing(&city, resident).await, [(AssuranceLevel::Full, "revoked")]);
    }

    #[tokio::test]
    async fn what_was_suspended_or_locked_falls_back_suspended_or_locked() {
        for acts in [
            &[CardAct::Suspend][..],
            &[CardAct::Lock(seen())],
            &[CardAct::Suspend, CardAct::Lock(seen())],
        ] {
            let mut city = City::new().await;
            let resident = city.resident("01", 10, "Li").await;
            let wallet = city.wallet("a");
            full_card(&mut city, &wallet, None).await;
            let choice = CardChoice::OfResident(resident);
            for act in acts {
                let now = city.now;
                city.authority.act_on_card(&choice, *act, &officer(), now).await.unwrap();
            }
            let before = city.authority.cards_of(resident).await.unwrap();
            lose_card(&mut city).await;
            let after = city.authority.cards_of(resident).await.unwrap();
            let by = before[0].state.suspended_by();
            assert!(by.is_some());
            assert_eq!(after[1].state.suspended_by(), by);
        }
    }

    fn seen() -> tanda_model::Identification {
        tanda_model::Identification::new([tanda_model::IdentityCheck::FaceCompared]).unwrap()
    }

    #[tokio::test]
    async fn a_full_card_ends_with_the_physical_card_and_falls_back_within_the_minute() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let document = SignedDuration::from_hours(24 * 3);
        let (copy, _) = full_card(&mut city, &wallet, Some(document)).await;
        let copy = city.verified(&[copy]).remove(0);
        assert!(copy.exp.is_some_and(|exp| exp <= city.now + document));
        let authority = Arc::clone(&city.authority);
        let done = authority.follow_expired_documents(city.now, &mut city.rng).await.unwrap();
        assert_eq!(done, 0);
        city.later(document);
        let done = authority.follow_expired_documents(city.now, &mut city.rng).await.unwrap();
        assert_eq!(done, 1);
        authority.sweep(city.now).await.unwrap();
        let after = [(AssuranceLevel::Full, "retired"), (AssuranceLevel::Light, "live")];
        assert_eq!(standing(&city, resident).await, after);
    }

    /// Cards end at midnight, all of a day together.
    #[tokio::test]
    async fn the_many_others_that_end_the_same_night_are_not_in_the_way() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let document = SignedDuration::from_hours(24 * 3);
        full_card(&mut city, &wallet, Some(document)).await;
        let mut rng = StdRng::seed_from_u64(1);
        let mut reader = city.authority.store.reader().await.unwrap();
        let row = reader.cards_of_resident(resident).await.unwrap().remove(0);
        drop(reader);
        let ends = city.now + SignedDuration::from_hours(1);
        for _ in 0..=AT_ONCE {
            let state = CardState::intend(ends, city.now);
            let level = AssuranceLevel::Light;
            let id = CardId::new(city.now, &mut rng);
            let other = CardRow { id, state, level, expires_at: ends, ..row.clone() };
            let added = city
                .authority
                .store
                .write(move |mut tx| Box::pin(async move { tx.insert_card(&other).await }));
            added.await.unwrap();
        }
        city.later(document);
        assert_eq!(followed(&mut city).await, 1);
    }

    /// With the policy, and for full cards alone that end with a document and were ever out.
    #[tokio::test]
    async fn what_ends_for_another_reason_does_not_fall_back() {
        let document = SignedDuration::from_hours(24 * 3);
        // By a policy that lets it die.
        let mut city = City::new().await;
        let dies = include_str!("../evidence.toml")
            .replace("expired = \"falls-back\"", "expired = \"dies\"");
        let policy = crate::evidence_policy(&dies).unwrap();
        Arc::get_mut(&mut city.authority).unwrap().config.evidence = policy;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        full_card(&mut city, &wallet, Some(document)).await;
        city.later(document);
        assert_eq!(followed(&mut city).await, 0);
        assert_eq!(standing(&city, resident).await, [(AssuranceLevel::Full, "expired")]);
        // After its own year.
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        full_card(&mut city, &wallet, None).await;
        city.later(SignedDuration::from_hours(24 * 400));
        assert_eq!(followed(&mut city).await, 0);
        assert_eq!(standing(&city, resident).await, [(AssuranceLevel::Full, "expired")]);
        // One that never was out.
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let tokens = entitled(&mut city, &wallet, Some(document)).await;
        let request = city.request_at(AssuranceLevel::Full);
        city.intend_only(&wallet, &tokens.access, &request).await;
        city.later(document);
        assert_eq!(followed(&mut city).await, 0);
        // A light one.
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        city.card(&wallet, 10, "Li", "01", 1).await;
        city.later(SignedDuration::from_hours(24 * 400));
        assert_eq!(followed(&mut city).await, 0);
        assert_eq!(standing(&city, resident).await, [(AssuranceLevel::Light, "expired")]);
    }

    async fn followed(city: &mut City) -> u64 {
        let authority = Arc::clone(&city.authority);
        let done = authority.follow_expired_documents(city.now, &mut city.rng).await.unwrap();
        authority.sweep(city.now).await.unwrap();
        done
    }

    #[tokio::test]
    async fn a_light_card_does_not_mind_where_the_physical_card_is() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        city.card(&wallet, 10, "Li", "01", 1).await;
        lose_card(&mut city).await;
        assert_eq!(standing(&city, resident).await, [(AssuranceLevel::Light, "live")]);
    }
}
