//! What one officer proposes and another confirms: which acts, and where one stands.

use core::fmt;
use core::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::OfficerId;

/// An act that needs two officers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposalKind {
    /// Many cards are suspended.
    SuspendCards,
    /// Many cards are restored.
    RestoreCards,
    /// Many cards are revoked for good.
    RevokeCards,
    /// The people of a file are added to the register.
    ImportResidents,
    /// What is wrong with a record is corrected.
    CorrectRecord,
    /// Two records of one person become one.
    MergeRecords,
    /// Records leave the register as a file.
    ExportRecords,
}

/// The text names no act that needs two officers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of proposal: {}", ProposalKind::ALL.map(ProposalKind::as_str).join(", "))]
pub struct UnknownProposalKind;

impl ProposalKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::SuspendCards,
        Self::RestoreCards,
        Self::RevokeCards,
        Self::ImportResidents,
        Self::CorrectRecord,
        Self::MergeRecords,
        Self::ExportRecords,
    ];

    /// The word for it in messages and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuspendCards => "suspend-cards",
            Self::RestoreCards => "restore-cards",
            Self::RevokeCards => "revoke-cards",
            Self::ImportResidents => "import-residents",
            Self::CorrectRecord => "correct-record",
            Self::MergeRecords => "merge-records",
            Self::ExportRecords => "export-records",
        }
    }
}

impl fmt::Display for ProposalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProposalKind {
    type Err = UnknownProposalKind;

    fn from_str(text: &str) -> Result<Self, UnknownProposalKind> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or(UnknownProposalKind)
    }
}

/// Where a proposal stands. Transitions consume the state and may fail; all states but the first
/// are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ProposalState {
    /// Waits for a second officer.
    Open {
        /// Who proposed it.
        by: OfficerId,
        /// From when on nobody can confirm it any more.
        until: Timestamp,
    },
    /// A second officer confirmed it, and it was done.
    Confirmed {
        /// Who confirmed.
        by: OfficerId,
        /// When.
        at: Timestamp,
    },
    /// A second officer declined it.
    Declined {
        /// Who declined.
        by: OfficerId,
        /// When.
        at: Timestamp,
    },
    /// Whoever proposed it took it back.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
    /// Nobody confirmed it in time.
    Lapsed {
        /// When.
        at: Timestamp,
    },
}

/// The proposal does not stand where this could happen, or the officer is the wrong one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposalTransitionError {
    /// Confirmed, declined, withdrawn or lapsed.
    #[error("the proposal has ended")]
    Ended,
    /// Whoever proposes something does not decide on it.
    #[error("nobody decides on what they proposed")]
    OwnProposal,
    /// Only whoever proposed something takes it back.
    #[error("somebody else proposed it")]
    NotOwn,
    /// It can still be confirmed.
    #[error("the proposal's time has not run out")]
    NotYet,
}

use ProposalTransitionError as Error;

impl ProposalState {
    /// How long a proposal waits for a second officer.
    pub const LIFE: SignedDuration = SignedDuration::from_hours(24);

    /// A fresh proposal.
    pub fn open(by: OfficerId, now: Timestamp) -> Self {
        Self::Open { by, until: now + Self::LIFE }
    }

    /// A second officer agrees.
    ///
    /// # Errors
    /// When the proposal has ended, its time has run out, or the officer proposed it.
    pub fn confirm(self, by: OfficerId, now: Timestamp) -> Result<Self, Error> {
        self.decided_by(by, now)?;
        Ok(Self::Confirmed { by, at: now })
    }

    /// A second officer does not agree.
    ///
    /// # Errors
    /// When the proposal has ended, its time has run out, or the officer proposed it.
    pub fn decline(self, by: OfficerId, now: Timestamp) -> Result<Self, Error> {
        self.decided_by(by, now)?;
        Ok(Self::Declined { by, at: now })
    }

