//! The standards' own examples.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use tanda_credential::jose::{Jwk, VerifyingKey};
use tanda_credential::sd_jwt::{ExpectedBinding, HeldSdJwt, SdJwt, SdJwtError};
use tanda_credential::status_list::{EncodedStatusList, Status, StatusList};

#[derive(Deserialize)]
struct Rfc9901 {
    issuer: Jwk,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    token: String,
    claims: Map<String, Value>,
}

fn rfc9901() -> Rfc9901 {
    serde_json::from_str(include_str!("../vectors/rfc9901.json")).unwrap()
}

#[test]
fn rfc_9901_examples_verify_and_process() {
    let vectors = rfc9901();
    let issuer = VerifyingKey::from_jwk(&vectors.issuer).unwrap();
    for case in &vectors.cases {
        let parsed = SdJwt::parse(&case.token).unwrap();
        assert_eq!(parsed.verify(&issuer).as_ref(), Ok(&case.claims), "{}", case.name);
        if parsed.key_binding().is_none() {
            let held = HeldSdJwt::parse(&case.token).unwrap();
            assert_eq!(held.claims(), &case.claims, "{}", case.name);
        }
    }
}

#[test]
fn rfc_9901_section_5_2_is_bound_to_its_holder() {
    let vectors = rfc9901();
    let case = vectors.cases.iter().find(|case| case.name.contains("key binding")).unwrap();
    let holder: Jwk = serde_json::from_value(case.claims["cnf"]["jwk"].clone()).unwrap();
    let signed_at = Timestamp::from_second(1_748_537_244).unwrap();
    let expected = ExpectedBinding {
        audience: "https://verifier.example.org",
        nonce: "1234567890",
        asked_at: signed_at,
        now: signed_at,
        transaction_data: &[],
    };
    let parsed = SdJwt::parse(&case.token).unwrap();
    let bound = expected.check(&parsed, &VerifyingKey::from_jwk(&holder).unwrap()).unwrap();
    assert_eq!(bound.0, signed_at);
    expected.check(&parsed, &VerifyingKey::from_jwk(&vectors.issuer).unwrap()).unwrap_err();
}

#[test]
fn rfc_9901_examples_with_a_disclosure_too_many_are_refused() {
    let vectors = rfc9901();
    let issuer = VerifyingKey::from_jwk(&vectors.issuer).unwrap();
    for case in vectors.cases.iter().filter(|case| case.token.ends_with('~')) {
        let (jwt, disclosures) = case.token.split_once('~').unwrap();
        let foreign = format!("{jwt}~WyJkdW1teXNhbHQiLCAiZm9vIiwgImJhciJd~{disclosures}");
        let refused = SdJwt::parse(&foreign).unwrap().verify(&issuer);
        assert_eq!(refused, Err(SdJwtError::Unreferenced), "{}", case.name);
        if let Some((first, _)) = disclosures.split_once('~') {
            let twice = format!("{jwt}~{first}~{disclosures}");
            let refused = SdJwt::parse(&twice).unwrap().verify(&issuer);
            assert_eq!(refused, Err(SdJwtError::DuplicateDigest), "{}", case.name);
        }
    }
}

#[derive(Deserialize)]
struct StatusVectors {
    lists: Vec<StatusCase>,
}

#[derive(Deserialize)]
struct StatusCase {
    section: String,
    #[serde(flatten)]
    encoded: EncodedStatusList,
    statuses: Vec<(u64, u8)>,
}

#[test]
fn status_list_examples_decode() {
    let vectors: StatusVectors =
        serde_json::from_str(include_str!("../vectors/status_list.json")).unwrap();
    assert_eq!(vectors.lists.len(), 6);
    for case in vectors.lists {
        let list = StatusList::decode(&case.encoded).unwrap();
        for (idx, value) in &case.statuses {
            assert_eq!(list.status(*idx), Ok(Status::from_value(*value)), "{}", case.section);
        }
        let set = (0..list.len() as u64).filter(|idx| list.status(*idx) != Ok(Status::Valid));
        let named = case.statuses.iter().filter(|(_, value)| *value != 0);
        assert_eq!(set.count(), named.count(), "{}", case.section);
        // Ours may compress otherwise, but says the same.
        let again = StatusList::decode(&list.encode().unwrap()).unwrap();
        assert_eq!(again, list, "{}", case.section);
    }
}
