//! The request object: what a relying party asks, signed (OpenID4VP 1.0 §5; RFC 9101).

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::second::required as seconds;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tanda_credential::jose::{self, ContentEncryption, Header, Jwk, SignError, Signer};
use url::Url;

use super::{client_id::ClientId, dcql::DcqlQuery};

/// The `typ` of a request object (RFC 9101 §10.8).
pub const REQUEST_TYP: &str = "oauth-authz-req+jwt";
/// The media type under which a request object is served.
pub const REQUEST_MEDIA_TYPE: &str = "application/oauth-authz-req+jwt";
/// The audience of a request to any wallet (OpenID4VP 1.0 §5.8).
pub const ANY_WALLET: &str = "https://self-issued.me/v2";
/// The `format` of a registration certificate in `verifier_info`.
pub const REGISTRATION_FORMAT: &str = "registration_cert";
/// The `format` of the registrar's status list in `verifier_info`: the suffix of its media type.
pub const REGISTRATION_STATUS_FORMAT: &str = "statuslist+jwt";

/// The parameters of a presentation request, in the one shape that Tanda sends and takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Always `vp_token`.
    pub response_type: ResponseType,
    /// Always `direct_post.jwt`.
    pub response_mode: ResponseMode,
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub response_uri: Url,
    /// What the presentation must be bound to.
    pub nonce: Nonce,
    /// What the answer must repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Nonce>,
    /// Whom the request is for.
    pub aud: String,
    /// What is asked.
    pub dcql_query: DcqlQuery,
    /// How the answer is to be encrypted.
    pub client_metadata: ClientMetadata,
    /// What others attest about the asker.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifier_info: Vec<VerifierInfo>,
    /// What is to be agreed to, each as base64url of JSON: see [`super::transaction`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_data: Option<Vec<String>>,
    /// The nonce that the wallet sent when it fetched the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet_nonce: Option<Nonce>,
    /// When it was signed.
    #[serde(with = "seconds")]
    pub iat: Timestamp,
    /// Until when it may be answered.
    #[serde(with = "seconds")]
    pub exp: Timestamp,
}

impl AuthorizationRequest {
    /// Signs the request; the access certificate goes along as `x5c`.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn sign(&self, access_key: &dyn Signer) -> Result<String, SignError> {
        let header = Header::typ(REQUEST_TYP).with_x5c(access_key.x5c());
        jose::sign(&header, self, access_key)
    }

    /// The registration certificate that came along, if exactly one did.
    #[must_use]
    pub fn registration_certificate(&self) -> Option<&str> {
        self.only_info(REGISTRATION_FORMAT)
    }

    /// The status list that says whether the registration holds, if exactly one came along.
    #[must_use]
    pub fn registration_status(&self) -> Option<&str> {
        self.only_info(REGISTRATION_STATUS_FORMAT)
    }

    fn only_info(&self, format: &str) -> Option<&str> {
        let mut found = self.verifier_info.iter().filter(|info| info.format == format);
        match (found.next(), found.next()) {
            (Some(info), None) => info.data.as_str(),
            _ => None,
        }
    }
}

/// The response type of a request for credentials alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseType {
    /// `vp_token`
    #[serde(rename = "vp_token")]
    VpToken,
}

/// How the answer travels: encrypted, straight to the asker (OpenID4VP 1.0 §8.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseMode {
    /// `direct_post.jwt`
    #[serde(rename = "direct_post.jwt")]
    DirectPostJwt,
}

/// A `nonce`, `state` or `wallet_nonce`: at most 512 characters that need no escaping in a URL
/// (OpenID4VP 1.0 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce(String);

impl Nonce {
    /// A fresh one, of 128 random bits.
    pub fn mint(rng: &mut impl rand::CryptoRng) -> Self {
        let mut random = [0; 16];
        rng.fill_bytes(&mut random);
        Self(tanda_credential::b64::encode(random))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Nonce {
    type Error = NotANonce;

    fn try_from(text: String) -> Result<Self, NotANonce> {
        let fits =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if (1..=512).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text))
        } else {
            Err(NotANonce)
        }
    }
}

impl std::str::FromStr for Nonce {
    type Err = NotANonce;

    fn from_str(text: &str) -> Result<Self, NotANonce> {
        text.to_owned().try_into()
    }
}

impl From<Nonce> for String {
    fn from(nonce: Nonce) -> Self {
        nonce.0
    }
}

/// The text is no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a nonce: 1 to 512 letters, digits, `-`, `.`, `_`, `~`")]
pub struct NotANonce;

/// What others say about the asker (OpenID4VP 1.0 §5.1, `verifier_info`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifierInfo {
    /// What `data` is.
    pub format: String,
    /// The attestation.
    pub data: Value,
    /// The credential queries that it is about; none: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_ids: Option<Vec<String>>,
}

