//! A device is enrolled once; people sign in at it with a PIN of their own. A PIN that is guessed is
//! counted, slowed, and not forgotten by a restart.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use tanda_cli::drive::{Desk, HttpError};
use tanda_journeys::{City, relying_party};
use tanda_server::Role;
use tanda_server::config::at;

use super::a_hotel_verifies_a_guest::check_in;

const CLERK: (&str, &str) = ("wayan", "730185");

fn code<T: std::fmt::Debug>(answer: Result<T, HttpError>) -> String {
    match answer {
        Err(HttpError::Problem { code, detail, .. }) => {
            assert!(detail.ends_with('.'), "{detail}");
            code
        }
        other => panic!("{other:?}"),
    }
}

/// The hotel's desk, enrolled, with nobody on shift.
async fn hotel(city: &City) -> Desk {
    let party = relying_party("hotel-nansha");
    Desk::enrol(&city.config.verifier.url, "hotel-nansha", &party.access_code).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_asks_only_while_somebody_is_on_shift() {
    let city = City::start().await;
    let (party, desk) = (relying_party("hotel-nansha"), hotel(&city).await);
    assert_eq!(desk.view().await.unwrap()["shift"], Value::Null);
    assert_eq!(code(desk.ask("hotel-check-in", None, None).await), "sign-in-needed");
    let shift = desk.sign_in(party.staff.id.as_str(), &party.staff.pin).await.unwrap();
    assert_eq!(shift["role"], "manager");
    assert_eq!(desk.view().await.unwrap()["shift"]["staff"], party.staff.id.as_str());
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    // What one shift has asked, the next one does not see.
    desk.add_staff(CLERK.0, CLERK.1, "clerk").await.unwrap();
    desk.sign_in(CLERK.0, CLERK.1).await.unwrap();
    assert_eq!(code(desk.state(&asked.id).await), "not-found");
    desk.sign_out().await.unwrap();
    assert_eq!(code(desk.ask("hotel-check-in", None, None).await), "sign-in-needed");
    desk.unenrol().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_staff_is_a_managers_work() {
    let city = City::start().await;
    let (party, desk) = (relying_party("hotel-nansha"), hotel(&city).await);
    let manager = (party.staff.id.as_str(), party.staff.pin.as_str());
    // Whoever comes later doesn't become the first manager.
    assert_eq!(code(desk.add_staff("stranger", "730185", "manager").await), "sign-in-needed");
    desk.sign_in(manager.0, manager.1).await.unwrap();
    for (id, pin, refusal) in [
        (CLERK.0, "123456", "pin-unfit"),
        (CLERK.0, "12345", "pin-unfit"),
        ("Wayan", CLERK.1, "staff-id-malformed"),
        (manager.0, CLERK.1, "staff-id-taken"),
    ] {
        assert_eq!(code(desk.add_staff(id, pin, "clerk").await), refusal);
    }
    desk.add_staff(CLERK.0, CLERK.1, "clerk").await.unwrap();
    assert_eq!(code(desk.end_staff(manager.0).await), "last-manager");
    desk.sign_in(CLERK.0, CLERK.1).await.unwrap();
    assert_eq!(code(desk.add_staff("ketut", "730186", "clerk").await), "forbidden");
    assert_eq!(code(desk.staff().await), "forbidden");
    assert_eq!(code(desk.set_pin(manager.0, "730187", None).await), "forbidden");
    assert_eq!(code(desk.end_staff(manager.0).await), "forbidden");
    // One's own PIN: by the one until now; then one signs in anew.
    assert_eq!(code(desk.set_pin(CLERK.0, "730188", Some("730189")).await), "wrong-pin");
    desk.set_pin(CLERK.0, "730188", Some(CLERK.1)).await.unwrap();
    assert_eq!(code(desk.ask("hotel-check-in", None, None).await), "sign-in-needed");
    let elsewhere = hotel(&city).await;
    elsewhere.sign_in(CLERK.0, "730188").await.unwrap();
    // Somebody who leaves is on no desk from that moment on, and nobody else gets their name.
    desk.sign_in(manager.0, manager.1).await.unwrap();
    desk.end_staff(CLERK.0).await.unwrap();
    assert_eq!(code(elsewhere.ask("hotel-check-in", None, None).await), "sign-in-needed");
    assert_eq!(code(elsewhere.sign_in(CLERK.0, "730188").await), "wrong-pin");
    assert_eq!(code(desk.add_staff(CLERK.0, "730185", "clerk").await), "staff-id-taken");
    assert_eq!(desk.staff().await.unwrap().as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_is_guessed_is_slowed_and_a_restart_forgets_nothing() {
    let mut city = City::start().await;
    let (party, desk) = (relying_party("hotel-nansha"), hotel(&city).await);
    let staff = party.staff.id.as_str();
    for guess in 0..6 {
        assert_eq!(code(desk.sign_in(staff, &format!("73018{guess}")).await), "wrong-pin");
    }
    // From now on even the right one has to wait, at this desk and at any other.
    assert_eq!(code(desk.sign_in(staff, &party.staff.pin).await), "too-many-attempts");
    assert_eq!(
        code(hotel(&city).await.sign_in(staff, &party.staff.pin).await),
        "too-many-attempts"
    );
    city.restart().await;
    assert_eq!(code(desk.sign_in(staff, &party.staff.pin).await), "too-many-attempts");
    // Who is not on the staff is answered as one whose PIN is wrong.
    assert_eq!(code(desk.sign_in("nobody", &party.staff.pin).await), "wrong-pin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_guesses_at_names_is_slowed_and_so_are_guesses_at_the_access_code() {
    let city = City::start().await;
    let (party, desk) = (relying_party("hotel-nansha"), hotel(&city).await);
    let (staff, pin) = (party.staff.id.as_str(), party.staff.pin.as_str());
    for guess in 0..30 {
        assert_eq!(code(desk.sign_in(&format!("guest-{guess}"), pin).await), "wrong-pin");
    }
    assert_eq!(code(desk.sign_in(staff, pin).await), "too-many-attempts");
    // Another desk works on.
    hotel(&city).await.sign_in(staff, pin).await.unwrap();

    let enrol = async |access_code: &str| {
        code(Desk::enrol(&city.config.verifier.url, "hotel-nansha", access_code).await.map(drop))
    };
    for _ in 0..10 {
        assert_eq!(enrol("sandbox-motel").await, "wrong-access-code");
    }
    assert_eq!(enrol(&party.access_code).await, "too-many-attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_same_moment_are_counted_one_by_one() {
    let city = City::start().await;
    let party = relying_party("hotel-nansha");
    let client = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let body = json!({ "relying_party": "hotel-nansha", "access_code": party.access_code });
    let enrol = at(&city.config.verifier.url, "desk/enrol");
    assert!(client.post(enrol).json(&body).send().await.unwrap().status().is_success());
    let sign_in = at(&city.config.verifier.url, "desk/sign-in");
    let mut guessing = tokio::task::JoinSet::new();
    for guess in 0..20 {
        let body =
            json!({ "staff": party.staff.id.as_str(), "pin": (730_110 + guess).to_string() });
        let request = client.post(sign_in.clone()).json(&body);
        guessing.spawn(async move { request.send().await.unwrap().status() });
    }
    let statuses = guessing.join_all().await;
    let weighed = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    assert_eq!(weighed, 6, "five are free and the sixth begins the waiting: {statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_pin_forgets_the_wrong_ones_before_it() {
    let city = City::start().await;
    let (party, desk) = (relying_party("hotel-nansha"), hotel(&city).await);
    for _ in 0..2 {
        for guess in 0..5 {
            let guess = format!("73018{guess}");
            assert_eq!(code(desk.sign_in(party.staff.id.as_str(), &guess).await), "wrong-pin");
        }
        desk.sign_in(party.staff.id.as_str(), &party.staff.pin).await.unwrap();
    }
    let mut wallet = city.wallet_with_card(&tanda_journeys::ordinary(1)[0]).await;
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
}

/// What the browser of a device keeps with somebody on shift at it: for the device, for the shift.
async fn cookies_on_shift(city: &City) -> [String; 2] {
    let party = relying_party("hotel-nansha");
    let keep = async |path: &str, cookie: &str, body: Value, seconds: u32| {
        let request = reqwest::Client::new().post(at(&city.config.verifier.url, path));
        let answer = request.header("cookie", cookie).json(&body).send().await.unwrap();
        let line = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(line.ends_with(&format!("; Max-Age={seconds}")), "{line}");
        line.split(';').next().unwrap().to_owned()
    };
    let code = json!({ "relying_party": "hotel-nansha", "access_code": party.access_code });
    let device = keep("desk/enrol", "", code, 90 * 24 * 3600).await;
    let staff = json!({ "staff": party.staff.id.as_str(), "pin": party.staff.pin });
    let shift = keep("desk/sign-in", &device, staff, 12 * 3600).await;
    [device, shift]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_is_of_one_device_and_ends_and_so_does_the_device() {
    let city = City::start().await;
    let ask = async |cookies: &[&String]| {
        let cookies: Vec<&str> = cookies.iter().map(|cookie| cookie.as_str()).collect();
        let request = reqwest::Client::new().post(at(&city.config.verifier.url, "desk/requests"));
        let request = request.header("cookie", cookies.join("; "));
        let answer = request.json(&json!({ "purpose": "hotel-check-in" })).send().await.unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let needed = |code: &str| (StatusCode::UNAUTHORIZED, code.to_owned());
    let ([device, shift], [other, _]) =
        (cookies_on_shift(&city).await, cookies_on_shift(&city).await);
    assert_eq!(ask(&[&device, &shift]).await.0, StatusCode::CREATED);
    assert_eq!(ask(&[&other, &shift]).await, needed("sign-in-needed"));
    assert_eq!(ask(&[&shift]).await, needed("device-not-enrolled"));

    let store = city.config.store(Role::Verifier);
    let mut store = SqliteConnection::connect(store.to_str().unwrap()).await.unwrap();
    for (table, hours, code) in
        [("desk_shifts", 12, "sign-in-needed"), ("desk_devices", 90 * 24, "device-not-enrolled")]
    {
        let later = format!("UPDATE {table} SET expires_at = expires_at - {hours} * 3600000");
        sqlx::query(sqlx::AssertSqlSafe(later)).execute(&mut store).await.unwrap();
        assert_eq!(ask(&[&device, &shift]).await, needed(code));
    }
}
