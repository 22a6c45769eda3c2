//! Credentials and presentations: the happy way, and every way in which one is refused.

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};
use tanda_credential::jose::{Header, JwsError, Signer, SigningKey, sign};
use tanda_credential::sd_jwt::{
    ClaimPath, ExpectedBinding, HeldSdJwt, KeyBinding, KeyBindingError, SdJwtError, SdObject,
};
use tanda_credential::sd_jwt_vc::{
    CredentialError, CredentialIssuer, IssueError, NewCredential, UntrustedError, verify_issued,
    verify_presentation,
};
use tanda_credential::x509::ChainError;

use crate::fixture::{Authority, ISS, NOW, VCT, at, attributes, credential, key, rng, status};

const CLIENT: &str = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";

fn issued(authority: &Authority, holder: &SigningKey) -> String {
    let (claims, status) = (attributes(), status());
    authority.issuer().issue(&credential(holder, &claims, &status), &mut rng(7)).unwrap()
}

fn binding(now: i64) -> KeyBinding<'static> {
    KeyBinding { audience: CLIENT, nonce: "n-1", now: at(now), transaction_data: &[] }
}

fn expected(asked_at: i64, now: i64) -> ExpectedBinding<'static> {
    ExpectedBinding {
        audience: CLIENT,
        nonce: "n-1",
        asked_at: at(asked_at),
        now: at(now),
        transaction_data: &[],
    }
}

fn presented(token: &str, names: &[&str], holder: &SigningKey, binding: &KeyBinding<'_>) -> String {
    let paths: Vec<_> = names.iter().map(|name| ClaimPath::name(*name)).collect();
    let held = HeldSdJwt::parse(token).unwrap();
    held.present(&paths).unwrap().with_key_binding(binding, holder).unwrap()
}

#[test]
fn from_issuer_to_verifier() {
    let (authority, holder) = (Authority::new(1), key(50));
    let trusted = authority.trusted();
    let token = issued(&authority, &holder);
    let received = verify_issued(&token, &trusted, at(NOW)).unwrap();
    assert_eq!(received.claims["family_name"], "Muster\"mann");
    let shown = presented(&token, &["given_name"], &holder, &binding(NOW));
    // The second round goes through the remembered chain.
    for _ in 0..2 {
        let verified = verify_presentation(&shown, &trusted, &expected(NOW - 30, NOW)).unwrap();
        assert_eq!(
            Value::Object(verified.claims),
            json!({"given_name": "Erika", "level": "light"})
        );
        assert_eq!(verified.issuer.id, "authority-1");
        assert_eq!(verified.issuer.iss.as_deref(), Some(ISS));
        assert_eq!(verified.vct, VCT);
        assert_eq!(verified.vct_integrity.as_deref(), Some("sha256-AAAA"));
        assert_eq!(verified.status, Some(status()));
        assert!(verified.holder.same_key(holder.public()));
        assert_eq!(verified.exp, Some(at(NOW + 10_000)));
        assert_eq!(verified.bound_at, Some(at(NOW)));
    }
}

#[test]
fn nobody_but_a_listed_issuer() {
    let (authority, stranger, holder) = (Authority::new(1), Authority::new(2), key(50));
    let token = issued(&stranger, &holder);
    let refused = verify_issued(&token, &authority.trusted(), at(NOW)).unwrap_err();
    let untrusted = UntrustedError::Chain(ChainError::Untrusted);
    assert_eq!(refused, CredentialError::Untrusted(untrusted));
    // The listed issuer's certificate does not help without its key.
    let impostor = key(3).with_x5c(authority.leaf_key.x5c().to_vec());
    let issuer = CredentialIssuer::new(std::sync::Arc::new(impostor)).unwrap();
    let (claims, status) = (attributes(), status());
    let token = issuer.issue(&credential(&holder, &claims, &status), &mut rng(1)).unwrap();
    let trusted = authority.trusted();
    let bad = CredentialError::SdJwt(SdJwtError::Issuer(JwsError::Signature));
    assert_eq!(verify_issued(&token, &trusted, at(NOW)), Err(bad));
    // Nor when the chain is already known.
    verify_issued(&issued(&authority, &holder), &trusted, at(NOW)).unwrap();
    assert_eq!(verify_issued(&token, &trusted, at(NOW)), Err(bad));
}

