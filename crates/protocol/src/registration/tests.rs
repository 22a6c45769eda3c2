use std::slice::from_ref;

use serde_json::{Value, json};
use tanda_credential::jose::{self, Header, JwsError, Signer};
use tanda_credential::sd_jwt::ClaimPath;
use tanda_credential::x509::ChainError;
use tanda_model::{AssuranceLevel, PurposeId};

use super::{OverAsking, REGISTRATION_TYP, Registration, RegistrationError};
use crate::testing::{later, now};
use crate::vp::dcql::DcqlQuery;
use crate::vp::fixture::{Pki, REGISTRAR, leaf_under, registration};

const LIGHT: &str = "urn:tanda:card:light:1";
const FULL: &str = "urn:tanda:card:full:1";

fn path(value: Value) -> ClaimPath {
    serde_json::from_value(value).unwrap()
}

fn asks(purpose: PurposeId, types: &[&str], claims: &[Value]) -> Result<(), OverAsking> {
    let pki = Pki::new(40, &[]);
    let claims: Vec<ClaimPath> = claims.iter().cloned().map(path).collect();
    registration(purpose, "cafe-comet", pki.client())
        .permits(&DcqlQuery::card(types, &claims).unwrap())
}

#[test]
fn permits_what_is_registered_and_less() {
    let all = [json!(["family_name"]), json!(["given_name"]), json!(["picture"])];
    assert_eq!(asks(PurposeId::HotelCheckIn, &[LIGHT, FULL], &all), Ok(()));
    assert_eq!(asks(PurposeId::HotelCheckIn, &[LIGHT], &all[..1]), Ok(()));
    assert_eq!(asks(PurposeId::HotelCheckIn, &[LIGHT], &[]), Ok(()));
    assert_eq!(
        asks(
            PurposeId::BankAccount,
            &[FULL],
            &[json!(["nationalities"]), json!(["nationalities", null])]
        ),
        Ok(())
    );
    let result = [json!(["age_equal_or_over", "18"]), json!(["pseudonyms", "cafe-comet"])];
    assert_eq!(asks(PurposeId::CafeSignUp, &[LIGHT, FULL], &result), Ok(()));
}

#[test]
fn refuses_a_claim_beyond_the_purpose() {
    for (purpose, claim) in [
        (PurposeId::Courier, json!(["picture"])),
        (PurposeId::CafeSignUp, json!(["age_equal_or_over", "21"])),
        (PurposeId::CafeSignUp, json!(["age_equal_or_over"])),
        (PurposeId::Ticket, json!(["personal_administrative_number"])),
        (PurposeId::HotelCheckIn, json!(["nobody"])),
    ] {
        let over = asks(
            purpose,
            &[LIGHT],
            &[json!(["given_name"]), claim.clone()]
                [usize::from(purpose == PurposeId::CafeSignUp)..],
        );
        assert_eq!(over, Err(OverAsking::Claim(path(claim))));
    }
}

#[test]
fn refuses_a_higher_level_and_other_credentials() {
    let over = asks(PurposeId::HotelCheckIn, &[FULL], &[]).unwrap_err();
    assert_eq!(
        over,
        OverAsking::Level { asked: AssuranceLevel::Full, registered: AssuranceLevel::Light }
    );
    assert_eq!(over.code(), "over-asking-level");
    assert_eq!(
        asks(PurposeId::HotelCheckIn, &["urn:other"], &[]),
        Err(OverAsking::OtherCredential)
    );
    assert_eq!(
        asks(PurposeId::HotelCheckIn, &[LIGHT, "urn:other"], &[]),
        Err(OverAsking::OtherCredential)
    );
    let mdoc =
        json!({"credentials": [{"id": "a", "format": "mso_mdoc", "meta": {"doctype_value": "x"}}]});
    let registration =
        registration(PurposeId::HotelCheckIn, "hotel-nansha", Pki::new(40, &[]).client());
    let mdoc: DcqlQuery = serde_json::from_value(mdoc).unwrap();
    assert_eq!(registration.permits(&mdoc), Err(OverAsking::OtherCredential));
}

