//! The receipt of one check.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::second::required as seconds;
use serde::{Deserialize, Serialize};
use tanda_credential::{
    jose::{SignError, Signer},
    sd_jwt::ClaimPath,
    x509::Certificate,
};
use tanda_model::{AssuranceLevel, RelyingPartyId, StaffId};

use super::{Receipt, ReceiptError};
use crate::registration::{LocalText, RegisteredPurpose};

/// What a relying party has checked, when, and what came of it. It holds no value and nothing by
/// which the holder could be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReceipt {
    /// Who checked.
    #[serde(rename = "iss")]
    pub relying_party: RelyingPartyId,
    /// The name under which people know it.
    pub name: LocalText,
    /// The receipt's own number: 128 random bits, base64url.
    #[serde(rename = "jti")]
    pub id: String,
    /// When it was signed.
    #[serde(rename = "iat", with = "seconds")]
    pub issued_at: Timestamp,
    /// Why.
    pub purpose: RegisteredPurpose,
    /// Which claims were asked.
    pub claims: Vec<ClaimPath>,
    /// The lowest level that was asked.
    pub level: AssuranceLevel,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// The code of the reason, where it is not valid or cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was checked.
    #[serde(with = "seconds")]
    pub checked_at: Timestamp,
    /// How old the card's status was then, in seconds; none where it was not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_age_s: Option<u64>,
    /// Where, and by whom.
    pub desk: AtDesk,
}

/// Valid, not valid, or cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// The card was genuine, in force, its holder's, and said what was asked.
    Valid,
    /// It was not.
    NotValid,
    /// Whether it was in force could not be found out.
    CannotTell,
}

/// One desk of a relying party, and who was at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtDesk {
    /// The device: what the relying party tells its desks apart by.
    pub device: String,
    /// Who of the staff was on shift.
    pub staff: StaffId,
}

impl Receipt for CheckReceipt {
    const TYP: &'static str = "tanda-check-receipt+jwt";

    fn relying_party(&self) -> &RelyingPartyId {
        &self.relying_party
    }

    fn issued_at(&self) -> Timestamp {
        self.issued_at
    }
}

impl CheckReceipt {
    /// Signs it with the relying party's access key.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn sign(&self, access_key: &dyn Signer) -> Result<String, SignError> {
        super::sign(self, access_key)
    }

    /// Reads a receipt of a relying party that one of the authorities has certified.
    ///
    /// # Errors
    /// [`ReceiptError`]: the first check that fails.
    pub fn verify(
        token: &str,
        access_anchors: &[Certificate],
        now: Timestamp,
    ) -> Result<Self, ReceiptError> {
        super::verify(token, access_anchors, now)
    }
}
