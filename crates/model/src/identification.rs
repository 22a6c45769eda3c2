use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// How an officer made sure of who somebody is. Which checks were made is recorded; what was
/// answered is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityCheck {
    /// The face was compared with the register's portrait.
    FaceCompared,
    /// A document was shown.
    DocumentSeen,
    /// They named their whole resident number.
    NumberNamed,
    /// They named their date of birth.
    BirthDateNamed,
    /// They named when their card was issued.
    CardDateNamed,
}

impl IdentityCheck {
    /// Every check.
    pub const ALL: &[Self] = &[
        Self::FaceCompared,
        Self::DocumentSeen,
        Self::NumberNamed,
        Self::BirthDateNamed,
        Self::CardDateNamed,
    ];

    /// The word for it in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FaceCompared => "face_compared",
            Self::DocumentSeen => "document_seen",
            Self::NumberNamed => "number_named",
            Self::BirthDateNamed => "birth_date_named",
            Self::CardDateNamed => "card_date_named",
        }
    }

    /// Only somebody who stands at the counter can pass it.
    const fn is_in_person(self) -> bool {
        matches!(self, Self::FaceCompared | Self::DocumentSeen)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// There is no such check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the checks are face_compared, document_seen, number_named, birth_date_named and card_date_named"
)]
pub struct UnknownIdentityCheck;

impl FromStr for IdentityCheck {
    type Err = UnknownIdentityCheck;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or(UnknownIdentityCheck)
    }
}

/// The checks that were made before something was done for somebody who has no device at hand:
/// either in person, or at least two questions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identification(u8);

/// Too little to know who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("compare the face, look at a document, or ask at least two questions")]
pub struct NotIdentified;

impl Identification {
    /// What was checked.
    ///
    /// # Errors
    /// [`NotIdentified`] when nothing was checked in person and fewer than two questions were
    /// answered.
    pub fn new(checks: impl IntoIterator<Item = IdentityCheck>) -> Result<Self, NotIdentified> {
        let made = Self(checks.into_iter().fold(0, |bits, check| bits | check.bit()));
        if made.is_in_person() || made.0.count_ones() >= 2 { Ok(made) } else { Err(NotIdentified) }
    }

    /// The checks, in the order of [`IdentityCheck::ALL`].
    pub fn checks(self) -> impl Iterator<Item = IdentityCheck> {
        IdentityCheck::ALL.iter().copied().filter(move |check| self.0 & check.bit() != 0)
    }

    /// Whether they stood at the counter.
    pub fn is_in_person(self) -> bool {
        self.checks().any(IdentityCheck::is_in_person)
    }
}

impl fmt::Debug for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.checks()).finish()
    }
}

impl Serialize for Identification {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.checks())
    }
}

#[cfg(test)]
mod tests {
    use super::IdentityCheck::*;
    use super::*;

    #[test]
    fn one_question_is_too_little() {
        assert_eq!(Identification::new([]), Err(NotIdentified));
        for one in [NumberNamed, BirthDateNamed, CardDateNamed] {
            assert_eq!(Identification::new([one]), Err(NotIdentified));
            assert_eq!(Identification::new([one, one]), Err(NotIdentified), "asked twice is once");
        }
    }

    #[test]
    fn in_person_one_is_enough_and_questions_are_not_in_person() {
        for one in [FaceCompared, DocumentSeen] {
            assert!(Identification::new([one]).unwrap().is_in_person());
        }
        let asked = Identification::new([CardDateNamed, NumberNamed]).unwrap();
        assert!(!asked.is_in_person());
        assert_eq!(asked.checks().collect::<Vec<_>>(), [NumberNamed, CardDateNamed]);
    }

    #[test]
    fn words_come_back() {
        for check in IdentityCheck::ALL {
            assert_eq!(check.as_str().parse(), Ok(*check));
            assert_eq!(serde_json::to_value(check).unwrap(), check.as_str());
        }
        assert_eq!("face".parse::<IdentityCheck>(), Err(UnknownIdentityCheck));
    }
}
