use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::CardId;

/// Where a card stands. Intent comes before signature: a card is on record, with its status, before
/// any copy is signed, so that a crash leaves a card that everybody knows of, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CardState {
    /// On record; no copy has been handed over yet.
    Intended {
        /// Since when.
        since: Timestamp,
        /// When the card will expire.
        expires_at: Timestamp,
    },
    /// In use.
    Live {
        /// Since when.
        since: Timestamp,
        /// When the card expires.
        expires_at: Timestamp,
    },
    /// Not to be accepted for now.
    Suspended {
        /// Since when.
        since: Timestamp,
        /// When the card expires.
        expires_at: Timestamp,
        /// By whom.
        #[serde(default)]
        by: Suspender,
    },
    /// Never to be accepted again.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
    /// Replaced by another card.
    Retired {
        /// Since when.
        at: Timestamp,
        /// By which.
        successor: CardId,
    },
    /// Its time has run out.
    Expired {
        /// When.
        at: Timestamp,
    },
}

/// Who wants a suspended card not to be accepted. Each takes back their own word alone: a holder
/// cannot lift what an officer imposed, and an officer's restoring does not open what the holder
/// has locked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspender {
    /// The authority.
    #[default]
    Authority,
    /// The holder, who has locked it.
    Holder,
    /// Both of them.
    Both,
}

/// The card does not stand where this could happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardTransitionError {
    /// The state does not allow it.
    #[error("a card that is {from} cannot {what}")]
    NotNow {
        /// The state's name, or who has locked it.
        from: &'static str,
        /// What was tried.
        what: &'static str,
    },
    /// Its time has run out.
    #[error("the card has expired")]
    Expired,
    /// Its time has not run out.
    #[error("the card has not expired yet")]
    NotExpired,
}

use CardTransitionError as Error;

impl CardState {
    /// The intent to issue a card that expires at `expires_at`.
    pub const fn intend(expires_at: Timestamp, now: Timestamp) -> Self {
        Self::Intended { since: now, expires_at }
    }

    /// The first copies are handed over.
    ///
    /// # Errors
    /// Unless the card is intended and its time has not run out.
    pub fn go_live(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Intended { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Intended { expires_at, .. } => Ok(Self::Live { since: now, expires_at }),
            other => Err(other.not_now("go live")),
        }
    }

