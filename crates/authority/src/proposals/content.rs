use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tanda_model::{CardId, ProposalId, ResidentId};
use tanda_storage::authority::proposals::SealedContent;
use zeroize::Zeroizing;

use super::{ExportTarget, ManyCards, ProposedImport, TwinRecords};
use crate::Fault;
use crate::register::CorrectedRecord;
use crate::sealing::{DataKey, Label, Sealing};

/// What the content is sealed as.
const CONTENT: &str = "proposal.content";

/// What exactly is proposed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Content {
    /// The same act on many cards.
    Cards {
        /// Which act.
        act: ManyCards,
        /// On which cards.
        targets: Vec<CardTarget>,
    },
    /// The people of a file are added to the register.
    Import(ProposedImport),
    /// A record is corrected.
    Correction(Box<CorrectedRecord>),
    /// Two records become one.
    Merge(TwinRecords),
    /// Records leave the register.
    Export {
        /// Whose.
        targets: Vec<ExportTarget>,
    },
}

/// A card that something is proposed for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardTarget {
    /// Which card.
    pub card: CardId,
    /// Whose.
    pub resident: ResidentId,
    /// Their number, masked, so that a second officer can compare it with the case.
    pub masked_number: String,
}

impl Content {
    /// Whose whole record is seen by whoever looks at the proposal.
    pub(super) fn records(&self) -> Vec<ResidentId> {
        match self {
            Self::Cards { .. } | Self::Import(_) | Self::Export { .. } => Vec::new(),
            Self::Correction(record) => vec![record.before.id],
            Self::Merge(twins) => vec![twins.stays, twins.goes],
        }
    }

    pub(super) fn seal(
        &self,
        id: ProposalId,
        sealing: &Sealing,
        rng: &mut impl CryptoRng,
    ) -> Result<SealedContent, Fault> {
        let plain = serde_json::to_vec(self)
            .map_err(|_| Fault::Contradiction("a proposal without JSON"))?;
        let (key, plain) = (DataKey::generate(rng), Zeroizing::new(plain));
        Ok(SealedContent {
            wrapped_key: sealing.wrap(&key, id.as_bytes(), rng),
            sealed: key.seal(Label::new(CONTENT, id.as_bytes()), &plain, rng),
        })
    }

    pub(super) fn open(
        id: ProposalId,
        content: Option<&SealedContent>,
        sealing: &Sealing,
    ) -> Result<Self, Fault> {
        let content = content.ok_or(Fault::Contradiction("an open proposal without content"))?;
        let key = sealing.unwrap_key(&content.wrapped_key, id.as_bytes())?;
        let plain = key.open(Label::new(CONTENT, id.as_bytes()), &content.sealed)?;
        serde_json::from_slice(&plain)
            .map_err(|_| Fault::Contradiction("a proposal that cannot be read"))
    }
}
