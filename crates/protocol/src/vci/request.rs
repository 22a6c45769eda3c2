//! Credential requests (OpenID4VCI 1.0 §8.2).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tanda_credential::json;
use thiserror::Error;

use crate::oauth::{ErrorCode, ErrorResponse};

/// A wallet's request for the copies of one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRequest {
    /// Which credential.
    pub credential: RequestedCredential,
    /// The key proofs, a JWT for each copy: at least one.
    /// [`proof::verify_all`](super::proof::verify_all) verifies them.
    pub proofs: Vec<String>,
}

/// How the credential is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedCredential {
    /// By its configuration, where the token answer named no data sets: Tanda's way.
    ConfigurationId(String),
    /// By a data set of the token answer's `authorization_details`.
    Identifier(String),
}

/// Why a credential request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CredentialRequestError {
    /// Not a JSON object with the members that it needs.
    #[error("the credential request is malformed")]
    Malformed,
    /// Neither or both of the two ways to name the credential.
    #[error("the credential request does not name one credential")]
    Credential,
    /// No proofs, or not in the form that is taken.
    #[error("the credential request has no proofs of the type jwt")]
    Proofs,
    /// More proofs than the batch size.
    #[error("the credential request has more proofs than the batch size")]
    TooManyProofs,
    /// The answer is to be encrypted, which is not on offer.
    #[error("the credential request asks for an encrypted response")]
    Encryption,
}

impl CredentialRequestError {
    /// What the wallet is told (OpenID4VCI 1.0 §8.3.1.2).
    #[must_use]
    pub const fn response(&self) -> ErrorResponse {
        match self {
            Self::Malformed => ErrorResponse::new(
                ErrorCode::InvalidCredentialRequest,
                "Send a JSON object with each member once.",
            ),
            Self::Credential => ErrorResponse::new(
                ErrorCode::InvalidCredentialRequest,
                "Send exactly one of credential_configuration_id and credential_identifier.",
            ),
            Self::Proofs => ErrorResponse::new(
                ErrorCode::InvalidProof,
                "Send proofs with a non-empty array named jwt and nothing else.",
            ),
            Self::TooManyProofs => ErrorResponse::new(
                ErrorCode::InvalidProof,
                "Send no more proofs than batch_credential_issuance.batch_size.",
            ),
            Self::Encryption => ErrorResponse::new(
                ErrorCode::InvalidEncryptionParameters,
                "Encrypted credential responses are not supported: leave the member out.",
            ),
        }
    }
}

#[derive(Deserialize)]
struct Wire {
    credential_configuration_id: Option<String>,
    credential_identifier: Option<String>,
    proofs: Option<Value>,
    credential_response_encryption: Option<Value>,
}

impl CredentialRequest {
    /// Reads a request that may hold up to `batch_size` proofs.
    ///
    /// # Errors
    /// [`CredentialRequestError`]; its `response` is what the wallet gets.
    pub fn parse(body: &[u8], batch_size: usize) -> Result<Self, CredentialRequestError> {
        let wire: Wire = json::parse_as(body).map_err(|_| CredentialRequestError::Malformed)?;
        if wire.credential_response_encryption.is_some() {
            return Err(CredentialRequestError::Encryption);
        }
        let credential = match (wire.credential_configuration_id, wire.credential_identifier) {
            (Some(id), None) => RequestedCredential::ConfigurationId(id),
            (None, Some(id)) => RequestedCredential::Identifier(id),
            _ => return Err(CredentialRequestError::Credential),
        };
        let proofs = wire.proofs.and_then(jwt_proofs).ok_or(CredentialRequestError::Proofs)?;
        if proofs.len() > batch_size {
            return Err(CredentialRequestError::TooManyProofs);
        }
        Ok(Self { credential, proofs })
    }

    /// The body of the request.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (name, id) = match &self.credential {
            RequestedCredential::ConfigurationId(id) => ("credential_configuration_id", id),
            RequestedCredential::Identifier(id) => ("credential_identifier", id),
        };
        json!({ name: id, "proofs": { "jwt": self.proofs } }).to_string()
    }
}

/// The proofs of `{"jwt": [..]}`: exactly one type, at least one proof.
fn jwt_proofs(proofs: Value) -> Option<Vec<String>> {
    let mut types: Map<String, Value> = serde_json::from_value(proofs).ok()?;
    let proofs: Vec<String> = serde_json::from_value(types.remove("jwt")?).ok()?;
    (types.is_empty() && !proofs.is_empty()).then_some(proofs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &Value) -> CredentialRequestError {
        CredentialRequest::parse(body.to_string().as_bytes(), 2).unwrap_err()
    }

    #[test]
    fn written_as_read() {
        for credential in [
            RequestedCredential::ConfigurationId("tanda-card-light-sd-jwt".into()),
            RequestedCredential::Identifier("x".into()),
        ] {
            let request = CredentialRequest { credential, proofs: vec!["a".into(), "b".into()] };
            assert_eq!(CredentialRequest::parse(request.to_json().as_bytes(), 2), Ok(request));
        }
    }

    #[test]
    fn refusals() {
        let proofs = json!({"jwt": ["a"]});
        assert_eq!(refusal(&json!([])), CredentialRequestError::Malformed);
        assert_eq!(refusal(&json!({"proofs": proofs})), CredentialRequestError::Credential);
        assert_eq!(
            refusal(
                &json!({"credential_configuration_id": "a", "credential_identifier": "b", "proofs": proofs})
            ),
            CredentialRequestError::Credential
        );
        for bad in [
            json!(null),
            json!({}),
            json!({"jwt": []}),
            json!({"jwt": "a"}),
            json!({"jwt": [1]}),
            json!({"jwt": ["a"], "di_vp": [{}]}),
            json!({"attestation": ["a"]}),
        ] {
            assert_eq!(
                refusal(&json!({"credential_configuration_id": "a", "proofs": bad})),
                CredentialRequestError::Proofs,
                "{bad}"
            );
        }
        // Drafts before 1.0 had a single proof.
        assert_eq!(
            refusal(
                &json!({"credential_configuration_id": "a", "proof": {"proof_type": "jwt", "jwt": "a"}})
            ),
            CredentialRequestError::Proofs
        );
        assert_eq!(
            refusal(
                &json!({"credential_configuration_id": "a", "proofs": {"jwt": ["a", "b", "c"]}})
            ),
            CredentialRequestError::TooManyProofs
        );
        let encrypted = json!({"credential_configuration_id": "a", "proofs": proofs,
            "credential_response_encryption": {"jwk": {}, "enc": "A128GCM"}});
        assert_eq!(refusal(&encrypted), CredentialRequestError::Encryption);
        assert_eq!(refusal(&encrypted).response().error.as_str(), "invalid_encryption_parameters");
        let twice = br#"{"credential_configuration_id":"a","credential_configuration_id":"b","proofs":{"jwt":["a"]}}"#;
        assert_eq!(CredentialRequest::parse(twice, 2), Err(CredentialRequestError::Malformed));
    }
}
