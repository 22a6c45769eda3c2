use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{CardId, Decision, Finding, OfficerId, Reason};

/// Where an application stands. Every transition consumes the state, and what it may not become
/// is an error. Findings are for officers: none of them is told outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EnrolmentState {
    /// Evidence is being taken.
    Capturing {
        /// Steps of the challenge done and drawn.
        progress: CaptureProgress,
        /// When the application lapses.
        expires_at: Timestamp,
    },
    /// All evidence is there; it is being weighed.
    Deciding {
        /// Since when.
        since: Timestamp,
    },
    /// An officer has to decide.
    Referred {
        /// Since when.
        since: Timestamp,
        /// What the policy found.
        findings: Vec<Finding>,
    },
    /// A card may be issued, once.
    Approved {
        /// When.
        at: Timestamp,
        /// By whom.
        by: Decider,
        /// Until when the card can be fetched.
        expires_at: Timestamp,
    },
    /// The card is on record.
    Issued {
        /// Which one.
        card: CardId,
        /// When.
        at: Timestamp,
    },
    /// No card.
    Refused {
        /// When.
        at: Timestamp,
        /// By whom.
        by: Decider,
        /// What the policy found; empty where an officer's reason stands instead.
        findings: Vec<Finding>,
    },
    /// The applicant did not go on in time.
    Expired {
        /// When.
        at: Timestamp,
    },
}

/// Steps of the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureProgress {
    /// Steps accepted.
    pub done: u8,
    /// Steps drawn.
    pub total: u8,
}

/// Who decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Decider {
    /// The policy, from scores alone.
    Policy,
    /// An officer.
    Officer {
        /// Who.
        officer: OfficerId,
        /// Why.
        reason: Reason,
    },
}

/// What an officer says about a referred application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficerVerdict {
    /// It is this resident.
    Approve,
    /// It is not, or it cannot be told.
    Refuse,
}

/// The application does not stand where this could happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentTransitionError {
    /// The state does not allow it.
    #[error("an application that is {from} cannot {what}")]
    NotNow {
        /// The state's name.
        from: &'static str,
        /// What was tried.
        what: &'static str,
    },
    /// Too late.
    #[error("the application has expired")]
    Expired,
    /// Steps of the challenge are missing.
    #[error("steps of the challenge are missing")]
    Incomplete,
    /// Not expired yet.
    #[error("the application has not expired yet")]
    NotExpired,
}

use EnrolmentTransitionError as Error;

impl EnrolmentState {
    /// How long an applicant has for the challenge.
    pub const CAPTURE_TIME: SignedDuration = SignedDuration::from_mins(10);
    /// How long an approved applicant has to fetch the card.
    pub const COLLECTION_TIME: SignedDuration = SignedDuration::from_hours(24);

    /// A fresh application with a challenge of `total` steps.
    pub fn start(total: u8, now: Timestamp) -> Self {
        let progress = CaptureProgress { done: 0, total };
        Self::Capturing { progress, expires_at: now + Self::CAPTURE_TIME }
    }

    /// One more step of the challenge was accepted.
    ///
    /// # Errors
    /// Unless evidence is still being taken and a step is missing.
    pub fn accept_step(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Capturing { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Capturing { mut progress, expires_at } if progress.done < progress.total => {
                progress.done += 1;
                Ok(Self::Capturing { progress, expires_at })
            }
            other => Err(other.not_now("take another step")),
        }
    }

    /// No more frames are taken, and steps of the challenge are missing: nobody who could do them
    /// was seen.
    ///
    /// # Errors
    /// Unless evidence is still being taken.
    pub fn fail_challenge(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Capturing { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Capturing { .. } => Ok(Self::Refused {
                at: now,
                by: Decider::Policy,
                findings: vec![Finding::ChallengeFailed],
            }),
            other => Err(other.not_now("fail its challenge")),
        }
    }

    /// All steps are done: the evidence is weighed. Happens once.
    ///
    /// # Errors
    /// Unless evidence is still being taken and no step is missing.
    pub fn complete(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Capturing { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Capturing { progress, .. } if progress.done < progress.total => {
                Err(Error::Incomplete)
            }
            Self::Capturing { .. } => Ok(Self::Deciding { since: now }),
            other => Err(other.not_now("be weighed")),
        }
    }

    /// The policy has decided.
    ///
    /// # Errors
    /// Unless the evidence is being weighed.
    pub fn conclude(self, decision: Decision, now: Timestamp) -> Result<Self, Error> {
        let Self::Deciding { .. } = self else {
            return Err(self.not_now("be concluded"));
        };
        Ok(match decision {
            Decision::Approved => Self::approved(Decider::Policy, now),
            Decision::Refused(findings) => Self::Refused { at: now, by: Decider::Policy, findings },
            Decision::Referred(findings) => Self::Referred { since: now, findings },
        })
    }

    /// An officer has decided.
    ///
    /// # Errors
    /// Unless the application is referred.
    pub fn decide(
        self,
        verdict: OfficerVerdict,
        officer: OfficerId,
        reason: Reason,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Self::Referred { findings, .. } = self else {
            return Err(self.not_now("be decided by an officer"));
        };
        let by = Decider::Officer { officer, reason };
        Ok(match verdict {
            OfficerVerdict::Approve => Self::approved(by, now),
            OfficerVerdict::Refuse => Self::Refused { at: now, by, findings },
        })
    }

