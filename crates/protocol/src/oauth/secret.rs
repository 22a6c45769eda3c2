//! Codes and tokens: opaque random strings, of which a store keeps the hash only.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tanda_credential::{b64, digest};
use zeroize::Zeroizing;

use super::MessageError;

/// Longer than any code or token that a server of ours or another's hands out.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// An access token, refresh token or pre-authorized code: whoever has it may use it as far as its
/// binding to a key allows, so it is wiped from memory, and its `Debug` shows nothing.
#[derive(Clone)]
pub struct OpaqueToken(Zeroizing<String>);

impl OpaqueToken {
    /// A new token of 256 random bits, as 43 characters of base64url.
    #[must_use]
    pub fn mint(rng: &mut impl rand::CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut());
        Self(Zeroizing::new(b64::encode(bytes.as_slice())))
    }

    /// Reads a token of any issuer: visible ASCII without quote and backslash (the `VSCHAR` of
    /// RFC 6749 appendix A without what would need escaping).
    ///
    /// # Errors
    /// [`MessageError::Member`] where it is empty, too long or holds other characters.
    pub fn parse(text: &str) -> Result<Self, MessageError> {
        let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        if text.is_empty() || text.len() > MAX_TOKEN_BYTES || !text.bytes().all(allowed) {
            return Err(MessageError::Member("token"));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The token itself, to be sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a store keeps and looks up. The token is as random as the hash is long: neither salt
    /// nor stretching would add anything.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(digest::sha256(self.0.as_bytes()))
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueToken(..)")
    }
}

impl Serialize for OpaqueToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for OpaqueToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The SHA-256 of an [`OpaqueToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash as a store has it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash for a store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::rng;

    #[test]
    fn tokens() {
        let mut rng = rng(1);
        let (one, other) = (OpaqueToken::mint(&mut rng), OpaqueToken::mint(&mut rng));
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one.hash(), other.hash());
        assert_eq!(OpaqueToken::parse(one.expose()).unwrap().hash(), one.hash());
        assert_eq!(format!("{one:?}"), "OpaqueToken(..)");
        assert_eq!(one.hash(), TokenHash::from_bytes(*one.hash().as_bytes()));
    }

    #[test]
    fn refusals() {
        for bad in ["", "a b", "a\"b", "a\\b", "a\n", "é", &"a".repeat(MAX_TOKEN_BYTES + 1)] {
            assert!(OpaqueToken::parse(bad).is_err(), "{bad:.20}");
        }
    }
}
