//! Resident numbers: a scheme of the authority, told apart by length.

use core::fmt;
use core::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::{Country, Sex};

mod divisions;
pub mod gb11643;
pub mod nik;

/// A resident number that its scheme accepts: shape, check digit, region and birth date. `Debug`
/// hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResidentNumber {
    scheme: NumberScheme,
    digits: String,
}

/// The schemes that ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberScheme {
    /// GB 11643-1999: 18 characters.
    Gb11643,
    /// Nomor Induk Kependudukan: 16 digits.
    Nik,
}

impl NumberScheme {
    /// The country whose scheme it is.
    pub const fn country(self) -> Country {
        match self {
            Self::Gb11643 => Country::CN,
            Self::Nik => Country::ID,
        }
    }
}

/// Why a text is no resident number. Says what is wrong, never what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Neither 18 nor 16 characters.
    #[error("a resident number has 18 characters (GB 11643) or 16 digits (NIK)")]
    Length,
    /// Something other than digits (or X as the last of 18).
    #[error("a resident number has digits only, but for an X as the last of 18")]
    Character,
    /// The check digit is not that of the other digits.
    #[error("the check digit does not fit the other digits: one was mistyped")]
    CheckDigit,
    /// No region ever had the code.
    #[error("the region code at the start was never assigned")]
    Region,
    /// The date does not exist.
    #[error("the birth date inside the number does not exist")]
    BirthDate,
    /// The serial is zero, which is never assigned.
    #[error("the serial at the end was never assigned")]
    Serial,
}

impl ResidentNumber {
    /// Which scheme it belongs to.
    pub const fn scheme(&self) -> NumberScheme {
        self.scheme
    }

    /// The number without spaces, an X as capital.
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// The sex that the number says.
    pub fn sex(&self) -> Sex {
        match self.scheme {
            NumberScheme::Gb11643 => gb11643::sex(&self.digits),
            NumberScheme::Nik => nik::sex(&self.digits),
        }
    }

    /// The birth date that the number says. The NIK has two digits for the year: read on `today`,
    /// they mean the youngest person already born.
    pub fn birth_date(&self, today: Date) -> Option<Date> {
        match self.scheme {
            NumberScheme::Gb11643 => gb11643::birth_date(&self.digits),
            NumberScheme::Nik => nik::birth_date(&self.digits, today),
        }
    }

    /// Whether somebody born on `date` can have this number (in any century for the NIK).
    pub fn fits_birth_date(&self, date: Date) -> bool {
        match self.scheme {
            NumberScheme::Gb11643 => gb11643::birth_date(&self.digits) == Some(date),
            NumberScheme::Nik => nik::fits_birth_date(&self.digits, date),
        }
    }

    /// The last four characters, for people who know the number anyhow.
    pub fn tail(&self) -> &str {
        &self.digits[self.digits.len() - 4..]
    }

    /// The number with all but the first three and the last two characters hidden.
    pub fn masked(&self) -> String {
        let (head, tail) = (&self.digits[..3], &self.digits[self.digits.len() - 2..]);
        format!("{head}{}{tail}", "•".repeat(self.digits.len() - 5))
    }
}

impl FromStr for ResidentNumber {
    type Err = NumberError;

    /// Takes the number as people write it: spaces, dots and hyphens between, full-width digits,
    /// a small x.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        // Bounds the work before anything else looks at foreign text.
        if text.len() > 200 {
            return Err(NumberError::Length);
        }
        let digits: String = text
            .nfkc()
            .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let scheme = match digits.chars().count() {
            18 => NumberScheme::Gb11643,
            16 => NumberScheme::Nik,
            _ => return Err(NumberError::Length),
        };
        match scheme {
            NumberScheme::Gb11643 => gb11643::check(&digits)?,
            NumberScheme::Nik => nik::check(&digits)?,
        }
        Ok(Self { scheme, digits })
    }
}

impl TryFrom<String> for ResidentNumber {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<ResidentNumber> for String {
    fn from(number: ResidentNumber) -> Self {
        number.digits
    }
}

impl fmt::Debug for ResidentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentNumber({:?}, …)", self.scheme)
    }
}

/// The number that ASCII digits spell; the callers have checked that they are digits.
fn value(digits: &str) -> u32 {
    digits.bytes().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn people_write_numbers_in_groups() {
        let number: ResidentNumber = " 110105-19491231 002x ".parse().unwrap();
        assert_eq!(number.as_str(), "11010519491231002X");
        assert_eq!(number.tail(), "002X");
        assert_eq!(number.masked(), "110•••••••••••••2X");
        let nik: ResidentNumber = "32.73.01.410190.0001".parse().unwrap();
        assert_eq!(nik.scheme(), NumberScheme::Nik);
        assert_eq!("３２７３０１４１０１９００００１".parse(), Ok(nik));
    }

    #[test]
    fn other_lengths_and_alphabets_are_refused() {
        for text in ["", "1", "12345678901234567", "1234567890123456789"] {
            assert_eq!(text.parse::<ResidentNumber>(), Err(NumberError::Length), "{text}");
        }
        assert_eq!("32730141019०0001".parse::<ResidentNumber>(), Err(NumberError::Character));
        assert_eq!("11010519491231OO2X".parse::<ResidentNumber>(), Err(NumberError::Character));
        assert_eq!("9".repeat(1 << 20).parse::<ResidentNumber>(), Err(NumberError::Length));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<ResidentNumber>();
        }

        #[test]
        fn what_parses_comes_back(text in "[0-9]{16}|[0-9]{17}[0-9X]") {
            if let Ok(number) = text.parse::<ResidentNumber>() {
                prop_assert_eq!(number.as_str(), &text);
                prop_assert_eq!(number.as_str().parse::<ResidentNumber>().unwrap(), number);
            }
        }
    }
}
