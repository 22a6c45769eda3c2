//! The stay register: kept sealed, taken out by a manager with a reason, deleted in time with a receipt
//! that the guest's wallet lists.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tanda_cli::drive::{Desk, HttpError, Wallet};
use tanda_journeys::{Citizen, City, ordinary};
use tanda_server::{Role, clock};

use super::a_hotel_verifies_a_guest::check_in;

const REASON: &str = "police request 2026-118, stays of November";

async fn register(desk: &Desk, form: &str) -> Result<String, HttpError> {
    let (from, until) = (days(-1), days(1));
    desk.export("hotel-check-in", from, until, form, REASON).await
}

fn days(count: i64) -> Timestamp {
    clock::now() + SignedDuration::from_hours(24 * count)
}

/// A guest who has checked in.
async fn guest(city: &City, desk: &Desk, citizen: &Citizen) -> Wallet {
    let mut wallet = city.wallet_with_card(citizen).await;
    assert_eq!(check_in(desk, &mut wallet).await, "valid");
    wallet
}

/// Everything in the verifier's folder that is no key.
fn at_rest(city: &City) -> Vec<u8> {
    let folder = city.config.folder(Role::Verifier);
    let stores = ["store.db", "store.db-wal"].map(|name| folder.join(name));
    stores.iter().flat_map(|file| std::fs::read(file).unwrap_or_default()).collect()
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_taken_out_for_the_police_and_says_who_did() {
    let city = City::start().await;
    let desk = city.desk("hotel-nansha").await;
    let guests = ordinary(2);
    for citizen in &guests {
        guest(&city, &desk, citizen).await;
    }
    let table = register(&desk, "csv").await.unwrap();
    let mut lines = table.lines();
    let names = "checked_at,family_name,given_name,personal_administrative_number,level,staff";
    assert_eq!(lines.next(), Some(names));
    for (line, citizen) in lines.zip(&guests) {
        assert!(line.contains(&citizen.number) && line.ends_with(",light,mei"), "{line}");
    }
    let entries: Value = serde_json::from_str(&register(&desk, "json").await.unwrap()).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 2);
    assert_eq!(entries[0]["personal_administrative_number"], guests[0].number);
    assert!(entries[0].get("picture").is_none(), "a portrait is for the moment");
    let exports = desk.exports().await.unwrap();
    assert_eq!(exports.as_array().unwrap().len(), 2);
    assert_eq!((&exports[0]["staff"], &exports[0]["reason"]), (&"mei".into(), &REASON.into()));
    assert_eq!(exports[0]["entries"], 2);

    // A clerk takes nothing out, nobody without a reason, and no desk what it doesn't keep.
    let code = |answer: Result<String, HttpError>| match answer {
        Err(HttpError::Problem { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    let unreasoned = desk.export("hotel-check-in", days(-1), days(1), "csv", "ok").await;
    assert_eq!(code(unreasoned), "malformed-request");
    let endless = desk.export("hotel-check-in", days(-400), days(1), "csv", REASON).await;
    assert_eq!(code(endless), "range-unfit");
    let ticket = city.desk("rail-pearl").await;
    assert_eq!(code(ticket.export("ticket", days(-1), days(1), "csv", REASON).await), "not-found");
    desk.add_staff("wayan", "730185", "clerk").await.unwrap();
    desk.sign_in("wayan", "730185").await.unwrap();
    assert_eq!(code(register(&desk, "csv").await), "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_sealed_at_rest_and_deleted_in_time_with_a_receipt() {
    let mut city = City::start().await;
    let citizen = &ordinary(1)[0];
    let desk = city.desk("hotel-nansha").await;
    let mut wallet = guest(&city, &desk, citizen).await;
    // The requests themselves are forgotten minutes after they end.
    city.sweep(clock::now() + SignedDuration::from_mins(11)).await;
    city.close().await;
    let stored = at_rest(&city);
    assert!(!stored.is_empty());
    // Fewer than five letters come up by chance in what is sealed, and in base64.
    let names = citizen.name.split(' ').filter(|name| name.len() >= 5);
    for value in names.chain([citizen.number.as_str()]) {
        assert!(!holds(&stored, value), "{value} lies in the clear");
    }
    city.restart().await;

    let (came, troubles) = wallet.fetch_deletions(days(29)).await.unwrap();
    assert_eq!((came, troubles), (0, Vec::new()), "nobody is asked before the time is over");
    let later = days(30) + SignedDuration::from_hours(1);
    let (came, troubles) = wallet.fetch_deletions(later).await.unwrap();
    assert_eq!((came, troubles.len()), (0, 1), "it says that it is still kept");
    city.sweep(days(29)).await;
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(register(&desk, "csv").await.unwrap().lines().count(), 2, "the day before");
    city.sweep(later).await;
    // The shift is over by then as well.
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(register(&desk, "csv").await.unwrap().lines().count(), 1, "it is gone");
    let (came, troubles) = wallet.fetch_deletions(later).await.unwrap();
    assert_eq!((came, troubles), (1, Vec::new()));
    let kept = wallet.state().history()[0].kept.as_ref().unwrap();
    assert!(kept.deleted.as_ref().unwrap().at <= later);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_showing_has_a_handle_of_its_own() {
    let city = City::start().await;
    let desk = city.desk("hotel-nansha").await;
    let mut wallet = guest(&city, &desk, &ordinary(1)[0]).await;
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
    let cafe = city.desk("cafe-comet").await;
    let asked = cafe.ask("cafe-sign-up", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    wallet.agree(consent).await.unwrap();
    let history = serde_json::to_value(wallet.state().history()).unwrap();
    let handle = |line: usize| history[line]["kept"]["uri"].as_str().map(str::to_owned);
    assert!(handle(0).is_some() && handle(0) != handle(1));
    assert_eq!(handle(2), None, "a café keeps nothing");
    let client = tanda_cli::drive::Client::new().unwrap();
    let guess = tanda_server::config::at(&city.config.verifier.url, "deletion-receipts/guess");
    assert!(client.get_json(&guess).await.is_err());
}
