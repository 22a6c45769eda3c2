//! After every journey, the logs (all of them, at level debug) hold no value of a person and no
//! secret.

use tanda_journeys::{Process, ordinary};

use super::a_hotel_verifies_a_guest::check_in;

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_are_searched_for_canaries() {
    let process = Process::start().await;
    let people = ordinary(2);
    let resident = &people[0];
    let mut wallet = process.wallet("kenari-canary").await;
    // A refusal, an approval, a check-in, a decline.
    let refused = wallet.apply(&resident.number, &people[1].name, &resident.frames()).await;
    assert!(refused.unwrap().credential_offer.is_none());
    let standing =
        wallet.apply(&resident.number, &resident.name, &resident.frames()).await.unwrap();
    let offer = standing.credential_offer.unwrap();
    wallet.receive(&offer).await.unwrap();
    let desk = process.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    wallet.decline(&consent).await.unwrap();

    let card = &wallet.state().cards()[0];
    let claims = card.claims().unwrap();
    let picture = claims["picture"].as_str().unwrap();
    let code = offer.split("pre-authorized_code").nth(1).unwrap();
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    let mut canaries = vec![
        resident.number.clone(),
        resident.number[..10].to_owned(),
        resident.name.clone(),
        people[1].name.clone(),
        claims["birthdate"].as_str().unwrap().to_owned(),
        picture[40..80].to_owned(),
        "kenari-canary".to_owned(),
        asked.id.clone(),
        asked.code.clone(),
        asked.code.replace('-', ""),
        code,
    ];
    canaries.extend(resident.name.split_whitespace().map(str::to_owned));
    let logged = process.logged();
    assert!(logged.contains("answered"), "the log is there at all");
    for canary in canaries {
        assert!(!canary.is_empty());
        assert!(!logged.contains(&canary), "the log holds {canary:?}");
    }
}
