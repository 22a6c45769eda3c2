//! A courier: the sender's real name goes into the record, sealed; the clerk at the counter sees that
//! the identity is confirmed, and nothing else.

use jiff::SignedDuration;
use tanda_cli::drive::{Desk, HttpError};
use tanda_journeys::{City, ordinary};
use tanda_server::clock;

#[tokio::test(flavor = "multi_thread")]
async fn the_clerk_sees_a_result_and_the_record_has_the_name() {
    let city = City::start().await;
    let sender = &ordinary(1)[0];
    let mut wallet = city.wallet_with_card(sender).await;
    let manager = city.desk("courier-swift").await;
    manager.add_staff("wayan", "730185", "clerk").await.unwrap();
    let clerk = city.desk("courier-swift").await;
    clerk.sign_in("wayan", "730185").await.unwrap();

    let asked = clerk.ask("courier", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    let registration = consent.registration();
    assert!(registration.result_only && registration.record.len() == 2);
    wallet.agree(consent).await.unwrap();
    let state = clerk.wait(&asked.id).await.unwrap();
    assert_eq!(state.outcome(), "valid");
    assert_eq!(state.verdict["claims"], serde_json::json!({}));
    let seen = state.verdict.to_string();
    for part in sender.name.split(' ').chain([sender.number.as_str()]) {
        assert!(!seen.contains(part), "the clerk sees {part}");
    }
    let receipt = clerk.receipt(&asked.id).await.unwrap();
    assert!(!receipt.is_empty());

    let take_out = async |desk: &Desk| {
        let (from, until) = (clock::now() - day(), clock::now() + day());
        desk.export("courier", from, until, "json", "police request 2026-119, a parcel").await
    };
    let refused = take_out(&clerk).await;
    assert!(matches!(refused, Err(HttpError::Problem { code, .. }) if code == "forbidden"));
    let record = take_out(&manager).await.unwrap();
    assert!(sender.name.split(' ').all(|part| record.contains(part)), "{record}");
    assert!(!record.contains(&sender.number), "the number was never asked");
}

fn day() -> SignedDuration {
    SignedDuration::from_hours(24)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_courier_can_ask_for_no_portrait() {
    let city = City::start().await;
    let desk = city.desk("courier-swift").await;
    for claim in ["picture", "personal_administrative_number", "birthdate"] {
        let refused = desk.ask("courier", Some(&[vec![claim.to_owned()]]), None).await.unwrap_err();
        let sentence = refused.to_string();
        assert!(sentence.contains("over-asking-data") && sentence.contains(claim), "{sentence}");
    }
}
