//! What became of what a relying party kept: fetched once its time is over, and checked.
//!
//! Nothing is asked before the time is over, so that nobody learns more often than needed that the
//! holder still has this wallet.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tanda_model::RelyingPartyId;
use tanda_protocol::receipt::{DeletionReceipt, ReceiptError};
use url::Url;

use crate::{
    Trust, WalletState,
    http::{Failure, Request, Response},
};

/// That a relying party keeps something of a showing, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where the receipt will be.
    pub(crate) uri: Url,
    /// By when it has to be deleted, by the registered retention.
    pub delete_by: Timestamp,
    /// The receipt that it is deleted, once there is one.
    pub deleted: Option<Deleted>,
}

/// A receipt that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// When it was deleted.
    pub at: Timestamp,
    /// The receipt, a compact JWS: proof for whoever doubts it.
    pub receipt: String,
}

/// A receipt that is being fetched.
#[derive(Debug)]
pub struct Fetching {
    line: usize,
    handle: String,
    relying_party: RelyingPartyId,
}

/// What to fetch: the receipts of everything whose time is over and that has none yet.
#[must_use]
pub fn due(wallet: &WalletState, now: Timestamp) -> Vec<(Fetching, Request)> {
    let lines = wallet.history().iter().enumerate();
    lines
        .filter_map(|(line, shown)| {
            let kept = shown.kept.as_ref()?;
            if kept.deleted.is_some() || now < kept.delete_by {
                return None;
            }
            let handle = kept.uri.path_segments()?.next_back()?.to_owned();
            let relying_party = shown.relying_party_id.clone()?;
            let request = Request::get(kept.uri.clone());
            Some((Fetching { line, handle, relying_party }, request))
        })
        .collect()
}

/// What a verifier says of what it kept.
#[derive(Deserialize)]
struct Answer {
    receipt: Option<String>,
}

impl Fetching {
    /// Reads the answer; a receipt that is genuine goes into the history. Returns whether there was
    /// one.
    ///
    /// # Errors
    /// [`DeletionError`] where the answer says nothing that could be believed.
    pub fn read(
        self,
        response: &Response,
        wallet: &mut WalletState,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<bool, DeletionError> {
        let answer: Answer = response.json()?;
        let Some(receipt) = answer.receipt else { return Ok(false) };
        let read = DeletionReceipt::verify(&receipt, &self.handle, &trust.access_anchors, now)?;
        if read.relying_party != self.relying_party {
            return Err(ReceiptError::OtherRelyingParty.into());
        }
        let deleted = Deleted { at: read.deleted_at, receipt };
        Ok(wallet.deleted(self.line, deleted))
    }
}

/// By when what is kept from `at` on has to be deleted.
pub(crate) fn delete_by(at: Timestamp, days: u16) -> Timestamp {
    // The verifier counts from the moment at which it answered.
    const ANSWERED: SignedDuration = SignedDuration::from_mins(5);
    at + ANSWERED + SignedDuration::from_hours(24 * i64::from(days))
}

/// Why it is not known whether something was deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeletionError {
    /// The verifier says nothing.
    #[error("the deletion receipt can't be had: {0}")]
    NotThere(#[from] Failure),
    /// The receipt is not to be believed.
    #[error("the deletion receipt is not genuine: {0}")]
    Receipt(#[from] ReceiptError),
}
