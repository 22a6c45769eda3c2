//! An internet café learns "old enough" and a pseudonym that no other café knows the guest by.

use tanda_cli::drive::{Desk, State, Wallet};
use tanda_journeys::{City, minor, ordinary};

async fn sign_up(desk: &Desk, wallet: &mut Wallet) -> State {
    let asked = desk.ask("cafe-sign-up", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    wallet.agree(consent).await.unwrap();
    desk.wait(&asked.id).await.unwrap()
}

fn pseudonym(state: &State, cafe: &str) -> String {
    state.verdict["claims"]["pseudonyms"][cafe].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_cafes_know_one_guest_by_two_names() {
    let city = City::start().await;
    let mut guest = city.wallet_with_card(&ordinary(1)[0]).await;
    let comet = city.desk("cafe-comet").await;
    let orbit = city.desk("cafe-orbit").await;
    let first = sign_up(&comet, &mut guest).await;
    assert_eq!(first.outcome(), "valid");
    let shown = first.verdict["claims"].to_string();
    assert!(!shown.contains("family_name") && !shown.contains("picture"), "{shown}");
    let again = sign_up(&comet, &mut guest).await;
    let elsewhere = sign_up(&orbit, &mut guest).await;
    assert_eq!(pseudonym(&first, "cafe-comet"), pseudonym(&again, "cafe-comet"));
    assert_ne!(pseudonym(&first, "cafe-comet"), pseudonym(&elsewhere, "cafe-orbit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_is_too_young_is_turned_away() {
    let city = City::start().await;
    let mut guest = city.wallet_with_card(&minor()).await;
    let state = sign_up(&city.desk("cafe-comet").await, &mut guest).await;
    assert_eq!(state.outcome(), "not_valid");
    assert_eq!(state.verdict["reason"], "age_not_reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cafe_can_ask_for_nobodys_name() {
    let city = City::start().await;
    let desk = city.desk("cafe-comet").await;
    for claim in [vec!["family_name"], vec!["pseudonyms", "cafe-orbit"]] {
        let claim: Vec<String> = claim.into_iter().map(str::to_owned).collect();
        let refused = desk.ask("cafe-sign-up", Some(&[claim]), None).await.unwrap_err();
        assert!(refused.to_string().contains("over-asking-data"), "{refused}");
    }
}
