use tanda_credential::jose::Signer;
use tanda_model::AssuranceLevel;

use crate::fixture::{MONTH, World, at, rng};
use crate::{HolderKey, KeepError, WalletState};

#[test]
fn a_wallet_comes_back_from_its_file() {
    let world = World::new();
    let wallet = world.wallet(2);
    let text = serde_json::to_string(&wallet).unwrap();
    let mut again: WalletState = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    let copy = again.card_mut("light").unwrap().take(at(0)).unwrap();
    assert!(copy.key.open(None).unwrap().signer().unwrap().sign(b"x").is_ok());
    assert_eq!(again.cards()[0].claims().unwrap()["given_name"], "canary-given_name");
}

#[test]
fn copies_run_out_and_expire() {
    let world = World::new();
    let mut card = world.card(AssuranceLevel::Light, 2);
    assert_eq!((card.copies_left(at(0)), card.copies_left(at(0) + MONTH)), (2, 0));
    assert!(!card.needs_refill(at(0)), "there is no way to refill it");
    let (one, two) = (card.take(at(0)).unwrap(), card.take(at(0)).unwrap());
    assert_ne!(one.token, two.token);
    assert!(matches!(card.take(at(0)), Err(KeepError::NoCopyLeft)));
    assert!(matches!(
        world.card(AssuranceLevel::Light, 2).take(at(0) + MONTH),
        Err(KeepError::NoCopyLeft)
    ));
    assert_eq!(
        card.claims().unwrap()["given_name"],
        "canary-given_name",
        "a used-up card can still be looked at"
    );
}

#[test]
fn a_low_card_asks_to_be_refilled() {
    let world = World::new();
    let mut card = world.card(AssuranceLevel::Light, 5);
    let dpop = HolderKey::generate(&mut rng(7)).unwrap();
    card.refresh = Some(crate::keep::Refresh { token: "r".into(), dpop });
    assert!(!card.needs_refill(at(0)));
    card.take(at(0)).unwrap();
    assert!(!card.needs_refill(at(0)));
    card.take(at(0)).unwrap();
    assert!(card.needs_refill(at(0)));
}

#[test]
fn a_new_card_takes_the_place_of_the_authoritys_old_one() {
    let world = World::new();
    let mut wallet = world.wallet(2);
    wallet.keep(world.card(AssuranceLevel::Light, 5));
    assert_eq!(wallet.card("light").unwrap().copies_left(at(0)), 5);
    wallet.keep(world.card(AssuranceLevel::Full, 1));
    assert_eq!(wallet.cards().len(), 1);
    assert!(wallet.card("light").is_none());
    let mut other = world.card(AssuranceLevel::Light, 1);
    other.issuer = "https://other-city.example".to_owned();
    wallet.keep(other);
    assert_eq!(wallet.cards().len(), 2);
}
