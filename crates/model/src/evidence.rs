use core::fmt;
use core::str::FromStr;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What is offered in proof that an applicant is the resident. Each kind counts once it holds: it was
/// weighed, and it speaks for the resident of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// A live face is that of the register's portrait, and no other resident's.
    LiveFace,
    /// The physical card's chip, read by the authority itself: signed by a country signer that it
    /// believes, no copy, and the resident's.
    Chip,
    /// What a reader with a secure module of its own read from a card whose chip is closed to others,
    /// signed by the reader.
    AttestedChip,
    /// The live face is that of the portrait on the chip.
    ChipFace,
    /// At least two fingers are those of the reference.
    Fingers,
    /// An officer has seen the person beside all of it, and stands for it.
    Officer,
}

/// Evidence that holds, each kind at most once.
pub type EvidenceSet = BTreeSet<EvidenceKind>;

impl EvidenceKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::LiveFace,
        Self::Chip,
        Self::AttestedChip,
        Self::ChipFace,
        Self::Fingers,
        Self::Officer,
    ];

    /// The kind's word in files, messages and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LiveFace => "live-face",
            Self::Chip => "chip",
            Self::AttestedChip => "attested-chip",
            Self::ChipFace => "chip-face",
            Self::Fingers => "fingers",
            Self::Officer => "officer",
        }
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such evidence; there is live-face, chip, attested-chip, chip-face, fingers and officer"
)]
pub struct UnknownEvidence;

impl FromStr for EvidenceKind {
    type Err = UnknownEvidence;

    fn from_str(text: &str) -> Result<Self, UnknownEvidence> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownEvidence)
    }
}
