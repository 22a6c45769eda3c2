use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why an officer acts: a sentence that somebody else can judge later. 8 to 500 characters, on one
/// line. May name people, so `Debug` hides it and it belongs into the log of acts only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

impl Reason {
    /// The shortest reason, in characters: shorter ones (`ok`, `test`) explain nothing.
    pub const SHORTEST: usize = 8;
    /// The longest reason, in characters.
    pub const LONGEST: usize = 500;

    /// The reason as it was given, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// Too short to explain anything.
    #[error("state a reason of at least {} characters", Reason::SHORTEST)]
    TooShort,
    /// Longer than is kept.
    #[error("state the reason in at most {} characters", Reason::LONGEST)]
    TooLong,
    /// Line breaks and control characters could forge a line of the log.
    #[error("a reason is one line without control characters")]
    Unprintable,
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        let text = text.trim();
        let length = text.chars().count();
        if text.chars().any(char::is_control) {
            Err(ReasonError::Unprintable)
        } else if length < Self::SHORTEST {
            Err(ReasonError::TooShort)
        } else if length > Self::LONGEST {
            Err(ReasonError::TooLong)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Reason {
    type Error = ReasonError;

    fn try_from(text: String) -> Result<Self, ReasonError> {
        text.parse()
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reason(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_explains_on_one_line() {
        assert_eq!(
            " lost phone, case 12 ".parse::<Reason>().unwrap().as_str(),
            "lost phone, case 12"
        );
        assert_eq!("ok".parse::<Reason>(), Err(ReasonError::TooShort));
        assert_eq!("a reason\nofficer=root".parse::<Reason>(), Err(ReasonError::Unprintable));
        assert_eq!("x".repeat(501).parse::<Reason>(), Err(ReasonError::TooLong));
        assert_eq!(format!("{:?}", "about Mr Smith".parse::<Reason>().unwrap()), "Reason(…)");
    }
}
