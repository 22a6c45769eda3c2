use minicbor::Decoder;
use serde_json::json;
use tanda_credential::jose::{Jwk, VerifyingKey};
use tanda_credential::{b64, digest};

use super::{PasskeyError, SoftPasskey, Value, der_signature, register};
use crate::fixture::rng;

fn origin() -> url::Url {
    "http://localhost:8601".parse().unwrap()
}

fn creation() -> Value {
    json!({"publicKey": {
        "rp": {"id": "localhost", "name": "Provider"},
        "user": {"id": "dXNlcg", "name": "a", "displayName": "A"},
        "challenge": "Y2hhbGxlbmdl",
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    }})
}

fn made() -> (SoftPasskey, Value) {
    register(&creation(), &origin(), &mut rng(1)).unwrap()
}

fn field(answer: &Value, name: &str) -> Vec<u8> {
    b64::decode(answer["response"][name].as_str().unwrap()).unwrap()
}

/// WebAuthn Level 3 §6.5: what a relying party finds in the attestation object.
fn public_key(answer: &Value) -> Jwk {
    let object = field(answer, "attestationObject");
    let mut cbor = Decoder::new(&object);
    assert_eq!(cbor.map().unwrap(), Some(3));
    assert_eq!((cbor.str().unwrap(), cbor.str().unwrap()), ("fmt", "none"));
    assert_eq!((cbor.str().unwrap(), cbor.map().unwrap()), ("attStmt", Some(0)));
    assert_eq!(cbor.str().unwrap(), "authData");
    let data = cbor.bytes().unwrap();
    assert_eq!(data[..32], digest::sha256(b"localhost"));
    assert_eq!(data[32], 0x45);
    assert_eq!(data[53..55], [0, 16]);
    assert_eq!(b64::encode(&data[55..71]), answer["id"].as_str().unwrap());
    let mut key = Decoder::new(&data[71..]);
    assert_eq!(key.map().unwrap(), Some(5));
    let numbers: Vec<_> = (0..6).map(|_| key.i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, -7, -1, 1]);
    assert_eq!(key.i64().unwrap(), -2);
    let x = key.bytes().unwrap().try_into().unwrap();
    assert_eq!(key.i64().unwrap(), -3);
    Jwk::from_coordinates(x, key.bytes().unwrap().try_into().unwrap()).unwrap()
}

#[test]
fn registers_and_signs_in() {
    let (passkey, answer) = made();
    let client: Value = serde_json::from_slice(&field(&answer, "clientDataJSON")).unwrap();
    assert_eq!(
        client,
        json!({"type": "webauthn.create", "challenge": "Y2hhbGxlbmdl", "origin": "http://localhost:8601", "crossOrigin": false})
    );
    let key = VerifyingKey::from_jwk(&public_key(&answer)).unwrap();
    let challenge =
        json!({"publicKey": {"challenge": "YWdhaW4", "rpId": "localhost", "allowCredentials": []}});
    let assertion = passkey.authenticate(&challenge, &origin()).unwrap();
    assert_eq!(
        (&assertion["id"], &assertion["response"]["userHandle"]),
        (&answer["id"], &json!("dXNlcg"))
    );
    let signed = [
        field(&assertion, "authenticatorData"),
        digest::sha256(field(&assertion, "clientDataJSON")).to_vec(),
    ]
    .concat();
    key.verify(&signed, &raw(&field(&assertion, "signature"))).unwrap();
}

fn raw(der: &[u8]) -> [u8; 64] {
    let mut raw = [0; 64];
    let r = usize::from(der[3]);
    for (half, number) in [&der[4..4 + r], &der[6 + r..]].into_iter().enumerate() {
        let number = &number[number.len().saturating_sub(32)..];
        raw[half * 32 + 32 - number.len()..half * 32 + 32].copy_from_slice(number);
    }
    raw
}

#[test]
fn der_has_no_needless_zeros_and_no_negative_numbers() {
    let mut signature = [0; 64];
    signature[31] = 1;
    signature[32] = 0x80;
    let der = der_signature(&signature);
    assert_eq!(der[..7], [0x30, 38, 2, 1, 1, 2, 33]);
    assert_eq!(der[7..9], [0, 0x80]);
    assert_eq!(der.len(), 40);
    assert_eq!(raw(&der), signature);
}

#[test]
fn answers_its_own_site_alone() {
    let (passkey, _) = made();
    let elsewhere: url::Url = "https://evil.example".parse().unwrap();
    let refused =
        |challenge: Value, origin: &url::Url| passkey.authenticate(&challenge, origin).unwrap_err();
    let good = json!({"publicKey": {"challenge": "YQ", "rpId": "localhost"}});
    assert_eq!(refused(good, &elsewhere), PasskeyError::OtherSite);
    let other = json!({"publicKey": {"challenge": "YQ", "rpId": "localhost", "allowCredentials": [{"id": "AAAA"}]}});
    assert_eq!(refused(other, &origin()), PasskeyError::OtherAccount);
    assert_eq!(
        refused(json!({"publicKey": {"rpId": "localhost"}}), &origin()),
        PasskeyError::Challenge
    );
    assert_eq!(
        register(&creation(), &elsewhere, &mut rng(1)).unwrap_err(),
        PasskeyError::OtherSite
    );
    let mut suffix = creation();
    suffix["publicKey"]["rp"]["id"] = json!("example");
    assert_eq!(register(&suffix, &elsewhere, &mut rng(1)).unwrap_err(), PasskeyError::OtherSite);
    let mut other_algorithm = creation();
    other_algorithm["publicKey"]["pubKeyCredParams"] = json!([{"type": "public-key", "alg": -257}]);
    assert_eq!(
        register(&other_algorithm, &origin(), &mut rng(1)).unwrap_err(),
        PasskeyError::Algorithm
    );
}
