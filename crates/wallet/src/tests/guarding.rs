//! A full card is shown with its holder's PIN, each time.

use jiff::SignedDuration;
use tanda_model::{AssuranceLevel, Pin, PurposeId};
use tanda_verifier::{Flow, Verdict};

use super::presenting::{deliver, look};
use crate::fixture::{BROWSER, World, at, rng};
use crate::present::{PresentError, present};
use crate::{GuardError, Verified, WalletState};

fn pin(digits: &str) -> Pin {
    digits.parse().unwrap()
}

/// A wallet with a full card whose keys are sealed to the PIN 480217.
fn guarded(world: &World, copies: u64) -> WalletState {
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    wallet.keep(world.card(AssuranceLevel::Full, copies));
    wallet.choose_pin(&pin("480217"), None, &mut rng(20)).unwrap();
    wallet
}

fn typed(wallet: &mut WalletState, digits: &str, seconds: i64) -> Result<Verified, GuardError> {
    wallet.try_pin(at(seconds))?.weigh(&pin(digits), wallet)
}

fn left(wallet: &WalletState) -> usize {
    wallet.cards()[0].copies_left(at(3))
}

#[test]
fn with_the_pin_a_full_card_is_shown_once() {
    let world = World::new();
    let mut wallet = guarded(&world, 2);
    let (session, consent) = look(&world, &mut wallet, PurposeId::BankAccount, Flow::CrossDevice);
    let consent = consent.unwrap();
    assert!(consent.needs_pin());
    let verified = typed(&mut wallet, "480217", 3).unwrap();
    let consent = consent.verified(verified);
    let (_, request) = present(&mut wallet, consent, at(3), &mut rng(4)).unwrap();
    let closing = deliver(&world, &mut wallet, session, &request).0;
    assert!(matches!(closing.session.verdict(BROWSER), Ok(Verdict::Valid(_))));
    assert_eq!(left(&wallet), 1);
    // The next showing takes it again.
    let (_, consent) = look(&world, &mut wallet, PurposeId::BankAccount, Flow::CrossDevice);
    let refused = present(&mut wallet, consent.unwrap(), at(3), &mut rng(4)).unwrap_err();
    assert_eq!(refused, PresentError::Guard(GuardError::PinNeeded));
    assert_eq!((left(&wallet), wallet.history().len()), (1, 1), "and no copy is used up");
}

#[test]
fn also_where_less_than_the_full_card_would_do() {
    let world = World::new();
    let mut wallet = guarded(&world, 1);
    let (_, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
    let consent = consent.unwrap();
    assert!(consent.needs_pin());
    assert!(present(&mut wallet, consent, at(3), &mut rng(4)).is_err());
    let mut light = world.wallet(1);
    let (_, consent) = look(&world, &mut light, PurposeId::HotelCheckIn, Flow::CrossDevice);
    assert!(!consent.unwrap().needs_pin());
}

#[test]
fn a_wrong_pin_opens_nothing_and_is_slowed() {
    let world = World::new();
    let mut wallet = guarded(&world, 2);
    let before = serde_json::to_value(wallet.cards()).unwrap();
    for _ in 0..6 {
        assert_eq!(typed(&mut wallet, "480218", 0).unwrap_err(), GuardError::Wrong);
    }
    let wait = GuardError::TooMany(at(30));
    assert_eq!(wallet.try_pin(at(29)).unwrap_err(), wait, "whatever would be typed");
    assert_eq!(serde_json::to_value(wallet.cards()).unwrap(), before);
    // It is in the file: beginning anew is no way around it.
    let text = serde_json::to_string(&wallet).unwrap();
    let mut again: WalletState = serde_json::from_str(&text).unwrap();
    assert_eq!(again.try_pin(at(29)).unwrap_err(), wait);
    assert!(typed(&mut again, "480217", 30).is_ok(), "the right one, once the wait is over");
    for _ in 0..6 {
        assert_eq!(typed(&mut again, "480218", 31).unwrap_err(), GuardError::Wrong, "and anew");
    }
}

#[test]
fn a_try_counts_before_it_is_weighed() {
    let mut wallet = guarded(&World::new(), 1);
    for _ in 0..6 {
        assert!(wallet.try_pin(at(0)).is_ok());
    }
    assert_eq!(wallet.try_pin(at(0)).unwrap_err(), GuardError::TooMany(at(30)));
}

#[test]
fn no_private_key_of_a_full_card_is_in_the_file() {
    let world = World::new();
    let open = serde_json::to_value(world.card(AssuranceLevel::Full, 2)).unwrap();
    let mut wallet = guarded(&world, 2);
    let text = serde_json::to_string(&wallet).unwrap();
    for copy in open["copies"].as_array().unwrap() {
        assert!(!text.contains(copy["key"].as_str().unwrap()));
    }
    assert!(!text.contains("480217"));
    let verified = typed(&mut wallet, "480217", 0).unwrap();
    assert!(!format!("{wallet:?} {verified:?}").contains("jwe"));
}

#[test]
fn another_pin_takes_the_place_of_the_first() {
    let world = World::new();
    let mut wallet = guarded(&world, 1);
    let other = pin("730492");
    let refused = wallet.choose_pin(&other, None, &mut rng(21)).unwrap_err();
    assert_eq!(refused, GuardError::PinNeeded, "not by whoever has the file");
    let mut empty = WalletState::new(&mut rng(1)).unwrap();
    empty.choose_pin(&pin("480217"), None, &mut rng(23)).unwrap();
    let refused = empty.choose_pin(&other, None, &mut rng(24)).unwrap_err();
    assert_eq!(refused, GuardError::PinNeeded, "nor before there is a card");
    let verified = typed(&mut wallet, "480217", 0).unwrap();
    wallet.choose_pin(&other, Some(&verified), &mut rng(22)).unwrap();
    assert_eq!(typed(&mut wallet, "480217", 0).unwrap_err(), GuardError::Wrong);
    let new = typed(&mut wallet, "730492", 0).unwrap();
    let key = &wallet.cards()[0].copies[0].key;
    assert!(key.open(Some(&new)).is_ok());
    assert!(matches!(key.open(Some(&verified)), Err(GuardError::Sealed(_))));
}

#[test]
fn a_full_card_whose_keys_lie_open_is_not_shown() {
    let world = World::new();
    let mut wallet = guarded(&world, 1);
    let verified = typed(&mut wallet, "480217", 0).unwrap();
    wallet.keep(world.card(AssuranceLevel::Full, 1));
    let (_, consent) = look(&world, &mut wallet, PurposeId::BankAccount, Flow::CrossDevice);
    let consent = consent.unwrap().verified(verified);
    let refused = present(&mut wallet, consent, at(3), &mut rng(4)).unwrap_err();
    assert_eq!((refused, left(&wallet)), (PresentError::Unsealed, 1));
}

#[test]
fn an_old_count_is_forgotten_after_a_week() {
    let mut wallet = guarded(&World::new(), 1);
    for _ in 0..6 {
        assert!(wallet.try_pin(at(0)).is_ok());
    }
    let week = at(0) + SignedDuration::from_hours(7 * 24);
    assert!(wallet.try_pin(week).is_ok());
}
