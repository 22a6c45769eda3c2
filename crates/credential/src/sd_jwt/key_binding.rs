//! The key binding JWT (RFC 9901 section 4.3) with transaction data (OpenID4VP 1.0 section B.3.3).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::parse::SdJwt;
use crate::jose::{Compact, Header, JwsError, SignError, Signer, VerifyingKey, sign};
use crate::{CLOCK_SKEW, b64, digest, json};

const TYP: &str = "kb+jwt";

/// What a presentation is bound to.
#[derive(Clone, Copy, Debug)]
pub struct KeyBinding<'a> {
    /// Who asked: for OpenID4VP the full client identifier.
    pub audience: &'a str,
    /// The asker's nonce.
    pub nonce: &'a str,
    /// The moment of signing.
    pub now: Timestamp,
    /// The transactions agreed to, each as the base64url string that was in the request.
    pub transaction_data: &'a [&'a str],
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iat: i64,
    aud: String,
    nonce: String,
    sd_hash: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    transaction_data_hashes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction_data_hashes_alg: Option<String>,
}

impl KeyBinding<'_> {
    pub(super) fn sign(&self, presented: &str, holder: &dyn Signer) -> Result<String, SignError> {
        let hashes: Vec<_> = self.transaction_data.iter().map(|data| hash(data)).collect();
        let claims = Claims {
            iat: self.now.as_second(),
            aud: self.audience.to_owned(),
            nonce: self.nonce.to_owned(),
            sd_hash: hash(presented),
            transaction_data_hashes_alg: (!hashes.is_empty()).then(|| "sha-256".to_owned()),
            transaction_data_hashes: hashes,
        };
        sign(&Header::typ(TYP), &claims, holder)
    }
}

/// Why a key binding is refused.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum KeyBindingError {
    /// There is none.
    #[error("the presentation is not bound to the holder's key")]
    Missing,
    /// The token itself: malformed, another type or algorithm, a bad signature.
    #[error("the key binding: {0}")]
    Token(JwsError),
    /// Made for another asker.
    #[error("the presentation is for another audience")]
    Audience,
    /// Made for another request.
    #[error("the presentation carries another nonce")]
    Nonce,
    /// Made for another selection of disclosures.
    #[error("the presentation was changed after it was bound")]
    Hash,
    /// Made in the future, or before the request was.
    #[error("the presentation was bound at another time")]
    Time,
    /// The transactions that were agreed to are not those that were asked for.
    #[error("the presentation agrees to other transactions")]
    TransactionData,
}

/// What a verifier expects of a key binding.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedBinding<'a> {
    /// The verifier itself: for OpenID4VP its full client identifier.
    pub audience: &'a str,
    /// The nonce of the request.
    pub nonce: &'a str,
    /// When the request was made: no honest answer is older.
    pub asked_at: Timestamp,
    /// The present moment.
    pub now: Timestamp,
    /// The transactions of the request, each as the base64url string that was in it.
    pub transaction_data: &'a [&'a str],
}

/// When the holder signed, by the holder's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundAt(pub Timestamp);

impl ExpectedBinding<'_> {
    /// Checks the key binding of `token` against the key from its `cnf`.
    ///
    /// # Errors
    /// [`KeyBindingError`].
    pub fn check(
        &self,
        token: &SdJwt<'_>,
        holder: &VerifyingKey,
    ) -> Result<BoundAt, KeyBindingError> {
        let binding = token.key_binding().ok_or(KeyBindingError::Missing)?;
        let compact = Compact::split(binding).map_err(KeyBindingError::Token)?;
        let header = Header::decode(compact.header).map_err(KeyBindingError::Token)?;
        if header.typ.as_deref() != Some(TYP) {
            return Err(KeyBindingError::Token(JwsError::Type));
        }
        compact.verify(holder).map_err(KeyBindingError::Token)?;
        let payload = compact.payload().map_err(KeyBindingError::Token)?;
        let claims: Claims =
            json::parse_as(&payload).map_err(|_| KeyBindingError::Token(JwsError::Claims))?;
        if claims.aud != self.audience {
            return Err(KeyBindingError::Audience);
        }
        if claims.nonce != self.nonce {
            return Err(KeyBindingError::Nonce);
        }
        if claims.sd_hash != hash(token.presented()) {
            return Err(KeyBindingError::Hash);
        }
        let signed_at = Timestamp::from_second(claims.iat).map_err(|_| KeyBindingError::Time)?;
        if signed_at.duration_since(self.now) > CLOCK_SKEW
            || self.asked_at.duration_since(signed_at) > CLOCK_SKEW
        {
            return Err(KeyBindingError::Time);
        }
        self.check_transactions(&claims)?;
        Ok(BoundAt(signed_at))
    }

    fn check_transactions(&self, claims: &Claims) -> Result<(), KeyBindingError> {
        let algorithm = claims.transaction_data_hashes_alg.as_deref();
        let agreed = claims.transaction_data_hashes.len() == self.transaction_data.len()
            && algorithm.is_none_or(|name| name == "sha-256")
            && claims
                .transaction_data_hashes
                .iter()
                .zip(self.transaction_data)
                .all(|(agreed, asked)| *agreed == hash(asked));
        if agreed { Ok(()) } else { Err(KeyBindingError::TransactionData) }
    }
}

fn hash(text: &str) -> String {
    b64::encode(digest::sha256(text))
}
