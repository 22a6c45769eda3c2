//! A resident locks the card from any device, moves it to a new phone, and gives it up.

use tanda_authority::Officer;
use tanda_cli::drive::Wallet;
use tanda_journeys::{Citizen, City, ordinary};
use tanda_model::Complaint;
use tanda_server::{clock, roles};
use tanda_wallet::report::Report;
use tanda_wallet::standing::Question;

use super::a_card_is_revoked::until;
use super::a_hotel_verifies_a_guest::check_in;

async fn beside(city: &City, other: &Wallet, name: &str) -> Wallet {
    Wallet::beside(&city.folder().join(name), other).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_phone_is_locked_from_another_device_of_the_account() {
    let city = City::start().await;
    let mut phone = city.wallet_with_card(&ordinary(1)[0]).await;
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut phone).await, "valid");
    let mut laptop = beside(&city, &phone, "laptop.json").await;
    let seen = laptop.card(Question::Show).await.unwrap();
    assert!(!seen.here && !seen.locked && seen.state == "live");
    assert!(laptop.card(Question::Lock).await.unwrap().locked);
    until(&desk, &mut phone, "not_valid").await;
    assert!(phone.card(Question::Show).await.unwrap().here);
    assert!(!laptop.card(Question::Unlock).await.unwrap().locked);
    until(&desk, &mut phone, "valid").await;
    // Nobody else's account can.
    let mut stranger = city.wallet("stranger").await;
    let refused = stranger.card(Question::Lock).await.unwrap_err().to_string();
    assert!(refused.contains("No card in use"), "{refused}");
}

/// Applies on a device, and fetches the card; says whether it could.
async fn moved(mut wallet: Wallet, resident: Citizen) -> (Wallet, bool) {
    let standing = wallet.apply(&resident.number, &resident.name, &resident.frames()).await;
    let offer = standing.ok().and_then(|standing| standing.credential_offer);
    let received = match offer {
        Some(offer) => wallet.receive(&offer).await.is_ok(),
        None => false,
    };
    (wallet, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_new_phones_at_once_exactly_one_lives_and_the_old_one_is_dead() {
    let city = City::start().await;
    let resident = ordinary(1).remove(0);
    let mut old = city.wallet_with_card(&resident).await;
    let (one, two) = (beside(&city, &old, "1.json").await, beside(&city, &old, "2.json").await);
    let (one, two) = tokio::join!(moved(one, resident.clone()), moved(two, resident.clone()));
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut old).await, "not_valid");
    let mut valid = 0;
    for (mut phone, received) in [one, two] {
        if received {
            valid += u32::from(check_in(&desk, &mut phone).await == "valid");
        }
    }
    assert_eq!(valid, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_given_up_is_accepted_nowhere() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
    assert_eq!(wallet.card(Question::GiveUp).await.unwrap().state, "revoked");
    until(&desk, &mut wallet, "not_valid").await;
    assert!(wallet.card(Question::Show).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_arrives_and_its_answer_comes_back() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let report = Report {
        relying_party: "hotel-nansha".parse().unwrap(),
        complaint: Complaint::AskedTooMuch,
        shown_at: clock::now(),
        words: "They wanted to keep a copy of my face".to_owned(),
    };
    wallet.report(&report).await.unwrap();
    let office = roles::open_authority(&city.config, clock::now()).await.unwrap();
    let open = office.open_reports().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].words.as_deref(), Some(report.words.as_str()));
    let officer = Officer::custodian(
        "clerk",
        "the hotel was visited and corrected it".parse().unwrap(),
        None,
    );
    office.settle_report(open[0].id, &officer, clock::now()).await.unwrap();
    let looks = wallet.looks().await.unwrap();
    assert_eq!(looks[0].kind, "report.settled");
    assert_eq!(looks[0].reason.as_deref(), Some(officer.reason().as_str()));
    assert_eq!(looks[1].kind, "relying-party.reported");
    let unknown = Report { relying_party: "motel".parse().unwrap(), ..report };
    let refused = wallet.report(&unknown).await.unwrap_err().to_string();
    assert!(refused.contains("certified nobody of this name"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_leaves_no_card_and_no_way_in() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let desk = city.desk("hotel-nansha").await;
    assert_eq!(check_in(&desk, &mut wallet).await, "valid");
    wallet.delete_account().await.unwrap();
    until(&desk, &mut wallet, "not_valid").await;
    assert!(wallet.card(Question::Show).await.is_err());
    let mut beside = beside(&city, &wallet, "beside.json").await;
    assert!(beside.card(Question::Show).await.is_err(), "its passkey opens nothing any more");
}
