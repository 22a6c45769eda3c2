//! The messages that OpenID4VCI 1.0 gives as examples are read as what they mean.

use jiff::Timestamp;
use serde_json::{Value, json};
use tanda_protocol::oauth::{ErrorCode, ErrorResponse, IssuerUrl, MetadataError, Window};
use tanda_protocol::vci::{
    AlgorithmId, CredentialIssuerMetadata, CredentialOffer, CredentialRequest, CredentialResponse,
    ExpectedKeyProof, KeyProofError, NonceResponse, NotificationEvent, NotificationRequest,
    RequestedCredential, proof,
};

fn issuer(text: &str) -> IssuerUrl {
    IssuerUrl::parse(text).expect("an issuer URL")
}

/// Appendix I.1, `credential_issuer_metadata_sd_jwt_long`.
fn metadata() -> Value {
    json!({
      "credential_issuer": "https://credential-issuer.example.com",
      "authorization_servers": ["https://server.example.com"],
      "credential_endpoint": "https://credential-issuer.example.com/credential",
      "nonce_endpoint": "https://credential-issuer.example.com/nonce",
      "deferred_credential_endpoint": "https://credential-issuer.example.com/deferred_credential",
      "notification_endpoint": "https://credential-issuer.example.com/notification",
      "credential_request_encryption": {
        "jwks": {"keys": [{
          "kty": "EC", "kid": "ac", "use": "enc", "crv": "P-256", "alg": "ECDH-ES",
          "x": "YO4epjifD-KWeq1sL2tNmm36BhXnkJ0He-WqMYrp9Fk",
          "y": "Hekpm0zfK7C-YccH5iBjcIXgf6YdUvNUac_0At55Okk"
        }]},
        "enc_values_supported": ["A128GCM"],
        "zip_values_supported": ["DEF"],
        "encryption_required": true
      },
      "credential_response_encryption": {
        "alg_values_supported": ["ECDH-ES"],
        "enc_values_supported": ["A128GCM"],
        "zip_values_supported": ["DEF"],
        "encryption_required": true
      },
      "batch_credential_issuance": {"batch_size": 10},
      "display": [
        {"name": "Example University", "locale": "en-US", "logo": {
          "uri": "https://university.example.edu/public/logo.png",
          "alt_text": "a square logo of a university"}},
        {"name": "Example Université", "locale": "fr-FR", "logo": {
          "uri": "https://university.example.edu/public/logo.png",
          "alt_text": "Un logo universitaire carré"}}
      ],
      "credential_configurations_supported": {
        "SD_JWT_VC_example_in_OpenID4VCI": {
          "format": "dc+sd-jwt",
          "scope": "SD_JWT_VC_example_in_OpenID4VCI",
          "credential_signing_alg_values_supported": ["ES256"],
          "cryptographic_binding_methods_supported": ["jwk"],
          "proof_types_supported": {"jwt": {
            "proof_signing_alg_values_supported": ["ES256"],
            "key_attestations_required": {
              "key_storage": ["iso_18045_moderate"],
              "user_authentication": ["iso_18045_moderate"]}}},
          "vct": "SD_JWT_VC_example_in_OpenID4VCI",
          "credential_metadata": {
            "display": [{
              "name": "IdentityCredential", "locale": "en-US",
              "logo": {"uri": "https://university.example.edu/public/logo_credential.png",
                "alt_text": "a square logo of a university credential"},
              "description": "A credential that signals the membership of a university",
              "background_color": "#12107c", "text_color": "#FFFFFF"}],
            "claims": [
              {"path": ["given_name"], "display": [
                {"name": "Given Name", "locale": "en-US"}, {"name": "Vorname", "locale": "de-DE"}]},
              {"path": ["email"]},
              {"path": ["address", "street_address"]},
              {"path": ["degrees", null, "type"]}
            ]
          }
        }
      }
    })
}

