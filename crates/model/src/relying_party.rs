use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a relying party stands with the authority that registers it. Transitions consume the state
/// and may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RelyingPartyState {
    /// It has applied, and waits for an officer.
    Applied {
        /// Since when.
        at: Timestamp,
    },
    /// An officer has said no. Whoever it was may apply anew.
    Refused {
        /// When.
        at: Timestamp,
    },
    /// It may ask for what it is registered for.
    Registered {
        /// Since when.
        since: Timestamp,
    },
    /// It may ask for nothing, until it is restored.
    Suspended {
        /// Since when.
        since: Timestamp,
    },
    /// It may ask for nothing any more. The name is not given away again: receipts and the histories
    /// of wallets have it.
    Ended {
        /// Since when.
        at: Timestamp,
    },
}

/// The relying party does not stand where this could happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyTransitionError {
    /// Nothing of it waits for a decision.
    #[error("no application of this relying party waits for a decision")]
    NotApplied,
    /// It is not registered, or suspended.
    #[error("the relying party is not registered, or is suspended already")]
    NotRegistered,
    /// It is not suspended.
    #[error("the relying party is not suspended")]
    NotSuspended,
    /// It has been registered before: the name is taken.
    #[error("a relying party of this name is registered already, or was")]
    Taken,
}

use RelyingPartyTransitionError as Error;

impl RelyingPartyState {
    /// Another application under the same name.
    ///
    /// # Errors
    /// [`Error::Taken`] once the name stands for somebody who was registered.
    pub fn apply_again(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Applied { .. } | Self::Refused { .. } => Ok(Self::Applied { at: now }),
            Self::Registered { .. } | Self::Suspended { .. } | Self::Ended { .. } => {
                Err(Error::Taken)
            }
        }
    }

    /// An officer approves the application.
    ///
    /// # Errors
    /// Unless one waits.
    pub fn register(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Applied { .. } => Ok(Self::Registered { since: now }),
            _ => Err(Error::NotApplied),
        }
    }

    /// An officer refuses the application.
    ///
    /// # Errors
    /// Unless one waits.
    pub fn refuse(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Applied { .. } => Ok(Self::Refused { at: now }),
            _ => Err(Error::NotApplied),
        }
    }

    /// It may ask for nothing, for now.
    ///
    /// # Errors
    /// Unless it is registered.
    pub fn suspend(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Registered { .. } => Ok(Self::Suspended { since: now }),
            _ => Err(Error::NotRegistered),
        }
    }

    /// It may ask again.
    ///
    /// # Errors
    /// Unless it is suspended.
    pub fn restore(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Suspended { .. } => Ok(Self::Registered { since: now }),
            _ => Err(Error::NotSuspended),
        }
    }

    /// It may ask for nothing any more. Final.
    ///
    /// # Errors
    /// Unless it is registered or suspended.
    pub fn end(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Registered { .. } | Self::Suspended { .. } => Ok(Self::Ended { at: now }),
            _ => Err(Error::NotRegistered),
        }
    }

    /// The state's name, as in columns and answers.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::Refused { .. } => "refused",
            Self::Registered { .. } => "registered",
            Self::Suspended { .. } => "suspended",
            Self::Ended { .. } => "ended",
        }
    }

    /// Since when it stands there.
    pub const fn since(&self) -> Timestamp {
        match self {
            Self::Applied { at }
            | Self::Refused { at }
            | Self::Registered { since: at }
            | Self::Suspended { since: at }
            | Self::Ended { at } => *at,
        }
    }

    /// Whether it may ask now.
    pub const fn may_ask(&self) -> bool {
        matches!(self, Self::Registered { .. })
    }

    /// Whether it has registrations, be they suspended.
    pub const fn has_registrations(&self) -> bool {
        matches!(self, Self::Registered { .. } | Self::Suspended { .. })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    proptest! {
        #[test]
        fn who_asks_was_approved_and_who_was_registered_keeps_the_name(
            steps in prop::collection::vec(0_u8..6, 0..16),
        ) {
            let mut state = RelyingPartyState::Applied { at: at(0) };
            let (mut approved, mut suspended, mut ended) = (false, false, false);
            for (second, step) in (1..).zip(steps) {
                let next = match step {
                    0 => state.apply_again(at(second)),
                    1 => state.register(at(second)),
                    2 => state.refuse(at(second)),
                    3 => state.suspend(at(second)),
                    4 => state.restore(at(second)),
                    _ => state.end(at(second)),
                };
                if let Ok(next) = next {
                    prop_assert!(!ended, "nothing leads out of the end");
                    prop_assert!(!approved || !matches!(step, 0..=2), "a name is given away once");
                    prop_assert_eq!(next.since(), at(second));
                    approved |= step == 1;
                    suspended = (suspended && step != 4) || step == 3;
                    ended = step == 5;
                    state = next;
                }
                prop_assert_eq!(state.may_ask(), approved && !suspended && !ended);
                prop_assert_eq!(state.has_registrations(), approved && !ended);
            }
        }
    }
}
