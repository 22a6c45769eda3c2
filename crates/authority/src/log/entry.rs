//! An entry: the JSON that is hashed, written once and never rebuilt.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_model::{OfficerId, ResidentId};
use tanda_storage::authority::acts::ActRow;

/// What an entry says, in the order in which it is written, but for its number.
#[derive(Serialize)]
pub(crate) struct Entry<'a, D> {
    /// When.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) kind: &'a str,
    /// Who: `policy`, `wallet`, `housekeeping` or `officer`.
    pub(crate) by: &'a str,
    /// Which officer; their name is nobody's business outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) officer: Option<OfficerId>,
    /// As what they acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<&'a str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    /// For which case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) case: Option<&'a str>,
    /// About whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resident: Option<ResidentId>,
    /// Done to which enrolment, card, record or relying party.
    pub(crate) subject: &'a str,
    /// What else belongs to an act of this kind.
    pub(crate) details: &'a D,
}

#[derive(Serialize)]
struct Numbered<'a, D> {
    /// The entry's number, from 1: whoever takes one out or puts one elsewhere has to write anew
    /// what was hashed.
    seq: u64,
    #[serde(flatten)]
    entry: &'a Entry<'a, D>,
}

impl<D: Serialize> Entry<'_, D> {
    /// The bytes of the entry that has this number.
    pub(super) fn to_json(&self, seq: u64) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Numbered { seq, entry: self })
    }
}

/// What an entry says of itself and the columns beside it repeat.
#[derive(Deserialize)]
pub(super) struct EntryHead {
    pub(super) seq: u64,
    at: Timestamp,
    kind: String,
    subject: String,
    resident: Option<ResidentId>,
}

impl EntryHead {
    pub(super) fn read(entry: &str) -> Option<Self> {
        serde_json::from_str(entry).ok()
    }

    /// The first column of the row that says something else than the entry: it is by columns that
    /// entries are found.
    pub(super) fn contradicted_by(&self, row: &ActRow) -> Option<&'static str> {
        let resident = self.resident.map(|resident| resident.to_string());
        [
            ("at", self.at.as_millisecond() == row.at_ms),
            ("kind", self.kind == row.kind),
            ("subject", self.subject == row.subject),
            ("resident_id", resident == row.resident),
        ]
        .into_iter()
        .find_map(|(column, agrees)| (!agrees).then_some(column))
    }
}
