//! What is kept of a showing, and the receipt when it is deleted: verifier and wallet, each with its
//! own code.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tanda_model::PurposeId;
use tanda_protocol::receipt::{ReceiptError, handle_hash};
use tanda_verifier::{Flow, RelyingParty, SealedEntry};

use super::presenting::{deliver, look};
use crate::deletion::{DeletionError, due};
use crate::fixture::{World, at, ok, rng};
use crate::http::Response;
use crate::present::present;
use crate::{Trust, WalletState};

/// Shows the card; what the verifier keeps, and the wallet that has been told of it.
fn shown(world: &World, purpose: PurposeId) -> (WalletState, Option<SealedEntry>) {
    let mut wallet = world.wallet(1);
    let (session, consent) = look(world, &mut wallet, purpose, Flow::CrossDevice);
    let (sent, request) = present(&mut wallet, consent.unwrap(), at(3), &mut rng(4)).unwrap();
    let (closing, response) = deliver(world, &mut wallet, session, &request);
    sent.outcome(&response, &mut wallet).unwrap();
    (wallet, closing.entry)
}

fn hotel(world: &World) -> RelyingParty {
    world.relying_party(&world.registration("hotel-nansha", PurposeId::HotelCheckIn))
}

fn after(days: i64) -> Timestamp {
    at(3600) + SignedDuration::from_hours(24 * days)
}

fn said(receipt: &str) -> Response {
    ok(json!({ "state": "deleted", "receipt": receipt }).to_string())
}

#[test]
fn the_wallet_lists_the_receipt_of_what_was_deleted() {
    let world = World::new();
    let (mut wallet, entry) = shown(&world, PurposeId::HotelCheckIn);
    let entry = entry.unwrap();
    assert!(due(&wallet, after(29)).is_empty(), "nobody is asked before the time is over");
    let (fetching, request) = due(&wallet, after(30)).pop().unwrap();
    let handle = request.url.path_segments().unwrap().next_back().unwrap().to_owned();
    assert!(request.url.as_str().starts_with("https://hotel.example/deletion-receipts/"));
    assert_eq!(handle_hash(&handle), entry.handle, "the verifier keeps the hash alone");
    let trust = world.trust(&mut wallet);
    let receipt = hotel(&world).deletion_receipt(&entry, after(30)).unwrap();
    assert!(!receipt.contains(&handle));
    assert!(fetching.read(&said(&receipt), &mut wallet, &trust, after(31)).unwrap());
    let kept = wallet.history()[0].kept.as_ref().unwrap();
    assert_eq!(kept.deleted.as_ref().unwrap().at, after(30));
    assert!(due(&wallet, after(400)).is_empty(), "it is not asked again");
}

#[test]
fn a_receipt_for_something_else_is_none() {
    let world = World::new();
    let (mut wallet, entry) = shown(&world, PurposeId::HotelCheckIn);
    let entry = entry.unwrap();
    let trust = world.trust(&mut wallet);
    let refuse = |wallet: &mut WalletState, trust: &Trust, response: &Response| {
        let (fetching, _) = due(wallet, after(30)).pop().unwrap();
        fetching.read(response, wallet, trust, after(31))
    };
    let other = SealedEntry { handle: handle_hash("another"), ..entry.clone() };
    let other = hotel(&world).deletion_receipt(&other, after(30)).unwrap();
    let error = refuse(&mut wallet, &trust, &said(&other)).unwrap_err();
    assert!(matches!(error, DeletionError::Receipt(ReceiptError::OtherHandle)), "{error}");
    let cafe = world.registration("cafe-comet", PurposeId::HotelCheckIn);
    let cafe = world.relying_party(&cafe).deletion_receipt(&entry, after(30)).unwrap();
    let error = refuse(&mut wallet, &trust, &said(&cafe)).unwrap_err();
    assert!(matches!(error, DeletionError::Receipt(ReceiptError::OtherRelyingParty)), "{error}");
    let early = hotel(&world).deletion_receipt(&entry, after(40)).unwrap();
    assert!(refuse(&mut wallet, &trust, &said(&early)).is_err());
    assert!(refuse(&mut wallet, &trust, &said("no receipt")).is_err());
    assert!(refuse(&mut wallet, &trust, &Response { status: 404, ..ok("{}") }).is_err());
    let kept = ok(json!({ "state": "kept", "delete_by": "2026-12-24T00:00:00Z" }).to_string());
    assert!(!refuse(&mut wallet, &trust, &kept).unwrap());
    assert!(wallet.history()[0].kept.as_ref().unwrap().deleted.is_none());
}

#[test]
fn what_keeps_nothing_has_no_handle() {
    let world = World::new();
    let (wallet, entry) = shown(&world, PurposeId::Ticket);
    assert_eq!(entry, None);
    assert_eq!(wallet.history()[0].kept, None);
}

#[test]
fn the_wallet_is_sent_nowhere_else_for_its_receipt() {
    let world = World::new();
    let mut wallet = world.wallet(1);
    let (_, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
    let (sent, _) = present(&mut wallet, consent.unwrap(), at(3), &mut rng(4)).unwrap();
    let elsewhere =
        json!({ "deletion_receipt_uri": "https://tracker.example/deletion-receipts/x" });
    sent.outcome(&ok(elsewhere.to_string()), &mut wallet).unwrap();
    assert_eq!(wallet.history()[0].kept, None);
}

#[test]
fn two_relying_parties_have_nothing_to_compare() {
    let world = World::new();
    let uris: Vec<_> = (0..2)
        .map(|seed| {
            let mut wallet = world.wallet(1);
            let (session, consent) =
                look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
            let (_, request) =
                present(&mut wallet, consent.unwrap(), at(3), &mut rng(40 + seed)).unwrap();
            let trust = world.trust(&mut wallet);
            super::presenting::take(&world, &trust, session, &request, 70 + seed)
                .entry
                .unwrap()
                .handle
        })
        .collect();
    assert_ne!(uris[0], uris[1]);
}
