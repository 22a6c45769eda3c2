use serde::{Deserialize, Serialize};

/// Sex as ISO/IEC 5218 codes it, which the EUDI PID's `sex` claim takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Sex {
    /// 0
    NotKnown,
    /// 1
    Male,
    /// 2
    Female,
    /// 9
    NotApplicable,
}

/// The number is no ISO/IEC 5218 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sex is 0 (not known), 1 (male), 2 (female) or 9 (not applicable), after ISO/IEC 5218")]
pub struct UnknownSex;

impl TryFrom<u8> for Sex {
    type Error = UnknownSex;

    fn try_from(code: u8) -> Result<Self, UnknownSex> {
        match code {
            0 => Ok(Self::NotKnown),
            1 => Ok(Self::Male),
            2 => Ok(Self::Female),
            9 => Ok(Self::NotApplicable),
            _ => Err(UnknownSex),
        }
    }
}

impl From<Sex> for u8 {
    fn from(sex: Sex) -> Self {
        match sex {
            Sex::NotKnown => 0,
            Sex::Male => 1,
            Sex::Female => 2,
            Sex::NotApplicable => 9,
        }
    }
}
