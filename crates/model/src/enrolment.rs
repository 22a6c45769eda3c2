use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    AssuranceLevel, CardId, Decision, EvidenceKind, EvidenceSet, Finding, LevelPolicy, OfficerId,
    Reason,
};

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
    /// The face holds; for the full card the rest of the evidence is gathered, at a counter or with
    /// the resident's own reader.
    Gathering {
        /// Since when.
        since: Timestamp,
        /// What holds by now.
        held: EvidenceSet,
        /// When the application lapses.
        expires_at: Timestamp,
    },
    /// A card may be issued, once.
    Approved {
        /// When.
        at: Timestamp,
        /// By whom.
        by: Decider,
        /// The evidence that carried the decision.
        #[serde(default = "live_face")]
        evidence: EvidenceSet,
        /// Until when the card can be fetched.
        expires_at: Timestamp,
    },
    /// The card is on record.
    Issued {
        /// Which one.
        card: CardId,
        /// When.
        at: Timestamp,
        /// The evidence that carried the decision.
        #[serde(default = "live_face")]
        evidence: EvidenceSet,
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
    /// The level needs more evidence than there is.
    #[error("evidence is missing for this level")]
    EvidenceMissing,
}

use EnrolmentTransitionError as Error;

impl EnrolmentState {
    /// How long an applicant has for the challenge.
    pub const CAPTURE_TIME: SignedDuration = SignedDuration::from_mins(10);
    /// How long an applicant for the full card has to bring the rest of the evidence.
    pub const GATHERING_TIME: SignedDuration = SignedDuration::from_hours(24 * 14);
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

    /// The policy has decided on the face: for the light card that is all, for the full one the rest of
    /// the evidence is gathered.
    ///
    /// # Errors
    /// Unless the evidence is being weighed.
    pub fn conclude(
        self,
        decision: Decision,
        level: AssuranceLevel,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Self::Deciding { .. } = self else {
            return Err(self.not_now("be concluded"));
        };
        Ok(match decision {
            Decision::Approved => Self::face_holds(Decider::Policy, level, now),
            Decision::Refused(findings) => Self::Refused { at: now, by: Decider::Policy, findings },
            Decision::Referred(findings) => Self::Referred { since: now, findings },
        })
    }

    /// An officer has decided on the face.
    ///
    /// # Errors
    /// Unless the application is referred.
    pub fn decide(
        self,
        verdict: OfficerVerdict,
        officer: OfficerId,
        reason: Reason,
        level: AssuranceLevel,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Self::Referred { findings, .. } = self else {
            return Err(self.not_now("be decided by an officer"));
        };
        let by = Decider::Officer { officer, reason };
        Ok(match verdict {
            OfficerVerdict::Approve => Self::face_holds(by, level, now),
            OfficerVerdict::Refuse => Self::Refused { at: now, by, findings },
        })
    }

    /// One more kind of evidence holds. An officer's word is not gathered but given, with
    /// [`Self::attest`].
    ///
    /// # Errors
    /// Unless evidence is being gathered.
    pub fn gather(self, kind: EvidenceKind, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Gathering { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Gathering { since, mut held, expires_at } if kind != EvidenceKind::Officer => {
                held.insert(kind);
                Ok(Self::Gathering { since, held, expires_at })
            }
            other => Err(other.not_now("take this evidence")),
        }
    }

    /// Another physical card was read: what the one before has shown counts no longer, nor do `with_it` the
    /// kinds that were compared with it.
    #[must_use]
    pub fn without_the_card(self, with_it: &[EvidenceKind]) -> Self {
        const OF_THE_CARD: [EvidenceKind; 3] =
            [EvidenceKind::Chip, EvidenceKind::AttestedChip, EvidenceKind::ChipFace];
        match self {
            Self::Gathering { since, mut held, expires_at } => {
                for kind in OF_THE_CARD.iter().chain(with_it) {
                    held.remove(kind);
                }
                Self::Gathering { since, held, expires_at }
            }
            other => other,
        }
    }

    /// The attending officer decides, once, on all that was gathered: to approve, what holds has to
    /// meet what the level `needs`.
    ///
    /// # Errors
    /// [`Error::EvidenceMissing`]; or unless evidence is being gathered.
    pub fn attest(
        self,
        verdict: OfficerVerdict,
        officer: OfficerId,
        reason: Reason,
        needs: &LevelPolicy,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Self::Gathering { mut held, expires_at, .. } = self else {
            return Err(self.not_now("be attested"));
        };
        if now >= expires_at {
            return Err(Error::Expired);
        }
        let by = Decider::Officer { officer, reason };
        if verdict == OfficerVerdict::Refuse {
            return Ok(Self::Refused { at: now, by, findings: Vec::new() });
        }
        held.insert(EvidenceKind::Officer);
        if needs.is_met_by(&held) {
            Ok(Self::approved(by, held, now))
        } else {
            Err(Error::EvidenceMissing)
        }
    }

    /// The card was put on record. Happens once.
    ///
    /// # Errors
    /// Unless the application is approved and the time to fetch the card has not run out.
    pub fn issue(self, card: CardId, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Approved { expires_at, .. } if now >= expires_at => Err(Error::Expired),
            Self::Approved { evidence, .. } => Ok(Self::Issued { card, at: now, evidence }),
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
            Self::Capturing { expires_at, .. }
            | Self::Gathering { expires_at, .. }
            | Self::Approved { expires_at, .. } => *expires_at,
            Self::Deciding { since } => *since + Self::CAPTURE_TIME,
            _ => return Err(self.not_now("expire")),
        };
        if now >= due { Ok(Self::Expired { at: now }) } else { Err(Error::NotExpired) }
    }

    /// It ends before its time: what it rests on is another now, or the applicant leaves.
    ///
    /// # Errors
    /// When it is over already.
    pub fn end(self, now: Timestamp) -> Result<Self, Error> {
        if self.is_final() { Err(self.not_now("end")) } else { Ok(Self::Expired { at: now }) }
    }

    /// The state's name, as in columns and answers.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Capturing { .. } => "capturing",
            Self::Deciding { .. } => "deciding",
            Self::Referred { .. } => "referred",
            Self::Gathering { .. } => "gathering",
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

    /// The evidence that carried the approval; none before there is one.
    pub fn carried_by(&self) -> Option<&EvidenceSet> {
        match self {
            Self::Approved { evidence, .. } | Self::Issued { evidence, .. } => Some(evidence),
            _ => None,
        }
    }

    fn face_holds(by: Decider, level: AssuranceLevel, now: Timestamp) -> Self {
        match level {
            AssuranceLevel::Light => Self::approved(by, live_face(), now),
            AssuranceLevel::Full => Self::Gathering {
                since: now,
                held: live_face(),
                expires_at: now + Self::GATHERING_TIME,
            },
        }
    }

    fn approved(by: Decider, evidence: EvidenceSet, now: Timestamp) -> Self {
        Self::Approved { at: now, by, evidence, expires_at: now + Self::COLLECTION_TIME }
    }

    const fn not_now(&self, what: &'static str) -> Error {
        Error::NotNow { from: self.name(), what }
    }
}

/// What every approval rests on, and all that those before there were full cards rested on.
fn live_face() -> EvidenceSet {
    EvidenceSet::from([EvidenceKind::LiveFace])
}

#[cfg(test)]
mod tests;
