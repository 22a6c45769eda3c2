//! No effect without its entry: where the entry cannot be appended, nothing is done.

use std::sync::Arc;

use jiff::SignedDuration;
use tanda_credential::jose::{Signer as _, SigningKey};
use tanda_model::{EnrolmentState, OfficerVerdict, PersonName, PurposeId};
use tanda_protocol::oauth::Grant;
use tanda_protocol::registration::{Application, LocalText};

use super::by_hand;
use crate::cards::{CardAct, CardChoice};
use crate::register::{ImportRequest, Mark, NewResident};
use crate::relying_parties::Step;
use crate::testing::{City, ISSUER, code, number, officer, photo};

async fn close_the_log(city: &City) {
    by_hand(
        city,
        "CREATE TRIGGER closed BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'closed'); END",
    )
    .await;
}

async fn open_the_log(city: &City) {
    by_hand(city, "DROP TRIGGER closed").await;
}

async fn entries(city: &City) -> u64 {
    city.authority.store().reader().await.unwrap().count_acts().await.unwrap()
}

#[tokio::test]
async fn the_register_stays_as_it_is() {
    let mut city = City::new().await;
    city.resident("01", 10, "Li").await;
    let authority = Arc::clone(&city.authority);
    let (register, now) = (authority.register(), city.now);
    let recorded = entries(&city).await;
    close_the_log(&city).await;

    let new = NewResident {
        number: number(12),
        name: PersonName::new("Wang", "").unwrap(),
        birth_date: jiff::civil::date(1975, 3, 9),
        sex: number(12).sex(),
        nationalities: Vec::new(),
        marks: tanda_model::Marks::default(),
    };
    let models = authority.models().unwrap();
    let photo = photo("02", "portrait");
    assert!(register.add(new, photo, &models, &officer(), now, &mut city.rng).await.is_err());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.jsonl");
    let row = serde_json::json!({
        "number": number(12).as_str(), "family_name": "Wang", "given_name": "",
        "birth_date": "1975-03-09", "sex": number(12).sex(), "portrait": "02/portrait.jpg",
    });
    std::fs::write(&file, row.to_string()).unwrap();
    let request = ImportRequest {
        file,
        portraits: Some(crate::testing::people()),
        format: None,
        skip_bad: false,
        threads: 1,
    };
    let imported =
        register.import(&request, &models, &officer(), &mut |_| (), now, &mut city.rng).await;
    assert!(imported.is_err(), "{imported:?}");
    let marked = register
        .mark(&number(10).into(), Mark::Deceased, true, &officer(), now, &mut city.rng)
        .await;
    assert!(marked.is_err());
    // A look has no effect but that something is seen: nothing is.
    assert!(register.look_up(&number(10), &officer(), now).await.is_err());
    assert!(register.look_up(&number(12), &officer(), now).await.is_err());
    assert!(register.remove(&number(10), &officer(), now).await.is_err());

    open_the_log(&city).await;
    assert_eq!(entries(&city).await, recorded);
    assert_eq!(register.count().await.unwrap(), 1);
    let entry = register.entry(&number(10)).await.unwrap().unwrap();
    assert!(!entry.resident.marks.deceased);
    let imported =
        register.import(&request, &models, &officer(), &mut |_| (), now, &mut city.rng).await;
    assert_eq!(imported.unwrap().added, 1);
    assert_eq!(entries(&city).await, recorded + 1);
}

#[tokio::test]
async fn an_application_stays_undecided() {
    let mut city = City::new().await;
    // Twins of a face: the second application is referred to an officer.
    city.resident("01", 10, "Li").await;
    city.resident("01", 12, "Wang").await;
    let authority = Arc::clone(&city.authority);
    let wallet = city.wallet("a");
    let begun = city.begin(&wallet, number(10).as_str(), "Li").await.unwrap();
    city.capture(&begun, "01").await;
    let (id, token) = (begun.enrolment_id, begun.token.expose());
    close_the_log(&city).await;
    let completed = authority.complete_enrolment(id, token, city.now, &mut city.rng).await;
    assert!(completed.is_err());
    open_the_log(&city).await;
    let state = authority.row(id).await.state;
    assert!(matches!(state, EnrolmentState::Capturing { .. }), "{state:?}");
    city.complete(&begun).await;
    close_the_log(&city).await;
    for verdict in [OfficerVerdict::Approve, OfficerVerdict::Refuse] {
        let decided =
            authority.decide_referred(id, verdict, &officer(), city.now, &mut city.rng).await;
        assert!(decided.is_err());
    }
    open_the_log(&city).await;
    let state = authority.row(id).await.state;
    assert!(matches!(state, EnrolmentState::Referred { .. }), "{state:?}");
}

