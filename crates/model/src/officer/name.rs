use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// What colleagues call an officer. Kept with the account alone, never in the log of acts; `Debug`
/// hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfficerName(String);

impl OfficerName {
    /// The longest name, in characters.
    pub const LONGEST: usize = 64;

    /// The name as it was given, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no officer's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfficerNameError {
    /// There is none.
    #[error("an officer needs a name")]
    Missing,
    /// Longer than any list shows.
    #[error("an officer's name has at most {} characters", OfficerName::LONGEST)]
    TooLong,
    /// Line breaks, control characters, and what turns the direction of writing.
    #[error("an officer's name is one line of visible characters")]
    Unprintable,
}

impl FromStr for OfficerName {
    type Err = OfficerNameError;

    fn from_str(text: &str) -> Result<Self, OfficerNameError> {
        let text = text.trim();
        let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if text.chars().any(|c| c.is_control() || turns(c)) {
            Err(OfficerNameError::Unprintable)
        } else if text.is_empty() {
            Err(OfficerNameError::Missing)
        } else if text.chars().count() > Self::LONGEST {
            Err(OfficerNameError::TooLong)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl TryFrom<String> for OfficerName {
    type Error = OfficerNameError;

    fn try_from(text: String) -> Result<Self, OfficerNameError> {
        text.parse()
    }
}

impl From<OfficerName> for String {
    fn from(name: OfficerName) -> Self {
        name.0
    }
}

impl fmt::Debug for OfficerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfficerName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_visible_line() {
        let name: OfficerName = "  Wu Lan, counter 3 ".parse().unwrap();
        assert_eq!(name.as_str(), "Wu Lan, counter 3");
        assert_eq!(format!("{name:?}"), "OfficerName(…)");
        assert_eq!("  ".parse::<OfficerName>(), Err(OfficerNameError::Missing));
        assert_eq!("a\u{202e}b".parse::<OfficerName>(), Err(OfficerNameError::Unprintable));
        assert_eq!("a\nb".parse::<OfficerName>(), Err(OfficerNameError::Unprintable));
        assert_eq!("x".repeat(65).parse::<OfficerName>(), Err(OfficerNameError::TooLong));
    }
}