impl VerifierInfo {
    /// A registration certificate, for the whole request.
    #[must_use]
    pub fn registration(certificate: &str) -> Self {
        Self::text(REGISTRATION_FORMAT, certificate)
    }

    /// The registrar's status list, which says whether the registration holds.
    #[must_use]
    pub fn registration_status(list: &str) -> Self {
        Self::text(REGISTRATION_STATUS_FORMAT, list)
    }

    fn text(format: &str, data: &str) -> Self {
        Self { format: format.to_owned(), data: data.into(), credential_ids: None }
    }
}

/// How the asker wants its answer (OpenID4VP 1.0 §5.1, §11.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// The asker's keys.
    pub jwks: Jwks,
    /// The content encryptions that it reads; none: `A128GCM` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted_response_enc_values_supported: Option<Vec<String>>,
    /// The formats and algorithms that it reads.
    pub vp_formats_supported: Value,
}

/// A JWK set whose keys may be of kinds that Tanda doesn't read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Value>,
}

impl ClientMetadata {
    /// Asks for SD-JWT VCs signed with ES256, encrypted to this key.
    ///
    /// # Errors
    /// When the key can't be written as JSON, which no key does.
    pub fn encrypting_to(key: &Jwk) -> Result<Self, serde_json::Error> {
        let enc = [ContentEncryption::A256Gcm, ContentEncryption::A128Gcm]
            .map(|enc| enc.name().to_owned());
        Ok(Self {
            jwks: Jwks { keys: vec![serde_json::to_value(key)?] },
            encrypted_response_enc_values_supported: Some(enc.into()),
            vp_formats_supported: json!({
                "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] }
            }),
        })
    }

    /// The key and content encryption to answer with: the first key that is P-256 for `ECDH-ES`,
    /// and the strongest encryption that both sides have (OpenID4VP 1.0 §8.3). None: there is no
    /// way to answer.
    #[must_use]
    pub fn encryption(&self) -> Option<(Jwk, ContentEncryption)> {
        let key = self.jwks.keys.iter().find_map(|key| {
            let key: Jwk = serde_json::from_value(key.clone()).ok()?;
            (key.alg() == Some("ECDH-ES") && key.usage().is_none_or(|usage| usage == "enc"))
                .then_some(key)
        })?;
        let offered = self.encrypted_response_enc_values_supported.as_deref();
        let offers = |enc: ContentEncryption| match offered {
            Some(offered) => offered.iter().any(|name| name == enc.name()),
            None => enc == ContentEncryption::A128Gcm,
        };
        let enc = [ContentEncryption::A256Gcm, ContentEncryption::A128Gcm]
            .into_iter()
            .find(|enc| offers(*enc))?;
        Some((key, enc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenID4VP 1.0 §8.3: the keys and encryptions of the example, of which one of each can be
    /// used.
    #[test]
    fn picks_the_key_and_encryption_of_the_standards_example() {
        let metadata: ClientMetadata = serde_json::from_value(json!({
            "jwks": {"keys": [
                {"kty": "OKP", "kid": "jc", "use": "enc", "crv": "X25519", "alg": "ECDH-ES",
                 "x": "WPX7wnwq10hFNK9aDSyG1QlLswE_CJY14LdhcFUIVVc"},
                {"kty": "EC", "kid": "ac", "use": "enc", "crv": "P-256", "alg": "ECDH-ES",
                 "x": "YO4epjifD-KWeq1sL2tNmm36BhXnkJ0He-WqMYrp9Fk",
                 "y": "Hekpm0zfK7C-YccH5iBjcIXgf6YdUvNUac_0At55Okk"},
            ]},
            "encrypted_response_enc_values_supported": ["A128GCM", "A128CBC-HS256"],
            "vp_formats_supported": {},
        }))
        .unwrap();
        let (key, enc) = metadata.encryption().unwrap();
        assert_eq!((key.kid(), enc), (Some("ac"), ContentEncryption::A128Gcm));
        let none = ClientMetadata {
            encrypted_response_enc_values_supported: Some(vec!["A128CBC-HS256".into()]),
            ..metadata
        };
        assert!(none.encryption().is_none());
    }

    #[test]
    fn a_nonce_needs_no_escaping() {
        for good in ["n-0S6_WzA2Mj", "a.b~c", &"x".repeat(512)] {
            assert_eq!(good.parse::<Nonce>().unwrap().as_str(), good);
        }
        for bad in ["", "343s$FSFDa-", "a b", "é", &"x".repeat(513)] {
            assert_eq!(bad.parse::<Nonce>(), Err(NotANonce), "{bad}");
        }
    }
}
