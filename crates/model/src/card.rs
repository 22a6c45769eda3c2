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

/// The card does not stand where this could happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardTransitionError {
    /// The state does not allow it.
    #[error("a card that is {from} cannot {what}")]
    NotNow {
        /// The state's name.
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

    /// Not to be accepted for now.
    ///
    /// # Errors
    /// Unless the card is live.
    pub fn suspend(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Live { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Live { expires_at, .. } => Ok(Self::Suspended { since: now, expires_at }),
            other => Err(other.not_now("be suspended")),
        }
    }

    /// To be accepted again.
    ///
    /// # Errors
    /// Unless the card is suspended and its time has not run out.
    pub fn restore(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Suspended { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Suspended { expires_at, .. } => Ok(Self::Live { since: now, expires_at }),
            other => Err(other.not_now("be restored")),
        }
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

    /// Whether nothing can happen to it any more.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Revoked { .. } | Self::Retired { .. } | Self::Expired { .. })
    }

    /// Whether the card counts as the person's one card of its time: intended, live or suspended.
    pub const fn is_current(&self) -> bool {
        !self.is_final()
    }

    const fn not_now(&self, what: &'static str) -> Error {
        Error::NotNow { from: self.name(), what }
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
            _ => state.expire(now),
        }
    }

    const ALLOWED: [(&str, &str); 12] = [
        ("intended", "live"),
        ("intended", "revoked"),
        ("intended", "retired"),
        ("intended", "expired"),
        ("live", "suspended"),
        ("live", "revoked"),
        ("live", "retired"),
        ("live", "expired"),
        ("suspended", "live"),
        ("suspended", "revoked"),
        ("suspended", "retired"),
        ("suspended", "expired"),
    ];

    proptest! {
        #[test]
        fn only_the_drawn_arrows_exist(events in prop::collection::vec((0_u8..6, 0_i64..10), 0..40)) {
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
        fn nothing_follows_an_end(end in 3_u8..6, event in 0_u8..6) {
            let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
            let state = apply(CardState::intend(now, now), end, now).unwrap();
            prop_assert!(state.is_final());
            prop_assert!(apply(state, event, now).is_err());
        }
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
