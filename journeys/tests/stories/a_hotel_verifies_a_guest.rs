//! A hotel asks for what it is registered for, sees the verdict, and can't ask for more.

use std::collections::BTreeSet;

use tanda_cli::drive::{Desk, HttpError, Wallet};
use tanda_journeys::{City, ordinary};

/// One check-in by the typed code; the verdict's outcome.
pub(crate) async fn check_in(desk: &Desk, wallet: &mut Wallet) -> String {
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    wallet.agree(consent).await.unwrap();
    desk.wait(&asked.id).await.unwrap().outcome().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_sees_the_asked_fields_and_nothing_else() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut wallet = city.wallet_with_card(resident).await;
    let desk = city.desk("hotel-nansha").await;
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.wallet_link).await.unwrap();
    assert_eq!(consent.registration().name.en, "Nansha Harbour Hotel (sandbox)");
    assert_eq!(consent.registration().retention_days, 30);
    wallet.agree(consent).await.unwrap();
    let state = desk.wait(&asked.id).await.unwrap();
    assert_eq!(state.outcome(), "valid", "{:?}", state.verdict["reason"]);
    let shown: BTreeSet<&str> =
        state.verdict["claims"].as_object().unwrap().keys().map(String::as_str).collect();
    let registered = ["family_name", "given_name", "personal_administrative_number", "picture"];
    assert_eq!(shown, BTreeSet::from(registered));
    assert_eq!(state.verdict["claims"]["personal_administrative_number"], resident.number);
    // Under the names of the trust list: what the card itself says was not asked for.
    let listed = &city.config.authority.name;
    assert_eq!(state.verdict["issuer"]["name"], serde_json::json!(listed));
    assert!(listed.text("en") != listed.text("id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_the_request_works_once() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let desk = city.desk("hotel-nansha").await;
    for way in ["openid4vp", "link", "code"] {
        let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
        let entered = match way {
            "openid4vp" => asked.openid4vp_uri.clone(),
            "link" => asked.wallet_link.clone(),
            _ => asked.code.to_lowercase().replace('-', " "),
        };
        let consent = wallet.look_at(&entered).await.unwrap();
        wallet.agree(consent).await.unwrap();
        assert_eq!(desk.wait(&asked.id).await.unwrap().outcome(), "valid", "{way}");
        assert!(wallet.look_at(&entered).await.is_err(), "{way} works once");
    }
    assert_eq!(wallet.state().cards()[0].copies_left(tanda_server::clock::now()), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_asking_is_refused_at_the_desk() {
    let city = City::start().await;
    let desk = city.desk("hotel-nansha").await;
    let sex = [vec!["sex".to_owned()]];
    let refusals = [
        (desk.ask("hotel-check-in", Some(&sex), None).await, "over-asking-data"),
        (desk.ask("hotel-check-in", None, Some("full")).await, "over-asking-level"),
        (desk.ask("bank-account", None, None).await, "purpose-not-registered"),
    ];
    for (answer, expected) in refusals {
        match answer {
            Err(HttpError::Problem { code, detail, .. }) => {
                assert_eq!(code, expected);
                assert!(detail.ends_with('.'), "{detail}");
            }
            other => panic!("{expected}: {:?}", other.map(|asked| asked.id)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_may_decline() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let desk = city.desk("hotel-nansha").await;
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    wallet.decline(&consent).await.unwrap();
    assert_eq!(desk.wait(&asked.id).await.unwrap().state, "declined");
    assert_eq!(wallet.state().cards()[0].copies_left(tanda_server::clock::now()), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_desk_sees_nothing_of_it() {
    let city = City::start().await;
    let desk = city.desk("hotel-nansha").await;
    let another_shift = city.desk("hotel-nansha").await;
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    match another_shift.state(&asked.id).await {
        Err(HttpError::Problem { code, .. }) => assert_eq!(code, "not-found"),
        other => panic!("{:?}", other.map(|state| state.state)),
    }
}
