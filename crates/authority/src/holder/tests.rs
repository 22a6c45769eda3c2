use jiff::SignedDuration;
use tanda_credential::status_list::Outcome;
use tanda_model::{CardTransitionError, Finding, Identification, IdentityCheck, Suspender};
use tanda_protocol::oauth::Grant;

use super::{HolderAct, HolderCard, HolderCardError};
use crate::cards::{CardAct, CardActError, CardChoice};
use crate::enrolment::PublicState;
use crate::testing::{City, Wallet, code_of, number, officer};
use crate::{ClientError, ClientHeaders};

async fn done(
    city: &mut City,
    wallet: &Wallet,
    what: HolderAct,
) -> Result<HolderCard, HolderCardError> {
    let possession = city.possession(wallet);
    let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
    city.authority.act_as_holder(what, &client, city.now).await
}

async fn seen(city: &mut City, wallet: &Wallet) -> Result<HolderCard, HolderCardError> {
    let possession = city.possession(wallet);
    let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
    city.authority.card_of_holder(&client, city.now).await
}

async fn officer_does(city: &City, what: CardAct) -> Result<&'static str, CardActError> {
    let choice = CardChoice::OfNumber(number(10));
    let changed = city.authority.act_on_card(&choice, what, &officer(), city.now).await?;
    Ok(changed.state.name())
}

/// What a relying party finds, after the list that it may still hold has aged.
async fn status(city: &mut City, copies: &[String]) -> Outcome {
    city.later(SignedDuration::from_secs(6));
    let copy = city.verified(copies).remove(0);
    city.outcome(&copy).await
}

#[tokio::test]
async fn a_card_is_locked_and_unlocked_from_every_device_of_its_account() {
    let mut city = City::new().await;
    let resident = city.resident("01", 10, "Li").await;
    let (phone, laptop) = (city.wallet("a"), city.wallet("a"));
    let (copies, _) = city.card(&phone, 10, "Li", "01", 2).await;
    assert!(seen(&mut city, &phone).await.unwrap().is_here);
    assert!(!seen(&mut city, &laptop).await.unwrap().is_here);

    let locked = done(&mut city, &laptop, HolderAct::Lock).await.unwrap();
    assert_eq!(locked.state.suspended_by(), Some(Suspender::Holder));
    assert!(matches!(status(&mut city, &copies).await, Outcome::Suspended));
    // The answer may have been lost: locked again, nothing changes.
    let again = done(&mut city, &phone, HolderAct::Lock).await.unwrap();
    assert_eq!(again.state, locked.state);

    let unlocked = done(&mut city, &phone, HolderAct::Unlock).await.unwrap();
    assert_eq!(unlocked.state.name(), "live");
    assert!(matches!(status(&mut city, &copies).await, Outcome::Valid));
    done(&mut city, &phone, HolderAct::Unlock).await.unwrap();
    let card = city.authority.cards_of(resident).await.unwrap()[0].id.to_string();
    let acts = city.acts(&card).await;
    let count = |kind: &str| acts.iter().filter(|act| *act == kind).count();
    assert_eq!((count("card.locked"), count("card.unlocked")), (1, 1));
}

#[tokio::test]
async fn nobody_elses_card_is_touched() {
    let mut city = City::new().await;
    city.resident("01", 10, "Li").await;
    let (phone, stranger) = (city.wallet("a"), city.wallet("b"));
    let (copies, _) = city.card(&phone, 10, "Li", "01", 1).await;
    for what in [HolderAct::Lock, HolderAct::Unlock, HolderAct::GiveUp] {
        let refused = done(&mut city, &stranger, what).await;
        assert!(matches!(refused, Err(HolderCardError::NoCard)));
    }
    // A proof of possession acts once.
    let possession = city.possession(&phone);
    let client = ClientHeaders { attestation: &phone.attestation, possession: &possession };
    city.authority.act_as_holder(HolderAct::Lock, &client, city.now).await.unwrap();
    let replayed = city.authority.act_as_holder(HolderAct::Unlock, &client, city.now).await;
    assert!(matches!(replayed, Err(HolderCardError::Client(ClientError::Replayed))));
    assert!(matches!(status(&mut city, &copies).await, Outcome::Suspended));
}

#[tokio::test]
async fn holder_and_officer_take_back_their_own_word_alone() {
    let mut city = City::new().await;
    city.resident("01", 10, "Li").await;
    let phone = city.wallet("a");
    let (copies, _) = city.card(&phone, 10, "Li", "01", 1).await;
    officer_does(&city, CardAct::Suspend).await.unwrap();
    done(&mut city, &phone, HolderAct::Unlock).await.unwrap();
    assert!(matches!(status(&mut city, &copies).await, Outcome::Suspended));
    done(&mut city, &phone, HolderAct::Lock).await.unwrap();
    assert_eq!(officer_does(&city, CardAct::Restore).await.unwrap(), "suspended");
    assert!(matches!(status(&mut city, &copies).await, Outcome::Suspended));
    let refused = officer_does(&city, CardAct::Restore).await;
    assert!(matches!(refused, Err(CardActError::NotNow(CardTransitionError::NotNow { .. }))));
    done(&mut city, &phone, HolderAct::Unlock).await.unwrap();
    assert!(matches!(status(&mut city, &copies).await, Outcome::Valid));
    // At a counter, for somebody without a device; they unlock it themself.
    let asked = [IdentityCheck::NumberNamed, IdentityCheck::CardDateNamed];
    let asked = Identification::new(asked).unwrap();
    assert_eq!(officer_does(&city, CardAct::Lock(asked)).await.unwrap(), "suspended");
    done(&mut city, &phone, HolderAct::Unlock).await.unwrap();
    assert!(matches!(status(&mut city, &copies).await, Outcome::Valid));
}

