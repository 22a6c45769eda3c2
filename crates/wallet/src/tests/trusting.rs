use tanda_credential::status_list::{self, Bits, Outcome, Status, StatusList, StatusListClaims};

use crate::fixture::{LIST, World, at, ok, pki, rng};
use crate::http::{Method, Response};
use crate::{Trust, WalletState, status};

#[test]
fn a_trust_list_is_the_operators_and_never_goes_back() {
    let world = World::new();
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    let operator = std::slice::from_ref(&world.operator.anchor);
    assert!(Trust::verify(&world.trust_list(5), operator, &mut wallet, at(0)).is_ok());
    assert!(Trust::verify(&world.trust_list(4), operator, &mut wallet, at(0)).is_err());
    assert!(Trust::verify(&world.trust_list(5), operator, &mut wallet, at(0)).is_ok());
    let stranger = [pki(900, "https://stranger.example").anchor];
    assert!(Trust::verify(&world.trust_list(6), &stranger, &mut wallet, at(0)).is_err());
}

#[test]
fn a_typed_code_leads_to_the_service_that_minted_it() {
    let world = World::new();
    let trust = world.trust(&mut WalletState::new(&mut rng(1)).unwrap());
    let request = trust.code_request(&"hi 12-cd34".parse().unwrap()).unwrap();
    assert_eq!(
        (request.method, request.url.as_str()),
        (Method::Get, "https://hotel.example/codes/H112CD34")
    );
    assert!(trust.code_request(&"ZZ12-CD34".parse().unwrap()).is_none());
}

#[test]
fn the_holder_sees_whether_the_card_is_in_force() {
    let world = World::new();
    let mut wallet = world.wallet(1);
    let trust = world.trust(&mut wallet);
    let card = &wallet.cards()[0];
    assert_eq!(status::request(card).unwrap().url.as_str(), LIST);
    let list = |status: Status, issued: i64| {
        let mut list = StatusList::new(Bits::Two, 64);
        list.set(0, status).unwrap();
        let claims = StatusListClaims {
            uri: LIST.into(),
            issued_at: at(issued),
            expires_at: None,
            ttl: None,
        };
        ok(status_list::sign(&claims, &list.encode().unwrap(), &world.issuer.leaf).unwrap())
    };
    assert_eq!(status::read(&list(Status::Valid, 0), card, &trust, at(1)).unwrap(), Outcome::Valid);
    assert_eq!(
        status::read(&list(Status::Suspended, 0), card, &trust, at(1)).unwrap(),
        Outcome::Suspended
    );
    let stale = status::read(&list(Status::Valid, -200), card, &trust, at(1)).unwrap();
    assert!(matches!(stale, Outcome::CannotTell(_)));
    let gone = Response { status: 503, ..ok("") };
    assert!(status::read(&gone, card, &trust, at(1)).is_err());
}
