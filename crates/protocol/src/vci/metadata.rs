//! Credential issuer metadata (OpenID4VCI 1.0 §12.2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tanda_credential::json;
use url::Url;

use super::{ClaimDescription, CredentialDisplay, IssuerDisplay};
use crate::oauth::{IssuerUrl, MessageError, MetadataError, is_secure};

/// The format of SD-JWT VCs (OpenID4VCI 1.0 appendix A.3).
pub const SD_JWT_VC_FORMAT: &str = "dc+sd-jwt";

/// What a credential issuer says about itself. Unknown members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialIssuerMetadata {
    /// The issuer's identifier.
    pub credential_issuer: IssuerUrl,
    /// The authorization servers, where they are not the issuer itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<IssuerUrl>,
    /// Where credentials are fetched.
    pub credential_endpoint: Url,
    /// Where nonces for key proofs are fetched; absent where the issuer asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce_endpoint: Option<Url>,
    /// Where credentials are fetched that were not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferred_credential_endpoint: Option<Url>,
    /// Where the wallet says what became of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_endpoint: Option<Url>,
    /// How requests can be encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_request_encryption: Option<RequestEncryption>,
    /// How answers can be encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_response_encryption: Option<ResponseEncryption>,
    /// How many copies can be had at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_credential_issuance: Option<BatchCredentialIssuance>,
    /// The issuer's name, in several languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<IssuerDisplay>,
    /// The credentials on offer, by their configuration id.
    pub credential_configurations_supported: BTreeMap<String, CredentialConfiguration>,
}

/// How requests can be encrypted (OpenID4VCI 1.0 §12.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestEncryption {
    /// The keys, not looked into: this crate does not encrypt requests.
    pub jwks: Value,
    /// The content encryptions.
    pub enc_values_supported: Vec<String>,
    /// Whether a request in the clear is refused.
    pub encryption_required: bool,
}

/// How answers can be encrypted (OpenID4VCI 1.0 §12.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseEncryption {
    /// The key agreements.
    pub alg_values_supported: Vec<String>,
    /// The content encryptions.
    pub enc_values_supported: Vec<String>,
    /// Whether a request without encryption is refused.
    pub encryption_required: bool,
}

/// How many copies can be had at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchCredentialIssuance {
    /// The most key proofs in one request; at least 2.
    pub batch_size: usize,
}

/// A credential on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialConfiguration {
    /// The format, such as [`SD_JWT_VC_FORMAT`].
    pub format: String,
    /// The OAuth scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The type, for SD-JWT VCs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vct: Option<String>,
    /// The document type, for mdocs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctype: Option<String>,
    /// How the issuer signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credential_signing_alg_values_supported: Vec<AlgorithmId>,
    /// How the holder's key stands in the credential: `jwk`, `cose_key`, a DID method.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cryptographic_binding_methods_supported: Vec<String>,
    /// The key proofs that are taken, by their type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub proof_types_supported: BTreeMap<String, ProofType>,
    /// How it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_metadata: Option<CredentialMetadata>,
}

/// An algorithm: by its JOSE name, or by its COSE number for mdocs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AlgorithmId {
    /// A JOSE name, such as `ES256`.
    Jose(String),
    /// A COSE number, such as -7.
    Cose(i64),
}

/// A kind of key proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofType {
    /// How the wallet's keys sign.
    pub proof_signing_alg_values_supported: Vec<AlgorithmId>,
    /// The demands on the keys' storage, where the issuer has any; not looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_attestations_required: Option<Value>,
}

/// How a credential is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialMetadata {
    /// Its looks, in several languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<CredentialDisplay>,
    /// Its claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimDescription>,
}

impl CredentialIssuerMetadata {
    /// Where the metadata of an issuer lies (OpenID4VCI 1.0 §12.2.2).
    #[must_use]
    pub fn well_known(issuer: &IssuerUrl) -> Url {
        issuer.well_known("openid-credential-issuer")
    }

    /// Reads metadata that was fetched for `issuer`.
    ///
    /// # Errors
    /// [`MetadataError`] where it is malformed, another issuer's (§12.2.4) or leads out of https.
    pub fn parse(body: &[u8], issuer: &IssuerUrl) -> Result<Self, MetadataError> {
        let metadata: Self = json::parse_as(body).map_err(MessageError::from)?;
        if metadata.credential_issuer != *issuer {
            return Err(MetadataError::OtherIssuer);
        }
        let endpoints = [
            Some(&metadata.credential_endpoint),
            metadata.nonce_endpoint.as_ref(),
            metadata.deferred_credential_endpoint.as_ref(),
            metadata.notification_endpoint.as_ref(),
        ];
        if !endpoints.into_iter().flatten().all(is_secure) {
            return Err(MetadataError::Insecure);
        }
        if metadata.batch_credential_issuance.is_some_and(|batch| batch.batch_size < 2) {
            return Err(MessageError::Member("batch_size").into());
        }
        Ok(metadata)
    }

    /// How many key proofs one request may hold.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch_credential_issuance.map_or(1, |batch| batch.batch_size)
    }

    /// The authorization server to go to where the offer names none: the one that is listed, or
    /// the issuer itself.
    ///
    /// # Errors
    /// [`MetadataError::Unsupported`] where several are listed and the offer has to say which.
    pub fn authorization_server(&self) -> Result<&IssuerUrl, MetadataError> {
        match self.authorization_servers.as_slice() {
            [] => Ok(&self.credential_issuer),
            [server] => Ok(server),
            _ => Err(MetadataError::Unsupported("an offer without a choice of server")),
        }
    }
}

impl CredentialConfiguration {
    /// An SD-JWT VC of one type: ES256, bound to a JWK by `jwt` key proofs, without looks.
    #[must_use]
    pub fn sd_jwt_vc(vct: impl Into<String>) -> Self {
        let es256 = || vec![AlgorithmId::Jose("ES256".to_owned())];
        let proof = ProofType {
            proof_signing_alg_values_supported: es256(),
            key_attestations_required: None,
        };
        Self {
            format: SD_JWT_VC_FORMAT.to_owned(),
            scope: None,
            vct: Some(vct.into()),
            doctype: None,
            credential_signing_alg_values_supported: es256(),
            cryptographic_binding_methods_supported: vec!["jwk".to_owned()],
            proof_types_supported: BTreeMap::from([("jwt".to_owned(), proof)]),
            credential_metadata: None,
        }
    }

    /// Whether a wallet of ours can ask for this credential.
    ///
    /// # Errors
    /// [`MetadataError::Unsupported`] with what is in the way.
    pub fn check_usable(&self) -> Result<(), MetadataError> {
        if self.format != SD_JWT_VC_FORMAT || self.vct.is_none() {
            return Err(MetadataError::Unsupported("SD-JWT VCs here"));
        }
        let proof = self.proof_types_supported.get("jwt");
        let es256 = AlgorithmId::Jose("ES256".to_owned());
        match proof {
            Some(ProofType {
                proof_signing_alg_values_supported,
                key_attestations_required: None,
            }) if proof_signing_alg_values_supported.contains(&es256) => Ok(()),
            _ => Err(MetadataError::Unsupported("key proofs by ES256 without key attestation")),
        }
    }
}
