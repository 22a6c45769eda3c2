//! What npm's @sd-jwt and @openid4vc libraries make, this crate and `tanda_credential` take, and
//! take only as it is.
//!
//! `journeys/interop/fabricate.mjs` writes the messages; the ones in the repository serve every
//! day, and `TANDA_NPM_MESSAGES` names a file of fresh ones.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tanda_credential::b64;
use tanda_credential::jose::Jwk;
use tanda_credential::sd_jwt::ExpectedBinding;
use tanda_credential::sd_jwt_vc::{self, TrustedIssuer, TrustedIssuers};
use tanda_credential::status_list::{self, Age, Outcome, Status};
use tanda_credential::x509::Certificate;
use tanda_protocol::oauth::client_attestation::{
    self, AttestationDraft, AttestationError, Attester, Attesters, ExpectedAttestation, Possession,
};
use tanda_protocol::oauth::{
    DpopError, ExpectedDpop, Grant, IssuerUrl, OpaqueToken, TokenRequest, Window, dpop,
    dpop_access_token,
};
use tanda_protocol::vci::{
    CredentialRequest, ExpectedKeyProof, KeyProofError, RequestedCredential, proof,
};

#[derive(Deserialize)]
struct Messages {
    now: i64,
    authority: Party,
    provider: Party,
    claims: Value,
    holder: Jwk,
    credential: String,
    presentation: Presentation,
    status_list: List,
    instance_key: Jwk,
    dpop_key: Jwk,
    access_token: String,
    token_request: Request,
    credential_request: Request,
    proof_keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Party {
    id: String,
    anchor: String,
}

#[derive(Deserialize)]
struct Presentation {
    token: String,
    audience: String,
    nonce: String,
}

#[derive(Deserialize)]
struct List {
    uri: String,
    token: String,
    statuses: Vec<u8>,
}

#[derive(Deserialize)]
struct Request {
    url: String,
    headers: std::collections::BTreeMap<String, String>,
    body: String,
}

impl Messages {
    fn read() -> Self {
        let path = std::env::var_os("TANDA_NPM_MESSAGES").map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/npm/messages.json")),
            PathBuf::from,
        );
        let bytes = std::fs::read(path).expect("the file of messages");
        serde_json::from_slice(&bytes).expect("messages as fabricate.mjs writes them")
    }

    fn at(&self, later: i64) -> Timestamp {
        Timestamp::from_second(self.now + later).expect("a moment")
    }

    fn issuer(&self) -> IssuerUrl {
        IssuerUrl::parse(&self.authority.id).expect("an issuer")
    }

    fn trusted(&self) -> TrustedIssuers {
        let anchor = der(&self.authority.anchor);
        TrustedIssuers::new(vec![TrustedIssuer {
            id: self.authority.id.clone(),
            names: Arc::default(),
            anchors: vec![Certificate::from_der(&anchor).expect("a certificate")],
            vcts: vec!["urn:tanda:card:light:1".into()],
        }])
    }

    fn binding<'a>(&'a self, now: Timestamp) -> ExpectedBinding<'a> {
        ExpectedBinding {
            audience: &self.presentation.audience,
            nonce: &self.presentation.nonce,
            asked_at: self.at(-10),
            now,
            transaction_data: &[],
        }
    }
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).expect("the header")
    }
}

fn der(base64: &str) -> Vec<u8> {
    b64::decode_standard(base64).expect("base64")
}

/// The token with one character of its last part changed.
fn bent(token: &str) -> String {
    let at = token.len() - 20;
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[test]
fn a_credential_of_sd_jwt_js() {
    let messages = Messages::read();
    let trusted = messages.trusted();
    let read = sd_jwt_vc::verify_issued(&messages.credential, &trusted, messages.at(5)).unwrap();
    assert_eq!(Value::Object(read.claims), messages.claims);
    assert!(read.holder.same_key(&messages.holder));
    assert_eq!(read.status.unwrap().idx, 5);

    let spoilt = messages.credential.replacen(".", ".A", 1);
    assert!(sd_jwt_vc::verify_issued(&spoilt, &trusted, messages.at(5)).is_err());
    let years = SignedDuration::from_hours(24 * 365 * 11);
    assert!(
        sd_jwt_vc::verify_issued(&messages.credential, &trusted, messages.at(5) + years).is_err()
    );
}

#[test]
fn a_presentation_of_sd_jwt_js() {
    let messages = Messages::read();
    let trusted = messages.trusted();
    let token = &messages.presentation.token;
    let now = messages.at(5);
    let read = sd_jwt_vc::verify_presentation(token, &trusted, &messages.binding(now)).unwrap();
    assert_eq!(
        Value::Object(read.claims),
        json!({"family_name": "Chen", "age_equal_or_over": {"18": true}})
    );
    let refused = |token: &str, binding: &ExpectedBinding<'_>| {
        assert!(sd_jwt_vc::verify_presentation(token, &trusted, binding).is_err());
    };
    refused(token, &ExpectedBinding { nonce: "other", ..messages.binding(now) });
    refused(token, &ExpectedBinding { audience: "x509_hash:other", ..messages.binding(now) });
    // Made before it was asked for.
    let later = messages.at(3600);
    refused(token, &ExpectedBinding { asked_at: later, ..messages.binding(later) });
    refused(&bent(token), &messages.binding(now));
    // One disclosure less than the holder signed.
    let (start, binding) = token.rsplit_once('~').unwrap();
    let fewer = start.rsplit_once('~').unwrap().0;
    refused(&format!("{fewer}~{binding}"), &messages.binding(now));
}

