//! An organisation applies with its key, an officer decides, and who is suspended gets no answer from
//! any wallet within a minute.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tanda_cli::drive::{Client, Desk, HttpError, WalletError};
use tanda_credential::jose::SigningKey;
use tanda_journeys::{City, Console, ordinary};
use tanda_model::{OfficerRole, PurposeId};
use tanda_protocol::registration::{Applicant, Application, LocalText};
use tanda_server::clock;
use tanda_server::config::{at, identifier};

use super::a_hotel_verifies_a_guest::check_in;
use super::officers_at_the_console::acts;

const REASON: &str = "licence seen, case 2026-17";

/// An organisation that nobody knows yet.
struct Inn {
    key: SigningKey,
    authority: url::Url,
}

impl Inn {
    fn application(&self, purposes: &[PurposeId]) -> String {
        let application = Application {
            id: "inn-delta".parse().unwrap(),
            name: LocalText {
                en: "Delta Inn".into(),
                id: "Wisma Delta".into(),
                zh: "三角洲旅馆".into(),
            },
            hosts: vec!["localhost".into()],
            purposes: purposes.to_vec(),
            privacy_policy: None,
        };
        let authority = identifier(&self.authority);
        application.sign(&authority, &self.key, clock::now()).unwrap()
    }

    async fn apply(&self, token: String) -> Result<Value, HttpError> {
        Client::new()?.post_jwt(&at(&self.authority, "relying-parties"), token).await
    }

    async fn standing(&self, key: &SigningKey) -> Result<Value, HttpError> {
        let id = "inn-delta".parse().unwrap();
        let question = Applicant::ask(&id, &identifier(&self.authority), key, clock::now());
        let place = at(&self.authority, "relying-parties/standing");
        Client::new()?.post_jwt(&place, question.unwrap()).await
    }
}

fn code(answer: Result<Value, HttpError>) -> String {
    match answer {
        Err(HttpError::Problem { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

async fn seen(console: &Console, id: &str) -> Value {
    let (status, list) = console.get("console/relying-parties").await;
    assert_eq!(status, StatusCode::OK, "{list}");
    let found = list["relying_parties"].as_array().unwrap().iter().find(|one| one["id"] == id);
    found.cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inn_applies_and_is_registered_for_less_than_it_asked() {
    let city = City::start().await;
    let key = SigningKey::generate(&mut clock::rng()).unwrap();
    let inn = Inn { key, authority: city.config.authority.url.clone() };
    assert_eq!(code(inn.standing(&inn.key).await), "application-unknown");
    let wanted = [PurposeId::HotelCheckIn, PurposeId::BankAccount];
    let token = inn.application(&wanted);
    inn.apply(token.clone()).await.unwrap();
    // Changed on the way, it is nobody's; under another's key, the name is taken.
    let mut forged = token.clone();
    let dot = forged.find('.').unwrap() + 2;
    forged.replace_range(dot..=dot, if &forged[dot..=dot] == "A" { "B" } else { "A" });
    assert_eq!(code(inn.apply(forged).await), "application-not-in-order");
    let stranger = SigningKey::generate(&mut clock::rng()).unwrap();
    assert_eq!(code(inn.standing(&stranger).await), "application-unknown");
    let squatter = Inn { key: stranger, authority: inn.authority.clone() };
    assert_eq!(code(squatter.apply(squatter.application(&wanted)).await), "relying-party-taken");

    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let applied = seen(&supervisor, "inn-delta").await;
    assert_eq!((&applied["state"], &applied["asked"]), (&json!("applied"), &json!(wanted)));
    let path = "console/relying-parties/inn-delta/registration";
    let body = json!({
        "seen": applied["revision"], "purposes": ["hotel-check-in"], "reason": REASON,
    });
    let mut stale = body.clone();
    stale["seen"] = json!(7);
    let (status, problem) = supervisor.post(path, stale).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("relying-party-changed")));
    let (status, problem) = supervisor.post(path, body.clone()).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    let (status, problem) = supervisor.post(path, body).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("relying-party-not-so")));

    let standing = inn.standing(&inn.key).await.unwrap();
    assert_eq!((&standing["state"], &standing["reason"]), (&json!("registered"), &json!(REASON)));
    let registrations = standing["certificates"]["registrations"].as_array().unwrap();
    assert_eq!(registrations.len(), 1, "only what the officer chose");
    let acts = acts(&city).await;
    for kind in ["relying-party.applied", "relying-party.registered"] {
        let found = acts.iter().any(|act| act.contains(kind) && act.contains("inn-delta"));
        assert!(found, "{kind}");
    }
}

/// Asks until the desk is refused, and says with which code; a minute at most.
async fn refused(desk: &Desk) -> (String, Duration) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_mins(1) {
        match desk.ask("hotel-check-in", None, None).await {
            Err(HttpError::Problem { code, .. }) => return (code, began.elapsed()),
            Err(other) => panic!("{other:?}"),
            Ok(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
    panic!("a minute has passed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_hotel_gets_no_answer_from_anybody_within_a_minute() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    // One guest has the request open and one has not, when the hotel is suspended.
    let open = desk.ask("hotel-check-in", None, None).await.unwrap();
    let consent = wallet.look_at(&open.code).await.unwrap();
    let unopened = desk.ask("hotel-check-in", None, None).await.unwrap();
    let step = async |what: &str| {
        let path = format!("console/relying-parties/hotel-nansha/steps/{what}");
        let body = json!({ "reason": "keeps copies of portraits" });
        let (status, problem) = supervisor.post(&path, body).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    };
    step("suspend").await;
    assert_eq!(seen(&supervisor, "hotel-nansha").await["state"], "suspended");
    let (code, after) = refused(&desk).await;
    assert_eq!(code, "relying-party-suspended");
    println!("the desk was refused {after:?} after the suspension");
    match wallet.look_at(&unopened.code).await {
        Err(WalletError::Refusal(why)) => {
            let says = why.to_string();
            assert!(says.contains("has suspended Nansha Harbour Hotel"), "{says}");
        }
        other => panic!("{:?}", other.map(drop)),
    }
    assert!(wallet.agree(consent).await.is_err(), "nor is what was open answered any more");
    assert_ne!(desk.state(&open.id).await.unwrap().state, "verdict");

    step("restore").await;
    let began = Instant::now();
    while desk.ask("hotel-check-in", None, None).await.is_err() {
        assert!(began.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
}
