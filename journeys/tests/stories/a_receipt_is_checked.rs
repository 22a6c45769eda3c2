//! A receipt says what was checked and by whom, without a value; whoever doubts it checks it with the
//! trust list alone, and a forged one is refused.

use std::process::{Command, Output};

use serde_json::Value;
use tanda_credential::b64;
use tanda_journeys::{City, binary, ordinary};

/// What `tanda desk verify-receipt` says of a text.
fn verify(city: &City, receipt: &str) -> Output {
    let file = city.folder().join("receipt.jwt");
    std::fs::write(&file, receipt).unwrap();
    Command::new(binary())
        .args(["desk", "verify-receipt", "--json"])
        .arg("--trust-anchor")
        .arg(city.config.trust_anchor())
        .arg("--trust-list")
        .arg(city.config.trust_list.as_str())
        .arg(&file)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_genuine_or_refused_with_one_sentence() {
    let city = City::start().await;
    let resident = &ordinary(1)[0];
    let mut wallet = city.wallet_with_card(resident).await;
    let desk = city.desk("hotel-nansha").await;
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    assert!(desk.receipt(&asked.id).await.is_err(), "there is none before a verdict");
    let consent = wallet.look_at(&asked.code).await.unwrap();
    wallet.agree(consent).await.unwrap();
    assert_eq!(desk.wait(&asked.id).await.unwrap().outcome(), "valid");
    let receipt = desk.receipt(&asked.id).await.unwrap();

    let genuine = verify(&city, &receipt);
    assert!(genuine.status.success(), "{}", said(&genuine));
    let content: Value = serde_json::from_slice(&genuine.stdout).unwrap();
    assert_eq!((&content["iss"], &content["outcome"]), (&"hotel-nansha".into(), &"valid".into()));
    assert_eq!(content["desk"]["staff"], "mei");
    assert!(content["status_age_s"].is_u64());
    let text = content.to_string();
    for value in [resident.number.as_str(), "data:image"] {
        assert!(!text.contains(value), "the receipt holds {value}");
    }
    // As words: three letters come up by chance in base64.
    let between = |letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '_'));
    for name in resident.name.split(' ') {
        let held = text.split(between).any(|word| word == name);
        assert!(!held, "the receipt holds {name}");
    }

    // The verdict turned, the name turned, the end cut off.
    let [header, payload, signature] = *receipt.split('.').collect::<Vec<_>>() else { panic!() };
    let payload = String::from_utf8(b64::decode(payload).unwrap()).unwrap();
    let with = |from: &str, to: &str| {
        let changed = payload.replace(from, to);
        assert_ne!(changed, payload);
        format!("{header}.{}.{signature}", b64::encode(changed))
    };
    let forgeries = [
        with("\"valid\"", "\"not_valid\""),
        with("hotel-nansha", "cafe-comet"),
        receipt[..receipt.len() - 8].to_owned(),
        String::new(),
    ];
    for forged in forgeries {
        let refused = verify(&city, &forged);
        assert!(!refused.status.success());
        let sentence = said(&refused);
        assert!(sentence.contains("is no genuine receipt"), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_receipt_of_another_desk() {
    let city = City::start().await;
    let mut wallet = city.wallet_with_card(&ordinary(1)[0]).await;
    let (desk, other) = (city.desk("hotel-nansha").await, city.desk("hotel-nansha").await);
    let asked = desk.ask("hotel-check-in", None, None).await.unwrap();
    let consent = wallet.look_at(&asked.code).await.unwrap();
    wallet.agree(consent).await.unwrap();
    assert_eq!(desk.wait(&asked.id).await.unwrap().outcome(), "valid");
    assert!(other.receipt(&asked.id).await.is_err());
    assert!(desk.receipt(&asked.id).await.is_ok());
}
