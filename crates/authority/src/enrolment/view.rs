use jiff::Timestamp;
use rand::CryptoRng;
use serde::Serialize;
use tanda_model::{Admission, EnrolmentId, EnrolmentState};
use tanda_storage::StorageError;
use tanda_storage::authority::enrolment::EnrolmentRow;

use super::gather::Gathered;
use crate::attempts::admission;
use crate::{Authority, Fault};

/// Where an application stands, for the applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicState {
    /// Frames are being taken.
    Capturing,
    /// It is being weighed.
    Deciding,
    /// A person looks at it.
    Referred,
    /// The face holds; the rest of the evidence for the full card is gathered.
    Gathering,
    /// A card can be fetched, or was.
    Approved,
    /// No card; one answer for every reason.
    Refused,
    /// Too late.
    Expired,
}

/// What the applicant is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentView {
    /// Where it stands.
    pub state: PublicState,
    /// The offer of the card, once approved and while the card was not fetched.
    pub credential_offer: Option<String>,
    /// When to try again, after a refusal that must be waited out.
    pub try_again_after: Option<Timestamp>,
    /// What the full card still needs, while evidence is gathered.
    pub gathered: Option<Gathered>,
}

/// Why an application is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// No such application, or not this token: which of the two is not told.
    #[error("no such application, or not its token")]
    Unknown,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for ViewError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Where an application stands. Offers the card when it is approved.
    ///
    /// # Errors
    /// [`ViewError`]
    pub async fn view_enrolment(
        &self,
        id: EnrolmentId,
        token: &str,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<EnrolmentView, ViewError> {
        let row = self.opened(id, token).await?.ok_or(ViewError::Unknown)?;
        Ok(self.view(&row, now, rng).await?)
    }

    pub(super) async fn view(
        &self,
        row: &EnrolmentRow,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<EnrolmentView, Fault> {
        let mut view = EnrolmentView {
            state: public(&row.state, now),
            credential_offer: None,
            try_again_after: None,
            gathered: None,
        };
        match (&row.state, view.state) {
            (EnrolmentState::Approved { .. }, PublicState::Approved) => {
                view.credential_offer = Some(self.offer_card(row, now, rng).await?);
            }
            (EnrolmentState::Gathering { .. }, PublicState::Gathering) => {
                view.gathered = self.gathered(row).await?;
            }
            (EnrolmentState::Refused { .. }, _) => {
                let mut reader = self.store.reader().await?;
                let policy = &self.config.throttle;
                if let Admission::WaitUntil(until) =
                    admission(&mut reader, policy, &row.tags, now).await?
                {
                    view.try_again_after = Some(until);
                }
            }
            _ => {}
        }
        Ok(view)
    }
}

fn public(state: &EnrolmentState, now: Timestamp) -> PublicState {
    match state {
        EnrolmentState::Capturing { expires_at, .. }
        | EnrolmentState::Gathering { expires_at, .. }
        | EnrolmentState::Approved { expires_at, .. }
            if now >= *expires_at =>
        {
            PublicState::Expired
        }
        EnrolmentState::Capturing { .. } => PublicState::Capturing,
        EnrolmentState::Deciding { .. } => PublicState::Deciding,
        EnrolmentState::Referred { .. } => PublicState::Referred,
        EnrolmentState::Gathering { .. } => PublicState::Gathering,
        EnrolmentState::Approved { .. } | EnrolmentState::Issued { .. } => PublicState::Approved,
        EnrolmentState::Refused { .. } => PublicState::Refused,
        EnrolmentState::Expired { .. } => PublicState::Expired,
    }
}
