//! The people at a desk: a PIN of their own on a device that is enrolled.

use std::fmt;
use std::str::FromStr;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use tanda_credential::b64;
use tanda_model::Pin;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What somebody of the staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Asks, and sees verdicts.
    Clerk,
    /// Also takes out what was kept for the record, and decides who is on the staff.
    Manager,
}

impl StaffRole {
    /// The role's name in columns and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Manager => "manager",
        }
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is `clerk` or `manager`")]
pub struct UnknownRole;

impl FromStr for StaffRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        [Self::Clerk, Self::Manager]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// The key under which PINs are hashed: a copy of the store alone says nothing of any PIN, though
/// there are few of them.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct PinKey([u8; Self::BYTES]);

/// A PIN can't be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the PIN can't be hashed")]
pub struct PinHashError;

impl PinKey {
    /// The key's length.
    pub const BYTES: usize = 32;

    /// A fresh key.
    pub fn generate(rng: &mut impl rand::CryptoRng) -> Self {
        let mut bytes = [0; Self::BYTES];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The key of these bytes, if they are as many as a key has.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().map(Self).ok()
    }

    /// The bytes, to be kept where only the server reads them.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_vec())
    }

    /// What is kept of a PIN: Argon2id (RFC 9106) with a salt of its own, as a PHC string. Slow by
    /// design: some tens of milliseconds.
    ///
    /// # Errors
    /// When the hash can't be made.
    pub fn hash(&self, pin: &Pin, rng: &mut impl rand::CryptoRng) -> Result<String, PinHashError> {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let hash: PasswordHash = self
            .argon2()?
            .hash_password_with_salt(pin.as_bytes(), &salt)
            .map_err(|_| PinHashError)?;
        Ok(hash.to_string())
    }

    /// What to weigh a PIN against where nobody's is kept: as slow, and matched by none.
    #[must_use]
    pub fn decoy(rng: &mut impl rand::CryptoRng) -> String {
        let (mut salt, mut output) = ([0; 16], [0; 32]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut output);
        let cost = (Params::DEFAULT_M_COST, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST);
        let encode = |bytes: &[u8]| b64::encode_standard(bytes).trim_end_matches('=').to_owned();
        let (salt, output) = (encode(&salt), encode(&output));
        format!("$argon2id$v=19$m={},t={},p={}${salt}${output}", cost.0, cost.1, cost.2)
    }

    /// Whether this is the PIN that was hashed. As slow as hashing.
    #[must_use]
    pub fn matches(&self, pin: &Pin, hash: &str) -> bool {
        self.argon2().is_ok_and(|argon2| argon2.verify_password(pin.as_bytes(), hash).is_ok())
    }

    fn argon2(&self) -> Result<Argon2<'_>, PinHashError> {
        Argon2::new_with_secret(&self.0, Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
            .map_err(|_| PinHashError)
    }
}

impl fmt::Debug for PinKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::rng;

    #[test]
    fn a_pin_matches_its_hash_under_its_key_alone() {
        let key = PinKey::generate(&mut rng(1));
        let (pin, other): (Pin, Pin) = ("482617".parse().unwrap(), "482618".parse().unwrap());
        let hash = key.hash(&pin, &mut rng(2)).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, key.hash(&pin, &mut rng(3)).unwrap(), "a salt each");
        let again = PinKey::from_bytes(&key.to_bytes()).unwrap();
        assert!(again.matches(&pin, &hash));
        assert!(!key.matches(&other, &hash));
        assert!(!PinKey::generate(&mut rng(4)).matches(&pin, &hash), "the store is no use alone");
        assert!(!key.matches(&pin, "") && !key.matches(&pin, "$argon2id$"));
        let decoy = PinKey::decoy(&mut rng(5));
        let cost = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(&decoy), cost(&hash), "a decoy takes as long");
        assert!(PasswordHash::new(&decoy).is_ok() && !key.matches(&pin, &decoy));
        assert_eq!(format!("{key:?}"), "PinKey");
        assert!(PinKey::from_bytes(&[0; 31]).is_none());
    }
}
