use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a resident reports a relying party for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Complaint {
    /// It wanted more than its purpose needs.
    AskedTooMuch,
    /// The holder was not there, or not dealing with it.
    NotRecognised,
    /// It kept data for longer than it said, or passed them on.
    KeptOrPassedOn,
    /// It turned somebody away who did not want to show the card here.
    TurnedAway,
    /// Something else, which the words say.
    Other,
}

/// The text names no complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a complaint: {}", Complaint::ALL.map(Complaint::as_str).join(", "))]
pub struct UnknownComplaint;

impl Complaint {
    /// Every complaint.
    pub const ALL: [Self; 5] = [
        Self::AskedTooMuch,
        Self::NotRecognised,
        Self::KeptOrPassedOn,
        Self::TurnedAway,
        Self::Other,
    ];

    /// The word for it in messages and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AskedTooMuch => "asked-too-much",
            Self::NotRecognised => "not-recognised",
            Self::KeptOrPassedOn => "kept-or-passed-on",
            Self::TurnedAway => "turned-away",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Complaint {
    type Err = UnknownComplaint;

    fn from_str(text: &str) -> Result<Self, UnknownComplaint> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or(UnknownComplaint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_comes_back_from_text_and_from_json() {
        for one in Complaint::ALL {
            assert_eq!(one.to_string().parse(), Ok(one));
            assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        }
        assert_eq!("rude".parse::<Complaint>(), Err(UnknownComplaint));
    }
}
