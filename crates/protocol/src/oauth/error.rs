//! Error bodies of the OAuth and OpenID4VCI endpoints.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tanda_credential::json::{self, JsonError};
use thiserror::Error;

/// A message of another party could not be read.
#[derive(Debug, Error)]
pub enum MessageError {
    /// Not the JSON that it should be.
    #[error("the message is not the JSON object that the protocol asks for")]
    Json(#[from] JsonError),
    /// A member has a value that the protocol does not allow.
    #[error("the member {0} of the message is not allowed as it is")]
    Member(&'static str),
    /// The server handed out a token that anybody could use who finds it.
    #[error("the access token is not bound to the DPoP key")]
    NotSenderConstrained,
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// An `error` code of RFC 6749 §5.2, RFC 6750 §3.1, RFC 9449 §5 and §7.1,
        /// attestation-based client authentication §7.4 and OpenID4VCI 1.0 §8.3.1, §9.3, §11.3.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
            /// A code that this crate does not know; only ever read, never sent.
            Other(String),
        }

        impl ErrorCode {
            /// The code as it stands in the message.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }

            fn read(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Other(text.to_owned()),
                }
            }
        }
    };
}

error_codes! {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest = "invalid_request",
    /// The client did not authenticate.
    InvalidClient = "invalid_client",
    /// The code or refresh token is unknown, used, expired or another client's.
    InvalidGrant = "invalid_grant",
    /// The client may not use this grant.
    UnauthorizedClient = "unauthorized_client",
    /// The grant is not one that the server knows.
    UnsupportedGrantType = "unsupported_grant_type",
    /// The scope is unknown.
    InvalidScope = "invalid_scope",
    /// The access token is unknown, expired or revoked.
    InvalidToken = "invalid_token",
    /// The access token does not reach that far.
    InsufficientScope = "insufficient_scope",
    /// The DPoP proof is missing or wrong.
    InvalidDpopProof = "invalid_dpop_proof",
    /// The DPoP proof needs the server's nonce.
    UseDpopNonce = "use_dpop_nonce",
    /// The attestation's proof of possession needs the server's challenge.
    UseAttestationChallenge = "use_attestation_challenge",
    /// The wallet attestation is too old.
    UseFreshAttestation = "use_fresh_attestation",
    /// The wallet attestation could not be verified.
    InvalidClientAttestation = "invalid_client_attestation",
    /// The credential request is malformed.
    InvalidCredentialRequest = "invalid_credential_request",
    /// No such credential configuration.
    UnknownCredentialConfiguration = "unknown_credential_configuration",
    /// No such credential identifier.
    UnknownCredentialIdentifier = "unknown_credential_identifier",
    /// A key proof is missing or wrong.
    InvalidProof = "invalid_proof",
    /// The `c_nonce` is unknown, used or expired.
    InvalidNonce = "invalid_nonce",
    /// The encryption that is asked for is not on offer.
    InvalidEncryptionParameters = "invalid_encryption_parameters",
    /// The credential is not issued, now or later.
    CredentialRequestDenied = "credential_request_denied",
    /// No such deferred transaction.
    InvalidTransactionId = "invalid_transaction_id",
    /// No such notification id.
    InvalidNotificationId = "invalid_notification_id",
    /// The notification is malformed.
    InvalidNotificationRequest = "invalid_notification_request",
    /// The server failed.
    ServerError = "server_error",
    /// The server is too busy.
    TemporarilyUnavailable = "temporarily_unavailable",
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer).map(|text| Self::read(&text))
    }
}

/// The JSON body of an error at the token, nonce, credential or notification endpoint
/// (RFC 6749 §5.2, OpenID4VCI 1.0 §8.3.1.2), with Tanda's trace id beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorResponse {
    /// What kind of error.
    pub error: ErrorCode,
    /// Cause and remedy, for developers: printable ASCII without quote and backslash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<Cow<'static, str>>,
    /// The id under which the server's log knows the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

