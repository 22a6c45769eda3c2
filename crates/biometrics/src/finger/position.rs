use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which finger: the positions of ISO/IEC 19794-2:2005, table 2, without "unknown".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum FingerPosition {
    /// Right thumb.
    RightThumb = 1,
    /// Right index finger.
    RightIndex = 2,
    /// Right middle finger.
    RightMiddle = 3,
    /// Right ring finger.
    RightRing = 4,
    /// Right little finger.
    RightLittle = 5,
    /// Left thumb.
    LeftThumb = 6,
    /// Left index finger.
    LeftIndex = 7,
    /// Left middle finger.
    LeftMiddle = 8,
    /// Left ring finger.
    LeftRing = 9,
    /// Left little finger.
    LeftLittle = 10,
}

/// A word or code that no finger has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no finger is called that: right-thumb, right-index and so on to left-little, or 1 to 10")]
pub struct UnknownFinger;

impl FingerPosition {
    /// All of them, by their codes.
    pub const ALL: [Self; 10] = [
        Self::RightThumb,
        Self::RightIndex,
        Self::RightMiddle,
        Self::RightRing,
        Self::RightLittle,
        Self::LeftThumb,
        Self::LeftIndex,
        Self::LeftMiddle,
        Self::LeftRing,
        Self::LeftLittle,
    ];

    /// The code of the standard, 1 to 10.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The word for it, as in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RightThumb => "right-thumb",
            Self::RightIndex => "right-index",
            Self::RightMiddle => "right-middle",
            Self::RightRing => "right-ring",
            Self::RightLittle => "right-little",
            Self::LeftThumb => "left-thumb",
            Self::LeftIndex => "left-index",
            Self::LeftMiddle => "left-middle",
            Self::LeftRing => "left-ring",
            Self::LeftLittle => "left-little",
        }
    }

    /// Which finger a picture's file is of, by its name: `right-index.png`, `right-index-2.png`.
    ///
    /// # Errors
    /// [`UnknownFinger`]
    pub fn of_file(name: &str) -> Result<Self, UnknownFinger> {
        let stem = name.split('.').next().unwrap_or_default();
        stem.trim_end_matches(|it: char| it.is_ascii_digit()).trim_end_matches('-').parse()
    }
}

impl TryFrom<u8> for FingerPosition {
    type Error = UnknownFinger;

    fn try_from(code: u8) -> Result<Self, UnknownFinger> {
        Self::ALL.into_iter().find(|position| position.code() == code).ok_or(UnknownFinger)
    }
}

impl FromStr for FingerPosition {
    type Err = UnknownFinger;

    fn from_str(word: &str) -> Result<Self, UnknownFinger> {
        let found = Self::ALL.into_iter().find(|position| position.as_str() == word);
        found.or_else(|| Self::try_from(word.parse::<u8>().ok()?).ok()).ok_or(UnknownFinger)
    }
}

impl fmt::Display for FingerPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_are_read_back() {
        for position in FingerPosition::ALL {
            assert_eq!(FingerPosition::try_from(position.code()), Ok(position));
            assert_eq!(position.as_str().parse(), Ok(position));
            assert_eq!(position.code().to_string().parse(), Ok(position));
        }
        assert_eq!(FingerPosition::LeftIndex.code(), 7);
        for wrong in ["0", "11", "", "thumb", "300"] {
            assert_eq!(wrong.parse::<FingerPosition>(), Err(UnknownFinger));
        }
    }

    #[test]
    fn a_file_is_of_the_finger_that_its_name_says() {
        for name in ["left-index", "left-index.png", "left-index-2.tif", "left-index-10.pgm"] {
            assert_eq!(FingerPosition::of_file(name), Ok(FingerPosition::LeftIndex));
        }
        for name in ["", "7", "scan.png", "index-left.png", ".left-index.png", "-2.png"] {
            assert_eq!(FingerPosition::of_file(name), Err(UnknownFinger), "{name}");
        }
    }
}
