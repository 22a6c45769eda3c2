//! What fuzzing runs: a module for each parser of foreign bytes (or a few that read the same
//! message), with the property that it holds besides not panicking.
//!
//! A target takes any bytes and answers `None` where the parser refused them; it panics where the
//! property fails. libFuzzer calls it with bytes of its own (`fuzz/`), the test `corpus` with those
//! that `fuzz/corpus` keeps.

#![expect(clippy::unwrap_used, reason = "a target tells its finding by panicking")]

pub mod fixture;

pub mod attested_reading;
pub mod base64;
pub mod certificate;
pub mod certificate_chain;
pub mod checkpoint;
pub mod chip_answers;
pub mod chip_ber;
pub mod chip_certificate;
pub mod chip_files;
pub mod chip_master_list;
pub mod chip_portrait;
pub mod chip_relay;
pub mod chip_revocations;
pub mod chip_security_object;
pub mod client_attestation;
pub mod credential_offer;
pub mod dcql;
pub mod dpop;
pub mod finger_image;
pub mod finger_minutiae;
pub mod finger_record;
pub mod finger_template;
pub mod headers;
pub mod http_uri;
pub mod identifiers;
pub mod image;
pub mod issuance_answers;
pub mod issuance_requests;
pub mod issuer_metadata;
pub mod issuer_url;
pub mod json;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod key_proof;
pub mod model_fold;
pub mod nonces;
pub mod passkey_answer;
pub mod passkey_challenge;
pub mod person_name;
pub mod presentation;
pub mod receipt;
pub mod register_rows;
pub mod registration;
pub mod request_object;
pub mod request_uri;
pub mod resident_number;
pub mod response_form;
pub mod sd_jwt;
pub mod server_metadata;
pub mod status_list;
pub mod status_list_token;
pub mod token_request;
pub mod transaction_data;
pub mod trust_list;
pub mod type_metadata;
pub mod typed_code;
pub mod vp_token;
pub mod wallet_answers;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of its module, its corpus and its binary.
    pub name: &'static str,
    /// The most bytes that it is given: enough for its messages, short enough to be fast.
    pub max_len: usize,
    /// Runs it; `None` where the bytes were refused.
    pub run: fn(&[u8]) -> Option<()>,
}

macro_rules! targets {
    ($($name:ident)*) => {
        /// Every target.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            max_len: $name::MAX_LEN,
            run: $name::run,
        }),*];
    };
}

targets! {
    attested_reading
    base64
    certificate
    certificate_chain
    checkpoint
    chip_answers
    chip_ber
    chip_certificate
    chip_files
    chip_master_list
    chip_portrait
    chip_relay
    chip_revocations
    chip_security_object
    client_attestation
    credential_offer
    dcql
    dpop
    finger_image
    finger_minutiae
    finger_record
    finger_template
    headers
    http_uri
    identifiers
    image
    issuance_answers
    issuance_requests
    issuer_metadata
    issuer_url
    json
    jwe
    jwk
    jws
    key_proof
    model_fold
    nonces
    passkey_answer
    passkey_challenge
    person_name
    presentation
    receipt
    register_rows
    registration
    request_object
    request_uri
    resident_number
    response_form
    sd_jwt
    server_metadata
    status_list
    status_list_token
    token_request
    transaction_data
    trust_list
    type_metadata
    typed_code
    vp_token
    wallet_answers
}