#[test]
fn a_status_list_of_jwt_status_list_js() {
    let messages = Messages::read();
    let trusted = messages.trusted();
    let (now, list) = (messages.at(5), &messages.status_list);
    let read = status_list::verify(&list.token, &list.uri, &trusted, now).unwrap();
    for (idx, status) in (0..).zip(&list.statuses) {
        let expected = match status {
            0 => Status::Valid,
            1 => Status::Invalid,
            _ => Status::Suspended,
        };
        assert_eq!(read.list.status(idx), Ok(expected), "{idx}");
    }
    let card = sd_jwt_vc::verify_issued(&messages.credential, &trusted, now).unwrap();
    let age = Age { fetched_at: now, now, limit: SignedDuration::from_secs(60) };
    assert_eq!(read.outcome(&card, &age), Outcome::Suspended);

    assert!(status_list::verify(&list.token, "https://other.example", &trusted, now).is_err());
    assert!(status_list::verify(&bent(&list.token), &list.uri, &trusted, now).is_err());
    assert!(status_list::verify(&list.token, &list.uri, &trusted, messages.at(3600)).is_err());
}

#[test]
fn a_token_request_of_openid4vc_js() {
    let messages = Messages::read();
    let sent = &messages.token_request;
    let request = TokenRequest::parse(sent.body.as_bytes()).unwrap();
    let Grant::PreAuthorizedCode { code, tx_code } = request.grant else { panic!() };
    assert_eq!(code.expose(), "oaKazRN8I0IbtZ0C7JuMn5");
    assert_eq!(tx_code.as_deref(), Some("493536"));
    assert_eq!(request.resource.as_deref(), Some(messages.authority.id.as_str()));

    let expected = ExpectedDpop {
        method: "POST",
        url: &sent.url,
        access_token: None,
        key_thumbprint: Some(&messages.dpop_key.thumbprint()),
        window: Window::DPOP,
        now: messages.at(5),
    };
    dpop::verify(sent.header("dpop"), &expected).unwrap();

    let provider = Attester {
        issuer: messages.provider.id.clone(),
        certificates: vec![der(&messages.provider.anchor)],
    };
    let (attesters, audience) = (Attesters::new(vec![provider]).unwrap(), messages.issuer());
    let expected = ExpectedAttestation {
        draft: AttestationDraft::Draft07,
        attesters: &attesters,
        audience: &audience,
        client_id: request.client_id.as_deref(),
        window: Window::CLIENT_ATTESTATION_POP,
        now: messages.at(5),
    };
    let attestation = sent.header("oauth-client-attestation");
    let possession = sent.header("oauth-client-attestation-pop");
    let check = |attestation: &str, possession: &str, expected: &ExpectedAttestation<'_>| {
        client_attestation::verify(attestation, Possession::Jwt(possession), expected)
    };
    let client = check(attestation, possession, &expected).unwrap();
    assert_eq!(client.client_id, "tanda-wallet");
    assert_eq!(client.account.as_deref(), Some("pairwise"));
    assert!(client.instance_key.same_key(&messages.instance_key));
    let newest = ExpectedAttestation { draft: AttestationDraft::Draft12, ..expected };
    assert!(check(attestation, possession, &newest).is_ok());

    let refused = |attestation: &str, possession: &str, expected: &ExpectedAttestation<'_>| {
        check(attestation, possession, expected).unwrap_err()
    };
    assert_eq!(
        refused(attestation, &bent(possession), &expected),
        AttestationError::PossessionSignature
    );
    assert_eq!(refused(&bent(attestation), possession, &expected), AttestationError::Signature);
    let nobody = Attesters::default();
    let unlisted = ExpectedAttestation { attesters: &nobody, ..expected };
    assert_eq!(refused(attestation, possession, &unlisted), AttestationError::UnknownAttester);
}

#[test]
fn a_credential_request_of_openid4vc_js() {
    let messages = Messages::read();
    let sent = &messages.credential_request;
    let token = dpop_access_token(sent.header("authorization")).unwrap();
    assert_eq!(token.expose(), messages.access_token);
    let expected = ExpectedDpop {
        method: "POST",
        url: &sent.url,
        access_token: Some(&token),
        key_thumbprint: Some(&messages.dpop_key.thumbprint()),
        window: Window::DPOP,
        now: messages.at(5),
    };
    let verified = dpop::verify(sent.header("dpop"), &expected).unwrap();
    assert_eq!(verified.nonce.as_deref(), Some("dpop-nonce"));
    let other = OpaqueToken::parse("other").unwrap();
    let stolen = ExpectedDpop { access_token: Some(&other), ..expected };
    assert_eq!(dpop::verify(sent.header("dpop"), &stolen).unwrap_err(), DpopError::AccessToken);

    let request = CredentialRequest::parse(sent.body.as_bytes(), 10).unwrap();
    assert_eq!(request.credential, RequestedCredential::ConfigurationId("card".into()));
    let issuer = messages.issuer();
    let expected = ExpectedKeyProof {
        issuer: &issuer,
        client_id: Some("tanda-wallet"),
        window: Window::KEY_PROOF,
        now: messages.at(5),
    };
    let proofs = proof::verify_all(&request.proofs, &expected).unwrap();
    assert_eq!(proofs.nonce, "LarRGSbmUPYtRYO6BQ4yn8");
    assert_eq!(proofs.keys.len(), messages.proof_keys.len());
    for (proven, key) in proofs.keys.iter().zip(&messages.proof_keys) {
        assert!(proven.same_key(key));
    }
    let late = ExpectedKeyProof { now: messages.at(500), ..expected };
    assert_eq!(proof::verify_all(&request.proofs, &late).unwrap_err(), KeyProofError::Time);
}
