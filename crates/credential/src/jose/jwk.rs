//! Public P-256 keys as JSON Web Keys (RFC 7517, RFC 7518 section 6.2.1).

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::key::{KeyError, VerifyingKey};
use crate::{b64, digest};

/// A public P-256 key. It never holds a private key: a JWK with a `d` member is refused.
///
/// Equality compares the optional members too; [`Jwk::same_key`] compares the point alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    x: [u8; 32],
    y: [u8; 32],
    kid: Option<String>,
    alg: Option<String>,
    usage: Option<String>,
}

impl Jwk {
    /// The key with these affine coordinates, big-endian.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] where the point is not on the curve.
    pub fn from_coordinates(x: [u8; 32], y: [u8; 32]) -> Result<Self, KeyError> {
        let jwk = Self::unchecked(x, y);
        VerifyingKey::from_jwk(&jwk).map(|_| jwk)
    }

    /// The key with this uncompressed SEC 1 point: `04 || x || y`, 65 bytes.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] for another form, or a point that is not on the curve.
    pub fn from_sec1(point: &[u8]) -> Result<Self, KeyError> {
        let jwk = Self::from_sec1_unchecked(point)?;
        VerifyingKey::from_jwk(&jwk).map(|_| jwk)
    }

    pub(super) fn from_sec1_unchecked(point: &[u8]) -> Result<Self, KeyError> {
        let Some((4, coordinates)) = point.split_first() else { return Err(KeyError::Rejected) };
        let (x, y) = coordinates.split_at_checked(32).ok_or(KeyError::Rejected)?;
        Ok(Self::unchecked(
            x.try_into().map_err(|_| KeyError::Rejected)?,
            y.try_into().map_err(|_| KeyError::Rejected)?,
        ))
    }

    fn unchecked(x: [u8; 32], y: [u8; 32]) -> Self {
        Self { x, y, kid: None, alg: None, usage: None }
    }

    /// Reads a JWK whose point the caller checks next, by parsing it into a key.
    pub(super) fn from_json_unchecked(value: &serde_json::Value) -> Result<Self, KeyError> {
        Wire::deserialize(value)
            .ok()
            .and_then(|wire| wire.into_unchecked().ok())
            .ok_or(KeyError::Rejected)
    }

    /// The uncompressed SEC 1 point: `04 || x || y`.
    pub fn sec1(&self) -> [u8; 65] {
        let mut point = [4; 65];
        point[1..33].copy_from_slice(&self.x);
        point[33..].copy_from_slice(&self.y);
        point
    }

    /// The SHA-256 thumbprint in base64url (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let canonical = format!(
            r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
            b64::encode(self.x),
            b64::encode(self.y)
        );
        b64::encode(digest::sha256(canonical))
    }

    /// Whether both stand for the same point, whatever their other members.
    pub fn same_key(&self, other: &Self) -> bool {
        self.x == other.x && self.y == other.y
    }

    /// The key without `kid`, `alg` and `use`: what goes into `cnf` and thumbprints.
    pub fn bare(&self) -> Self {
        Self::unchecked(self.x, self.y)
    }

    /// The key identifier.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm that the key is meant for.
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The `use` member: `sig` or `enc`.
    pub fn usage(&self) -> Option<&str> {
        self.usage.as_deref()
    }

    /// Sets the key identifier.
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// Sets the algorithm that the key is meant for.
    #[must_use]
    pub fn with_alg(mut self, alg: impl Into<String>) -> Self {
        self.alg = Some(alg.into());
        self
    }

    /// Sets the `use` member.
    #[must_use]
    pub fn with_usage(mut self, usage: impl Into<String>) -> Self {
        self.usage = Some(usage.into());
        self
    }

    /// Appends `{"kty":"EC",…}` with the point alone: the form in which `cnf` is issued.
    pub(crate) fn write_bare_json(&self, out: &mut String) {
        out.push_str(r#"{"kty":"EC","crv":"P-256","x":""#);
        b64::encode_into(self.x, out);
        out.push_str(r#"","y":""#);
        b64::encode_into(self.y, out);
        out.push_str("\"}");
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    kty: String,
    crv: String,
    x: String,
    y: String,
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, skip_serializing)]
    d: Option<IgnoredAny>,
}

impl Wire {
    fn into_unchecked(self) -> Result<Jwk, KeyError> {
        if self.kty != "EC" || self.crv != "P-256" || self.d.is_some() {
            return Err(KeyError::Rejected);
        }
        Ok(Jwk {
            x: b64::decode_array(&self.x).map_err(|_| KeyError::Rejected)?,
            y: b64::decode_array(&self.y).map_err(|_| KeyError::Rejected)?,
            kid: self.kid,
            alg: self.alg,
            usage: self.usage,
        })
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            kty: "EC".into(),
            crv: "P-256".into(),
            x: b64::encode(self.x),
            y: b64::encode(self.y),
            usage: self.usage.clone(),
            alg: self.alg.clone(),
            kid: self.kid.clone(),
            d: None,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refuse = || D::Error::custom("not a public P-256 key");
        let jwk = Wire::deserialize(deserializer)?.into_unchecked().map_err(|_| refuse())?;
        VerifyingKey::from_jwk(&jwk).map_err(|_| refuse())?;
        Ok(jwk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    // RFC 7515 appendix A.3.1.
    fn example() -> Value {
        json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        })
    }

    #[test]
    fn reads_and_writes_the_public_members() {
        let jwk: Jwk = serde_json::from_value(example()).unwrap();
        assert_eq!(serde_json::to_value(&jwk).unwrap(), example());
        let mut bare = String::new();
        jwk.write_bare_json(&mut bare);
        assert_eq!(serde_json::from_str::<Value>(&bare).unwrap(), example());
        assert_eq!(Jwk::from_sec1(&jwk.sec1()).unwrap(), jwk);
    }

    #[test]
    fn refuses_a_private_key_another_curve_and_a_point_off_the_curve() {
        let with = |name: &str, value: Value| {
            let mut object = example();
            object[name] = value;
            serde_json::from_value::<Jwk>(object)
        };
        assert!(with("d", json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")).is_err());
        assert!(with("crv", json!("P-384")).is_err());
        assert!(with("kty", json!("OKP")).is_err());
        assert!(with("y", json!("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1")).is_err());
        assert!(with("y", json!("A_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")).is_err());
        assert!(
            with("kid", json!("k")).unwrap().same_key(&serde_json::from_value(example()).unwrap())
        );
    }

    #[test]
    fn thumbprint_is_over_the_canonical_members() {
        let jwk: Jwk = serde_json::from_value(example()).unwrap();
        let canonical = r#"{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
        assert_eq!(jwk.thumbprint(), b64::encode(digest::sha256(canonical)));
        assert_eq!(jwk.clone().with_kid("other").thumbprint(), jwk.thumbprint());
    }
}
