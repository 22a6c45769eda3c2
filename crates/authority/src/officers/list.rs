use jiff::Timestamp;
use tanda_model::{Action, OfficerId, OfficerName, OfficerRole, OfficerState};
use tanda_storage::authority::officers::OfficerRow;

use crate::{Authority, ReadError, SignedIn};

/// An officer, for colleagues.
#[derive(Debug, Clone)]
pub struct OfficerView {
    /// Which one: what acts name.
    pub id: OfficerId,
    /// What colleagues call them.
    pub name: OfficerName,
    /// What they are there for.
    pub role: OfficerRole,
    /// Where the account stands.
    pub state: OfficerState,
    /// When they were first invited.
    pub invited_at: Timestamp,
    /// Whether their own resident number is on record, so that nobody is their own officer.
    pub has_own_number: bool,
}

impl Authority {
    /// Every officer, in the order in which they were invited.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn officers(&self, by: &SignedIn) -> Result<Vec<OfficerView>, ReadError> {
        by.may(Action::SeeOfficers)?;
        let rows = self.store.reader().await?.officers().await?;
        let view = |row: OfficerRow| OfficerView {
            id: row.id,
            name: row.name,
            role: row.role,
            state: row.state,
            invited_at: row.invited_at,
            has_own_number: row.number_tag.is_some(),
        };
        Ok(rows.into_iter().map(view).collect())
    }
}
