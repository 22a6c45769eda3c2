//! The protected header of a JWS, typed (RFC 7515 section 4).

use serde_json::{Map, Value, json};

use super::{Jwk, JwsError};
use crate::{b64, json};

/// The protected header of an ES256 signature. `alg` is not here: it is always `ES256`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// The media type of the whole token, such as `kb+jwt`.
    pub typ: Option<String>,
    /// The identifier of the signing key.
    pub kid: Option<String>,
    /// The certificates of the signing key as DER, leaf first.
    pub x5c: Vec<Vec<u8>>,
    /// The signing key itself, as in a key proof.
    pub jwk: Option<Jwk>,
    /// Whatever other members there are, such as `cty` or `trust_chain`.
    pub extra: Map<String, Value>,
}

impl Header {
    /// A header with this `typ`.
    pub fn typ(typ: impl Into<String>) -> Self {
        Self { typ: Some(typ.into()), ..Self::default() }
    }

    /// Names the signing key.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// Attaches certificates: DER, leaf first.
    #[must_use]
    pub fn with_x5c(mut self, x5c: &[Vec<u8>]) -> Self {
        self.x5c = x5c.to_vec();
        self
    }

    /// Attaches the signing key.
    #[must_use]
    pub fn with_jwk(mut self, jwk: Jwk) -> Self {
        self.jwk = Some(jwk);
        self
    }

    /// Adds another member.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// The encoded header: base64url of its JSON.
    pub(crate) fn encode(&self) -> String {
        let mut members = self.extra.clone();
        members.insert("alg".into(), json!("ES256"));
        if let Some(typ) = &self.typ {
            members.insert("typ".into(), json!(typ));
        }
        if let Some(kid) = &self.kid {
            members.insert("kid".into(), json!(kid));
        }
        if let Some(jwk) = &self.jwk {
            members.insert("jwk".into(), json!(jwk));
        }
        if !self.x5c.is_empty() {
            let chain: Vec<_> = self.x5c.iter().map(b64::encode_standard).collect();
            members.insert("x5c".into(), json!(chain));
        }
        b64::encode(Value::Object(members).to_string())
    }

    /// Decodes a protected header and refuses everything but plain ES256.
    pub(crate) fn decode(encoded: &str) -> Result<Self, JwsError> {
        let bytes = b64::decode(encoded).map_err(|_| JwsError::Malformed)?;
        let mut members = json::parse_object(&bytes).map_err(|_| JwsError::Malformed)?;
        match members.remove("alg") {
            Some(Value::String(alg)) if alg == "ES256" => {}
            Some(Value::String(_)) => return Err(JwsError::Algorithm),
            _ => return Err(JwsError::Malformed),
        }
        // No extension is understood here, so RFC 7515 section 4.1.11 has the token refused;
        // `b64` (RFC 7797) would change what is signed.
        if members.contains_key("crit") || members.contains_key("b64") {
            return Err(JwsError::Critical);
        }
        Ok(Self {
            typ: text(members.remove("typ"))?,
            kid: text(members.remove("kid"))?,
            x5c: certificates(members.remove("x5c"))?,
            jwk: match members.remove("jwk") {
                None => None,
                Some(value) => Some(json::read(value).map_err(|_| JwsError::Malformed)?),
            },
            extra: members,
        })
    }
}

fn text(value: Option<Value>) -> Result<Option<String>, JwsError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwsError::Malformed),
    }
}

fn certificates(value: Option<Value>) -> Result<Vec<Vec<u8>>, JwsError> {
    const MOST: usize = 6;
    let items = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) if !items.is_empty() && items.len() <= MOST => items,
        Some(_) => return Err(JwsError::Malformed),
    };
    items
        .into_iter()
        .map(|item| match item {
            Value::String(text) => b64::decode_standard(text).map_err(|_| JwsError::Malformed),
            _ => Err(JwsError::Malformed),
        })
        .collect()
}
