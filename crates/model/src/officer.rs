//! The people who act for an authority: what each role may do, and how an account comes and goes.

mod name;
mod permission;
mod state;

pub use name::{OfficerName, OfficerNameError};
pub use permission::{Action, permits};
pub use state::{OfficerState, OfficerTransitionError};

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an officer is there for. What each role may do is in one table: [`permits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfficerRole {
    /// Works at a counter: decides applications, keeps the register.
    Clerk,
    /// Answers for the clerks: decides what they may not, and confirms what can't be undone.
    Supervisor,
    /// Reads what was done, and changes nothing.
    Auditor,
    /// Keeps the officers' accounts, and sees no resident.
    Administrator,
}

impl OfficerRole {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Clerk, Self::Supervisor, Self::Auditor, Self::Administrator];

    /// The word for the role in messages and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for OfficerRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is `clerk`, `supervisor`, `auditor` or `administrator`")]
pub struct UnknownOfficerRole;

impl FromStr for OfficerRole {
    type Err = UnknownOfficerRole;

    fn from_str(text: &str) -> Result<Self, UnknownOfficerRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownOfficerRole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_leads_back_to_the_role() {
        for role in OfficerRole::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert_eq!("Clerk".parse::<OfficerRole>(), Err(UnknownOfficerRole));
    }
}
