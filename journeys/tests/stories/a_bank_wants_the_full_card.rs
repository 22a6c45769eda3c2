//! A bank and a business registry need the full card. Who has the light one is told so by level: the
//! desk when it asks for less, the wallet when the request arrives.

use tanda_cli::drive::{HttpError, WalletError};
use tanda_journeys::{City, ordinary};
use tanda_server::clock;
use tanda_wallet::consent::Why;

const COUNTERS: [(&str, &str); 2] =
    [("bank-harbour", "bank-account"), ("registry-nansha", "business-registration")];

#[tokio::test(flavor = "multi_thread")]
async fn the_light_card_is_refused_in_the_wallet_by_its_level() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    for (id, purpose) in COUNTERS {
        let desk = city.desk(id).await;
        let asked = desk.ask(purpose, None, None).await.unwrap();
        let refusal = wallet.look_at(&asked.code).await.unwrap_err();
        assert!(
            matches!(&refusal, WalletError::Refusal(why) if matches!(why.why, Why::LevelTooLow { .. })),
            "{refusal}"
        );
        let sentence = refusal.to_string();
        assert!(sentence.contains("full card") && sentence.contains("light one"), "{sentence}");
        // The counter is told at once, and learns nothing else.
        assert_eq!(desk.wait(&asked.id).await.unwrap().state, "declined");
    }
    assert_eq!(wallet.state().cards()[0].copies_left(clock::now()), 10, "no copy was used");
    assert!(wallet.state().history().is_empty(), "nothing was shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counter_can_not_make_do_with_the_light_card() {
    let city = City::start().await;
    for (id, purpose) in COUNTERS {
        let desk = city.desk(id).await;
        match desk.ask(purpose, None, Some("light")).await {
            Err(HttpError::Problem { code, detail, .. }) => {
                assert_eq!(code, "level-too-low");
                assert!(detail.contains("needs the full card"), "{detail}");
            }
            other => panic!("{:?}", other.map(|asked| asked.id)),
        }
    }
}
