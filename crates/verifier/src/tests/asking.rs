use std::cmp::Ordering;

use tanda_credential::sd_jwt::ClaimPath;
use tanda_model::{AssuranceLevel, Claim, PurposeId};
use tanda_protocol::registration::OverAsking;

use crate::fixture::{World, asked, at, question, rng};
use crate::{AskError, Flow, Question, RelyingParty, ask};

fn tries(
    party: &RelyingParty,
    question: &Question<'_>,
    world: &World,
    now: i64,
) -> Result<(), AskError> {
    ask(party, question, &world.service, at(now), &mut rng(1)).map(drop)
}

#[test]
fn asks_what_is_registered_or_less() {
    let world = World::new();
    let fewer =
        Question { claims: Some(vec![ClaimPath::name("picture")]), ..question("hotel-check-in") };
    assert_eq!(tries(&world.hotel, &fewer, &world, 0), Ok(()));
    let asked_all = world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice).1;
    assert_eq!(asked(&asked_all).len(), 4);
}

#[test]
fn asking_more_is_refused_by_name() {
    let world = World::new();
    let more =
        Question { claims: Some(vec![ClaimPath::name("sex")]), ..question("hotel-check-in") };
    let error = tries(&world.hotel, &more, &world, 0).unwrap_err();
    assert_eq!(error, AskError::OverAsking(OverAsking::Claim(ClaimPath::name("sex"))));
    assert_eq!(error.code(), "over-asking-data");
    let higher = Question { level: Some(AssuranceLevel::Full), ..question("hotel-check-in") };
    assert_eq!(tries(&world.hotel, &higher, &world, 0).unwrap_err().code(), "over-asking-level");
    let others = ClaimPath::names(["pseudonyms", "cafe-orbit"]);
    let others = Question { claims: Some(vec![others]), ..question("cafe-sign-up") };
    assert_eq!(tries(&world.cafe, &others, &world, 0).unwrap_err().code(), "over-asking-data");
    let lower = Question { level: Some(AssuranceLevel::Light), ..question("bank-account") };
    let error = tries(&world.bank, &lower, &world, 0).unwrap_err();
    assert_eq!(error.code(), "level-too-low");
    assert!(error.to_string().contains("needs the full card"), "{error}");
    assert_eq!(
        tries(&world.hotel, &question("bank-account"), &world, 0),
        Err(AskError::NotRegistered)
    );
    let too_late = tries(&world.hotel, &question("hotel-check-in"), &world, 86_400);
    assert_eq!(too_late, Err(AskError::RegistrationExpired));
}

/// Every purpose of the catalogue with every claim and every level that there is.
#[test]
fn what_may_be_asked_is_the_catalogue_and_nothing_more() {
    let world = World::new();
    for id in PurposeId::ALL {
        let party = world.party("one", id);
        let purpose = id.purpose();
        for claim in Claim::all() {
            let path = ClaimPath::names(claim.path(party.id()));
            let asked = Question { claims: Some(vec![path.clone()]), ..question(id.as_str()) };
            let answer = tries(&party, &asked, &world, 0);
            if purpose.claims.contains(&claim) {
                assert_eq!(answer, Ok(()), "{id}: {claim}");
            } else {
                let refusal = answer.unwrap_err();
                assert_eq!(refusal.code(), "over-asking-data", "{id}: {claim}");
                assert!(refusal.to_string().contains(claim.name()), "{id}: {refusal}");
            }
        }
        for level in AssuranceLevel::ALL {
            let asked = Question { level: Some(level), ..question(id.as_str()) };
            let code = tries(&party, &asked, &world, 0).map_err(|refusal| {
                let sentence = refusal.to_string();
                assert!(AssuranceLevel::ALL.iter().all(|level| sentence.contains(level.as_str())));
                refusal.code()
            });
            let expected = match level.cmp(&purpose.level) {
                Ordering::Less => Err("level-too-low"),
                Ordering::Equal => Ok(()),
                Ordering::Greater => Err("over-asking-level"),
            };
            assert_eq!(code, expected, "{id}: {level}");
        }
    }
}

#[test]
fn every_request_has_secrets_of_its_own() {
    let world = World::new();
    let mut rng = rng(3);
    let mut ask = || {
        let session =
            ask(&world.hotel, &question("hotel-check-in"), &world.service, at(0), &mut rng)
                .unwrap()
                .session;
        serde_json::to_value(&session).unwrap()
    };
    let (one, two) = (ask(), ask());
    for secret in ["nonce", "state", "decryption_key"] {
        assert!(one[secret].as_str().is_some_and(|text| text.len() >= 22), "{secret}");
        assert_ne!(one[secret], two[secret], "{secret}");
    }
    for public in ["id", "code"] {
        assert_ne!(one["ticket"][public], two["ticket"][public], "{public}");
    }
}

#[test]
fn the_invitation_leads_to_the_service() {
    let world = World::new();
    let invitation = world.ask(&world.hotel, "hotel-check-in", Flow::CrossDevice).invitation;
    assert!(
        invitation
            .wallet_link
            .as_str()
            .starts_with("https://wallet.example/present?client_id=x509_hash%3A")
    );
    assert!(
        invitation
            .openid4vp_uri
            .contains("request_uri=https%3A%2F%2Fhotel.example%2Fopenid4vp%2Frequests%2F")
    );
    assert!(invitation.openid4vp_uri.ends_with("request_uri_method=post"));
    assert!(invitation.code.to_string().starts_with("H1"));
    assert_eq!(invitation.expires_at, at(300));
}
