use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where an officer's account stands. Transitions consume the state and may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OfficerState {
    /// There is a one-time link, and no passkey.
    Invited {
        /// Until when the link works.
        until: Timestamp,
    },
    /// Signs in with a passkey.
    Active {
        /// Since when.
        since: Timestamp,
    },
    /// Acts no more; the account stays, since the log of acts names it.
    Retired {
        /// Since when.
        at: Timestamp,
    },
}

/// The account does not stand where this could happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfficerTransitionError {
    /// The link was used already.
    #[error("the invitation was used already")]
    Used,
    /// The link came too late.
    #[error("the invitation has expired")]
    Expired,
    /// The officer acts no more.
    #[error("the officer is retired")]
    Retired,
}

use OfficerTransitionError as Error;

impl OfficerState {
    /// The officer has made a passkey.
    ///
    /// # Errors
    /// Unless there is an invitation whose time has not run out.
    pub fn join(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Invited { until } if now < until => Ok(Self::Active { since: now }),
            Self::Invited { .. } => Err(Error::Expired),
            Self::Active { .. } => Err(Error::Used),
            Self::Retired { .. } => Err(Error::Retired),
        }
    }

    /// Another link, because the first one ran out or the passkey was lost: whoever invites anew
    /// takes the old passkeys and sign-ins away.
    ///
    /// # Errors
    /// When the officer is retired.
    pub fn invite_again(self, until: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Invited { .. } | Self::Active { .. } => Ok(Self::Invited { until }),
            Self::Retired { .. } => Err(Error::Retired),
        }
    }

    /// The officer leaves. Final.
    ///
    /// # Errors
    /// When they have left already.
    pub fn retire(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Invited { .. } | Self::Active { .. } => Ok(Self::Retired { at: now }),
            Self::Retired { .. } => Err(Error::Retired),
        }
    }

    /// The state's name, as in columns and answers.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Invited { .. } => "invited",
            Self::Active { .. } => "active",
            Self::Retired { .. } => "retired",
        }
    }

    /// Whether the officer acts no more.
    pub const fn is_retired(&self) -> bool {
        matches!(self, Self::Retired { .. })
    }

    /// Whether the officer may sign in.
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active { .. })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn an_invitation_is_used_once_and_in_time() {
        let invited = OfficerState::Invited { until: at(10) };
        assert_eq!(invited.join(at(9)), Ok(OfficerState::Active { since: at(9) }));
        assert_eq!(invited.join(at(10)), Err(Error::Expired));
        assert_eq!(invited.join(at(9)).unwrap().join(at(9)), Err(Error::Used));
    }

    proptest! {
        #[test]
        fn nothing_brings_a_retired_officer_back(steps in prop::collection::vec(0_u8..3, 0..12)) {
            let mut state = OfficerState::Invited { until: at(100) };
            let mut retired = false;
            for (second, step) in (0..).zip(steps) {
                let next = match step {
                    0 => state.join(at(second)),
                    1 => state.invite_again(at(second + 100)),
                    _ => state.retire(at(second)),
                };
                if retired {
                    prop_assert_eq!(next, Err(Error::Retired));
                }
                state = next.unwrap_or(state);
                retired |= step == 2;
                prop_assert_eq!(retired, matches!(state, OfficerState::Retired { .. }));
            }
        }
    }
}