    /// The card was put on record. Happens once.
    ///
    /// # Errors
    /// Unless the application is approved and the time to fetch the card has not run out.
    pub fn issue(self, card: CardId, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Approved { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Approved { .. } => Ok(Self::Issued { card, at: now }),
            other => Err(other.not_now("have a card issued")),
        }
    }

    /// The applicant did not go on in time. Weighing that a crash has cut off lapses, too: its
    /// frames are gone.
    ///
    /// # Errors
    /// When nothing is overdue.
    pub fn expire(self, now: Timestamp) -> Result<Self, Error> {
        let due = match &self {
            Self::Capturing { expires_at, .. } | Self::Approved { expires_at, .. } => *expires_at,
            Self::Deciding { since } => *since + Self::CAPTURE_TIME,
            _ => return Err(self.not_now("expire")),
        };
        if now >= due { Ok(Self::Expired { at: now }) } else { Err(Error::NotExpired) }
    }

    /// The state's name, as in columns and answers.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Capturing { .. } => "capturing",
            Self::Deciding { .. } => "deciding",
            Self::Referred { .. } => "referred",
            Self::Approved { .. } => "approved",
            Self::Issued { .. } => "issued",
            Self::Refused { .. } => "refused",
            Self::Expired { .. } => "expired",
        }
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Issued { .. } | Self::Refused { .. } | Self::Expired { .. })
    }

    fn approved(by: Decider, now: Timestamp) -> Self {
        Self::Approved { at: now, by, expires_at: now + Self::COLLECTION_TIME }
    }

    const fn not_now(&self, what: &'static str) -> Error {
        Error::NotNow { from: self.name(), what }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Event {
        Step,
        FailChallenge,
        Complete,
        Conclude(u8),
        Decide(OfficerVerdict),
        Issue,
        Expire,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            3 => Just(Event::Step),
            1 => Just(Event::FailChallenge),
            2 => Just(Event::Complete),
            2 => (0_u8..3).prop_map(Event::Conclude),
            1 => Just(Event::Decide(OfficerVerdict::Approve)),
            1 => Just(Event::Decide(OfficerVerdict::Refuse)),
            1 => Just(Event::Issue),
            1 => Just(Event::Expire),
        ]
    }

    fn apply(state: EnrolmentState, event: Event, now: Timestamp) -> Result<EnrolmentState, Error> {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        match event {
            Event::Step => state.accept_step(now),
            Event::FailChallenge => state.fail_challenge(now),
            Event::Complete => state.complete(now),
            Event::Conclude(0) => state.conclude(Decision::Approved, now),
            Event::Conclude(1) => {
                state.conclude(Decision::Refused(vec![Finding::NumberUnknown]), now)
            }
            Event::Conclude(_) => {
                state.conclude(Decision::Referred(vec![Finding::FaceUncertain]), now)
            }
            Event::Decide(verdict) => {
                let officer = OfficerId::new(now, &mut rng);
                state.decide(verdict, officer, "seen at the counter".parse().unwrap(), now)
            }
            Event::Issue => state.issue(CardId::new(now, &mut rng), now),
            Event::Expire => state.expire(now),
        }
    }

    #[test]
    fn the_straight_way_and_the_way_over_an_officer() {
        let mut now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        for middle in [
            &[Event::Conclude(0)][..],
            &[Event::Conclude(2), Event::Decide(OfficerVerdict::Approve)],
        ] {
            let mut state = EnrolmentState::start(2, now);
            for event in [Event::Step, Event::Step, Event::Complete]
                .iter()
                .chain(middle)
                .chain(&[Event::Issue])
            {
                now += SignedDuration::from_secs(1);
                state = apply(state, *event, now).unwrap();
            }
            assert_eq!(state.name(), "issued");
        }
    }

    #[test]
    fn late_is_late() {
        let start: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let state = EnrolmentState::start(1, start);
        let late = start + EnrolmentState::CAPTURE_TIME;
        assert_eq!(state.clone().accept_step(late), Err(Error::Expired));
        assert_eq!(state.clone().fail_challenge(late), Err(Error::Expired));
        assert_eq!(state.clone().expire(start), Err(Error::NotExpired));
        assert_eq!(state.expire(late).unwrap().name(), "expired");
    }

    proptest! {
        /// A card is issued only after all steps, a weighing, and an approval; never out of a
        /// refusal, never twice; and every state survives being stored.
        #[test]
        fn no_order_of_events_finds_another_way_to_a_card(events in prop::collection::vec(event(), 0..40)) {
            let mut now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
            let mut state = EnrolmentState::start(2, now);
            let mut path = vec![state.name()];
            for event in events {
                now += SignedDuration::from_secs(20);
                if let Ok(next) = apply(state.clone(), event, now) {
                    prop_assert!(!state.is_final());
                    let stored = serde_json::to_string(&next).unwrap();
                    prop_assert_eq!(&serde_json::from_str::<EnrolmentState>(&stored).unwrap(), &next);
                    path.push(next.name());
                    state = next;
                }
            }
            if path.last() == Some(&"issued") {
                path.retain(|name| *name != "referred");
                prop_assert_eq!(path, ["capturing", "capturing", "capturing", "deciding", "approved", "issued"]);
            }
        }
    }
}
