//! What may be used once is used once, however many try at the same moment.

use serde_json::Value;
use tanda_cli::drive::Client;
use tanda_journeys::{City, ordinary};
use tanda_protocol::vp::uri::RequestUri;
use tanda_server::clock;
use tanda_wallet::http::Request;
use tanda_wallet::receive::{Receiving, Step};
use tanda_wallet::{Attested, Trust, consent, present};

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_responses_at_once_one_counts() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let desk = city.desk("hotel-nansha").await;
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    let trust = wallet.trust().await.unwrap();
    // The wallet's own steps, so that its one response can be sent a hundred times.
    let client = tanda_cli::drive::Client::new().unwrap();
    let uri = RequestUri::parse(&asked.openid4vp_uri).unwrap();
    let mut rng = tanda_server::clock::rng();
    let (fetching, request) = consent::fetch(&uri, &mut rng);
    let response = client.send(request).await.unwrap();
    let mut state = serde_json::from_value::<tanda_wallet::WalletState>(
        serde_json::to_value(wallet.state()).unwrap(),
    )
    .unwrap();
    let now = tanda_server::clock::now();
    let consent = fetching.read(&response, &trust, &state, now).unwrap();
    let (_, answer) = present::present(&mut state, consent, now, &mut rng).unwrap();
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (url, body) = (answer.url.clone(), answer.body.clone());
        sending.spawn(async move {
            reqwest::Client::new()
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16()
        });
    }
    let statuses = sending.join_all().await;
    let accepted = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(accepted, 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 400)), "{statuses:?}");
    assert_eq!(desk.wait(&asked.id).await.unwrap().outcome(), "valid");
}

/// A wallet's own steps up to the request that redeems an offer, with a key and proofs of its own.
async fn redemption(offer: &str, attested: &Attested, trust: &Trust) -> Request {
    let (client, mut rng) = (Client::new().unwrap(), clock::seeded());
    let mut step = Receiving::start(offer, attested, None, 1, trust, &mut rng).unwrap();
    loop {
        let Step::Send(receiving, request) = step else { panic!("no card without a token") };
        if request.url.path() == "/oauth/token" {
            return request;
        }
        let response = client.send(request).await.unwrap();
        step = receiving.next(&response, trust, clock::now(), &mut rng).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_who_redeem_an_offer_at_once_one_gets_a_token() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut wallet = city.wallet("first").await;
    let standing =
        wallet.apply(&resident.number, &resident.name, &resident.frames()).await.unwrap();
    let offer = standing.credential_offer.unwrap();
    let trust = wallet.trust().await.unwrap();
    let attested = wallet.attested(&city.config.authority.url).await.unwrap();
    let mut ready = Vec::new();
    for _ in 0..100 {
        ready.push(redemption(&offer, &attested, &trust).await);
    }
    let mut sending = tokio::task::JoinSet::new();
    for request in ready {
        sending.spawn(async move {
            // A client of its own is a connection of its own.
            let response = Client::new().unwrap().send(request).await.unwrap();
            let answer: Value = serde_json::from_slice(&response.body).unwrap();
            (response.status, answer["error"].as_str().unwrap_or_default().to_owned())
        });
    }
    let mut answers = sending.join_all().await;
    answers.sort();
    assert_eq!(answers[0].0, 200, "{answers:?}");
    let refused = (400, "invalid_grant".to_owned());
    assert!(answers[1..].iter().all(|answer| *answer == refused), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_good_for_one_wallet_once() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut wallet = city.wallet("first").await;
    let standing =
        wallet.apply(&resident.number, &resident.name, &resident.frames()).await.unwrap();
    let offer = standing.credential_offer.unwrap();
    let mut thief = city.wallet("thief").await;
    let refused = thief.receive(&offer).await.unwrap_err();
    assert!(refused.to_string().contains("invalid_grant"), "{refused}");
    wallet.receive(&offer).await.unwrap();
    let again = wallet.receive(&offer).await.unwrap_err();
    assert!(again.to_string().contains("invalid_grant"), "{again}");
    assert_eq!(wallet.state().cards().len(), 1);
}
