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

#[tokio::test(flavor = "multi_thread")]
async fn records_are_exported_when_a_second_officer_confirms_and_fetched_once() {
    let city = City::start().await;
    let residents = ordinary(2);
    let clerk = city.officer(OfficerRole::Clerk).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let numbers: Vec<&str> = residents.iter().map(|one| one.number.as_str()).collect();
    let list = with(why(), "numbers", format!("{}\n12345", numbers.join("\n")));
    let (status, seen) = clerk.post("console/proposals/exports/preview", list.clone()).await;
    assert_eq!((status, &seen["records"]), (StatusCode::OK, &json!(2)), "{seen}");
    assert_eq!(seen["faults"], json!([{ "line": 3, "fault": "not_a_number" }]));
    let (status, made) = clerk.post("console/proposals/exports", list).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let path = format!("console/proposals/{}", made["proposal"].as_str().unwrap());
    let file = format!("{path}/file");
    let (status, refused) = clerk.post(&file, json!({})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("proposal-ended")));
    let decision = json!({ "reason": "the court order names them" });
    let (status, done) = supervisor.post(&format!("{path}/confirmation"), decision).await;
    assert_eq!((status, &done["done"]), (StatusCode::OK, &json!(2)), "{done}");
    let (_, listed) = supervisor.get("console/proposals").await;
    assert_eq!(listed["proposals"][0]["fetch_until"], Value::Null, "it is the clerk's");
    let (_, listed) = clerk.get("console/proposals").await;
    assert!(listed["proposals"][0]["fetch_until"].is_string(), "{listed}");
    let (status, refused) = supervisor.post(&file, json!({})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("not-own-export")));
    let (status, table) = clerk.file(&file).await;
    assert_eq!(status, StatusCode::OK, "{table}");
    let lines: Vec<&str> = table.lines().collect();
    let names = "number,family_name,given_name,birth_date,sex,nationalities,deceased,card_lost";
    assert_eq!((lines.len(), lines[0]), (3, names));
    for (line, resident) in lines[1..].iter().zip(&residents) {
        assert!(line.starts_with(&resident.number) && line.ends_with("false,false"), "{line}");
    }
    let (status, refused) = clerk.post(&file, json!({})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("proposal-ended")));
    let acts = acts(&city).await;
    let count = |kind: &str| acts.iter().filter(|act| act.contains(kind)).count();
    let kinds = ["register.export-proposed", "register.exported", "export.fetched"];
    assert_eq!(kinds.map(count), [2, 2, 1]);
}

/// A register file of so many of the sandbox's people under numbers that nobody has, and one row
/// whose birth date is another's.
fn people(count: usize) -> String {
    let citizens = ordinary(count);
    let mut text = String::from("number,family_name,birth_date,sex,portrait_base64\n");
    for (serial, citizen) in (1..).step_by(2).zip(&citizens) {
        let born = jiff::civil::date(1980, 5, 17);
        let number = tanda_model::number::gb11643::compose(440_106, born, serial).unwrap();
        let photo = std::fs::read(citizen.pictures.join("portrait.jpg")).unwrap();
        let portrait = tanda_credential::b64::encode_standard(&photo);
        let born = if usize::from(serial) < 2 * count - 1 { "1980-05-17" } else { "1980-05-18" };
        text.push_str(&format!("{},Baru,{born},1,{portrait}\n", number.as_str()));
    }
    text
}