    /// Not to be accepted for now, says the authority.
    ///
    /// # Errors
    /// Unless the card is live, or locked by its holder alone.
    pub fn suspend(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Live { expires_at, .. } => Self::held(Suspender::Authority, expires_at, now),
            Self::Suspended { expires_at, by: Suspender::Holder, .. } => {
                Self::held(Suspender::Both, expires_at, now)
            }
            other => Err(other.not_now("be suspended")),
        }
    }

    /// To be accepted again, says the authority; it stays locked if its holder has locked it.
    ///
    /// # Errors
    /// Unless the authority has suspended the card and its time has not run out.
    pub fn restore(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Suspended { expires_at, by: Suspender::Authority, .. } => {
                Self::released(expires_at, now)
            }
            Self::Suspended { expires_at, by: Suspender::Both, .. } => {
                Self::held(Suspender::Holder, expires_at, now)
            }
            other => Err(other.not_now("be restored")),
        }
    }

    /// Not to be accepted for now, says the holder.
    ///
    /// # Errors
    /// Unless the card is live, or suspended by the authority alone.
    pub fn lock(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Live { expires_at, .. } => Self::held(Suspender::Holder, expires_at, now),
            Self::Suspended { expires_at, by: Suspender::Authority, .. } => {
                Self::held(Suspender::Both, expires_at, now)
            }
            other => Err(other.not_now("be locked")),
        }
    }

    /// To be accepted again, says the holder; it stays suspended if the authority has suspended it.
    ///
    /// # Errors
    /// Unless the holder has locked the card and its time has not run out.
    pub fn unlock(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Suspended { expires_at, by: Suspender::Holder, .. } => {
                Self::released(expires_at, now)
            }
            Self::Suspended { expires_at, by: Suspender::Both, .. } => {
                Self::held(Suspender::Authority, expires_at, now)
            }
            other => Err(other.not_now("be unlocked")),
        }
    }

    fn held(by: Suspender, expires_at: Timestamp, now: Timestamp) -> Result<Self, Error> {
        if now >= expires_at {
            return Err(Error::Expired);
        }
        Ok(Self::Suspended { since: now, expires_at, by })
    }

    fn released(expires_at: Timestamp, now: Timestamp) -> Result<Self, Error> {
        if now >= expires_at {
            return Err(Error::Expired);
        }
        Ok(Self::Live { since: now, expires_at })
    }

    /// Never to be accepted again. An intended card can be revoked, too: its copies may be out
    /// although the answer to the wallet was lost.
    ///
    /// # Errors
    /// When the card is at its end already.
    pub fn revoke(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Intended { .. } | Self::Live { .. } | Self::Suspended { .. } => {
                Ok(Self::Revoked { at: now })
            }
            other => Err(other.not_now("be revoked")),
        }
    }

    /// Replaced by `successor`: the upgrade, or a new phone.
    ///
    /// # Errors
    /// When the card is at its end already.
    pub fn retire(self, successor: CardId, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Intended { .. } | Self::Live { .. } | Self::Suspended { .. } => {
                Ok(Self::Retired { at: now, successor })
            }
            other => Err(other.not_now("be replaced")),
        }
    }

    /// Its time has run out.
    ///
    /// # Errors
    /// When it has not, or the card is at its end already.
    pub fn expire(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Intended { expires_at, .. }
            | Self::Live { expires_at, .. }
            | Self::Suspended { expires_at, .. } => {
                if now >= expires_at {
                    Ok(Self::Expired { at: now })
                } else {
                    Err(Error::NotExpired)
                }
            }
            other => Err(other.not_now("expire")),
        }
    }

    /// The state's name, as in columns and answers.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Intended { .. } => "intended",
            Self::Live { .. } => "live",
            Self::Suspended { .. } => "suspended",
            Self::Revoked { .. } => "revoked",
            Self::Retired { .. } => "retired",
            Self::Expired { .. } => "expired",
        }
    }

    /// Whose word it is that the card is not to be accepted for now; nobody's, unless it is
    /// suspended.
    pub const fn suspended_by(&self) -> Option<Suspender> {
        match self {
            Self::Suspended { by, .. } => Some(*by),
            _ => None,
        }
    }

    /// Whether it has been suspended, or locked by its holder, only after this moment.
    pub fn is_suspended_after(&self, moment: Timestamp) -> bool {
        matches!(self, Self::Suspended { since, .. } if *since > moment)
    }

    /// Whether the holder has locked it.
    pub const fn is_locked(&self) -> bool {
        matches!(self.suspended_by(), Some(Suspender::Holder | Suspender::Both))
    }

    /// Whether the authority has suspended it.
    pub const fn is_suspended_by_authority(&self) -> bool {
        matches!(self.suspended_by(), Some(Suspender::Authority | Suspender::Both))
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Revoked { .. } | Self::Retired { .. } | Self::Expired { .. })
    }

    /// Whether the card counts as the person's one card of its time: intended, live or suspended.
    pub const fn is_current(&self) -> bool {
        !self.is_final()
    }

    const fn not_now(&self, what: &'static str) -> Error {
        let from = match self.suspended_by() {
            Some(Suspender::Holder) => "locked by its holder",
            Some(Suspender::Both) => "suspended, and locked by its holder",
            _ => self.name(),
        };
        Error::NotNow { from, what }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    fn apply(state: CardState, event: u8, now: Timestamp) -> Result<CardState, Error> {
        let successor = CardId::new(now, &mut rand::rngs::StdRng::seed_from_u64(1));
        match event {
            0 => state.go_live(now),
            1 => state.suspend(now),
            2 => state.restore(now),
            3 => state.revoke(now),
            4 => state.retire(successor, now),
            5 => state.expire(now),
            6 => state.lock(now),
            _ => state.unlock(now),
        }
    }

    const ALLOWED: [(&str, &str); 13] = [
        ("intended", "live"),
        ("intended", "revoked"),
        ("intended", "retired"),
        ("intended", "expired"),
        ("live", "suspended"),
        ("live", "revoked"),
        ("live", "retired"),
        ("live", "expired"),
        ("suspended", "live"),
        ("suspended", "suspended"),
        ("suspended", "revoked"),
        ("suspended", "retired"),
        ("suspended", "expired"),
    ];

    proptest! {
        #[test]
        fn only_the_drawn_arrows_exist(events in prop::collection::vec((0_u8..8, 0_i64..10), 0..40)) {
            let mut now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
            let mut state = CardState::intend(now + SignedDuration::from_hours(100), now);
            for (event, hours) in events {
                now += SignedDuration::from_hours(hours);
                if let Ok(next) = apply(state.clone(), event, now) {
                    prop_assert!(ALLOWED.contains(&(state.name(), next.name())));
                    let stored = serde_json::to_string(&next).unwrap();
                    prop_assert_eq!(&serde_json::from_str::<CardState>(&stored).unwrap(), &next);
                    state = next;
                }
            }
        }

        #[test]
        fn nothing_follows_an_end(end in 3_u8..6, event in 0_u8..8) {
            let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
            let state = apply(CardState::intend(now, now), end, now).unwrap();
            prop_assert!(state.is_final());
            prop_assert!(apply(state, event, now).is_err());
        }
    }

    #[test]
    fn each_takes_back_their_own_word_alone() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let live =
            CardState::intend(now + SignedDuration::from_hours(1), now).go_live(now).unwrap();
        let by = |state: &CardState| state.suspended_by();
        let locked = live.clone().lock(now).unwrap();
        let suspended = live.suspend(now).unwrap();
        assert_eq!(by(&locked), Some(Suspender::Holder));
        assert_eq!(by(&suspended), Some(Suspender::Authority));
        assert!(locked.clone().lock(now).is_err() && suspended.clone().suspend(now).is_err());
        let refused = locked.clone().restore(now).unwrap_err();
        assert_eq!(refused.to_string(), "a card that is locked by its holder cannot be restored");
        assert!(suspended.clone().unlock(now).is_err());
        for both in [locked.clone().suspend(now).unwrap(), suspended.clone().lock(now).unwrap()] {
            assert_eq!(by(&both), Some(Suspender::Both));
            assert!(both.clone().lock(now).is_err() && both.clone().suspend(now).is_err());
            assert_eq!(by(&both.clone().restore(now).unwrap()), Some(Suspender::Holder));
            assert_eq!(by(&both.unlock(now).unwrap()), Some(Suspender::Authority));
        }
        assert_eq!(locked.unlock(now).unwrap().name(), "live");
        assert_eq!(suspended.restore(now).unwrap().name(), "live");
    }

    #[test]
    fn what_was_suspended_before_there_were_locks_is_suspended_by_the_authority() {
        let stored = r#"{"state":"suspended","since":"2026-11-23T10:00:00Z","expires_at":"2027-11-23T10:00:00Z"}"#;
        let state: CardState = serde_json::from_str(stored).unwrap();
        assert_eq!(state.suspended_by(), Some(Suspender::Authority));
    }

    #[test]
    fn time_stops_a_card_from_coming_back() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let end = now + SignedDuration::from_hours(1);
        let suspended = CardState::intend(end, now).go_live(now).unwrap().suspend(now).unwrap();
        assert_eq!(suspended.clone().expire(now), Err(Error::NotExpired));
        assert_eq!(suspended.restore(end), Err(Error::Expired));
    }
}
