use proptest::prelude::*;
use tanda_credential::jose::SigningKey;
use tanda_credential::status_list::Status;
use tanda_model::PurposeId;
use tanda_protocol::vp::uri::RequestUri;

use crate::fixture::{BROWSER, Card, World, at, question, rng};
use crate::{
    Order, OrderError, Place, Received, RelyingParty, Session, StatusEvidence, ask, receive,
};

fn railway(world: &World) -> RelyingParty {
    world.party("rail-pearl", PurposeId::Ticket)
}

fn begun(party: &RelyingParty, people: u8) -> Result<Order, OrderError> {
    Order::begin(party, "ticket", people, BROWSER, at(0), &mut rng(40))
}

/// Somebody of the group answers the order's next request with a card in this name.
fn answers(
    world: &World,
    party: &RelyingParty,
    order: &Order,
    sessions: &[Session],
    name: &str,
    second: i64,
) -> Result<Session, OrderError> {
    let seed = 1000 + u64::try_from(second).unwrap();
    let desk = question("ticket").desk;
    let next = order.next_question(party.id(), sessions, BROWSER, desk, at(second))?;
    let asked = ask(party, &next, &world.service, at(second), &mut rng(seed))?;
    let request = RequestUri::parse(&asked.invitation.openid4vp_uri).unwrap();
    let (session, request) = world.open(asked.session, party, request.client_id, second);
    let holder = SigningKey::generate(&mut rng(seed)).unwrap();
    let card = Card { name: name.to_owned(), holder, ..world.card() };
    let form = card.answer_at(&request, second);
    let now = at(second + 1);
    let Ok(Received::NeedsStatus(pending)) =
        receive(session, &form, &world.trusted, now, &mut rng(seed))
    else {
        panic!("refused");
    };
    let list = world.list_at(Status::Valid, at(second));
    let evidence = StatusEvidence::List { token: &list, fetched_at: now };
    Ok(pending.decide(evidence, now, &mut rng(seed)).unwrap().session)
}

#[test]
fn a_group_is_as_large_as_is_registered() {
    let world = World::new();
    let party = railway(&world);
    for people in [0, 10, 255] {
        assert_eq!(begun(&party, people).unwrap_err(), OrderError::GroupSize { people, most: 9 });
    }
    assert!((1..=9).all(|people| begun(&party, people).is_ok()));
    let hotel = Order::begin(&world.hotel, "hotel-check-in", 2, BROWSER, at(0), &mut rng(40));
    assert_eq!(hotel.unwrap_err(), OrderError::GroupSize { people: 2, most: 1 });
    let elsewhere = Order::begin(&world.hotel, "ticket", 2, BROWSER, at(0), &mut rng(40));
    assert_eq!(elsewhere.unwrap_err().code(), "purpose-not-registered");
}

#[test]
fn nine_people_take_nine_places_and_the_tenth_is_not_asked() {
    let world = World::new();
    let party = railway(&world);
    let order = begun(&party, 9).unwrap();
    let mut sessions = Vec::new();
    for person in 0..9 {
        let name = format!("person-{person}");
        sessions.push(answers(&world, &party, &order, &sessions, &name, person * 10).unwrap());
    }
    let standing = order.standing(&sessions, BROWSER);
    assert_eq!(standing.places_left, 0);
    assert!(standing.travellers.iter().all(|traveller| traveller.place == Place::Taken));
    let shown = &standing.travellers[3].accepted.claims;
    let names: Vec<_> = shown.keys().map(String::as_str).collect();
    assert_eq!(names, ["family_name", "given_name", "personal_administrative_number_tail"]);
    let tenth = answers(&world, &party, &order, &sessions, "person-9", 100);
    assert_eq!(tenth.unwrap_err(), OrderError::Full);
}

#[test]
fn the_same_card_again_takes_no_second_place() {
    let world = World::new();
    let party = railway(&world);
    let order = begun(&party, 2).unwrap();
    let first = answers(&world, &party, &order, &[], "sha", 0).unwrap();
    let mut sessions = vec![first];
    sessions.push(answers(&world, &party, &order, &sessions, "sha", 10).unwrap());
    let standing = order.standing(&sessions, BROWSER);
    let places: Vec<_> = standing.travellers.iter().map(|traveller| traveller.place).collect();
    assert_eq!((places, standing.places_left), (vec![Place::Taken, Place::Twice], 1));
}

#[test]
fn of_two_who_answer_for_the_last_place_at_once_one_has_it() {
    let world = World::new();
    let party = railway(&world);
    let order = begun(&party, 1).unwrap();
    let sessions = ["sha", "putri"].map(|name| {
        let second = i64::try_from(name.len()).unwrap();
        answers(&world, &party, &order, &[], name, second).unwrap()
    });
    let standing = order.standing(&sessions, BROWSER);
    let places: Vec<_> = standing.travellers.iter().map(|traveller| traveller.place).collect();
    assert_eq!((places, standing.places_left), (vec![Place::Taken, Place::Full], 0));
}

#[test]
fn an_order_is_its_desks_for_half_an_hour() {
    let world = World::new();
    let party = railway(&world);
    let order = begun(&party, 2).unwrap();
    let session = answers(&world, &party, &order, &[], "sha", 0).unwrap();
    let desk = || question("ticket").desk;
    let next = |party: &RelyingParty, browser: &str, now: i64| {
        order.next_question(party.id(), &[], browser, desk(), at(now)).map(drop)
    };
    assert_eq!(next(&party, "another browser", 1), Err(OrderError::Another));
    assert_eq!(next(&world.hotel, BROWSER, 1), Err(OrderError::Another));
    assert_eq!(next(&party, BROWSER, 1800), Err(OrderError::Over));
    assert_eq!(next(&party, BROWSER, 1799), Ok(()));
    let sessions = [session];
    assert!(order.standing(&sessions, "another browser").travellers.is_empty());
    let other = Order::begin(&party, "ticket", 2, BROWSER, at(0), &mut rng(41)).unwrap();
    assert!(other.standing(&sessions, BROWSER).travellers.is_empty(), "of another order");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whoever answers in whatever order: no more places are taken than there are, nobody has two,
    /// and places left and taken add up.
    #[test]
    fn places_add_up(people in 1_u8..=4, names in prop::collection::vec(0_u8..4, 0..7)) {
        let world = World::new();
        let party = railway(&world);
        let order = begun(&party, people).unwrap();
        let mut sessions: Vec<Session> = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let second = i64::try_from(place).unwrap() * 10;
            match answers(&world, &party, &order, &sessions, &format!("p{name}"), second) {
                Ok(session) => sessions.push(session),
                Err(error) => prop_assert_eq!(error, OrderError::Full),
            }
        }
        let standing = order.standing(&sessions, BROWSER);
        let taken: Vec<_> =
            standing.travellers.iter().filter(|one| one.place == Place::Taken).collect();
        prop_assert_eq!(taken.len() + usize::from(standing.places_left), usize::from(people));
        let mut distinct: Vec<_> = taken.iter().map(|one| serde_json::to_string(&one.accepted.claims).unwrap()).collect();
        distinct.sort();
        distinct.dedup();
        prop_assert_eq!(distinct.len(), taken.len());
    }
}
