//! ES256 keys (RFC 7518 section 3.4): signing behind a trait, checking with a key parsed once.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    ParsedPublicKey,
};
use aws_lc_rs::{agreement, error::Unspecified};
use rand::CryptoRng;
use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

use super::Jwk;

/// Why a key cannot be used.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// Not a P-256 key of the expected form, or a point that is not on the curve.
    #[error("not a usable P-256 key")]
    Rejected,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Internal,
}

impl From<Unspecified> for KeyError {
    fn from(_: Unspecified) -> Self {
        Self::Internal
    }
}

/// Signing failed: the key store is out of reach, or the library failed.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("signing failed")]
pub struct SignError;

/// The signature does not belong to this key and message.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("the signature is not valid")]
pub struct BadSignature;

/// What signs with ES256: a [`SigningKey`] in memory now, a hardware module later.
pub trait Signer: Send + Sync + fmt::Debug {
    /// The public key that checks the signatures.
    fn public(&self) -> &Jwk;

    /// Signs the SHA-256 of `message`: `r || s`, 64 bytes, big-endian.
    ///
    /// # Errors
    /// [`SignError`] where the key cannot be reached.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError>;

    /// The certificates of the key as DER, leaf first, without the trust anchor; may be empty.
    fn x5c(&self) -> &[Vec<u8>] {
        &[]
    }
}

/// A P-256 private key in memory. The library wipes it when it is dropped.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: Jwk,
    x5c: Vec<Vec<u8>>,
}

impl SigningKey {
    /// A fresh key, its secret drawn from `rng`.
    ///
    /// # Errors
    /// [`KeyError::Internal`] where the library fails.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        let (secret, public) = random_scalar(rng)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            secret.as_ref(),
            &public.sec1(),
        )
        .map_err(|_| KeyError::Internal)?;
        Ok(Self { pair, public, x5c: Vec::new() })
    }

    /// Reads a PKCS#8 private key (RFC 5958) in DER.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] for anything but a P-256 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| KeyError::Rejected)?;
        let public = Jwk::from_sec1(pair.public_key().as_ref())?;
        Ok(Self { pair, public, x5c: Vec::new() })
    }

    /// The key as PKCS#8 DER, wiped when dropped.
    ///
    /// # Errors
    /// [`KeyError::Internal`] where the library fails.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        Ok(Zeroizing::new(self.pair.to_pkcs8v1()?.as_ref().to_vec()))
    }

    /// Attaches the certificates of this key: DER, leaf first, without the trust anchor.
    #[must_use]
    pub fn with_x5c(mut self, x5c: Vec<Vec<u8>>) -> Self {
        self.x5c = x5c;
        self
    }
}

impl Signer for SigningKey {
    fn public(&self) -> &Jwk {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        // aws-lc draws the ECDSA nonce itself and ignores the generator that it is handed.
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| SignError)?;
        signature.as_ref().try_into().map_err(|_| SignError)
    }

    fn x5c(&self) -> &[Vec<u8>] {
        &self.x5c
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A public key, parsed and checked to be on the curve once; cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey {
    jwk: Arc<Jwk>,
    parsed: Arc<ParsedPublicKey>,
}

impl VerifyingKey {
    /// Parses the key.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] where the point is not on the curve.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        Self::checked(jwk.clone())
    }

    /// Parses the key from a JWK object.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] for anything but a public P-256 key on the curve.
    pub fn from_json(value: &Value) -> Result<Self, KeyError> {
        Self::checked(Jwk::from_json_unchecked(value)?)
    }

    /// Parses the key from an uncompressed SEC 1 point.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] for another form, or a point that is not on the curve.
    pub fn from_sec1(point: &[u8]) -> Result<Self, KeyError> {
        Self::checked(Jwk::from_sec1_unchecked(point)?)
    }

    fn checked(jwk: Jwk) -> Result<Self, KeyError> {
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, jwk.sec1())
            .map_err(|_| KeyError::Rejected)?;
        Ok(Self { jwk: Arc::new(jwk), parsed: Arc::new(parsed) })
    }

    /// Checks an ES256 signature: `r || s`, 64 bytes.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.parsed.verify_sig(message, signature).map_err(|_| BadSignature)
    }

    /// The key as a JWK.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("VerifyingKey").field(&self.jwk).finish()
    }
}

/// A secret scalar from `rng` with its public point.
pub(super) fn random_scalar(
    rng: &mut impl CryptoRng,
) -> Result<(Zeroizing<[u8; 32]>, Jwk), KeyError> {
    // A random 256-bit string is outside of the group order with odds of 2^-32: try again then.
    for _ in 0..4 {
        let mut secret = Zeroizing::new([0_u8; 32]);
        rng.fill_bytes(secret.as_mut());
        if let Ok(key) = agreement_key(secret.as_ref()) {
            let public = public_of(&key)?;
            return Ok((secret, public));
        }
    }
    Err(KeyError::Internal)
}

pub(super) fn agreement_key(secret: &[u8]) -> Result<agreement::PrivateKey, KeyError> {
    agreement::PrivateKey::from_private_key(&agreement::ECDH_P256, secret)
        .map_err(|_| KeyError::Rejected)
}

pub(super) fn public_of(key: &agreement::PrivateKey) -> Result<Jwk, KeyError> {
    Jwk::from_sec1_unchecked(key.compute_public_key()?.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn signs_what_its_public_key_checks() {
        let mut rng = StdRng::seed_from_u64(1);
        let key = SigningKey::generate(&mut rng).unwrap();
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert!(key.public().same_key(again.public()));
        let signature = again.sign(b"message").unwrap();
        let checking = VerifyingKey::from_jwk(key.public()).unwrap();
        checking.verify(b"message", &signature).unwrap();
        assert_eq!(checking.verify(b"massage", &signature), Err(BadSignature));
        assert_eq!(checking.verify(b"message", &signature[..63]), Err(BadSignature));
        let other = SigningKey::generate(&mut rng).unwrap();
        let other = VerifyingKey::from_jwk(other.public()).unwrap();
        assert_eq!(other.verify(b"message", &signature), Err(BadSignature));
    }

    #[test]
    fn the_same_seed_makes_the_same_key() {
        let key = |seed| SigningKey::generate(&mut StdRng::seed_from_u64(seed)).unwrap();
        assert!(key(7).public().same_key(key(7).public()));
        assert!(!key(7).public().same_key(key(8).public()));
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = SigningKey::generate(&mut StdRng::seed_from_u64(3)).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.starts_with("SigningKey { public:"), "{shown}");
        assert_eq!(shown.matches("Jwk").count(), 1);
    }

    #[test]
    fn refuses_what_is_no_pkcs8_key() {
        assert_eq!(SigningKey::from_pkcs8(b"nonsense").err(), Some(KeyError::Rejected));
    }
}
