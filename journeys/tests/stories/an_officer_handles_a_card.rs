//! An officer looks a holder up for a case and suspends, restores and revokes their card; the desk
//! and the resident see it. Nothing is shown or done without a case, a reason, and a log entry.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use tanda_journeys::{Citizen, City, Console, ordinary};
use tanda_model::OfficerRole;
use tanda_server::Role;

use super::a_hotel_verifies_a_guest::check_in;
use super::officers_at_the_console::{acts, invited};

const REASON: &str = "asked at the counter about a lost phone";

pub(crate) fn why() -> Value {
    json!({ "case": "2026-17", "reason": REASON })
}

pub(crate) fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

pub(crate) async fn look_up(officer: &Console, resident: &Citizen) -> Value {
    let asked = with(why(), "number", resident.number.clone());
    let (status, seen) = officer.post("console/residents/look", asked).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    seen
}

fn card(seen: &Value) -> (String, &str) {
    let card = &seen["cards"][0];
    (format!("console/cards/{}", card["id"].as_str().unwrap()), card["state"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_suspended_restored_and_revoked_and_everybody_sees_it() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut wallet = city.wallet_with_card(resident).await;
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
    let clerk = city.officer(OfficerRole::Clerk).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;

    let seen = look_up(&clerk, resident).await;
    let text = seen.to_string();
    assert!(!text.contains(&resident.name) && !text.contains(&resident.number), "masked: {text}");
    let (path, state) = card(&seen);
    assert_eq!(state, "live");
    let id = seen["id"].as_str().unwrap();
    let (status, full) = clerk.post(&format!("console/residents/{id}/unmask"), why()).await;
    assert_eq!(status, StatusCode::OK, "{full}");
    assert_eq!(full["number"], json!(resident.number));
    assert!(full["portrait"].as_str().unwrap().starts_with("data:image/jpeg;base64,"));

    let (status, seen) = clerk.post(&format!("{path}/suspend"), why()).await;
    assert_eq!((status, card(&seen).1), (StatusCode::OK, "suspended"));
    let began = Instant::now();
    while check_in(&desk, &mut wallet).await != "not_valid" {
        assert!(began.elapsed() < Duration::from_secs(60), "the desk sees it within a minute");
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    // Of two who do the same at once, one does it, and the other is told.
    let restore = format!("{path}/restore");
    let (one, other) = tokio::join!(clerk.post(&restore, why()), supervisor.post(&restore, why()));
    let mut both = [one.0, other.0];
    both.sort();
    assert_eq!(both, [StatusCode::OK, StatusCode::CONFLICT]);

    // For good is for a supervisor, who has used the passkey just now.
    let revoke = format!("{path}/revoke");
    let (status, refused) = clerk.post(&revoke, why()).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("role-not-permitted")));
    let (status, seen) = supervisor.post(&revoke, why()).await;
    assert_eq!((status, card(&seen).1), (StatusCode::OK, "revoked"));
    assert_eq!(supervisor.post(&restore, why()).await.0, StatusCode::CONFLICT);

    let acts = acts(&city).await;
    let count = |kind: &str| acts.iter().filter(|act| act.contains(kind)).count();
    let kinds = ["register.looked-up", "register.unmasked", "card.suspended", "card.restored"];
    assert_eq!(kinds.map(count), [1; 4]);
    assert_eq!(count("card.revoked"), 1);
    assert!(acts.iter().filter(|act| act.contains("card.revoked")).all(|act| act.contains(REASON)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_back_wants_the_passkey_anew() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    city.wallet_with_card(resident).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let (path, _) = card(&look_up(&supervisor, resident).await);
    let revoke = format!("{path}/revoke");
    // Five minutes later.
    let store = city.config.store(Role::Authority);
    let mut store = SqliteConnection::connect(store.to_str().unwrap()).await.unwrap();
    sqlx::query("UPDATE officer_sessions SET authenticated_at = authenticated_at - 300000")
        .execute(&mut store)
        .await
        .unwrap();
    let (status, refused) = supervisor.post(&revoke, why()).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("fresh-sign-in-needed")));
    assert_eq!(card(&look_up(&supervisor, resident).await).1, "live");
    assert_eq!(supervisor.step_up().await.0, StatusCode::OK);
    let (status, seen) = supervisor.post(&revoke, why()).await;
    assert_eq!((status, card(&seen).1), (StatusCode::OK, "revoked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_shown_without_a_case_and_a_reason_and_nobody_looks_at_themselves() {
    let city = City::start().await;
    let [resident, officers] = &ordinary(2)[..] else { panic!() };
    let clerk = city.officer(OfficerRole::Clerk).await;
    let before = acts(&city).await.len();
    let number = resident.number.as_str();
    for (asked, code) in [
        (json!({ "number": number, "case": "", "reason": REASON }), "case-missing"),
        (json!({ "number": number, "case": "2026 17", "reason": REASON }), "case-missing"),
        (json!({ "number": number, "case": "2026-17", "reason": "ok" }), "reason-missing"),
        (json!({ "number": "1234", "case": "2026-17", "reason": REASON }), "malformed-number"),
    ] {
        let (status, refused) = clerk.post("console/residents/look", asked).await;
        assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
    }
    assert_eq!(acts(&city).await.len(), before);
    // Guessing leaves a trace, and shows nothing.
    let nobody = with(why(), "number", "11010519491231002X");
    let (status, refused) = clerk.post("console/residents/look", nobody).await;
    assert_eq!((status, &refused["code"]), (StatusCode::NOT_FOUND, &json!("resident-unknown")));
    assert_eq!(acts(&city).await.len(), before + 1);

    let administrator = city.officer(OfficerRole::Administrator).await;
    let own = invited(&administrator, OfficerRole::Supervisor, Some(&officers.number)).await;
    let (status, refused) =
        own.post("console/residents/look", with(why(), "number", officers.number.clone())).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("own-matter")));
    let seen = look_up(&clerk, officers).await;
    let id = seen["id"].as_str().unwrap();
    let mark = with(with(why(), "mark", "card_lost"), "set", true);
    for (path, body) in [("unmask", why()), ("marks", mark)] {
        let (status, refused) = own.post(&format!("console/residents/{id}/{path}"), body).await;
        assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("own-matter")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_died_has_no_card_any_more() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    city.wallet_with_card(resident).await;
    let clerk = city.officer(OfficerRole::Clerk).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let seen = look_up(&clerk, resident).await;
    let path = format!("console/residents/{}/marks", seen["id"].as_str().unwrap());
    let died = with(with(why(), "mark", "deceased"), "set", true);
    assert_eq!(clerk.post(&path, died.clone()).await.0, StatusCode::FORBIDDEN);
    let (status, seen) = supervisor.post(&path, died).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    assert_eq!((&seen["deceased"], card(&seen).1), (&json!(true), "revoked"));
    let lost = with(with(why(), "mark", "card_lost"), "set", true);
    let (_, seen) = clerk.post(&path, lost).await;
    assert_eq!(seen["card_lost"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_is_identified_first_and_how_is_recorded() {
    let city = City::start().await;
    let [resident, other] = &ordinary(2)[..] else { panic!() };
    city.wallet_with_card(resident).await;
    let administrator = city.officer(OfficerRole::Administrator).await;
    let clerk = invited(&administrator, OfficerRole::Clerk, Some(&other.number)).await;
    let seen = look_up(&clerk, resident).await;
    let (lock, sheet) = (
        format!("{}/lock", card(&seen).0),
        format!("console/residents/{}/sheet", seen["id"].as_str().unwrap()),
    );
    let by = |checks: &[&str]| with(why(), "identified_by", checks.to_vec());
    let before = acts(&city).await.len();
    let asked = ["number_named", "birth_date_named"];
    for (path, body, code) in [
        (&lock, why(), "not-identified"),
        (&lock, by(&["number_named"]), "not-identified"),
        (&sheet, by(&[]), "not-identified"),
        (&sheet, by(&asked), "not-in-person"),
    ] {
        let (status, refused) = clerk.post(path, body).await;
        assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
    }
    assert_eq!(acts(&city).await.len(), before, "nothing was done");
    let (status, seen) = clerk.post(&lock, by(&asked)).await;
    assert_eq!((status, card(&seen).1), (StatusCode::OK, "suspended"), "{seen}");
    let (status, issued) = clerk.post(&sheet, by(&["face_compared"])).await;
    assert_eq!((status, card(&issued["resident"]).1), (StatusCode::CREATED, "live"), "{issued}");

    let acts = acts(&city).await;
    let told =
        |kind: &str, how: &str| acts.iter().any(|act| act.contains(kind) && act.contains(how));
    assert!(told("card.locked", r#"["number_named","birth_date_named"]"#));
    assert!(told("sheet.issued", r#"["face_compared"]"#));
    let code = issued["codes"][0].as_str().unwrap();
    assert!(acts.iter().all(|act| !act.contains(code)), "a code is kept nowhere");
    let desk = city.desk("hotel-nansha").await;
    let request = desk.ask("hotel-check-in", None, None).await.unwrap();
    let state = desk.hand_over(&request.id, code).await.unwrap();
    assert_eq!(state.outcome(), "valid", "{:?}", state.verdict["reason"]);

    // Not to oneself.
    let own = look_up(&city.officer(OfficerRole::Supervisor).await, other).await;
    let own = format!("console/residents/{}/sheet", own["id"].as_str().unwrap());
    let (status, refused) = clerk.post(&own, by(&["document_seen"])).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("own-matter")));
}