#[test]
fn a_pseudonym_is_for_the_one_whose_name_it_bears() {
    for claim in [
        json!(["pseudonyms", "cafe-orbit"]),
        json!(["pseudonyms"]),
        json!(["pseudonyms", "cafe-comet", "x"]),
    ] {
        assert_eq!(
            asks(PurposeId::CafeSignUp, &[LIGHT], std::slice::from_ref(&claim)),
            Err(OverAsking::Pseudonym(path(claim)))
        );
    }
    // Even where a registrar has signed it.
    let mut registration =
        registration(PurposeId::CafeSignUp, "cafe-comet", Pki::new(40, &[]).client());
    registration.claims.push(path(json!(["pseudonyms"])));
    let query = DcqlQuery::card(&[LIGHT], &[path(json!(["pseudonyms", "cafe-orbit"]))]).unwrap();
    assert!(matches!(registration.permits(&query), Err(OverAsking::Pseudonym(_))));
    assert!(matches!(
        asks(PurposeId::Courier, &[LIGHT], &[json!(["pseudonyms", "cafe-comet"])]),
        Err(OverAsking::Claim(_))
    ));
}

#[test]
fn every_alternative_counts() {
    let registration =
        registration(PurposeId::Courier, "courier-swift", Pki::new(40, &[]).client());
    let query: DcqlQuery = serde_json::from_value(json!({"credentials": [{
        "id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": [LIGHT]},
        "claims": [{"id": "n", "path": ["given_name"]}, {"id": "p", "path": ["picture"]}],
        "claim_sets": [["n"], ["p"]],
    }]}))
    .unwrap();
    assert!(matches!(registration.permits(&query), Err(OverAsking::Claim(_))));
}

#[test]
fn a_registration_is_read_as_it_was_signed() {
    let (access, authority) = (Pki::new(40, &[]), Pki::new(50, &[REGISTRAR]));
    let registration = registration(PurposeId::CafeSignUp, "cafe-comet", access.client());
    let token = registration.sign(&authority.leaf).unwrap();
    let read =
        Registration::verify(&token, from_ref(&authority.anchor), access.client(), now()).unwrap();
    assert_eq!(read, registration);
    assert!(read.result_only);
}

#[test]
fn only_the_registrar_registers_only_its_client_only_in_time() {
    let (access, authority) = (Pki::new(40, &[]), Pki::new(50, &[REGISTRAR]));
    let registration = registration(PurposeId::CafeSignUp, "cafe-comet", access.client());
    let token = registration.sign(&authority.leaf).unwrap();
    let verify = |token: &str, at: i64| {
        Registration::verify(token, from_ref(&authority.anchor), access.client(), later(at))
            .map(drop)
    };
    assert_eq!(
        Registration::verify(
            &token,
            from_ref(&authority.anchor),
            Pki::new(60, &[]).client(),
            now()
        ),
        Err(RegistrationError::OtherClient)
    );
    assert_eq!(
        Registration::verify(&token, from_ref(&access.anchor), access.client(), now()),
        Err(RegistrationError::Chain(ChainError::Untrusted))
    );
    assert_eq!(
        verify(&registration.sign(&access.leaf).unwrap(), 0),
        Err(RegistrationError::Chain(ChainError::Untrusted))
    );
    // A relying party whose certificate hangs under the registrar's own authority.
    let neighbour = leaf_under(&authority.ca.0, &authority.ca.1, 70, &[]);
    assert_eq!(
        verify(&registration.sign(&neighbour).unwrap(), 0),
        Err(RegistrationError::Registrar)
    );
    let elsewhere =
        Registration { registrar: "https://elsewhere.example".into(), ..registration.clone() };
    assert_eq!(
        verify(&elsewhere.sign(&authority.leaf).unwrap(), 0),
        Err(RegistrationError::Registrar)
    );
    let early = Registration { issued_at: later(61), ..registration.clone() };
    assert_eq!(verify(&early.sign(&authority.leaf).unwrap(), 0), Err(RegistrationError::NotYet));
    let late = Registration { expires_at: later(-60), ..registration.clone() };
    assert_eq!(verify(&late.sign(&authority.leaf).unwrap(), 0), Err(RegistrationError::Expired));
    let untyped = jose::sign(
        &Header::typ("JWT").with_x5c(authority.leaf.x5c()),
        &registration,
        &authority.leaf,
    )
    .unwrap();
    assert_eq!(verify(&untyped, 0), Err(RegistrationError::Token(JwsError::Type)));
    let tampered = format!("{}AAAA{}", &token[..token.len() - 10], &token[token.len() - 6..]);
    assert!(verify(&tampered, 0).is_err());
    assert_eq!(REGISTRATION_TYP, "rc-rp+jwt");
}
