//! The people at a desk: a PIN of their own on a device that is enrolled.

use std::fmt;
use std::str::FromStr;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tanda_credential::b64;
use tanda_model::Ladder;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How wrong PINs slow down whoever types them: five at once, then half a minute, a minute, … up to a
/// day. Guessed on without a pause, that is about a dozen PINs in the first day and one a day after.
pub const PIN_LADDER: Ladder = Ladder {
    free: 5,
    first_wait: SignedDuration::from_secs(30),
    longest_wait: SignedDuration::from_hours(24),
    forgotten_after: SignedDuration::from_hours(7 * 24),
};

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

/// Six to twelve digits that are not the first that anybody would try. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Pin(String);

/// Why digits are no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not six to twelve digits.
    #[error("a PIN is six to twelve digits")]
    Form,
    /// The same digit again and again, digits in a row, or a short pattern that repeats.
    #[error("this PIN is among the first that anybody would try")]
    Simple,
}

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        let digits = text.as_bytes();
        if !(6..=12).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(PinError::Form);
        }
        if is_row(digits) || (1..=3).any(|length| repeats(digits, length)) {
            return Err(PinError::Simple);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether each digit is the one before plus the same step: 123456, 987654, 024680.
fn is_row(digits: &[u8]) -> bool {
    let step = |pair: &[u8]| (pair[1] + 10 - pair[0]) % 10;
    digits.windows(2).all(|pair| step(pair) == step(&digits[..2]))
}

/// Whether it is one beginning of that length over and over: 111111, 121212, 123123.
fn repeats(digits: &[u8], length: usize) -> bool {
    digits.iter().zip(&digits[length..]).all(|(before, after)| before == after)
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
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
            .hash_password_with_salt(pin.0.as_bytes(), &salt)
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
        self.argon2().is_ok_and(|argon2| argon2.verify_password(pin.0.as_bytes(), hash).is_ok())
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
    use jiff::Timestamp;
    use proptest::prelude::*;
    use tanda_model::{Admission, AttemptHistory};

    use super::*;
    use crate::fixture::{at, rng};

    #[test]
    fn the_first_that_anybody_would_try_is_no_pin() {
        for simple in ["000000", "123456", "987654", "890123", "024680", "121212", "482482"] {
            assert_eq!(simple.parse::<Pin>(), Err(PinError::Simple), "{simple}");
        }
        for form in ["", "48261", "4826173950284", "48261a", "４８２６１７", " 482617"] {
            assert_eq!(form.parse::<Pin>(), Err(PinError::Form), "{form}");
        }
        assert!("482617".parse::<Pin>().is_ok() && "112233445566".parse::<Pin>().is_ok());
    }

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
        assert_eq!(format!("{pin:?} {key:?}"), "Pin PinKey");
        assert!(PinKey::from_bytes(&[0; 31]).is_none());
    }

    proptest! {
        /// Whoever guesses as fast as the ladder lets them has tried a few dozen in a month.
        #[test]
        fn guessing_gets_nowhere(patience in 0_i64..7200) {
            let (start, mut now): (Timestamp, Timestamp) = (at(0), at(0));
            let mut history: Option<AttemptHistory> = None;
            let mut tries = 0;
            while now < start + SignedDuration::from_hours(24 * 30) {
                match PIN_LADDER.admit(history, now) {
                    Admission::Allowed => {
                        history = Some(PIN_LADDER.after_failure(history, now));
                        tries += 1;
                    }
                    Admission::WaitUntil(until) => now = until + SignedDuration::from_secs(patience),
                }
            }
            prop_assert!(tries <= 50, "{}", tries);
        }

        /// No input makes the parser panic, and what it takes is digits.
        #[test]
        fn a_pin_is_digits(text in "\\PC{0,16}") {
            if text.parse::<Pin>().is_ok() {
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() >= 6);
            }
        }
    }
}
