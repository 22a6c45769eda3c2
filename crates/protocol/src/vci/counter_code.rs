//! The code by which an officer finds an application at a counter: "AB12-CD34".
//!
//! Read forgivingly, by the rules of Crockford's base 32, as the codes of requests are.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::vp::code::{ALPHABET, NotACode, symbols};

const LENGTH: usize = 8;

/// Names one application to an officer who is signed in. Nobody else can do anything with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterCode(String);

impl CounterCode {
    /// The code that follows from secret bytes: 40 bits.
    #[must_use]
    pub fn from_secret(secret: [u8; LENGTH]) -> Self {
        Self(secret.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
    }

    /// The eight characters without the hyphen: the form to look up by.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CounterCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", &self.0[..LENGTH / 2], &self.0[LENGTH / 2..])
    }
}

impl Serialize for CounterCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for CounterCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        symbols(text, LENGTH).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_code_is_read_as_it_is_shown_and_as_people_type(secret in any::<[u8; LENGTH]>()) {
            let code = CounterCode::from_secret(secret);
            prop_assert_eq!(&code.to_string().parse::<CounterCode>().unwrap(), &code);
            let typed = code.to_string().to_lowercase().replace('0', "o").replace('-', " ");
            prop_assert_eq!(typed.parse::<CounterCode>().unwrap(), code);
        }
    }
}
