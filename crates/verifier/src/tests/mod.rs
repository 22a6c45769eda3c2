mod asking;
mod checks;
mod lifecycle;
mod orders;
mod records;

use serde_json::json;
use tanda_credential::status_list::Status;
use tanda_model::AssuranceLevel;

use crate::fixture::{BROWSER, ISSUER, World, at, listed_names, object, rng};
use crate::{Flow, Issuer, Received, Stage, StatusEvidence, Verdict, receive};

/// Ask, open, answer, decide: everything real but the network.
#[test]
fn a_hotel_checks_a_guest_in() {
    let world = World::new();
    let (session, request) = world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice);
    let form = world.card().answer(&request);
    let Received::NeedsStatus(pending) =
        receive(session, &form, &world.trusted, at(3), &mut rng(9)).unwrap()
    else {
        panic!("the status is to be looked up");
    };
    assert_eq!((pending.status().idx, pending.issuer()), (7, ISSUER));
    let list = world.list(Status::Valid);
    let closing = pending
        .decide(StatusEvidence::List { token: &list, fetched_at: at(1) }, at(4), &mut rng(8))
        .unwrap();
    assert_eq!(closing.redirect_uri, None);
    assert_eq!(closing.session.stage(), Stage::Answered);
    let Verdict::Valid(accepted) = closing.session.verdict(BROWSER).unwrap() else {
        panic!("not valid")
    };
    assert_eq!(
        accepted.claims,
        object(&json!({
            "family_name": "canary-family_name", "given_name": "canary-given_name",
            "personal_administrative_number": "canary-personal_administrative_number",
            "picture": "canary-picture",
        }))
    );
    assert_eq!((accepted.level, accepted.status_age_s), (AssuranceLevel::Light, 4));
    let issuer = Issuer { id: ISSUER.to_owned(), name: listed_names() };
    assert_eq!(accepted.issuer, Some(issuer));
    let shown = serde_json::to_value(closing.session.verdict(BROWSER).unwrap()).unwrap();
    assert_eq!(shown["outcome"], "valid");
    assert_eq!(
        shown["issuer"],
        json!({"id": ISSUER, "name": {"en": "Listed City", "id": "Kota Terdaftar"}})
    );
    assert!(!format!("{closing:?}").contains("canary"));
}

/// A result and a pseudonym, and nothing else.
#[test]
fn a_cafe_learns_a_result_alone() {
    let world = World::new();
    let (session, request) = world.opened(&world.cafe, "cafe-sign-up", Flow::CrossDevice);
    let form = world.card().answer(&request);
    let Received::NeedsStatus(pending) =
        receive(session, &form, &world.trusted, at(3), &mut rng(9)).unwrap()
    else {
        panic!("the status is to be looked up");
    };
    let list = world.list(Status::Valid);
    let closing = pending
        .decide(StatusEvidence::List { token: &list, fetched_at: at(1) }, at(4), &mut rng(8))
        .unwrap();
    let shown = serde_json::to_value(closing.session.verdict(BROWSER).unwrap()).unwrap();
    let claims = json!({"age_equal_or_over": {"18": true}, "pseudonyms": {"cafe-comet": "c0"}});
    assert_eq!(shown["claims"], claims);
    assert_eq!(shown.get("issuer").or(shown.get("expires")), None);
}