    /// Whoever proposed it takes it back.
    ///
    /// # Errors
    /// When the proposal has ended, its time has run out, or somebody else proposed it.
    pub fn withdraw(self, by: OfficerId, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Open { until, .. } if now >= until => Err(Error::Ended),
            Self::Open { by: proposer, .. } if proposer != by => Err(Error::NotOwn),
            Self::Open { .. } => Ok(Self::Withdrawn { at: now }),
            _ => Err(Error::Ended),
        }
    }

    /// Its time runs out.
    ///
    /// # Errors
    /// When the proposal has ended, or there is time left.
    pub fn lapse(self, now: Timestamp) -> Result<Self, Error> {
        match self {
            Self::Open { until, .. } if now < until => Err(Error::NotYet),
            Self::Open { .. } => Ok(Self::Lapsed { at: now }),
            _ => Err(Error::Ended),
        }
    }

    /// The state's name, as in columns and answers.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Confirmed { .. } => "confirmed",
            Self::Declined { .. } => "declined",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Lapsed { .. } => "lapsed",
        }
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Open { .. })
    }

    fn decided_by(self, officer: OfficerId, now: Timestamp) -> Result<(), Error> {
        match self {
            Self::Open { until, .. } if now >= until => Err(Error::Ended),
            Self::Open { by, .. } if by == officer => Err(Error::OwnProposal),
            Self::Open { .. } => Ok(()),
            _ => Err(Error::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROPOSER: OfficerId = OfficerId::from_bytes([1; 16]);
    const SECOND: OfficerId = OfficerId::from_bytes([2; 16]);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn open() -> ProposalState {
        ProposalState::open(PROPOSER, at(0))
    }

    #[test]
    fn a_kind_comes_back_from_text_and_from_json() {
        for kind in ProposalKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!("burn-cards".parse::<ProposalKind>(), Err(UnknownProposalKind));
    }

    #[test]
    fn two_officers_are_two() {
        assert_eq!(open().confirm(PROPOSER, at(1)), Err(Error::OwnProposal));
        assert_eq!(open().decline(PROPOSER, at(1)), Err(Error::OwnProposal));
        assert_eq!(open().withdraw(SECOND, at(1)), Err(Error::NotOwn));
        let confirmed = ProposalState::Confirmed { by: SECOND, at: at(1) };
        assert_eq!(open().confirm(SECOND, at(1)), Ok(confirmed));
        assert_eq!(open().withdraw(PROPOSER, at(1)), Ok(ProposalState::Withdrawn { at: at(1) }));
    }

    #[test]
    fn a_day_is_enough_to_make_up_ones_mind() {
        let day = 24 * 3600;
        assert!(open().confirm(SECOND, at(day - 1)).is_ok());
        assert_eq!(open().confirm(SECOND, at(day)), Err(Error::Ended));
        assert_eq!(open().decline(SECOND, at(day)), Err(Error::Ended));
        assert_eq!(open().withdraw(PROPOSER, at(day)), Err(Error::Ended));
        assert_eq!(open().lapse(at(day - 1)), Err(Error::NotYet));
        assert_eq!(open().lapse(at(day)), Ok(ProposalState::Lapsed { at: at(day) }));
    }

    proptest! {
        /// Whatever is tried in whatever order: it ends once, by an officer who may, and for good.
        #[test]
        fn a_proposal_ends_once_and_for_good(
            steps in prop::collection::vec((0_u8..4, any::<bool>(), 0_i64..20_000), 0..12),
        ) {
            let (mut state, mut second) = (open(), 0);
            for (step, own, later) in steps {
                second += later;
                let by = if own { PROPOSER } else { SECOND };
                let next = match step {
                    0 => state.confirm(by, at(second)),
                    1 => state.decline(by, at(second)),
                    2 => state.withdraw(by, at(second)),
                    _ => state.lapse(at(second)),
                };
                match next {
                    Ok(next) => {
                        prop_assert!(!state.is_final() && next.is_final());
                        prop_assert_eq!(next.name() == "lapsed", second >= 24 * 3600);
                        let by_proposer = match next {
                            ProposalState::Confirmed { by, .. }
                            | ProposalState::Declined { by, .. } => by == PROPOSER,
                            _ => false,
                        };
                        prop_assert!(!by_proposer);
                        prop_assert!(next.name() != "withdrawn" || own);
                        state = next;
                    }
                    Err(error) => prop_assert!(!state.is_final() || error == Error::Ended),
                }
            }
        }
    }
}
