//! An authority that can't be reached is "cannot tell": never valid, never revoked.

use tanda_journeys::{City, ordinary};

use super::a_hotel_verifies_a_guest::check_in;

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_status_list_is_cannot_tell() {
    let mut city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let desk = city.desk("hotel-nansha").await;
    // The verifier knows the trust list from here on, and keeps it across restarts.
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    city.without(tanda_server::Role::Authority).await;
    wallet.agree(consent).await.unwrap();
    let state = desk.wait(&asked.id).await.unwrap();
    assert_eq!(state.outcome(), "cannot_tell", "{}", state.verdict);
    city.restart().await;
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
}
