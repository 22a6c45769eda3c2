//! The short code that a person types where no camera is: "AB12-CD34".
//!
//! Two characters name the verifier's service, so that a wallet knows whom to ask; six are random.
//! Read forgivingly, by the rules of Crockford's base 32: case, spaces and hyphens don't count, O
//! is 0, I and L are 1.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: usize = 2;
const LENGTH: usize = 8;

/// A one-time code for a waiting request. It says where the request is and proves nothing: whoever
/// types it still sees who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShortCode(String);

impl ShortCode {
    /// A fresh code of the service with this prefix: 30 random bits.
    pub fn mint(service: &CodePrefix, rng: &mut impl rand::CryptoRng) -> Self {
        let mut random = [0; LENGTH - PREFIX];
        rng.fill_bytes(&mut random);
        let mut code = service.0.clone();
        code.extend(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])));
        Self(code)
    }

    /// The service that minted it.
    #[must_use]
    pub fn prefix(&self) -> CodePrefix {
        CodePrefix(self.0[..PREFIX].to_owned())
    }

    /// The eight characters without the hyphen: the form to store and look up by.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", &self.0[..LENGTH / 2], &self.0[LENGTH / 2..])
    }
}

impl FromStr for ShortCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        symbols(text, LENGTH).map(Self)
    }
}

impl TryFrom<String> for ShortCode {
    type Error = NotACode;

    fn try_from(text: String) -> Result<Self, NotACode> {
        text.parse()
    }
}

impl From<ShortCode> for String {
    fn from(code: ShortCode) -> Self {
        code.0
    }
}

/// The two characters that the trust list gives to a verifier's service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodePrefix(String);

impl fmt::Display for CodePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CodePrefix {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        symbols(text, PREFIX).map(Self)
    }
}

impl TryFrom<String> for CodePrefix {
    type Error = NotACode;

    fn try_from(text: String) -> Result<Self, NotACode> {
        text.parse()
    }
}

impl From<CodePrefix> for String {
    fn from(prefix: CodePrefix) -> Self {
        prefix.0
    }
}

/// Reads exactly `length` symbols, whatever separates them.
pub(crate) fn symbols(text: &str, length: usize) -> Result<String, NotACode> {
    let mut code = String::with_capacity(length);
    for character in
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–' | '.' | '_'))
    {
        let symbol = match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other if other.is_ascii() && ALPHABET.contains(&(other as u8)) => other,
            _ => return Err(NotACode::Character),
        };
        if code.len() == length {
            return Err(NotACode::Length);
        }
        code.push(symbol);
    }
    if code.len() == length { Ok(code) } else { Err(NotACode::Length) }
}

/// Why what was typed is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACode {
    /// A character that no code has.
    #[error("a code has letters and digits only, and never the letter U")]
    Character,
    /// Too few or too many characters.
    #[error("a code has eight characters, such as AB12-CD34")]
    Length,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::{CodePrefix, NotACode, ShortCode};

    #[test]
    fn forgives_what_people_mistype() {
        let code: ShortCode = "  ab1o-cdl4 ".parse().unwrap();
        assert_eq!(code.canonical(), "AB10CD14");
        assert_eq!(code.to_string(), "AB10-CD14");
        assert_eq!(code.prefix(), "ab".parse::<CodePrefix>().unwrap());
        assert_eq!("AB i0 CD 14".parse::<ShortCode>().unwrap().to_string(), "AB10-CD14");
    }

    #[test]
    fn refuses_what_is_no_code() {
        assert_eq!("AB10-CD1".parse::<ShortCode>(), Err(NotACode::Length));
        assert_eq!("AB10-CD145".parse::<ShortCode>(), Err(NotACode::Length));
        assert_eq!("AB10-CD1U".parse::<ShortCode>(), Err(NotACode::Character));
        assert_eq!("AB10-CD1é".parse::<ShortCode>(), Err(NotACode::Character));
        assert_eq!("".parse::<ShortCode>(), Err(NotACode::Length));
    }

    proptest! {
        #[test]
        fn a_minted_code_reads_back(seed: u64) {
            let mut rng = StdRng::seed_from_u64(seed);
            let service: CodePrefix = "T1".parse().unwrap();
            let code = ShortCode::mint(&service, &mut rng);
            prop_assert_eq!(&code.to_string().parse::<ShortCode>().unwrap(), &code);
            prop_assert_eq!(&code.to_string().to_lowercase().parse::<ShortCode>().unwrap(), &code);
            prop_assert_eq!(code.prefix(), service);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            if let Ok(code) = text.parse::<ShortCode>() {
                prop_assert_eq!(code.canonical().len(), 8);
                prop_assert_eq!(code.to_string().parse::<ShortCode>().unwrap(), code);
            }
        }
    }
}