async fn brought(officer: &Console, text: &str) -> (String, Value) {
    let new = json!({ "name": "people.csv", "size": text.len() });
    let (status, begun) = officer.post("console/imports", new).await;
    assert_eq!(status, StatusCode::CREATED, "{begun}");
    let path = format!("console/imports/{}", begun["id"].as_str().unwrap());
    for (at, piece) in text.as_bytes().chunks(100_000).enumerate() {
        let place = format!("{path}/pieces?at={}", at * 100_000);
        assert_eq!(officer.send(&place, piece.to_vec()).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(officer.post(&format!("{path}/check"), json!({})).await.0, StatusCode::ACCEPTED);
    loop {
        let (status, seen) = officer.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{seen}");
        if seen["stage"] != "checking" {
            return (path, seen);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_file_is_looked_at_proposed_and_imported_by_two() {
    let city = City::start().await;
    let clerk = city.officer(OfficerRole::Clerk).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let text = people(3);
    let (path, seen) = brought(&clerk, &text).await;
    assert_eq!((&seen["stage"], &seen["good"]), (&json!("checked"), &json!(2)), "{seen}");
    assert_eq!(seen["faults"][0]["code"], "birth-date-differs");
    assert_eq!(seen["faults"][0]["line"], 4);
    assert_eq!(supervisor.get(&path).await.0, StatusCode::NOT_FOUND, "it is the clerk's");
    let number = text.lines().nth(1).unwrap().split(',').next().unwrap();
    let look = with(why(), "number", number);
    let (status, _) = clerk.post("console/residents/look", look.clone()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nothing is in the register yet");

    let (status, made) = clerk.post(&format!("{path}/proposal"), why()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let proposal = format!("console/proposals/{}", made["proposal"].as_str().unwrap());
    let (_, opened) = supervisor.post(&format!("{proposal}/look"), json!({})).await;
    assert_eq!(opened["file"], json!({ "name": "people.csv", "refused": 1 }), "{opened}");
    assert!(!opened.to_string().contains(number), "masked");
    let decision = json!({ "reason": "compared with the list of the district" });
    let (status, done) = supervisor.post(&format!("{proposal}/confirmation"), decision).await;
    assert_eq!((status, &done["done"]), (StatusCode::OK, &json!(2)), "{done}");
    assert_eq!(clerk.post("console/residents/look", look).await.0, StatusCode::OK);
    let acts = acts(&city).await;
    let count = |kind: &str| acts.iter().filter(|act| act.contains(kind)).count();
    // One import at the start of the sandbox, and this one.
    assert_eq!(["register.imported", "register.added"].map(count), [2, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_corrected_and_two_of_one_person_become_one() {
    let city = City::start().await;
    let residents = ordinary(2);
    city.wallet_with_card(&residents[1]).await;
    let clerk = city.officer(OfficerRole::Clerk).await;
    let supervisor = city.officer(OfficerRole::Supervisor).await;
    let decision = json!({ "reason": "the registry office confirms it" });
    let confirm = async |made: &Value| {
        let path = format!("console/proposals/{}", made["proposal"].as_str().unwrap());
        let (status, opened) = supervisor.post(&format!("{path}/look"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{opened}");
        let (status, done) =
            supervisor.post(&format!("{path}/confirmation"), decision.clone()).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        opened["records"].clone()
    };

    let correction = with(with(why(), "number", &*residents[0].number), "family_name", "Terbaru");
    let (status, made) = clerk.post("console/proposals/corrections", correction).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let records = confirm(&made).await;
    assert_ne!(records["first"]["name"], "Terbaru");
    assert_eq!(records["second"]["name"], "Terbaru");
    assert_eq!(records["first"]["portrait"], records["second"]["portrait"]);
    assert_eq!(look_up(&clerk, &residents[0]).await["name"], "T•••");

    let twins = with(with(why(), "stays", &*residents[0].number), "goes", &*residents[1].number);
    let (status, made) = clerk.post("console/proposals/mergers", twins.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(confirm(&made).await["second"]["number"], residents[1].number.as_str());
    // The number of the one that went leads to the one that stayed, whose card is none of it.
    let seen = look_up(&clerk, &residents[1]).await;
    assert_eq!((&seen["name"], &seen["cards"]), (&json!("T•••"), &json!([])));
    let (status, refused) = clerk.post("console/proposals/mergers", twins).await;
    assert_eq!((status, &refused["code"]), (StatusCode::NOT_FOUND, &json!("resident-unknown")));
    let acts = acts(&city).await;
    let count = |kind: &str| acts.iter().filter(|act| act.contains(kind)).count();
    assert_eq!(["register.corrected", "register.merged", "card.revoked"].map(count), [1, 2, 1]);
}
