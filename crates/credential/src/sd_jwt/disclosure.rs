//! One disclosure (RFC 9901 section 4.2).

use serde_json::Value;

use super::SdJwtError;
use super::claims::reserved;
use crate::{b64, digest, json};

/// A decoded disclosure, waiting for the digest that refers to it.
pub(super) struct Disclosure {
    /// base64url of the SHA-256 of the encoded disclosure: the form in which it is referred to.
    pub(super) digest: [u8; 43],
    /// `None` for an array's element.
    pub(super) name: Option<String>,
    /// Taken when its place is found.
    pub(super) value: Option<Value>,
}

impl Disclosure {
    pub(super) fn decode(encoded: &str) -> Result<Self, SdJwtError> {
        let bytes = b64::decode(encoded).map_err(|_| SdJwtError::Disclosure)?;
        let parsed = json::parse(&bytes).map_err(|_| SdJwtError::Disclosure)?;
        let Value::Array(parts) = parsed else { return Err(SdJwtError::Disclosure) };
        let mut parts = parts.into_iter();
        let (name, value) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Value::String(_)), Some(value), None, None) => (None, value),
            (Some(Value::String(_)), Some(Value::String(name)), Some(value), None) => {
                (Some(name), value)
            }
            _ => return Err(SdJwtError::Disclosure),
        };
        if name.as_deref().is_some_and(reserved) {
            return Err(SdJwtError::ReservedName);
        }
        Ok(Self { digest: digest_text(encoded), name, value: Some(value) })
    }
}

/// base64url of the SHA-256 of `encoded`.
pub(super) fn digest_text(encoded: &str) -> [u8; 43] {
    b64::encode_array(&digest::sha256(encoded))
}