#[test]
fn a_remembered_chain_still_expires() {
    let (authority, holder) = (Authority::new(1), key(50));
    let trusted = authority.trusted();
    let (claims, status) = (attributes(), status());
    let mut long = credential(&holder, &claims, &status);
    long.exp = at(NOW + 1_000_000);
    let token = authority.issuer().issue(&long, &mut rng(1)).unwrap();
    verify_issued(&token, &trusted, at(NOW)).unwrap();
    let later = verify_issued(&token, &trusted, at(NOW + 60_000)).unwrap_err();
    let expired = UntrustedError::Chain(ChainError::Expired);
    assert_eq!(later, CredentialError::Untrusted(expired));
}

fn issue_changed(change: impl FnOnce(&mut NewCredential<'_>)) -> Result<(), CredentialError> {
    let (authority, holder) = (Authority::new(1), key(50));
    let (claims, status) = (attributes(), status());
    let mut changed = credential(&holder, &claims, &status);
    change(&mut changed);
    let token = authority.issuer().issue(&changed, &mut rng(1)).unwrap();
    verify_issued(&token, &authority.trusted(), at(NOW)).map(|_| ())
}

#[test]
fn time_is_checked_with_a_minute_to_spare() {
    assert_eq!(issue_changed(|one| one.exp = at(NOW - 60)), Ok(()));
    assert_eq!(issue_changed(|one| one.exp = at(NOW - 61)), Err(CredentialError::Expired));
    assert_eq!(issue_changed(|one| one.nbf = Some(at(NOW + 60))), Ok(()));
    let early = Err(CredentialError::NotYetValid);
    assert_eq!(issue_changed(|one| one.nbf = Some(at(NOW + 61))), early);
    assert_eq!(issue_changed(|one| one.iat = at(NOW + 61)), early);
}

#[test]
fn type_and_issuer_are_those_of_the_list_and_the_certificate() {
    let another = "https://authority.example/types/other";
    assert_eq!(issue_changed(|one| one.vct = another), Err(CredentialError::Type));
    let untrusted = Err(CredentialError::Untrusted(UntrustedError::Issuer));
    assert_eq!(issue_changed(|one| one.iss = "https://other.example"), untrusted);
}

#[test]
fn a_status_list_token_is_no_credential() {
    let authority = Authority::new(1);
    let header = Header::typ("statuslist+jwt").with_x5c(authority.leaf_key.x5c());
    let token = sign(&header, &json!({"vct": VCT}), authority.leaf_key.as_ref()).unwrap() + "~";
    let refused = verify_issued(&token, &authority.trusted(), at(NOW)).unwrap_err();
    assert_eq!(refused, CredentialError::Untrusted(UntrustedError::Header(JwsError::Type)));
}

fn crafted(payload: &Value) -> CredentialError {
    let authority = Authority::new(1);
    let header = Header::typ("dc+sd-jwt").with_x5c(authority.leaf_key.x5c());
    let token = sign(&header, payload, authority.leaf_key.as_ref()).unwrap() + "~";
    verify_issued(&token, &authority.trusted(), at(NOW)).unwrap_err()
}

#[test]
fn registered_claims_must_be_readable() {
    let jwk = json!(key(50).public());
    assert_eq!(crafted(&json!({"cnf": {"jwk": jwk}})), CredentialError::Claims);
    assert_eq!(crafted(&json!({"vct": VCT})), CredentialError::Claims);
    for (name, value) in [
        ("cnf", json!({"kid": "x"})),
        ("exp", json!("2030")),
        ("exp", json!(1.5)),
        ("nbf", json!(null)),
        ("status", json!({})),
        ("status", json!({"status_list": {"idx": -1, "uri": "x"}})),
        ("status", json!("x")),
        ("iss", json!(1)),
    ] {
        let mut payload = json!({"vct": VCT, "cnf": {"jwk": jwk}});
        payload[name] = value;
        assert_eq!(crafted(&payload), CredentialError::Claims, "{name}");
    }
}

#[test]
fn registered_claims_cannot_be_hidden_in_a_disclosure() {
    let (authority, holder) = (Authority::new(1), key(50));
    let hidden = SdObject::new().disclosable("exp", 1).unwrap();
    let status = status();
    let refused = authority.issuer().issue(&credential(&holder, &hidden, &status), &mut rng(1));
    assert_eq!(refused, Err(IssueError::RegisteredName));
    // An issuer that does it all the same is refused by the verifier.
    let header = Header::typ("dc+sd-jwt").with_x5c(authority.leaf_key.x5c());
    let claims = SdObject::new()
        .plain("vct", VCT)
        .and_then(|claims| claims.plain("cnf", json!({"jwk": holder.public()})))
        .and_then(|claims| {
            claims.disclosable("status", json!({"status_list": {"idx": 1, "uri": "x"}}))
        })
        .unwrap();
    let token =
        tanda_credential::sd_jwt::issue(&header, &claims, authority.leaf_key.as_ref(), &mut rng(1));
    let refused = verify_issued(&token.unwrap(), &authority.trusted(), at(NOW)).unwrap_err();
    assert_eq!(refused, CredentialError::SdJwt(SdJwtError::ReservedName));
}

#[test]
fn an_issuer_needs_a_certificate() {
    let refused = CredentialIssuer::new(std::sync::Arc::new(key(1)));
    assert_eq!(refused.err(), Some(IssueError::NoCertificate));
}

fn check(binding: &KeyBinding<'_>, expected: &ExpectedBinding<'_>) -> Option<KeyBindingError> {
    let (authority, holder) = (Authority::new(1), key(50));
    let shown = presented(&issued(&authority, &holder), &["given_name"], &holder, binding);
    match verify_presentation(&shown, &authority.trusted(), expected) {
        Ok(_) => None,
        Err(CredentialError::KeyBinding(error)) => Some(error),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn bound_to_asker_and_request() {
    let asked = expected(NOW, NOW);
    assert_eq!(check(&binding(NOW), &asked), None);
    let other = KeyBinding { audience: "x509_hash:other", ..binding(NOW) };
    assert_eq!(check(&other, &asked), Some(KeyBindingError::Audience));
    let other = KeyBinding { nonce: "n-2", ..binding(NOW) };
    assert_eq!(check(&other, &asked), Some(KeyBindingError::Nonce));
}

#[test]
fn bound_between_the_question_and_now() {
    let (asked_at, now) = (NOW - 100, NOW);
    for (signed_at, outcome) in [
        (now + 60, None),
        (now + 61, Some(KeyBindingError::Time)),
        (asked_at - 60, None),
        (asked_at - 61, Some(KeyBindingError::Time)),
    ] {
        assert_eq!(check(&binding(signed_at), &expected(asked_at, now)), outcome, "{signed_at}");
    }
}

#[test]
fn agreed_transactions_are_those_asked_for() {
    let asked = |data| ExpectedBinding { transaction_data: data, ..expected(NOW, NOW) };
    let agreed = |data| KeyBinding { transaction_data: data, ..binding(NOW) };
    let refused = Some(KeyBindingError::TransactionData);
    assert_eq!(check(&agreed(&["eyJh"]), &asked(&["eyJh"])), None);
    assert_eq!(check(&agreed(&["eyJh"]), &asked(&["eyJi"])), refused);
    assert_eq!(check(&agreed(&[]), &asked(&["eyJi"])), refused);
    assert_eq!(check(&agreed(&["eyJh"]), &asked(&[])), refused);
}

#[test]
fn only_the_holder_can_bind() {
    let (authority, holder, thief) = (Authority::new(1), key(50), key(51));
    let token = issued(&authority, &holder);
    let shown = presented(&token, &["given_name"], &thief, &binding(NOW));
    let refused = verify_presentation(&shown, &authority.trusted(), &expected(NOW, NOW));
    let bad = KeyBindingError::Token(JwsError::Signature);
    assert_eq!(refused, Err(CredentialError::KeyBinding(bad)));
    let unbound = verify_presentation(&token, &authority.trusted(), &expected(NOW, NOW));
    assert_eq!(unbound, Err(CredentialError::KeyBinding(KeyBindingError::Missing)));
    let bound = presented(&token, &[], &holder, &binding(NOW));
    let on_receipt = verify_issued(&bound, &authority.trusted(), at(NOW));
    assert_eq!(on_receipt, Err(CredentialError::SdJwt(SdJwtError::Malformed)));
}

#[test]
fn a_binding_covers_the_selection() {
    let (authority, holder) = (Authority::new(1), key(50));
    let token = issued(&authority, &holder);
    let less = presented(&token, &["given_name"], &holder, &binding(NOW));
    let more = presented(&token, &["given_name", "birthdate"], &holder, &binding(NOW));
    let (presented, _) = more.rsplit_once('~').unwrap();
    let (_, key_binding) = less.rsplit_once('~').unwrap();
    let mixed = format!("{presented}~{key_binding}");
    let refused = verify_presentation(&mixed, &authority.trusted(), &expected(NOW, NOW));
    assert_eq!(refused, Err(CredentialError::KeyBinding(KeyBindingError::Hash)));
}

#[test]
fn a_key_proof_is_no_key_binding() {
    let (authority, holder) = (Authority::new(1), key(50));
    let shown = presented(&issued(&authority, &holder), &[], &holder, &binding(NOW));
    let (presented, _) = shown.rsplit_once('~').unwrap();
    let claims = json!({"iat": NOW, "aud": CLIENT, "nonce": "n-1", "sd_hash":
        tanda_credential::b64::encode(tanda_credential::digest::sha256(format!("{presented}~")))});
    let check = |typ: &str| {
        let binding = sign(&Header::typ(typ), &claims, &holder).unwrap();
        let token = format!("{presented}~{binding}");
        verify_presentation(&token, &authority.trusted(), &expected(NOW, NOW)).err()
    };
    assert_eq!(check("kb+jwt"), None);
    let refused = KeyBindingError::Token(JwsError::Type);
    assert_eq!(check("openid4vci-proof+jwt"), Some(CredentialError::KeyBinding(refused)));
}

#[test]
fn the_clock_skew_is_a_minute() {
    assert_eq!(tanda_credential::CLOCK_SKEW, SignedDuration::from_secs(60));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn verification_never_panics(token in "\\PC{0,60}~\\PC{0,60}~\\PC{0,30}") {
        let authority = Authority::new(1);
        let trusted = authority.trusted();
        prop_assert!(verify_presentation(&token, &trusted, &expected(NOW, NOW)).is_err());
        prop_assert!(verify_issued(&token, &trusted, at(NOW)).is_err());
    }

    #[test]
    fn any_changed_bit_is_refused(bit in 0_usize..8, place in any::<prop::sample::Index>()) {
        let (authority, holder) = (Authority::new(1), key(50));
        let names = ["given_name", "birthdate", "nationalities"];
        let token = issued(&authority, &holder);
        let mut bytes = presented(&token, &names, &holder, &binding(NOW)).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(changed) = std::str::from_utf8(&bytes) {
            let outcome = verify_presentation(changed, &authority.trusted(), &expected(NOW, NOW));
            prop_assert!(outcome.is_err());
        }
    }
}
