//! The receipt of a deletion.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::second::required as seconds;
use serde::{Deserialize, Serialize};
use tanda_credential::{
    b64, digest,
    jose::{SignError, Signer},
    sd_jwt::ClaimPath,
    x509::Certificate,
};
use tanda_model::RelyingPartyId;

use super::{Receipt, ReceiptError};
use crate::registration::LocalText;

/// That a relying party has deleted what it had kept of one presentation. It names the presentation
/// by the hash of a handle that the holder's wallet alone was given, and nothing else does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionReceipt {
    /// Who had kept it.
    #[serde(rename = "iss")]
    pub relying_party: RelyingPartyId,
    /// The name under which people know it.
    pub name: LocalText,
    /// [`handle_hash`] of the handle.
    #[serde(rename = "sub")]
    pub handle: String,
    /// Why it was kept.
    pub purpose: String,
    /// Which claims it was.
    pub claims: Vec<ClaimPath>,
    /// Since when it was kept.
    #[serde(with = "seconds")]
    pub kept_at: Timestamp,
    /// By when it had to be deleted.
    #[serde(with = "seconds")]
    pub delete_by: Timestamp,
    /// When it was deleted.
    #[serde(rename = "iat", with = "seconds")]
    pub deleted_at: Timestamp,
}

/// What is kept of a handle: the handle itself is known to the wallet alone.
#[must_use]
pub fn handle_hash(handle: &str) -> String {
    b64::encode(digest::sha256(handle.as_bytes()))
}

impl Receipt for DeletionReceipt {
    const TYP: &'static str = "tanda-deletion-receipt+jwt";

    fn relying_party(&self) -> &RelyingPartyId {
        &self.relying_party
    }

    fn issued_at(&self) -> Timestamp {
        self.deleted_at
    }
}

impl DeletionReceipt {
    /// Signs it with the relying party's access key.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn sign(&self, access_key: &dyn Signer) -> Result<String, SignError> {
        super::sign(self, access_key)
    }

    /// Reads the receipt for this handle.
    ///
    /// # Errors
    /// [`ReceiptError`]: the first check that fails.
    pub fn verify(
        token: &str,
        handle: &str,
        access_anchors: &[Certificate],
        now: Timestamp,
    ) -> Result<Self, ReceiptError> {
        let receipt: Self = super::verify(token, access_anchors, now)?;
        if receipt.handle == handle_hash(handle) {
            Ok(receipt)
        } else {
            Err(ReceiptError::OtherHandle)
        }
    }
}
