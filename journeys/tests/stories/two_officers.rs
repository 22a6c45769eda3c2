//! What needs two officers: one proposes, a supervisor confirms, and only then is it done; nobody
//! does both, and of two who confirm at once one does it.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tanda_journeys::{Citizen, City, Console, ordinary};
use tanda_model::OfficerRole;

use super::a_hotel_verifies_a_guest::check_in;
use super::an_officer_handles_a_card::{look_up, why, with};
use super::officers_at_the_console::{acts, invited};

async fn open(console: &Console) -> Vec<Value> {
    let (status, answer) = console.get("console/proposals").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let all = answer["proposals"].as_array().unwrap();
    all.iter().filter(|one| one["state"] == "open").cloned().collect()
}

fn list(act: &str, residents: &[Citizen]) -> Value {
    let numbers: Vec<&str> = residents.iter().map(|one| one.number.as_str()).collect();
    with(with(why(), "act", act), "numbers", numbers.join("\n"))
}

async fn propose(officer: &Console, act: &str, residents: &[Citizen]) -> String {
    let (status, made) = officer.post("console/proposals/cards", list(act, residents)).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    format!("console/proposals/{}", made["proposal"].as_str().unwrap())
}

async fn card(officer: &Console, resident: &Citizen) -> String {
    let seen = look_up(officer, resident).await;
    seen["cards"][0]["state"].as_str().unwrap_or("none").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_cards_is_suspended_when_a_second_officer_confirms() {
    let city = City::start().await;
    let residents = ordinary(3);
    let mut wallet = city.wallet_with_card(&residents[0]).await;
    city.wallet_with_card(&residents[1]).await;
    let clerk = city.officer(OfficerRole::Clerk).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;

    let (status, seen) =
        clerk.post("console/proposals/cards/preview", list("suspend", &residents)).await;
    assert_eq!((status, &seen["cards"]), (StatusCode::OK, &json!(2)), "{seen}");
    assert_eq!(seen["faults"], json!([{ "line": 3, "fault": "no_card" }]));
    let path = propose(&clerk, "suspend", &residents).await;
    assert_eq!(card(&clerk, &residents[0]).await, "live", "a proposal changes nothing");
    let waiting = open(&supervisor).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!((&waiting[0]["size"], &waiting[0]["own"]), (&json!(2), &json!(false)));
    assert!(waiting[0]["proposer"].is_string(), "{waiting:?}");
    let text = waiting[0].to_string();
    assert!(residents.iter().all(|one| !text.contains(&one.number) && !text.contains(&one.name)));
    let (status, opened) = supervisor.post(&format!("{path}/look"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{opened}");
    assert!(residents.iter().all(|one| !opened.to_string().contains(&one.number)), "masked");

    let decision = json!({ "reason": "compared with the police report" });
    let confirm = format!("{path}/confirmation");
    let (status, refused) = clerk.post(&confirm, decision.clone()).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("role-not-permitted")));
    let (status, refused) = supervisor.post(&confirm, json!({ "reason": "ok" })).await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("reason-missing"))
    );
    // Of two who confirm at once one does it, and the other is told.
    let administrator = city.officer(OfficerRole::Administrator).await;
    let other = invited(&administrator, OfficerRole::Supervisor, None).await;
    let (one, two) = tokio::join!(
        supervisor.post(&confirm, decision.clone()),
        other.post(&confirm, decision.clone()),
    );
    let (won, lost) = if one.0 == StatusCode::OK { (one, two) } else { (two, one) };
    assert_eq!((won.0, won.1), (StatusCode::OK, json!({ "done": 2, "left_out": 0 })));
    assert_eq!((lost.0, &lost.1["code"]), (StatusCode::CONFLICT, &json!("proposal-ended")));
    for resident in &residents[..2] {
        assert_eq!(card(&clerk, resident).await, "suspended");
    }
    assert!(open(&clerk).await.is_empty());
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut wallet).await, "not_valid");

    let acts = acts(&city).await;
    let count = |kind: &str| acts.iter().filter(|act| act.contains(kind)).count();
    let kinds = ["card.act-proposed", "card.suspended", "proposal.made", "proposal.confirmed"];
    assert_eq!(kinds.map(count), [2, 2, 1, 1]);
    let number = |act: &String| residents.iter().any(|one| act.contains(&one.number));
    assert!(!acts.iter().any(number), "no number is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_proposes_withdraws_and_never_confirms() {
    let city = City::start().await;
    let residents = ordinary(2);
    city.wallet_with_card(&residents[0]).await;
    let administrator = city.officer(OfficerRole::Administrator).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let subject =
        invited(&administrator, OfficerRole::Supervisor, Some(&residents[0].number)).await;
    let decision = json!({ "reason": "compared with the police report" });

    let path = propose(&supervisor, "revoke", &residents[..1]).await;
    for end in ["confirmation", "refusal"] {
        let (status, refused) = supervisor.post(&format!("{path}/{end}"), decision.clone()).await;
        assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("own-proposal")));
    }
    let (status, refused) = subject.post(&format!("{path}/confirmation"), decision.clone()).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("own-matter")));
    let (status, refused) = subject.post(&format!("{path}/withdrawal"), decision.clone()).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("not-own-proposal")));
    let (status, _) = supervisor.post(&format!("{path}/withdrawal"), decision.clone()).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(card(&supervisor, &residents[0]).await, "live");

    // What nobody confirms within a day lapses by itself.
    let path = propose(&supervisor, "revoke", &residents[..1]).await;
    let day = tanda_model::ProposalState::LIFE;
    city.sweep(tanda_server::clock::now() + day + jiff::SignedDuration::from_secs(1)).await;
    // The sign-ins have ended with the day as well.
    for officer in [&supervisor, &subject] {
        assert_eq!(officer.sign_in().await.0, StatusCode::OK);
    }
    let (_, answer) = supervisor.get("console/proposals").await;
    assert_eq!(answer["proposals"][0]["state"], "lapsed");
    let other = subject;
    let (status, refused) = other.post(&format!("{path}/confirmation"), decision).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("proposal-ended")));
}