#[tokio::test]
async fn a_new_phone_ends_the_holders_lock_but_not_the_authoritys_suspension() {
    let mut city = City::new().await;
    city.resident("01", 10, "Li").await;
    let (lost, new) = (city.wallet("a"), city.wallet("a"));
    let (old, _) = city.card(&lost, 10, "Li", "01", 1).await;
    done(&mut city, &new, HolderAct::Lock).await.unwrap();
    let (copies, _) = city.card(&new, 10, "Li", "01", 1).await;
    assert!(matches!(status(&mut city, &old).await, Outcome::Revoked));
    assert!(matches!(status(&mut city, &copies).await, Outcome::Valid));
    assert!(seen(&mut city, &new).await.unwrap().is_here);
    assert!(!seen(&mut city, &lost).await.unwrap().is_here);

    officer_does(&city, CardAct::Suspend).await.unwrap();
    let another = city.wallet("a");
    let (_, completion) = city.apply(&another, 10, "Li", "01").await;
    assert_eq!(completion.findings, [Finding::CardSuspended]);
    assert!(completion.view.credential_offer.is_none());
    assert!(matches!(status(&mut city, &copies).await, Outcome::Suspended));
}

/// The face was shown before: what the authority or the holder has said since holds for the new card too.
#[tokio::test]
async fn what_was_suspended_or_locked_after_the_application_stays_so() {
    for (act, after) in [(None, "by its holder"), (Some(CardAct::Suspend), "by the authority")] {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let phone = city.wallet("a");
        city.card(&phone, 10, "Li", "01", 1).await;
        let other = city.wallet("a");
        let (begun, _) = city.apply(&other, 10, "Li", "01").await;
        city.later(SignedDuration::from_secs(1));
        match act {
            Some(act) => officer_does(&city, act).await.map(drop).unwrap(),
            None => done(&mut city, &phone, HolderAct::Lock).await.map(drop).unwrap(),
        }
        let code = code_of(&city.view(&begun).await);
        let tokens = city.exchange(&other, code).await.unwrap();
        let (body, _) = city.request(1);
        let copies = city.fetch(&other, &tokens.access, &body).await.unwrap();
        assert!(matches!(status(&mut city, &copies).await, Outcome::Suspended), "{after}");
        assert_eq!(seen(&mut city, &other).await.unwrap().state.name(), "suspended", "{after}");
    }
}

/// Whoever leaves withdraws what they have applied for, and what they have shown is erased at once.
#[tokio::test]
async fn who_gives_up_has_no_open_application_any_more() {
    for with_a_card in [true, false] {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let phone = city.wallet("a");
        if with_a_card {
            city.card(&phone, 10, "Li", "01", 1).await;
        }
        let (begun, _) = city.apply_for_full(&phone, 10, "Li", "01").await;
        let given_up = done(&mut city, &phone, HolderAct::GiveUp).await;
        assert_eq!(given_up.is_ok(), with_a_card);
        assert_eq!(city.view(&begun).await.state, PublicState::Expired);
        assert!(city.acts_contain("enrolment.ended").await);
        city.authority.sweep(city.now).await.unwrap();
        assert!(city.authority.row(begun.enrolment_id).await.wrapped_key.is_none());
    }
}

#[tokio::test]
async fn a_card_that_was_given_up_is_over_and_its_face_forgotten() {
    let mut city = City::new().await;
    let resident = city.resident("01", 10, "Li").await;
    let phone = city.wallet("a");
    let (copies, tokens) = city.card(&phone, 10, "Li", "01", 1).await;
    let given_up = done(&mut city, &phone, HolderAct::GiveUp).await.unwrap();
    assert_eq!(given_up.state.name(), "revoked");
    assert!(matches!(status(&mut city, &copies).await, Outcome::Revoked));
    let more = city.exchange(&phone, Grant::RefreshToken(tokens.refresh)).await;
    assert!(more.is_err(), "no copies of a card that was given up");
    let mut reader = city.authority.store.reader().await.unwrap();
    let faces = reader.enrolled_faces_after(0, 10).await.unwrap();
    assert!(faces.iter().all(|face| face.resident != resident));
    drop(reader);
    assert!(matches!(seen(&mut city, &phone).await, Err(HolderCardError::NoCard)));
    // Whoever comes back is welcome.
    city.card(&phone, 10, "Li", "01", 1).await;
}
