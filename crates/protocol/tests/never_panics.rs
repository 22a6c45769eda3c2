//! Whatever comes in, the parsers of `oauth` and `vci` answer, and what they take they write so
//! that they read it again.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value};
use tanda_credential::b64;
use tanda_protocol::oauth::client_attestation::{
    self, AttestationDraft, Attesters, ExpectedAttestation, Possession,
};
use tanda_protocol::oauth::{
    AuthorizationServerMetadata, ErrorResponse, ExpectedDpop, IssuerUrl, NonceMint, NoncePurpose,
    OpaqueToken, TokenRequest, TokenResponse, Window, dpop, dpop_access_token, single_header,
};
use tanda_protocol::vci::{
    CredentialIssuerMetadata, CredentialOffer, CredentialRequest, CredentialResponse,
    ExpectedKeyProof, NonceResponse, NotificationRequest, OfferLink, proof,
};

fn now() -> Timestamp {
    Timestamp::from_second(1_795_392_000).expect("a moment")
}

fn issuer() -> IssuerUrl {
    IssuerUrl::parse("https://i.example").expect("an issuer URL")
}

/// Every parser of bodies.
fn read_body(body: &[u8]) {
    let _ = ErrorResponse::parse(body).map(|response| response.www_authenticate());
    let _ = TokenResponse::parse(body);
    let _ = AuthorizationServerMetadata::parse(body, &issuer());
    let _ = CredentialIssuerMetadata::parse(body, &issuer());
    let _ = CredentialRequest::parse(body, 10);
    let _ = CredentialResponse::parse(body);
    let _ = NonceResponse::parse(body);
    let _ = NotificationRequest::parse(body);
    if let Ok(offer) = CredentialOffer::parse(body) {
        assert!(matches!(OfferLink::parse(&offer.to_uri()), Ok(OfferLink::ByValue(_))));
    }
    if let Ok(request) = TokenRequest::parse(body) {
        assert!(TokenRequest::parse(request.to_form().as_bytes()).is_ok());
    }
}

/// Every parser of tokens and headers.
fn read_text(text: &str) {
    let _ = dpop_access_token(text);
    let _ = single_header([text.as_bytes()]);
    let _ = OpaqueToken::parse(text).map(|token| token.hash());
    let _ = IssuerUrl::parse(text).map(|issuer| issuer.well_known("x"));
    let _ = OfferLink::parse(text).map(|link| link.to_uri());
    let mint = NonceMint::new(&[1; 32], NoncePurpose::Credential);
    assert!(mint.open(text, now()).is_err());
    let attesters = Attesters::default();
    let audience = issuer();
    let expected = ExpectedAttestation {
        draft: AttestationDraft::Draft07,
        attesters: &attesters,
        audience: &audience,
        client_id: None,
        window: Window::CLIENT_ATTESTATION_POP,
        now: now(),
    };
    assert!(client_attestation::verify(text, Possession::Jwt(text), &expected).is_err());
    let expected = ExpectedKeyProof {
        issuer: &audience,
        client_id: None,
        window: Window::KEY_PROOF,
        now: now(),
    };
    assert!(proof::verify_all(&[text.to_owned()], &expected).is_err());
    let expected = ExpectedDpop {
        method: "POST",
        url: text,
        access_token: None,
        key_thumbprint: None,
        window: Window::DPOP,
        now: now(),
    };
    assert!(dpop::verify(text, &expected).is_err());
}

/// Names that the messages use, so that random objects get deep into the parsers.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "error",
        "error_description",
        "issuer",
        "token_endpoint",
        "grant_types_supported",
        "credential_issuer",
        "grants",
        "credential_endpoint",
        "credential_configurations_supported",
        "credential_configuration_ids",
        "credential_configuration_id",
        "proofs",
        "jwt",
        "credentials",
        "credential",
        "interval",
        "transaction_id",
        "notification_id",
        "event",
        "c_nonce",
        "format",
        "vct",
        "display",
        "claims",
        "path",
        "batch_credential_issuance",
        "batch_size",
        "credential_metadata",
        "tx_code",
        "aud",
        "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        "pre-authorized_code",
        "typ",
        "alg",
        "jwk",
        "x5c",
        "kty",
        "crv",
        "x",
        "y",
        "iat",
        "exp",
        "htu",
        "htm",
        "jti",
        "nonce",
        "cnf",
        "iss",
    ])
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "https://i.example",
            "http://x",
            "DPoP",
            "ES256",
            "none",
            "dc+sd-jwt",
            "dpop+jwt",
            "openid4vci-proof+jwt",
            "oauth-client-attestation+jwt",
            "EC",
            "P-256",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "credential_accepted",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn bytes(body in prop::collection::vec(any::<u8>(), 0..256)) {
        read_body(&body);
    }

    #[test]
    fn objects(value in value()) {
        read_body(value.to_string().as_bytes());
    }

    #[test]
    fn forms(pairs in prop::collection::vec((name(), ".{0,20}"), 0..6)) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:pre-authorized_code");
        form.extend_pairs(pairs);
        read_body(form.finish().as_bytes());
    }

    #[test]
    fn text(text in ".{0,200}") {
        read_text(&text);
    }

    #[test]
    fn tokens(header in value(), payload in value(), signature in prop::collection::vec(any::<u8>(), 0..70)) {
        read_text(&format!(
            "{}.{}.{}",
            b64::encode(header.to_string()),
            b64::encode(payload.to_string()),
            b64::encode(signature),
        ));
    }

    #[test]
    fn links(value in value()) {
        let offer: String = url::form_urlencoded::byte_serialize(value.to_string().as_bytes()).collect();
        read_text(&format!("openid-credential-offer://?credential_offer={offer}"));
        read_text(&format!("openid-credential-offer://?credential_offer_uri={offer}"));
    }

    #[test]
    fn windows(iat in any::<i64>(), skew in 0..1000_i64, age in 0..1000_i64) {
        if let Ok(iat) = Timestamp::from_second(iat) {
            let window = Window::new(skew, age);
            let _ = window.check(iat, now());
            prop_assert!(window.closes_at(iat) >= iat);
        }
    }
}
