//! Tickets for a group: each shows their own card, the office sees names and the ends of the numbers.

use std::collections::BTreeSet;

use tanda_cli::drive::{Desk, HttpError, Wallet};
use tanda_journeys::{City, ordinary};

async fn answers(desk: &Desk, order: &str, wallet: &mut Wallet) -> String {
    let asked = desk.ask_next(order).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    wallet.agree(consent).await.unwrap();
    desk.wait(&asked.id).await.unwrap().outcome().to_owned()
}

fn code<T: std::fmt::Debug>(answer: Result<T, HttpError>) -> String {
    match answer {
        Err(HttpError::Problem { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_shows_their_own_card_for_one_order() {
    let city = City::start().await;
    let travellers = ordinary(3);
    let mut wallets = Vec::new();
    for citizen in &travellers {
        wallets.push(city.wallet_with_card(citizen).await);
    }
    let desk = city.desk("rail-pearl").await;
    let order = desk.begin_order("ticket", 3).await.unwrap();
    let id = order["id"].as_str().unwrap();
    assert_eq!(answers(&desk, id, &mut wallets[0]).await, "valid");
    // The first one's card again takes no second place.
    assert_eq!(answers(&desk, id, &mut wallets[0]).await, "valid");
    let so_far = desk.order(id).await.unwrap();
    assert_eq!(
        (&so_far["places_left"], &so_far["travellers"][1]["place"]),
        (&2.into(), &"twice".into())
    );
    for wallet in &mut wallets[1..] {
        assert_eq!(answers(&desk, id, wallet).await, "valid");
    }
    let order = desk.order(id).await.unwrap();
    assert_eq!(order["places_left"], 0);
    assert_eq!(code(desk.ask_next(id).await), "order-full");

    let shown: Vec<_> = order["travellers"].as_array().unwrap().iter().collect();
    let taken: Vec<_> = shown.iter().filter(|one| one["place"] == "taken").collect();
    assert_eq!(taken.len(), 3);
    for (traveller, citizen) in taken.iter().zip(&travellers) {
        let claims = traveller["claims"].as_object().unwrap();
        let names: BTreeSet<&str> = claims.keys().map(String::as_str).collect();
        let registered = ["family_name", "given_name", "personal_administrative_number_tail"];
        assert_eq!(names, BTreeSet::from(registered));
        let tail = claims["personal_administrative_number_tail"].as_str().unwrap();
        assert_eq!(tail.len(), 4);
        assert!(citizen.number.ends_with(tail));
    }
    assert!(travellers.iter().all(|citizen| !order.to_string().contains(&citizen.number)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_has_nine_people_at_most_and_its_own_desk() {
    let city = City::start().await;
    let desk = city.desk("rail-pearl").await;
    for people in [0, 10] {
        assert_eq!(code(desk.begin_order("ticket", people).await), "group-size");
    }
    let order = desk.begin_order("ticket", 9).await.unwrap();
    let id = order["id"].as_str().unwrap();
    let other = city.desk("rail-pearl").await;
    assert_eq!(code(other.order(id).await), "not-found");
    assert_eq!(code(other.ask_next(id).await), "not-found");
    let hotel = city.desk("hotel-nansha").await;
    assert_eq!(code(hotel.begin_order("hotel-check-in", 2).await), "group-size");
    assert_eq!(code(hotel.begin_order("ticket", 2).await), "purpose-not-registered");
    // The whole number is not asked for a ticket, neither alone nor in a group.
    let number = [vec!["personal_administrative_number".to_owned()]];
    assert_eq!(code(desk.ask("ticket", Some(&number), None).await), "over-asking-data");
}
