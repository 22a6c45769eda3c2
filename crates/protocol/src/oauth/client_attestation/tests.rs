//! An attestation is taken from the right provider, for the right key and server, just now; and
//! otherwise not.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tanda_credential::b64;
use tanda_credential::jose::{self, Header, JwsError, Signer, SigningKey};
use tanda_credential::x509::{self, Subject, Validity};

use super::*;
use crate::oauth::{DpopProof, ExpectedDpop, NewDpopProof, dpop};
use crate::testing::{key, later, now, rng};

const PROVIDER: &str = "https://provider.example";
const CLIENT: &str = "tanda-wallet";
const TOKEN_URL: &str = "https://as.example/oauth/token";

fn authority() -> IssuerUrl {
    IssuerUrl::parse("https://as.example").unwrap()
}

/// A self-signed certificate for a key. Signatures are random, so each is made once.
fn certificate(seed: u64) -> Vec<u8> {
    let validity = Validity { from: later(-86_400), until: later(86_400) };
    x509::issue_ca(&Subject::named("Provider"), validity, &key(seed), &mut rng(seed)).unwrap()
}

/// The attestation key of the listed provider, 10, or of a stranger, 12.
fn provider(seed: u64) -> SigningKey {
    static LISTED: LazyLock<Vec<u8>> = LazyLock::new(|| certificate(10));
    static STRANGER: LazyLock<Vec<u8>> = LazyLock::new(|| certificate(12));
    let certificate = if seed == 10 { &LISTED } else { &STRANGER };
    key(seed).with_x5c(vec![certificate.to_vec()])
}

fn attesters() -> Attesters {
    Attesters::new(vec![Attester {
        issuer: PROVIDER.into(),
        certificates: provider(10).x5c().to_vec(),
    }])
    .unwrap()
}

fn instance() -> SigningKey {
    key(1)
}

fn attestation() -> String {
    let instance = instance();
    NewAttestation {
        issuer: PROVIDER,
        client_id: CLIENT,
        instance_key: instance.public(),
        account: "pairwise",
        issued_at: now(),
        expires_at: later(3600),
    }
    .sign(&provider(10))
    .unwrap()
}

fn possession(draft: AttestationDraft) -> String {
    NewPossession { client_id: CLIENT, audience: authority().as_str(), challenge: Some("c") }
        .sign(draft, &instance(), now(), &mut rng(2))
        .unwrap()
}

