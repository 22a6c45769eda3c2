//! A log's Ed25519 key (C2SP signed-note): it signs checkpoints, and is known by its name.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use rand::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::b64;
use crate::digest::sha256;
use crate::jose::{BadSignature, KeyError, SignError};

/// The type of an Ed25519 signature in a note.
const ED25519_TYPE: u8 = 1;

/// What signs checkpoints with Ed25519: a [`LogKey`] in memory now, a hardware module later.
pub trait LogSigner: Send + Sync + fmt::Debug {
    /// The public key that checks the signatures (RFC 8032).
    fn public(&self) -> [u8; 32];

    /// Signs `message`.
    ///
    /// # Errors
    /// [`SignError`] where the key cannot be reached.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError>;
}

/// An Ed25519 private key in memory. The library wipes it when it is dropped.
pub struct LogKey(Ed25519KeyPair);

impl LogKey {
    /// A fresh key, its seed drawn from `rng`.
    ///
    /// # Errors
    /// [`KeyError::Internal`] where the library fails.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The key of a seed (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`KeyError::Internal`] where the library fails.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| KeyError::Internal)
    }

    /// Reads a PKCS#8 private key (RFC 8410) in DER.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] for anything but an Ed25519 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_pkcs8(der).map(Self).map_err(|_| KeyError::Rejected)
    }

    /// The key as PKCS#8 DER, wiped when dropped.
    ///
    /// # Errors
    /// [`KeyError::Internal`] where the library fails.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        Ok(Zeroizing::new(self.0.to_pkcs8()?.as_ref().to_vec()))
    }
}

impl LogSigner for LogKey {
    fn public(&self) -> [u8; 32] {
        let mut public = [0; 32];
        public.copy_from_slice(self.0.public_key().as_ref());
        public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        self.0.sign(message).as_ref().try_into().map_err(|_| SignError)
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogKey").field(&b64::encode_standard(self.public())).finish()
    }
}

/// A log's public key with its name, which is the log's origin too. As text it is what C2SP calls
/// a verifier key: `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogVerifier {
    name: String,
    public: [u8; 32],
}

/// The text is no verifier key, or the name cannot be one.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("not a log's verifier key")]
pub struct NotALogKey;

impl LogVerifier {
    /// The key `public` under a name: an address without its scheme, such as `example.com/log`.
    ///
    /// # Errors
    /// [`NotALogKey`] for a name that is empty or has a space, a plus or a control character.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, NotALogKey> {
        let forbidden = |c: char| c == '+' || c.is_whitespace() || c.is_control();
        if name.is_empty() || name.contains(forbidden) {
            return Err(NotALogKey);
        }
        Ok(Self { name: name.to_owned(), public })
    }

    /// The name: the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key (RFC 8032).
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// By which a note's signature names the key beside its name.
    pub(super) fn id(&self) -> [u8; 4] {
        let mut named = self.name.clone().into_bytes();
        named.push(b'\n');
        named.extend(self.typed());
        let [a, b, c, d, ..] = sha256(named);
        [a, b, c, d]
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, self.public)
            .verify(message, signature)
            .map_err(|_| BadSignature)
    }

    fn typed(&self) -> [u8; 33] {
        let mut typed = [ED25519_TYPE; 33];
        typed[1..].copy_from_slice(&self.public);
        typed
    }
}

impl fmt::Display for LogVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.id());
        write!(f, "{}+{id:08x}+{}", self.name, b64::encode_standard(self.typed()))
    }
}

impl FromStr for LogVerifier {
    type Err = NotALogKey;

    fn from_str(text: &str) -> Result<Self, NotALogKey> {
        // The key's base64 may have a plus of its own.
        let mut parts = text.splitn(3, '+');
        let (name, key) = (parts.next().unwrap_or_default(), parts.nth(1).ok_or(NotALogKey)?);
        let typed = b64::decode_standard(key).map_err(|_| NotALogKey)?;
        let [ED25519_TYPE, public @ ..] = typed.as_slice() else { return Err(NotALogKey) };
        let read = Self::new(name, public.try_into().map_err(|_| NotALogKey)?)?;
        if read.to_string() == text { Ok(read) } else { Err(NotALogKey) }
    }
}