#[test]
fn issuer_metadata() {
    let body = metadata().to_string();
    let issuer = issuer("https://credential-issuer.example.com");
    let read = CredentialIssuerMetadata::parse(body.as_bytes(), &issuer).unwrap();
    assert_eq!(read.batch_size(), 10);
    assert_eq!(read.authorization_server().unwrap().as_str(), "https://server.example.com");
    let configuration =
        &read.credential_configurations_supported["SD_JWT_VC_example_in_OpenID4VCI"];
    assert_eq!(configuration.vct.as_deref(), Some("SD_JWT_VC_example_in_OpenID4VCI"));
    // It asks for a key attestation, which no wallet of ours has.
    assert!(matches!(configuration.check_usable(), Err(MetadataError::Unsupported(_))));
    let shown = configuration.credential_metadata.as_ref().unwrap();
    assert_eq!(shown.display[0].background_color.as_deref(), Some("#12107c"));
    assert_eq!(shown.claims[0].display[1].name.as_deref(), Some("Vorname"));

    // Written again it says the same, but for what is not kept.
    let mut expected = metadata();
    for side in ["credential_request_encryption", "credential_response_encryption"] {
        expected[side].as_object_mut().unwrap().remove("zip_values_supported");
    }
    assert_eq!(serde_json::to_value(&read).unwrap(), expected);
}

#[test]
fn issuer_metadata_of_an_mdoc_has_numbers_for_algorithms() {
    let mut body = metadata();
    body["credential_configurations_supported"] = json!({"org.iso.18013.5.1.mDL": {
        "format": "mso_mdoc", "doctype": "org.iso.18013.5.1.mDL",
        "credential_signing_alg_values_supported": [-7, -9],
        "cryptographic_binding_methods_supported": ["cose_key"],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}}}});
    let issuer = issuer("https://credential-issuer.example.com");
    let read = CredentialIssuerMetadata::parse(body.to_string().as_bytes(), &issuer).unwrap();
    let configuration = &read.credential_configurations_supported["org.iso.18013.5.1.mDL"];
    assert_eq!(
        configuration.credential_signing_alg_values_supported,
        [AlgorithmId::Cose(-7), AlgorithmId::Cose(-9)]
    );
    assert!(configuration.check_usable().is_err());
}

#[test]
fn issuer_metadata_of_another_issuer_is_refused() {
    let parse = |name: &str, value: Value| {
        let mut body = metadata();
        body[name] = value;
        let issuer = issuer("https://credential-issuer.example.com");
        CredentialIssuerMetadata::parse(body.to_string().as_bytes(), &issuer)
    };
    assert!(matches!(
        parse("credential_issuer", json!("https://credential-issuer.example.com/")),
        Err(MetadataError::OtherIssuer)
    ));
    for endpoint in [
        "credential_endpoint",
        "nonce_endpoint",
        "deferred_credential_endpoint",
        "notification_endpoint",
    ] {
        assert!(
            matches!(parse(endpoint, json!("http://a.example/x")), Err(MetadataError::Insecure)),
            "{endpoint}"
        );
    }
    assert!(parse("batch_credential_issuance", json!({"batch_size": 1})).is_err());
    assert!(parse("credential_configurations_supported", json!([])).is_err());
    let two = parse("authorization_servers", json!(["https://a.example", "https://b.example"]));
    assert!(two.unwrap().authorization_server().is_err());
}

#[test]
fn offers() {
    // §4.1.1, credential_offer_multiple_credentials, and §4.1.3.
    let offer = CredentialOffer::parse(
        br#"{"credential_issuer": "https://credential-issuer.example.com",
            "credential_configuration_ids": ["UniversityDegreeCredential", "org.iso.18013.5.1.mDL"],
            "grants": {
              "authorization_code": {"issuer_state": "eyJhbGciOiJSU0EtFYUaBy"},
              "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
                "pre-authorized_code": "adhjhdjajkdkhjhdj",
                "tx_code": {"length": 4, "input_mode": "numeric",
                  "description": "Please provide the one-time code that was sent via e-mail"}},
              "urn:example:other": {}}}"#,
    )
    .unwrap();
    assert_eq!(offer.credential_configuration_ids.len(), 2);
    let grant = offer.grants.pre_authorized_code.unwrap();
    assert_eq!(grant.code.expose(), "adhjhdjajkdkhjhdj");
    assert_eq!(grant.tx_code.unwrap().length, Some(4));
    assert!(offer.grants.authorization_code.unwrap().issuer_state.is_some());
}

