//! What opens a chip: the card access number, or the fields of the machine readable zone.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::crypto::{Cipher, Hash, Key, KeyUse};
use crate::lds::check_digit;

/// Text that can't be an access key.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum AccessKeyError {
    /// A card access number has six digits.
    #[error("a card access number has six digits")]
    CardAccessNumber,
    /// A document number has 1 to 22 letters and digits.
    #[error("a document number has letters and digits alone")]
    DocumentNumber,
    /// A date is written YYMMDD.
    #[error("a date in the machine readable zone has six digits")]
    Date,
}

/// The number printed on the front of a card (Doc 9303-11 section 4.4.1). Wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct CardAccessNumber(Zeroizing<String>);

impl CardAccessNumber {
    /// Six digits.
    ///
    /// # Errors
    /// [`AccessKeyError::CardAccessNumber`].
    pub fn parse(text: &str) -> Result<Self, AccessKeyError> {
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(AccessKeyError::CardAccessNumber)
        }
    }
}

/// Document number, date of birth and date of expiry, each with its check digit, as the machine readable
/// zone has them (Doc 9303-11 section 9.7.2). Wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct MrzKey(Zeroizing<String>);

impl MrzKey {
    /// From the three fields without their check digits; a number shorter than nine characters is
    /// filled up.
    ///
    /// # Errors
    /// [`AccessKeyError`].
    pub fn new(number: &str, birth: &str, expiry: &str) -> Result<Self, AccessKeyError> {
        let number = number.trim_end_matches('<');
        let known = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'<';
        if number.is_empty() || number.len() > 22 || !number.bytes().all(known) {
            return Err(AccessKeyError::DocumentNumber);
        }
        let digits = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(birth) || !digits(expiry) {
            return Err(AccessKeyError::Date);
        }
        let mut information = Zeroizing::new(String::with_capacity(40));
        for field in [format!("{number:<<9}").as_str(), birth, expiry] {
            information.push_str(field);
            information.push(char::from(check_digit(field.as_bytes())));
        }
        Ok(Self(information))
    }

    pub(super) fn digest(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(Hash::Sha1.digest(self.0.as_bytes()))
    }

    /// The keys of BAC (Doc 9303-11 section 9.7.2): for encryption and for authentication.
    pub fn basic_access_keys(&self) -> [Key; 2] {
        let digest = self.digest();
        let seed = digest.get(..16).unwrap_or_default();
        [KeyUse::Encryption, KeyUse::Authentication]
            .map(|usage| Cipher::TripleDes.derive(seed, usage))
    }
}

/// What opens a chip.
#[derive(Clone, PartialEq, Eq)]
pub enum AccessKey {
    /// By the card access number: PACE alone.
    Can(CardAccessNumber),
    /// By the machine readable zone: PACE, or BAC for older chips.
    Mrz(MrzKey),
}

impl AccessKey {
    /// The password's number in PACE (Doc 9303-11 section 4.4.4.1).
    pub const fn reference(&self) -> u8 {
        match self {
            Self::Mrz(_) => 1,
            Self::Can(_) => 2,
        }
    }

    /// The key under which PACE's nonce is encrypted (Doc 9303-11 section 9.7.3).
    pub fn password_key(&self, cipher: Cipher) -> Key {
        match self {
            Self::Can(CardAccessNumber(digits)) => {
                cipher.derive(digits.as_bytes(), KeyUse::Password)
            }
            Self::Mrz(key) => cipher.derive(&key.digest(), KeyUse::Password),
        }
    }
}

impl fmt::Debug for CardAccessNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardAccessNumber")
    }
}

impl fmt::Debug for MrzKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MrzKey")
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.reference() == 1 { "Mrz" } else { "Can" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doc 9303-11 appendix D.2 (two documents, one with a number longer than nine) and G.1.
    #[test]
    fn keys_come_from_the_printed_lines_as_in_the_worked_examples() {
        let seed = |number, birth, expiry| {
            let digest = MrzKey::new(number, birth, expiry).unwrap().digest();
            hex::encode_upper(digest.get(..16).unwrap())
        };
        assert_eq!(seed("L898902C", "690806", "940623"), "239AB9CB282DAF66231DC5A4DF6BFBAE");
        assert_eq!(seed("D23145890734", "340712", "950712"), "B366AD857DDCA2B08C0E299811714730");
        let key = AccessKey::Mrz(MrzKey::new("T22000129", "640812", "101031").unwrap());
        assert_eq!(
            hex::encode_upper(key.password_key(Cipher::Aes128)),
            "89DED1B26624EC1E634C1989302849DD"
        );
    }

    #[test]
    fn a_number_gives_the_key_that_others_derive() {
        let key = AccessKey::Can(CardAccessNumber::parse("123456").unwrap());
        assert_eq!(
            hex::encode(key.password_key(Cipher::Aes128)),
            "591468cda83d65219cccb8560233600f"
        );
    }

    #[test]
    fn what_nobody_prints_is_refused() {
        for text in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(CardAccessNumber::parse(text), Err(AccessKeyError::CardAccessNumber));
        }
        let new = |number, birth| MrzKey::new(number, birth, "300101").map(|_| ());
        assert_eq!(new("L898902C", "690806"), Ok(()));
        assert_eq!(new("", "690806"), Err(AccessKeyError::DocumentNumber));
        assert_eq!(new("l898902c", "690806"), Err(AccessKeyError::DocumentNumber));
        assert_eq!(new("L898902C", "19690806"), Err(AccessKeyError::Date));
        assert_eq!(new("L898902C", "123456789"), Err(AccessKeyError::Date));
    }

    #[test]
    fn no_key_is_printed() {
        let key = AccessKey::Can(CardAccessNumber::parse("123456").unwrap());
        assert!(!format!("{key:?}").contains("123456"));
    }
}