/// Verifies with everything as it should be but for what `change` does.
fn check(
    attestation: &str,
    possession: &str,
    change: impl FnOnce(&mut ExpectedAttestation<'_>),
) -> Result<AttestedClient, AttestationError> {
    let (attesters, audience) = (attesters(), authority());
    let mut expected = ExpectedAttestation {
        draft: AttestationDraft::Draft07,
        attesters: &attesters,
        audience: &audience,
        client_id: None,
        window: Window::CLIENT_ATTESTATION_POP,
        now: now(),
    };
    change(&mut expected);
    verify(attestation, Possession::Jwt(possession), &expected)
}

fn refused_attestation(attestation: &str) -> AttestationError {
    check(attestation, &possession(AttestationDraft::Draft07), |_| {}).unwrap_err()
}

fn refused_possession(possession: &str) -> AttestationError {
    check(&attestation(), possession, |_| {}).unwrap_err()
}

fn good_attestation() -> Value {
    json!({
        "iss": PROVIDER, "sub": CLIENT, "exp": later(3600).as_second(),
        "cnf": {"jwk": instance().public()},
    })
}

fn good_possession() -> Value {
    json!({"iss": CLIENT, "aud": "https://as.example", "jti": "j", "iat": now().as_second()})
}

fn sign_attestation(claims: &Value) -> String {
    let provider = provider(10);
    let header = Header::typ("oauth-client-attestation+jwt").with_x5c(provider.x5c());
    jose::sign(&header, claims, &provider).unwrap()
}

fn sign_possession(claims: &Value) -> String {
    jose::sign(&Header::typ("oauth-client-attestation-pop+jwt"), claims, &instance()).unwrap()
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

#[test]
fn a_wallet_is_let_in() {
    let client = check(&attestation(), &possession(AttestationDraft::Draft07), |expected| {
        expected.client_id = Some(CLIENT);
    })
    .unwrap();
    assert_eq!(client.attester, PROVIDER);
    assert_eq!(client.client_id, CLIENT);
    assert_eq!(client.instance_thumbprint, instance().public().thumbprint());
    assert_eq!(client.account.as_deref(), Some("pairwise"));
    assert_eq!(client.expires_at, later(3600));
    assert_eq!(client.challenge.as_deref(), Some("c"));
    assert_eq!(client.replay.unwrap().until, later(90));
}

#[test]
fn what_the_npm_wallet_sends_is_taken() {
    // @openid4vc/oauth2 0.4.6: drafts up to 05, with exp and nonce.
    let mut claims = good_possession();
    claims["exp"] = json!(later(60).as_second());
    claims["nonce"] = json!("n");
    assert!(check(&attestation(), &sign_possession(&claims), |_| {}).is_ok());
    claims["exp"] = json!(later(-60).as_second());
    assert_eq!(refused_possession(&sign_possession(&claims)), AttestationError::Time);
}

#[test]
fn a_provider_with_a_ca_is_known_by_its_chain() {
    let ca = provider(10);
    let leaf_key = key(11);
    let request = x509::LeafRequest {
        subject: Subject {
            common_name: "Attestation key".into(),
            organization: None,
            country: None,
        },
        key: leaf_key.public(),
        dns_names: vec![],
        uris: vec![],
        validity: Validity { from: later(-60), until: later(86_400) },
    };
    let leaf = x509::issue_leaf(&request, &ca.x5c()[0], &ca, &mut rng(4)).unwrap();
    let signer = leaf_key.with_x5c(vec![leaf]);
    let header = Header::typ("oauth-client-attestation+jwt").with_x5c(signer.x5c());
    let token = jose::sign(&header, &good_attestation(), &signer).unwrap();
    assert!(check(&token, &possession(AttestationDraft::Draft07), |_| {}).is_ok());
}

#[test]
fn drafts_differ_in_iss_iat_and_dpop() {
    let newest = |expected: &mut ExpectedAttestation<'_>| {
        expected.draft = AttestationDraft::Draft12;
    };
    assert!(check(&attestation(), &possession(AttestationDraft::Draft12), newest).is_ok());
    assert_eq!(
        refused_possession(&possession(AttestationDraft::Draft12)),
        AttestationError::MalformedPossession(JwsError::Claims)
    );

    let mut without_iss = good_attestation();
    without_iss.as_object_mut().unwrap().remove("iss");
    assert_eq!(
        refused_attestation(&sign_attestation(&without_iss)),
        AttestationError::Malformed(JwsError::Claims)
    );
    // -12 wants iat.
    let token = sign_attestation(&without_iss);
    let pop = possession(AttestationDraft::Draft12);
    assert!(check(&token, &pop, newest).is_err());
    without_iss["iat"] = json!(now().as_second());
    assert!(check(&sign_attestation(&without_iss), &pop, newest).is_ok());
}

fn dpop_proof(key: &SigningKey) -> DpopProof {
    let proof = NewDpopProof { method: "POST", url: TOKEN_URL, access_token: None, nonce: None }
        .sign(key, now(), &mut rng(2))
        .unwrap();
    let expected = ExpectedDpop {
        method: "POST",
        url: TOKEN_URL,
        access_token: None,
        key_thumbprint: None,
        window: Window::DPOP,
        now: now(),
    };
    dpop::verify(&proof, &expected).unwrap()
}

#[test]
fn a_dpop_proof_stands_in_under_the_newest_draft_only() {
    let (attesters, audience) = (attesters(), authority());
    let check = |draft, proof: &DpopProof| {
        let expected = ExpectedAttestation {
            draft,
            attesters: &attesters,
            audience: &audience,
            client_id: None,
            window: Window::CLIENT_ATTESTATION_POP,
            now: now(),
        };
        verify(&attestation(), Possession::Dpop(proof), &expected).map(|client| client.replay)
    };
    let own = dpop_proof(&instance());
    assert_eq!(check(AttestationDraft::Draft12, &own), Ok(None));
    assert_eq!(check(AttestationDraft::Draft07, &own), Err(AttestationError::DpopNotTaken));
    assert_eq!(
        check(AttestationDraft::Draft12, &dpop_proof(&key(9))),
        Err(AttestationError::PossessionSignature)
    );
}

#[test]
fn other_providers_are_refused() {
    let sign = |signer: &SigningKey, x5c: &[Vec<u8>]| {
        let header = Header::typ("oauth-client-attestation+jwt").with_x5c(x5c);
        jose::sign(&header, &good_attestation(), signer).unwrap()
    };
    let (listed, stranger) = (provider(10), provider(12));
    // A stranger's key under its own certificate, under the listed one, under none.
    assert_eq!(
        refused_attestation(&sign(&stranger, stranger.x5c())),
        AttestationError::UnknownAttester
    );
    assert_eq!(refused_attestation(&sign(&stranger, listed.x5c())), AttestationError::Signature);
    assert_eq!(refused_attestation(&sign(&listed, &[])), AttestationError::UnknownAttester);
    // The right key speaking in another provider's name.
    let other_name = with(good_attestation(), "iss", json!("https://other.example"));
    assert_eq!(
        refused_attestation(&sign_attestation(&other_name)),
        AttestationError::UnknownAttester
    );
    // A certificate that ran out.
    let late = check(&attestation(), &possession(AttestationDraft::Draft07), |expected| {
        expected.now = later(86_400 * 2);
    });
    assert_eq!(late.unwrap_err(), AttestationError::UnknownAttester);
}

#[test]
fn stale_and_endless_attestations_are_refused() {
    let refuse = |name: &str, seconds: i64| {
        let claims = with(good_attestation(), name, json!(later(seconds).as_second()));
        check(&sign_attestation(&claims), &possession(AttestationDraft::Draft07), |_| {}).err()
    };
    assert_eq!(refuse("exp", -59), None);
    assert_eq!(refuse("exp", -60), Some(AttestationError::NotFresh));
    assert_eq!(refuse("exp", 86_460), None);
    assert_eq!(refuse("exp", 86_461), Some(AttestationError::NotFresh));
    assert_eq!(refuse("iat", 61), Some(AttestationError::NotFresh));
    assert_eq!(refuse("nbf", 61), Some(AttestationError::NotFresh));
    assert_eq!(refuse("nbf", 60), None);
}

#[test]
fn malformed_attestations_are_refused() {
    let claims = AttestationError::Malformed(JwsError::Claims);
    for name in ["sub", "exp", "cnf"] {
        let token = sign_attestation(&with(good_attestation(), name, Value::Null));
        assert_eq!(refused_attestation(&token), claims, "{name}");
    }
    for (name, value) in [
        ("sub", json!("")),
        ("sub", json!("s".repeat(257))),
        ("account", json!("a".repeat(257))),
        ("cnf", json!({"jkt": "x"})),
        ("cnf", json!({"jwk": {"kty": "oct", "k": "AAAA"}})),
    ] {
        let token = sign_attestation(&with(good_attestation(), name, value));
        assert_eq!(refused_attestation(&token), claims, "{name}");
    }
    let mut private = serde_json::to_value(instance().public()).unwrap();
    private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    let token = sign_attestation(&with(good_attestation(), "cnf", json!({"jwk": private})));
    assert_eq!(refused_attestation(&token), claims);

    let provider = provider(10);
    let other_type = Header::typ("JWT").with_x5c(provider.x5c());
    let token = jose::sign(&other_type, &good_attestation(), &provider).unwrap();
    assert_eq!(refused_attestation(&token), AttestationError::Malformed(JwsError::Type));
    let none = format!(
        "{}.{}.",
        b64::encode(r#"{"typ":"oauth-client-attestation+jwt","alg":"none"}"#),
        b64::encode(good_attestation().to_string())
    );
    assert!(matches!(refused_attestation(&none), AttestationError::Malformed(_)));
}

#[test]
fn another_client_is_refused() {
    let refused = check(&attestation(), &possession(AttestationDraft::Draft07), |expected| {
        expected.client_id = Some("other");
    });
    assert_eq!(refused.unwrap_err(), AttestationError::OtherClient);
    let claims = with(good_possession(), "iss", json!("other"));
    assert_eq!(refused_possession(&sign_possession(&claims)), AttestationError::OtherClient);
}

#[test]
fn possession_by_another_key_is_refused() {
    let stolen =
        NewPossession { client_id: CLIENT, audience: "https://as.example", challenge: None }
            .sign(AttestationDraft::Draft07, &key(9), now(), &mut rng(2))
            .unwrap();
    assert_eq!(refused_possession(&stolen), AttestationError::PossessionSignature);
}

#[test]
fn possession_for_another_server_is_refused() {
    for aud in [
        json!("https://other.example"),
        json!("https://as.example/"),
        json!(["https://as.example", "https://other.example"]),
        json!([]),
    ] {
        let claims = with(good_possession(), "aud", aud);
        assert_eq!(refused_possession(&sign_possession(&claims)), AttestationError::Audience);
    }
}

#[test]
fn possession_of_another_time_is_refused() {
    let at = |seconds: i64| {
        check(&attestation(), &possession(AttestationDraft::Draft07), |expected| {
            expected.now = later(seconds);
        })
        .err()
    };
    assert_eq!(at(90), None);
    assert_eq!(at(91), Some(AttestationError::Time));
    assert_eq!(at(-60), None);
    let ahead = with(good_possession(), "iat", json!(later(61).as_second()));
    assert_eq!(refused_possession(&sign_possession(&ahead)), AttestationError::Time);
    let not_yet = with(good_possession(), "nbf", json!(later(61).as_second()));
    assert_eq!(refused_possession(&sign_possession(&not_yet)), AttestationError::Time);
}

#[test]
fn malformed_possession_is_refused() {
    for jti in ["".to_owned(), "j".repeat(129)] {
        let claims = with(good_possession(), "jti", json!(jti));
        assert_eq!(refused_possession(&sign_possession(&claims)), AttestationError::Identifier);
    }
    for name in ["aud", "jti", "iat", "iss"] {
        let claims = with(good_possession(), name, Value::Null);
        assert_eq!(
            refused_possession(&sign_possession(&claims)),
            AttestationError::MalformedPossession(JwsError::Claims),
            "{name}"
        );
    }
    // An attestation is no proof of possession, nor a DPoP proof.
    assert_eq!(
        refused_possession(&attestation()),
        AttestationError::MalformedPossession(JwsError::Type)
    );
}

#[test]
fn refusals_carry_the_drafts_codes() {
    let code = |error: AttestationError| error.response().error.as_str().to_owned();
    assert_eq!(code(AttestationError::NotFresh), "use_fresh_attestation");
    assert_eq!(code(AttestationError::Challenge), "use_attestation_challenge");
    assert_eq!(code(AttestationError::Replayed), "invalid_client");
    assert_eq!(AttestationError::Signature.response().status(), 401);
}