#[test]
fn credential_requests() {
    // §8.2; the proofs are shortened there.
    let request = CredentialRequest::parse(
        br#"{"credential_configuration_id": "org.iso.18013.5.1.mDL",
            "proofs": {"jwt": ["eyJraWQiOiJkaWQ6ZXhhbXBsZTplYmZlYjFm"]}}"#,
        1,
    )
    .unwrap();
    assert_eq!(
        request.credential,
        RequestedCredential::ConfigurationId("org.iso.18013.5.1.mDL".into())
    );
    let request = CredentialRequest::parse(
        br#"{"credential_identifier": "CivilEngineeringDegree-2023", "proofs": {"jwt": ["eyJ0", "eyJr"]}}"#,
        2,
    )
    .unwrap();
    assert_eq!(request.proofs.len(), 2);
    let di_vp = br#"{"credential_identifier": "CivilEngineeringDegree-2023",
        "proofs": {"di_vp": [{"type": ["VerifiablePresentation"]}]}}"#;
    let refused = CredentialRequest::parse(di_vp, 2).unwrap_err().response();
    assert_eq!(refused.error, ErrorCode::InvalidProof);
}

#[test]
fn credential_responses() {
    // §8.3.
    let CredentialResponse::Issued(issued) = CredentialResponse::parse(
        br#"{"credentials": [
              {"credential": "LUpixVCWJk0eOt4CXQe1NXK....WZwmhmn9OQp6YxX0a2L"},
              {"credential": "YXNkZnNhZGZkamZqZGFza23....29tZTIzMjMyMzIzMjMy"}],
            "notification_id": "3fwe98js"}"#,
    )
    .unwrap() else {
        panic!()
    };
    assert_eq!(issued.credentials.len(), 2);
    assert_eq!(issued.notification_id.as_deref(), Some("3fwe98js"));
    assert_eq!(
        CredentialResponse::parse(br#"{"transaction_id": "8xLOxBtZp8", "interval" : 3600}"#)
            .unwrap(),
        CredentialResponse::Deferred { transaction_id: "8xLOxBtZp8".into(), interval: 3600 }
    );
}

#[test]
fn nonces_errors_and_notifications() {
    // §7.2, §8.3.1.2, §11.1.
    assert_eq!(
        NonceResponse::parse(br#"{"c_nonce": "wKI4LT17ac15ES9bw8ac4"}"#).unwrap().c_nonce,
        "wKI4LT17ac15ES9bw8ac4"
    );
    assert!(NonceResponse::parse(br#"{"c_nonce": ""}"#).is_err());
    assert_eq!(
        ErrorResponse::parse(br#"{"error": "unknown_credential_configuration"}"#).unwrap().error,
        ErrorCode::UnknownCredentialConfiguration
    );
    let notification = NotificationRequest::parse(
        br#"{"notification_id": "3fwe98js", "event": "credential_failure",
            "event_description": "Could not store the Credential. Out of storage."}"#,
    )
    .unwrap();
    assert_eq!(notification.event, NotificationEvent::CredentialFailure);
    let unknown =
        NotificationRequest::parse(br#"{"notification_id": "3fwe98js", "event": "lost"}"#);
    assert_eq!(unknown.unwrap_err().response().error, ErrorCode::InvalidNotificationRequest);
}

#[test]
fn a_key_proof() {
    // §8.2, the first proof of the second example: its payload and signature are left out there,
    // so it gets as far as a token without them can.
    let header = "eyJ0eXAiOiJvcGVuaWQ0dmNpLXByb29mK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiblVXQW9BdjNYWml0aDhFN2kxOU9kYXhPTFlGT3dNLVoyRXVNMDJUaXJUNCIsInkiOiJIc2tIVThCalVpMVU5WHFpN1N3bWo4Z3dBS18weGtjRGpFV183MVNvc0VZIn19";
    let issuer = issuer("https://credential-issuer.example.com");
    let expected = ExpectedKeyProof {
        issuer: &issuer,
        client_id: None,
        window: Window::KEY_PROOF,
        now: Timestamp::from_second(1_701_960_444).unwrap(),
    };
    let verify = |token: String| proof::verify_all(&[token], &expected).unwrap_err();
    // Appendix F.1's payload: {"aud":"https://credential-issuer.example.com","iat":1701960444,
    // "nonce":"LarRGSbmUPYtRYO6BQ4yn8"}.
    let payload = "eyJhdWQiOiJodHRwczovL2NyZWRlbnRpYWwtaXNzdWVyLmV4YW1wbGUuY29tIiwiaWF0IjoxNzAxOTYwNDQ0LCJub25jZSI6IkxhclJHU2JtVVBZdFJZTzZCUTR5bjgifQ";
    assert!(matches!(verify(header.to_owned()), KeyProofError::Malformed(_)));
    let made_up = "A".repeat(86);
    assert_eq!(verify(format!("{header}.{payload}.{made_up}")), KeyProofError::Signature);
}