#[tokio::test]
async fn no_card_is_issued() {
    let mut city = City::new().await;
    let resident = city.resident("01", 10, "Li").await;
    let wallet = city.wallet("a");
    let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
    let tokens = city.exchange(&wallet, code(&completion)).await.unwrap();
    let (body, _) = city.request(2);
    close_the_log(&city).await;
    assert!(city.fetch(&wallet, &tokens.access, &body).await.is_err());
    open_the_log(&city).await;
    assert!(city.authority.cards_of(resident).await.unwrap().is_empty(), "nothing was intended");

    let (body, _) = city.request(2);
    let intent = city.intend_only(&wallet, &tokens.access, &body).await;
    close_the_log(&city).await;
    assert!(city.authority.settle(intent, city.now).await.is_err());
    assert!(city.authority.recover(city.now).await.is_err());
    open_the_log(&city).await;
    let cards = city.authority.cards_of(resident).await.unwrap();
    assert_eq!(cards[0].state.name(), "intended");
    assert_eq!(city.authority.recover(city.now).await.unwrap(), 1);
}

#[tokio::test]
async fn a_card_stays_as_it_is() {
    let mut city = City::new().await;
    let resident = city.resident("01", 10, "Li").await;
    let (wallet, next) = (city.wallet("a"), city.wallet("b"));
    let first = wallet.instance.public().thumbprint();
    let (_, tokens) = city.card(&wallet, 10, "Li", "01", 2).await;
    let choice = CardChoice::OfResident(resident);
    let authority = Arc::clone(&city.authority);
    let act = async |what| authority.act_on_card(&choice, what, &officer(), city.now).await;
    close_the_log(&city).await;
    assert!(act(CardAct::Suspend).await.is_err());
    assert!(act(CardAct::Revoke).await.is_err());
    open_the_log(&city).await;
    act(CardAct::Suspend).await.unwrap();
    close_the_log(&city).await;
    assert!(act(CardAct::Restore).await.is_err());
    open_the_log(&city).await;
    assert_eq!(authority.cards_of(resident).await.unwrap()[0].state.name(), "suspended");
    act(CardAct::Restore).await.unwrap();

    // A token that is used twice ends what it led to, or nothing happens at all.
    let old = Grant::RefreshToken(tokens.refresh);
    let second = city.exchange(&wallet, old.clone()).await.unwrap();
    close_the_log(&city).await;
    assert!(city.exchange(&wallet, old).await.is_err());
    open_the_log(&city).await;
    let latest = Grant::RefreshToken(second.refresh);
    city.exchange(&wallet, latest).await.unwrap();

    // A second wallet's card does not go live, and the first one's is not retired.
    let (_, completion) = city.apply(&next, 10, "Li", "01").await;
    let tokens = city.exchange(&next, code(&completion)).await.unwrap();
    let (body, _) = city.request(1);
    let intent = city.intend_only(&next, &tokens.access, &body).await;
    close_the_log(&city).await;
    assert!(authority.settle(intent, city.now).await.is_err());
    open_the_log(&city).await;
    let live = async || {
        let cards = authority.cards_of(resident).await.unwrap();
        cards.iter().filter(|card| card.state.name() == "live").count()
    };
    assert_eq!(live().await, 1);
    let card = authority.store().reader().await.unwrap().live_card_of_wallet(&first).await;
    assert!(card.unwrap().is_some(), "the first wallet's");

    city.later(SignedDuration::from_hours(24 * 366));
    close_the_log(&city).await;
    assert!(authority.sweep(city.now).await.is_err());
    open_the_log(&city).await;
    assert_eq!(live().await, 1);
}

#[tokio::test]
async fn no_relying_party_is_registered_or_suspended() {
    let mut city = City::new().await;
    let authority = Arc::clone(&city.authority);
    let key = SigningKey::generate(&mut city.rng).unwrap();
    let id = "cafe-comet".parse().unwrap();
    let cafe = Application {
        id: "cafe-comet".parse().unwrap(),
        name: LocalText { en: "Comet".to_owned(), id: "Comet".to_owned(), zh: "Comet".to_owned() },
        hosts: vec!["localhost".to_owned()],
        purposes: vec![PurposeId::CafeSignUp],
        privacy_policy: None,
    };
    let token = cafe.sign(ISSUER, &key, city.now).unwrap();
    let state = async || {
        let found = authority.store().reader().await.unwrap().find_relying_party(&id).await;
        found.unwrap().map(|row| row.state.name())
    };
    close_the_log(&city).await;
    assert!(authority.apply_as_relying_party(&token, city.now).await.is_err());
    assert_eq!(state().await, None);
    open_the_log(&city).await;
    authority.apply_as_relying_party(&token, city.now).await.unwrap();
    close_the_log(&city).await;
    let purposes = [PurposeId::CafeSignUp];
    let registered = authority
        .register_relying_party(&id, 0, &purposes, &officer(), city.now, &mut city.rng)
        .await;
    assert!(registered.is_err());
    assert_eq!(state().await, Some("applied"));
    open_the_log(&city).await;
    let mut reader = authority.store().reader().await.unwrap();
    assert!(reader.pseudonymous_relying_parties().await.unwrap().is_empty());
    drop(reader);
    authority
        .register_relying_party(&id, 0, &purposes, &officer(), city.now, &mut city.rng)
        .await
        .unwrap();
    close_the_log(&city).await;
    let suspended = authority.step_relying_party(&id, Step::Suspend, &officer(), city.now).await;
    assert!(suspended.is_err());
    assert_eq!(state().await, Some("registered"));
    open_the_log(&city).await;
}