impl ErrorResponse {
    /// An error with a description out of the program text: nothing that came in a request can
    /// get into an answer this way.
    #[must_use]
    pub const fn new(error: ErrorCode, description: &'static str) -> Self {
        Self { error, error_description: Some(Cow::Borrowed(description)), trace_id: None }
    }

    /// The same error, with the id under which the server's log knows the request.
    #[must_use]
    pub fn with_trace_id(self, trace_id: impl Into<String>) -> Self {
        Self { trace_id: Some(trace_id.into()), ..self }
    }

    /// Reads what a server answered.
    ///
    /// # Errors
    /// [`MessageError::Json`] where the body is no error body.
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        Ok(json::parse_as(body)?)
    }

    /// The HTTP status to send it with at the token and credential endpoints. Errors about a
    /// DPoP proof are 400 at the token endpoint but 401 at the credential endpoint
    /// (RFC 9449 §7.1): there use [`ErrorResponse::resource_status`].
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self.error {
            ErrorCode::InvalidClient | ErrorCode::InvalidToken => 401,
            ErrorCode::InsufficientScope => 403,
            ErrorCode::ServerError => 500,
            ErrorCode::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }

    /// The HTTP status at a protected resource: the credential and notification endpoints.
    #[must_use]
    pub const fn resource_status(&self) -> u16 {
        match self.error {
            ErrorCode::InvalidDpopProof
            | ErrorCode::UseDpopNonce
            | ErrorCode::UseAttestationChallenge
            | ErrorCode::UseFreshAttestation
            | ErrorCode::InvalidClientAttestation => 401,
            _ => self.status(),
        }
    }

    /// The `WWW-Authenticate` value that goes with every 401 of a protected resource
    /// (RFC 9449 §7.1).
    #[must_use]
    pub fn www_authenticate(&self) -> String {
        let mut value = format!("DPoP error=\"{}\"", self.error.as_str());
        if let Some(description) = &self.error_description {
            value.push_str(", error_description=\"");
            // Only what RFC 6750 §3 allows; a description that was read may hold anything.
            value.extend(
                description.chars().filter(|&c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')),
            );
            value.push('"');
        }
        value.push_str(", algs=\"ES256\"");
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_they_are_written() {
        for text in ["invalid_grant", "use_dpop_nonce", "invalid_nonce", "made_up"] {
            let code: ErrorCode = serde_json::from_value(text.into()).unwrap();
            assert_eq!(code.as_str(), text);
            assert_eq!(serde_json::to_value(&code).unwrap(), text);
        }
        assert_eq!(ErrorCode::read("invalid_nonce"), ErrorCode::InvalidNonce);
    }

    #[test]
    fn the_body_is_the_specs() {
        // OpenID4VCI 1.0 §8.3.1.2 and §6.3.
        let read =
            ErrorResponse::parse(br#"{"error":"unknown_credential_configuration"}"#).unwrap();
        assert_eq!(read.error, ErrorCode::UnknownCredentialConfiguration);
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"error":"unknown_credential_configuration"}"#
        );
        let ours =
            ErrorResponse::new(ErrorCode::InvalidRequest, "No grant_type.").with_trace_id("t1");
        assert_eq!(
            serde_json::to_string(&ours).unwrap(),
            r#"{"error":"invalid_request","error_description":"No grant_type.","trace_id":"t1"}"#
        );
        assert!(ErrorResponse::parse(br#"{"error":"a","error":"b"}"#).is_err());
        assert!(ErrorResponse::parse(b"[]").is_err());
    }

    #[test]
    fn a_description_that_was_read_cannot_break_out_of_the_header() {
        let read = ErrorResponse::parse(
            br#"{"error":"invalid_token","error_description":"a\"b\\c\r\nd"}"#,
        )
        .unwrap();
        assert_eq!(
            read.www_authenticate(),
            r#"DPoP error="invalid_token", error_description="abcd", algs="ES256""#
        );
        assert_eq!(read.status(), 401);
    }
}
