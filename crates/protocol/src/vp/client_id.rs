//! Who asks: client identifiers with the prefix `x509_hash` (OpenID4VP 1.0 §5.9.3).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use tanda_credential::{b64, digest, x509::Certificate};

const PREFIX: &str = "x509_hash:";

/// A relying party's client identifier: the SHA-256 of its access certificate (DER).
///
/// It is the audience of every presentation made for that relying party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId([u8; 32]);

impl ClientId {
    /// The identifier of whoever holds this access certificate.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        Self::of_der(certificate.der())
    }

    /// The identifier of whoever holds the access certificate with these DER bytes.
    #[must_use]
    pub fn of_der(der: &[u8]) -> Self {
        Self(digest::sha256(der))
    }

    /// The hash alone, base64url: how a registration certificate names the access certificate that
    /// it is bound to.
    #[must_use]
    pub fn hash(&self) -> String {
        b64::encode(self.0)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.hash())
    }
}

impl FromStr for ClientId {
    type Err = NotAClientId;

    fn from_str(text: &str) -> Result<Self, NotAClientId> {
        let hash = text.strip_prefix(PREFIX).ok_or(NotAClientId::Prefix)?;
        let bytes = b64::decode(hash).map_err(|_| NotAClientId::Hash)?;
        Ok(Self(bytes.try_into().map_err(|_| NotAClientId::Hash)?))
    }
}

impl TryFrom<String> for ClientId {
    type Error = NotAClientId;

    fn try_from(text: String) -> Result<Self, NotAClientId> {
        text.parse()
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.to_string()
    }
}

/// Why a text is no client identifier that Tanda accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAClientId {
    /// Another prefix, or none: the asker can't be known by its certificate.
    #[error("the client identifier has no `x509_hash:` prefix")]
    Prefix,
    /// The rest is no SHA-256 in base64url.
    #[error("the client identifier holds no SHA-256 hash")]
    Hash,
}

#[cfg(test)]
mod tests {
    use super::{ClientId, NotAClientId};

    /// The example of OpenID4VP 1.0 §5.9.3.
    const EXAMPLE: &str = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";

    #[test]
    fn reads_and_writes_the_example() {
        let id: ClientId = EXAMPLE.parse().unwrap();
        assert_eq!(id.to_string(), EXAMPLE);
        assert_eq!(serde_json::to_value(id).unwrap(), EXAMPLE);
    }

    #[test]
    fn refuses_other_prefixes_and_lengths() {
        for (text, why) in [
            ("x509_san_dns:client.example.org", NotAClientId::Prefix),
            ("Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk", NotAClientId::Prefix),
            ("x509_hash:", NotAClientId::Hash),
            ("x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZsz", NotAClientId::Hash),
            ("x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk=", NotAClientId::Hash),
        ] {
            assert_eq!(text.parse::<ClientId>(), Err(why), "{text}");
        }
    }
}
