//! Private keys as a wallet file keeps them.

use std::fmt;

use serde::{Deserialize, Serialize};
use tanda_credential::{
    b64,
    jose::{Jwk, KeyError, Signer, SigningKey},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A P-256 private key: PKCS#8 DER in base64url, wiped from memory when dropped. A full
/// card's are sealed ([`guard`](crate::guard)); encrypting the others is the task of whoever stores
/// them.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct HolderKey(String);

impl HolderKey {
    /// A fresh key.
    ///
    /// # Errors
    /// When none can be made.
    pub fn generate(rng: &mut impl rand::CryptoRng) -> Result<Self, KeyError> {
        Ok(Self(b64::encode(SigningKey::generate(rng)?.to_pkcs8()?.as_slice())))
    }

    /// The key, ready to sign.
    ///
    /// # Errors
    /// When what is stored is no key.
    pub fn signer(&self) -> Result<SigningKey, KeyError> {
        SigningKey::from_pkcs8(&self.to_der())
    }

    /// The key's PKCS#8 DER.
    pub(crate) fn to_der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(b64::decode(&self.0).unwrap_or_default())
    }

    pub(crate) fn from_der(der: &[u8]) -> Self {
        Self(b64::encode(der))
    }

    /// The public key.
    ///
    /// # Errors
    /// When what is stored is no key.
    pub fn public(&self) -> Result<Jwk, KeyError> {
        Ok(self.signer()?.public().clone())
    }
}

impl fmt::Debug for HolderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HolderKey")
    }
}
