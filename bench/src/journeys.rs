//! Whole journeys over HTTP, wallet and server together: one process holds both, so its processor
//! time is all there is. Set-up (accounts, the trust anchor, connections) comes before the clock.

use tanda_journeys::{Citizen, City, ordinary};

use crate::cpu::{self, median};
use crate::table::{Goal, Row};

/// How often a card is shown and refilled. An authority gives 24 batches a card a day.
const ROUNDS: usize = 20;
/// Copies fetched at once, as in the figure cited.
const COPIES: usize = 4;
/// nl-wallet 0.5 on a like machine, as measured for the design of this system.
const NL_WALLET_CHECK_IN_MS: f64 = 6.4;
const NL_WALLET_ISSUANCE_MS: f64 = 12.3;

/// One application, and many check-ins, each with a refill by four copies after it.
pub(crate) async fn measure() -> Vec<Row> {
    let city = City::start().await;
    let [first, second] = <[Citizen; 2]>::try_from(ordinary(2)).unwrap();
    // The first application loads the models, fills caches, and gives the card to be shown.
    let mut wallet = city.wallet_with_card(&first).await;
    wallet.fetch_at_once(COPIES);

    let mut applicant = city.wallet("applicant").await;
    let frames = second.frames();
    let began = cpu::process();
    let standing = applicant.apply(&second.number, &second.name, &frames).await.unwrap();
    let application = (cpu::process() - began) * 1e3;
    assert!(standing.credential_offer.is_some(), "the applicant is who they say");

    let desk = city.desk("hotel-nansha").await;
    let (mut check_ins, mut issuances) = (Vec::new(), Vec::new());
    // The first rounds use up what there is beyond a refill, and warm up.
    while check_ins.len() < ROUNDS {
        let began = cpu::process();
        let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
        let consent = wallet.look_at(&asked.openid4vp_uri).await.unwrap();
        wallet.agree(consent).await.unwrap();
        let verdict = desk.state(&asked.id).await.unwrap();
        let check_in = cpu::process() - began;
        assert_eq!(verdict.outcome(), "valid", "the card is good");

        let began = cpu::process();
        if wallet.refill().await.unwrap() > 0 {
            issuances.push((cpu::process() - began) * 1e3);
            check_ins.push(check_in * 1e3);
        }
    }
    let (check_in, issuance) = (median(&check_ins), median(&issuances));
    vec![
        Row {
            what: "check-in over HTTP, wallet and server (ask, open, agree, verdict)".to_owned(),
            figure: format!("{check_in:.2} CPU-ms"),
            beside: format!("{NL_WALLET_CHECK_IN_MS} CPU-ms nl-wallet, cited"),
            ratio: Some(check_in / NL_WALLET_CHECK_IN_MS),
            goal: Goal::at_most(check_in, 1.5, "≤ 1.5 CPU-ms"),
        },
        Row {
            what: format!(
                "issuance of {COPIES} copies over HTTP, wallet and server (attest, refresh, nonce, credential)"
            ),
            figure: format!("{issuance:.2} CPU-ms"),
            beside: format!("{NL_WALLET_ISSUANCE_MS} CPU-ms nl-wallet, cited"),
            ratio: Some(issuance / NL_WALLET_ISSUANCE_MS),
            goal: Goal::at_most(issuance, 3.0, "≤ 3 CPU-ms"),
        },
        Row {
            what: "application by face over HTTP, wallet and server (five steps, one run)"
                .to_owned(),
            figure: format!("{application:.0} CPU-ms"),
            beside: String::new(),
            ratio: None,
            goal: None,
        },
    ]
}
