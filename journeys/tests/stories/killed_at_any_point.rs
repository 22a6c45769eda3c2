//! `kill -9` at any point of issuance: afterwards there is a card with a status, or none.

use std::time::Duration;

use tanda_cli::drive::{Desk, Wallet};
use tanda_journeys::{Citizen, Process, ordinary};
use tanda_server::{clock, roles};
use tanda_wallet::enrol::State;

use super::a_hotel_verifies_a_guest::check_in;

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_a_card_with_a_status_or_none() {
    let mut process = Process::start().await;
    let residents = ordinary(3);
    for (round, delay_ms) in [0_u64, 4, 12].into_iter().enumerate() {
        let resident = &residents[round];
        let name = format!("round-{round}");
        let mut wallet = process.wallet(&name).await;
        let offer = approved(&mut wallet, resident).await;
        // The wallet fetches its card while the power goes.
        let receiving = tokio::spawn(async move {
            let result = wallet.receive(&offer).await;
            (wallet, result.is_ok())
        });
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        process.kill();
        let (mut wallet, received) = receiving.await.unwrap();
        process.spawn().await;
        if !received {
            // What the wallet didn't get is not alive either: nobody holds a card unknown to them.
            let office = roles::open_authority(&process.config, clock::now()).await.unwrap();
            let entry = office.register().entry(&resident.number.parse().unwrap()).await.unwrap();
            let cards = office.cards_of(entry.unwrap().resident.id).await.unwrap();
            assert!(
                cards.iter().all(|card| card.state.name() != "intended"),
                "an intent was left open: {cards:?}"
            );
            drop(office);
            // They apply again, and have a card that works.
            let offer = approved(&mut wallet, resident).await;
            wallet.receive(&offer).await.unwrap();
        }
        let desk: Desk = process.desk("hotel-nansha").await;
        assert_eq!(check_in(&desk, &mut wallet).await, "valid", "after {delay_ms} ms");
    }
}

async fn approved(wallet: &mut Wallet, resident: &Citizen) -> String {
    let standing =
        wallet.apply(&resident.number, &resident.name, &resident.frames()).await.unwrap();
    assert_eq!(standing.state, State::Approved);
    standing.credential_offer.unwrap()
}
