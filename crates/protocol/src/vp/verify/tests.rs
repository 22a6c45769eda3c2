use serde_json::{Value, json};
use tanda_credential::jose::{self, Header, JwsError, Signer, SigningKey};
use tanda_credential::x509::ChainError;

use super::{
    AuthorizationRequest, ClientId, Expected, Nonce, REQUEST_TYP, RequestError,
    TransactionDataError, VerifiedRequest,
};
use crate::testing::{key, later, now, rng};
use crate::vp::fixture::{Pki, leaf_under, request};

fn expected<'a>(pki: &'a Pki, anchors: &'a [tanda_credential::x509::Certificate]) -> Expected<'a> {
    Expected { client_id: pki.client(), wallet_nonce: None, access_anchors: anchors, now: now() }
}

fn read(pki: &Pki, token: &str) -> Result<VerifiedRequest, RequestError> {
    VerifiedRequest::parse(token, &expected(pki, std::slice::from_ref(&pki.anchor)))
}

fn signed(payload: &Value, by: &SigningKey) -> String {
    jose::sign(&Header::typ(REQUEST_TYP).with_x5c(by.x5c()), payload, by).unwrap()
}

/// The request with one parameter changed (`null`: removed), signed by its rightful owner.
fn with(pki: &Pki, name: &str, value: Value) -> Result<VerifiedRequest, RequestError> {
    let mut payload = serde_json::to_value(request(pki.client(), "rc")).unwrap();
    match value {
        Value::Null => drop(payload.as_object_mut().unwrap().remove(name)),
        value => payload[name] = value,
    }
    read(pki, &signed(&payload, &pki.leaf))
}

#[test]
fn takes_the_relying_partys_own_request() {
    let pki = Pki::new(10, &[]);
    let request = request(pki.client(), "rc");
    let verified = read(&pki, &request.sign(&pki.leaf).unwrap()).unwrap();
    assert_eq!(verified.request, request);
    assert_eq!(ClientId::of(&verified.access_certificate), pki.client());
    assert_eq!(verified.request.registration_certificate(), Some("rc"));
}

#[test]
fn refuses_strangers_and_impostors() {
    let (pki, other) = (Pki::new(10, &[]), Pki::new(20, &[]));
    let payload = serde_json::to_value(request(pki.client(), "rc")).unwrap();
    let stranger = signed(&payload, &other.leaf);
    assert_eq!(read(&pki, &stranger).unwrap_err(), RequestError::Chain(ChainError::Untrusted));
    let neighbour = leaf_under(&pki.ca.0, &pki.ca.1, 30, &[]);
    assert_eq!(read(&pki, &signed(&payload, &neighbour)).unwrap_err(), RequestError::ClientId);
    let stolen_certificate = key(99).with_x5c(pki.leaf.x5c().to_vec());
    assert!(matches!(
        read(&pki, &signed(&payload, &stolen_certificate)),
        Err(RequestError::Token(_))
    ));
    // The neighbour's own request, under a link that names the hotel.
    let own = request(ClientId::of_der(&neighbour.x5c()[0]), "rc").sign(&neighbour).unwrap();
    assert_eq!(read(&pki, &own).unwrap_err(), RequestError::ClientId);
    let other_type =
        jose::sign(&Header::typ("JWT").with_x5c(pki.leaf.x5c()), &payload, &pki.leaf).unwrap();
    assert_eq!(read(&pki, &other_type).unwrap_err(), RequestError::Token(JwsError::Type));
}

#[test]
fn refuses_what_is_not_meant_for_this_wallet_now() {
    let pki = Pki::new(10, &[]);
    let at = |seconds: i64| json!(later(seconds).as_second());
    for (name, value, why) in [
        ("aud", json!("https://wallet.example"), RequestError::Audience),
        ("iat", at(61), RequestError::IssuedAt),
        ("exp", at(3601), RequestError::IssuedAt),
        ("exp", at(-60), RequestError::Expired),
        ("response_uri", json!("http://hotel.example/"), RequestError::ResponseUri),
        ("redirect_uri", json!("https://hotel.example/"), RequestError::Ambiguous),
        ("scope", json!("openid"), RequestError::Ambiguous),
        ("request_uri", json!("https://hotel.example/"), RequestError::Ambiguous),
        ("request", json!("eyJ"), RequestError::Ambiguous),
        (
            "client_metadata",
            json!({"jwks": {"keys": []}, "vp_formats_supported": {}}),
            RequestError::Encryption,
        ),
        (
            "transaction_data",
            json!(["e30"]),
            RequestError::TransactionData(TransactionDataError::Credentials),
        ),
    ] {
        assert_eq!(with(&pki, name, value.clone()).unwrap_err(), why, "{name}: {value}");
    }
    for (name, value) in [
        ("response_mode", json!("direct_post")),
        ("response_type", json!("code")),
        ("nonce", Value::Null),
        ("nonce", json!("a b")),
        ("dcql_query", json!({"credentials": []})),
        ("client_id", json!("redirect_uri:https://hotel.example/")),
        ("exp", Value::Null),
    ] {
        assert!(
            matches!(with(&pki, name, value.clone()), Err(RequestError::Token(_))),
            "{name}: {value}"
        );
    }
    assert!(with(&pki, "iat", at(60)).is_ok());
    assert!(with(&pki, "exp", at(-59)).is_ok());
}

#[test]
fn a_copy_made_for_another_fetch_is_refused() {
    let pki = Pki::new(10, &[]);
    let anchors = [pki.anchor.clone()];
    let (mine, others) = (Nonce::mint(&mut rng(1)), Nonce::mint(&mut rng(2)));
    let expected = Expected { wallet_nonce: Some(&mine), ..expected(&pki, &anchors) };
    for (echo, fits) in [(Some(&mine), true), (Some(&others), false), (None, false)] {
        let request =
            AuthorizationRequest { wallet_nonce: echo.cloned(), ..request(pki.client(), "rc") };
        let outcome = VerifiedRequest::parse(&request.sign(&pki.leaf).unwrap(), &expected);
        assert_eq!(outcome.map(drop).err(), (!fits).then_some(RequestError::WalletNonce));
    }
}
