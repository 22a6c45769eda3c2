//! An officer suspends, restores and revokes; the desk sees it within a minute.

use std::time::{Duration, Instant};

use tanda_authority::Officer;
use tanda_authority::cards::{CardAct, CardChoice};
use tanda_cli::drive::{Desk, Wallet};
use tanda_journeys::{City, ordinary};
use tanda_server::{clock, roles};

use super::a_hotel_verifies_a_guest::check_in;

/// Checks in until the desk sees the outcome; panics after the promised minute.
pub(crate) async fn until(desk: &Desk, wallet: &mut Wallet, outcome: &str) -> Duration {
    let began = Instant::now();
    loop {
        if check_in(desk, wallet).await == outcome {
            return began.elapsed();
        }
        assert!(began.elapsed() < Duration::from_secs(60), "no {outcome} within a minute");
        tokio::time::sleep(Duration::from_secs(3)).await;
        if wallet.state().cards()[0].needs_refill(clock::now()) {
            // A suspended card gets no new copies; then the ones that are left have to do.
            let _ = wallet.refill().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_sees_each_act_within_a_minute() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut wallet = city.wallet_with_card(resident).await;
    let desk = city.desk("hotel-nansha").await;
    // The desk has a fresh list from now on, so that each change has to reach it.
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let officer = Officer::custodian("clerk", "reported by the holder".parse().unwrap(), None);
    let number = resident.number.parse().unwrap();
    let choice = CardChoice::OfNumber(number);
    office.act_on_card(&choice, CardAct::Suspend, &officer, clock::now()).await.unwrap();
    until(&desk, &mut wallet, "not_valid").await;
    office.act_on_card(&choice, CardAct::Restore, &officer, clock::now()).await.unwrap();
    // A restored card is refilled and shown again.
    until(&desk, &mut wallet, "valid").await;
}
