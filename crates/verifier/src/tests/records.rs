//! What is kept, for whom it is legible, and until when.

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;
use tanda_credential::sd_jwt::ClaimPath;
use tanda_credential::status_list::Status;
use tanda_model::PurposeId;
use tanda_protocol::receipt::{DeletionReceipt, handle_hash};

use crate::fixture::{BROWSER, World, at, object, question, record_key, rng};
use crate::{
    Closing, Flow, Question, Received, RecordError, RecordKey, RelyingParty, SealedEntry,
    StatusEvidence, Verdict, ask, receive,
};

/// An answer to this relying party, decided on a list that says so.
fn answered(world: &World, party: &RelyingParty, flow: Flow, status: Status) -> Closing {
    let purpose = party.purposes().next().unwrap().purpose.id.clone();
    let (session, request) = world.opened(party, &purpose, flow);
    let form = world.card().answer(&request);
    let Received::NeedsStatus(pending) =
        receive(session, &form, &world.trusted, at(3), &mut rng(9)).unwrap()
    else {
        panic!("refused");
    };
    let list = world.list(status);
    let evidence = StatusEvidence::List { token: &list, fetched_at: at(1) };
    pending.decide(evidence, at(4), &mut rng(8)).unwrap()
}

fn entry(world: &World, id: &str, purpose: PurposeId) -> SealedEntry {
    let party = world.party(id, purpose);
    answered(world, &party, Flow::CrossDevice, Status::Valid).entry.unwrap()
}

#[test]
fn the_stay_register_has_name_and_number_for_as_long_as_is_registered() {
    let world = World::new();
    let closing = answered(&world, &world.hotel, Flow::CrossDevice, Status::Valid);
    let entry = closing.entry.unwrap();
    assert_eq!((entry.kept_at, entry.purpose.as_str()), (at(4), "hotel-check-in"));
    assert_eq!(entry.delete_at, at(4) + SignedDuration::from_hours(24 * 30));
    assert!(!entry.sealed.contains("canary") && !format!("{entry:?}").contains("canary"));
    let opened = record_key().open(&entry, world.hotel.id()).unwrap();
    let kept = json!({
        "family_name": "canary-family_name", "given_name": "canary-given_name",
        "personal_administrative_number": "canary-personal_administrative_number",
    });
    assert_eq!((opened.claims, opened.desk.staff.as_str()), (object(&kept), "mei"));
    // The desk sees what is kept, and the portrait besides.
    let Ok(Verdict::Valid(seen)) = closing.session.verdict(BROWSER) else { panic!("not valid") };
    assert_eq!(seen.claims.len(), 4);
    let handle = closing.deletion_receipt_uri.unwrap();
    let handle = handle.path().strip_prefix("/deletion-receipts/").unwrap();
    assert_eq!(handle_hash(handle), entry.handle);
    let stored = serde_json::to_string(&closing.session).unwrap();
    assert!(!stored.contains(handle), "the wallet alone has the handle");
}

#[test]
fn a_courier_keeps_a_name_that_the_clerk_does_not_see() {
    let world = World::new();
    let courier = world.party("hotel-nansha", PurposeId::Courier);
    let closing = answered(&world, &courier, Flow::CrossDevice, Status::Valid);
    let Ok(Verdict::Valid(seen)) = closing.session.verdict(BROWSER) else { panic!("not valid") };
    assert!(seen.claims.is_empty() && seen.issuer.is_none(), "{seen:?}");
    assert!(!serde_json::to_string(&closing.session).unwrap().contains("canary"));
    let opened = record_key().open(&closing.entry.unwrap(), courier.id()).unwrap();
    assert_eq!(opened.claims["given_name"], "canary-given_name");
}

#[test]
fn nothing_is_kept_of_what_is_not_valid_or_not_registered_to_be_kept() {
    let world = World::new();
    for status in [Status::Invalid, Status::Suspended, Status::Other(3)] {
        let closing = answered(&world, &world.hotel, Flow::CrossDevice, status);
        assert!(closing.entry.is_none() && closing.deletion_receipt_uri.is_none(), "{status:?}");
    }
    let cafe = answered(&world, &world.cafe, Flow::CrossDevice, Status::Valid);
    assert!(cafe.entry.is_none() && cafe.deletion_receipt_uri.is_none());
    // Of a record only what is asked this time.
    let claims = Some(vec![ClaimPath::name("picture")]);
    let portrait = Question { claims, ..question("hotel-check-in") };
    let asked = ask(&world.hotel, &portrait, &world.service, at(0), &mut rng(1)).unwrap();
    assert_eq!(serde_json::to_value(&asked.session).unwrap()["keeping"], json!(null));
}

#[test]
fn on_the_same_device_it_is_kept_with_the_verdicts_release() {
    let world = World::new();
    let closing = answered(&world, &world.hotel, Flow::SameDevice, Status::Valid);
    assert!(closing.entry.is_none() && closing.deletion_receipt_uri.is_some());
    let back = closing.redirect_uri.unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "response_code").unwrap().1.into_owned();
    let (_, entry) = closing.session.release(&code, BROWSER, at(5)).unwrap();
    assert!(record_key().open(&entry.unwrap(), world.hotel.id()).is_ok());
}

#[test]
fn an_entry_opens_in_its_place_with_its_key_alone() {
    let world = World::new();
    let entry = entry(&world, "hotel-nansha", PurposeId::HotelCheckIn);
    let key = record_key();
    let other = RecordKey::generate(&mut rng(601)).unwrap();
    assert!(matches!(other.open(&entry, world.hotel.id()), Err(RecordError::Seal(_))));
    assert_eq!(key.open(&entry, world.cafe.id()), Err(RecordError::Moved));
    let moved = SealedEntry { handle: handle_hash("another"), ..entry.clone() };
    assert_eq!(key.open(&moved, world.hotel.id()), Err(RecordError::Moved));
    let again = RecordKey::from_bytes(key.to_bytes().as_slice()).unwrap();
    assert_eq!(again.open(&entry, world.hotel.id()), key.open(&entry, world.hotel.id()));
    assert_eq!(format!("{key:?}"), "RecordKey");
}

#[test]
fn the_deletion_receipt_says_what_was_kept_and_no_value() {
    let world = World::new();
    let entry = entry(&world, "hotel-nansha", PurposeId::HotelCheckIn);
    let token = world.hotel.deletion_receipt(&entry, entry.delete_at).unwrap();
    let payload = tanda_credential::b64::decode(token.split('.').nth(1).unwrap()).unwrap();
    let receipt: DeletionReceipt = serde_json::from_slice(&payload).unwrap();
    assert_eq!((receipt.kept_at, receipt.deleted_at), (at(4), entry.delete_at));
    assert_eq!(receipt.claims.len(), 3);
    assert!(!String::from_utf8(payload).unwrap().contains("canary"));
}

proptest! {
    /// Whatever stands in a row, opening it is answered.
    #[test]
    fn a_damaged_entry_is_an_error(text in "\\PC{0,80}", at in 0_usize..2000) {
        let world = World::new();
        let entry = entry(&world, "hotel-nansha", PurposeId::HotelCheckIn);
        let (key, id) = (record_key(), world.hotel.id());
        let other = SealedEntry { sealed: text, ..entry.clone() };
        prop_assert!(key.open(&other, id).is_err());
        let mut bytes = entry.sealed.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = SealedEntry { sealed: String::from_utf8(bytes).unwrap(), ..entry };
        prop_assert!(key.open(&changed, id).is_err());
    }
}
