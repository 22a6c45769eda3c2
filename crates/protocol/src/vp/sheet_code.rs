//! A code of a printed sheet: "4TQ7-0XKB-92MR". Whoever has no phone hands one over in place of
//! showing the card; it is good for one showing.
//!
//! Twelve symbols of Crockford's base 32, read forgivingly: eleven are random, the last checks them,
//! so that a slip of the hand is told apart from a code that was used.

use std::{fmt, str::FromStr};

use super::code::{ALPHABET, symbols};

const LENGTH: usize = 12;

/// A secret of 55 random bits: whoever has it can show the card of its sheet once.
#[derive(Clone, PartialEq, Eq)]
pub struct SheetCode(String);

/// Why a text is no code of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASheetCode {
    /// Too few or too many symbols, or one that no code has.
    #[error("a code of a sheet has twelve letters and digits, such as 4TQ7-0XKB-92MR")]
    Form,
    /// A symbol is wrong, or two have changed places.
    #[error("a letter or digit of the code is wrong")]
    Check,
}

impl SheetCode {
    /// A fresh code.
    pub fn mint(rng: &mut impl rand::CryptoRng) -> Self {
        let mut random = [0; LENGTH - 1];
        rng.fill_bytes(&mut random);
        let values = random.map(|byte| byte % 32);
        let check = 31 & (32 - sum(values.iter().rev().copied(), 2));
        let code = values.iter().chain([&check]);
        Self(code.map(|value| char::from(ALPHABET[usize::from(*value)])).collect())
    }

    /// The twelve symbols alone: what is hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Luhn's sum modulo 32 of values from the last to the first; the last counts `factor` times.
fn sum(backwards: impl Iterator<Item = u8>, factor: u8) -> u8 {
    let mut factor = factor;
    let total = backwards.fold(0_u16, |total, value| {
        let product = u16::from(value) * u16::from(factor);
        factor = 3 - factor;
        total + product / 32 + product % 32
    });
    (total % 32).to_le_bytes()[0]
}

impl FromStr for SheetCode {
    type Err = NotASheetCode;

    fn from_str(text: &str) -> Result<Self, NotASheetCode> {
        let code = symbols(text, LENGTH).map_err(|_| NotASheetCode::Form)?;
        let value = |symbol: u8| ALPHABET.iter().position(|one| *one == symbol).unwrap_or(0);
        let values = code.bytes().rev().map(|symbol| value(symbol).to_le_bytes()[0]);
        if sum(values, 1) == 0 { Ok(Self(code)) } else { Err(NotASheetCode::Check) }
    }
}

/// As it is printed.
impl fmt::Display for SheetCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.0[..4], &self.0[4..8], &self.0[8..])
    }
}

/// A secret.
impl fmt::Debug for SheetCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SheetCode")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;

    use super::*;

    fn code(seed: u64) -> SheetCode {
        SheetCode::mint(&mut rand::rngs::StdRng::seed_from_u64(seed))
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_however_it_is_typed(seed: u64) {
            let code = code(seed);
            let typed = code.to_string().to_lowercase().replace('0', "o").replace('1', "l");
            prop_assert_eq!(typed.replace('-', " ").parse(), Ok(code));
        }

        #[test]
        fn one_wrong_symbol_is_noticed(seed: u64, at in 0..LENGTH, other in 0_usize..32) {
            let mut symbols = code(seed).expose().as_bytes().to_vec();
            prop_assume!(symbols[at] != ALPHABET[other]);
            symbols[at] = ALPHABET[other];
            let typed = String::from_utf8(symbols).unwrap();
            prop_assert_eq!(typed.parse::<SheetCode>(), Err(NotASheetCode::Check));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = text.parse::<SheetCode>();
        }
    }

    #[test]
    fn most_changed_places_are_noticed() {
        let mut missed = 0;
        for seed in 0..2000 {
            let mut symbols = code(seed).expose().as_bytes().to_vec();
            symbols.swap(3, 4);
            let typed = String::from_utf8(symbols.clone()).unwrap();
            missed += u32::from(symbols[3] != symbols[4] && typed.parse::<SheetCode>().is_ok());
        }
        assert!(missed < 20, "{missed} of 2000");
    }

    #[test]
    fn a_code_is_not_shown_by_debug() {
        assert_eq!(format!("{:?}", code(1)), "SheetCode");
    }
}
