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

/// The number of the case that an act belongs to, as the authority's files have it: 1 to 40 visible
/// ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseNumber(String);

impl CaseNumber {
    /// The longest case number, in characters.
    pub const LONGEST: usize = 40;

    /// The number as it was given, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is no case number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a case number has 1 to {} letters, digits and signs, without spaces", CaseNumber::LONGEST)]
pub struct CaseNumberError;

impl FromStr for CaseNumber {
    type Err = CaseNumberError;

    fn from_str(text: &str) -> Result<Self, CaseNumberError> {
        let text = text.trim();
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=Self::LONGEST).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CaseNumberError)
        }
    }
}

impl TryFrom<String> for CaseNumber {
    type Error = CaseNumberError;

    fn try_from(text: String) -> Result<Self, CaseNumberError> {
        text.parse()
    }
}

impl From<CaseNumber> for String {
    fn from(case: CaseNumber) -> Self {
        case.0
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

    #[test]
    fn a_case_number_is_one_visible_word() {
        assert_eq!(" 2026/17-B ".parse::<CaseNumber>().unwrap().as_str(), "2026/17-B");
        for bad in ["", " ", "2026 17", "17\n18", "№ 17", &"1".repeat(41)] {
            assert_eq!(bad.parse::<CaseNumber>(), Err(CaseNumberError), "{bad}");
        }
    }
}
