//! A resident applies and receives the light card; everybody else gets one and the same refusal.

use std::time::{Duration, Instant};

use serde_json::json;
use tanda_authority::Officer;
use tanda_cli::drive::Frames;
use tanda_journeys::{City, marked, ordinary};
use tanda_model::OfficerVerdict;
use tanda_server::{clock, roles};
use tanda_wallet::enrol::State;

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_receives_ten_copies_of_the_light_card() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let wallet = city.wallet_with_card(resident).await;
    let card = &wallet.state().cards()[0];
    assert_eq!(card.copies_left(clock::now()), 10);
    let claims = card.claims().unwrap();
    assert_eq!(claims["personal_administrative_number"], json!(resident.number));
    assert!(claims["picture"].as_str().unwrap().starts_with("data:image/jpeg;base64,"));
    assert_eq!(claims["age_equal_or_over"]["18"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_the_same_from_outside() {
    let city = City::start().await;
    let people = ordinary(2);
    let (victim, other) = (&people[0], &people[1]);
    let deceased = marked("deceased");
    // A well-formed number that the register doesn't know.
    let unknown =
        tanda_model::number::gb11643::compose(440_115, "1991-07-13".parse().unwrap(), 999);
    let unknown = unknown.unwrap();
    let tries = [
        ("unknown number", unknown.as_str(), victim.name.as_str(), victim.frames()),
        ("wrong name", victim.number.as_str(), other.name.as_str(), victim.frames()),
        ("wrong face", victim.number.as_str(), victim.name.as_str(), other.frames()),
        ("deceased", deceased.number.as_str(), deceased.name.as_str(), deceased.frames()),
    ];
    let grid = Duration::from_millis(city.config.authority.decision_grid_ms);
    assert!(grid >= Duration::from_millis(500), "longer than deciding takes");
    let mut answers = Vec::new();
    for (what, number, name, frames) in tries {
        let mut wallet = city.wallet(what).await;
        let authority = wallet.begin(number, name).await.unwrap();
        wallet.capture(&authority, &frames).await.unwrap();
        let began = Instant::now();
        let standing = wallet.complete().await.unwrap();
        assert!(began.elapsed() >= grid, "{what}: the time of an answer says nothing");
        assert_eq!(standing.state, State::Refused, "{what}");
        answers.push(standing);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printed_photograph_never_becomes_a_card() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut wallet = city.wallet("print").await;
    let print = Frames::always(&resident.pictures.join("print.jpg"));
    // A print can't follow the challenge; if it could, the decision would refuse or refer it.
    match wallet.apply(&resident.number, &resident.name, &print).await {
        Ok(standing) => assert_ne!(standing.state, State::Approved),
        Err(error) => assert!(error.to_string().contains("don't show the step"), "{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referred_application_goes_on_when_an_officer_has_decided() {
    let city = City::start().await;
    let lost = marked("card_lost");
    let mut wallet = city.wallet("lost").await;
    let standing = wallet.apply(&lost.number, &lost.name, &lost.frames()).await.unwrap();
    assert_eq!(standing.state, State::Referred);
    // The officer works in another process on the same store, as `tanda officer decide` does.
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let waiting = office.referred_enrolments().await.unwrap();
    assert_eq!(waiting.len(), 1);
    let reason = "the person is known at the counter".parse().unwrap();
    let officer = Officer::custodian("clerk", reason, Some("2026-17".parse().unwrap()));
    office
        .decide_referred(
            waiting[0].id,
            OfficerVerdict::Approve,
            &officer,
            clock::now(),
            &mut clock::seeded(),
        )
        .await
        .unwrap();
    let standing = wallet.look(10).await.unwrap();
    assert_eq!(standing.state, State::Approved);
    wallet.receive(&standing.credential_offer.unwrap()).await.unwrap();
    assert_eq!(wallet.state().cards().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_slowed_across_restarts() {
    let mut city = City::start().await;
    let people = ordinary(2);
    let mut wallet = city.wallet("guesser").await;
    let mut slowed = false;
    for attempt in 0..8 {
        if attempt == 2 {
            city.restart().await;
        }
        match wallet.apply(&people[0].number, &people[1].name, &people[0].frames()).await {
            Ok(standing) => assert_eq!(standing.state, State::Refused),
            Err(error) => {
                assert!(error.to_string().contains("too many attempts"), "{error}");
                slowed = true;
                break;
            }
        }
    }
    assert!(slowed, "eight failures in a row were never slowed");
    // The number's owner, on another account, is not locked out by it.
    let mut owner = city.wallet("owner").await;
    let standing =
        owner.apply(&people[0].number, &people[0].name, &people[0].frames()).await.unwrap();
    assert_eq!(standing.state, State::Approved);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_wallet_retires_the_first() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut first = city.wallet_with_card(resident).await;
    let mut second = city.wallet("second").await;
    let standing =
        second.apply(&resident.number, &resident.name, &resident.frames()).await.unwrap();
    second.receive(&standing.credential_offer.unwrap()).await.unwrap();
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(super::a_hotel_verifies_a_guest::check_in(&desk, &mut first).await, "not_valid");
    assert_eq!(super::a_hotel_verifies_a_guest::check_in(&desk, &mut second).await, "valid");
}
