//! What a resident's wallet is shown, and who is shown nothing.

use tanda_credential::log::{Checkpoint, Hash, consistency, inclusion};

use super::by_hand;
use super::tampering::mend_tree;
use crate::cards::{CardAct, CardChoice};
use crate::log::{HolderActs, HolderActsError, ProvenAct};
use crate::testing::{City, Wallet, number, officer};
use crate::{ClientError, ClientHeaders, Officer};

/// Asks as the wallet does.
async fn asked(
    city: &mut City,
    wallet: &Wallet,
    kept: u64,
    before: Option<u64>,
) -> Result<HolderActs, HolderActsError> {
    let possession = city.possession(wallet);
    let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
    city.authority.show_holder(&client, kept, before, city.now).await
}

/// Checks as the wallet does; says the kinds of the acts.
fn checked(city: &City, shown: &HolderActs, kept: Option<&Checkpoint>) -> Vec<String> {
    let verifier = city.authority.log_verifier();
    let newest = Checkpoint::open(shown.checkpoint.as_bytes(), verifier).unwrap();
    if let Some(kept) = kept {
        consistency::verify(kept.head(), newest.head(), &shown.consistency).unwrap();
    }
    let kind = |act: &ProvenAct| {
        let leaf = Hash::of_leaf(act.entry.as_bytes());
        inclusion::verify(leaf, act.index, newest.size, newest.root, &act.inclusion).unwrap();
        let entry: serde_json::Value = serde_json::from_str(&act.entry).unwrap();
        assert_eq!(entry["seq"], act.index + 1);
        entry["kind"].as_str().unwrap().to_owned()
    };
    shown.acts.iter().map(kind).collect()
}

#[tokio::test]
async fn a_resident_sees_who_looked_at_their_record_and_nobody_elses() {
    let mut city = City::new().await;
    city.resident("01", 10, "Li").await;
    city.resident("02", 12, "Wang").await;
    let (wallet, other) = (city.wallet("a"), city.wallet("b"));
    city.card(&wallet, 10, "Li", "01", 1).await;
    city.card(&other, 12, "Wang", "02", 1).await;
    let first = asked(&mut city, &wallet, 0, None).await.unwrap();
    let kinds =
        ["card.live", "copies.issued", "copies.intended", "enrolment.approved", "register.added"];
    let mut got = checked(&city, &first, None);
    got.sort_unstable();
    let mut wanted = kinds.to_vec();
    wanted.sort_unstable();
    assert_eq!(got, wanted);
    assert!(!first.more);

    let kept =
        Checkpoint::open(first.checkpoint.as_bytes(), city.authority.log_verifier()).unwrap();
    let looker =
        Officer::custodian("Wu Lan", officer().reason().clone(), Some("case-1".parse().unwrap()));
    let register = city.authority.register();
    register.look_up(&number(10), &looker, city.now).await.unwrap().unwrap();
    register.look_up(&number(12), &looker, city.now).await.unwrap().unwrap();
    let then = asked(&mut city, &wallet, kept.size, None).await.unwrap();
    let kinds = checked(&city, &then, Some(&kept));
    assert_eq!(kinds.len(), 6);
    assert_eq!(kinds[0], "register.looked-up");
    let look: serde_json::Value = serde_json::from_str(&then.acts[0].entry).unwrap();
    assert_eq!(look["reason"], "a test of the authority");
    assert_eq!((&look["case"], &look["role"]), (&"case-1".into(), &"custodian".into()));
    assert!(!then.acts[0].entry.contains("Wu Lan"));
    for name in ["Li", number(10).as_str()] {
        assert!(!then.acts.iter().any(|act| act.entry.contains(&format!("\"{name}\""))));
    }
    let earlier = asked(&mut city, &wallet, 0, Some(then.acts[0].index)).await.unwrap();
    assert_eq!(checked(&city, &earlier, None).len(), 5);
}

#[tokio::test]
async fn what_was_tampered_with_is_shown_under_what_was_signed_and_does_not_fit() {
    let mut city = City::new().await;
    city.resident("01", 10, "Li").await;
    let wallet = city.wallet("a");
    city.card(&wallet, 10, "Li", "01", 1).await;
    let register = city.authority.register();
    register.look_up(&number(10), &officer(), city.now).await.unwrap();
    let good = asked(&mut city, &wallet, 0, None).await.unwrap();
    by_hand(&city, "UPDATE acts SET entry = replace(entry, 'a test', 'no test')").await;
    mend_tree(&city).await;
    let register = city.authority.register();
    register.look_up(&number(10), &officer(), city.now).await.unwrap();
    let bad = asked(&mut city, &wallet, 0, None).await.unwrap();
    assert_eq!(bad.checkpoint, good.checkpoint);
    let head = Checkpoint::open(bad.checkpoint.as_bytes(), city.authority.log_verifier()).unwrap();
    let proved = |act: &ProvenAct| {
        let leaf = Hash::of_leaf(act.entry.as_bytes());
        inclusion::verify(leaf, act.index, head.size, head.root, &act.inclusion).is_ok()
    };
    assert!(good.acts.iter().all(proved));
    assert!(!bad.acts.iter().any(proved));
    by_hand(&city, "DELETE FROM acts WHERE seq > 2").await;
    let shorter = asked(&mut city, &wallet, 0, None).await.unwrap();
    assert!(!shorter.acts.iter().any(proved));
}

#[tokio::test]
async fn only_the_wallet_with_the_live_card_is_shown_anything() {
    let mut city = City::new().await;
    let resident = city.resident("01", 10, "Li").await;
    let (wallet, stranger) = (city.wallet("a"), city.wallet("b"));
    assert!(matches!(asked(&mut city, &wallet, 0, None).await, Err(HolderActsError::NoLiveCard)));
    city.card(&wallet, 10, "Li", "01", 1).await;
    assert!(matches!(asked(&mut city, &stranger, 0, None).await, Err(HolderActsError::NoLiveCard)));

    let possession = city.possession(&wallet);
    let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
    assert!(city.authority.show_holder(&client, 0, None, city.now).await.is_ok());
    let again = city.authority.show_holder(&client, 0, None, city.now).await;
    assert!(matches!(again, Err(HolderActsError::Client(ClientError::Replayed))));
    let theirs = city.possession(&stranger);
    let client = ClientHeaders { attestation: &wallet.attestation, possession: &theirs };
    let stolen = city.authority.show_holder(&client, 0, None, city.now).await;
    assert!(matches!(stolen, Err(HolderActsError::Client(ClientError::Attestation(_)))));

    let choice = CardChoice::OfResident(resident);
    city.authority.act_on_card(&choice, CardAct::Suspend, &officer(), city.now).await.unwrap();
    assert!(matches!(asked(&mut city, &wallet, 0, None).await, Err(HolderActsError::NoLiveCard)));
    city.authority.act_on_card(&choice, CardAct::Restore, &officer(), city.now).await.unwrap();
    let kinds = asked(&mut city, &wallet, 0, None).await.unwrap();
    assert_eq!(checked(&city, &kinds, None)[..2], ["card.restored", "card.suspended"]);
}
