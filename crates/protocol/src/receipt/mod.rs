//! Receipts: what a relying party signs about a check that it made, and about having deleted what it
//! had kept. They say what was done, and hold no value of any claim.

mod check;
mod deletion;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use tanda_credential::{
    CLOCK_SKEW,
    jose::{self, Header, Jws, JwsError, SignError, Signer},
    json,
    x509::{self, Certificate, ChainError},
};
use tanda_model::RelyingPartyId;

pub use check::{AtDesk, CheckOutcome, CheckReceipt};
pub use deletion::{DeletionReceipt, handle_hash};

/// The most bytes that a receipt has.
const MAX_BYTES: usize = 64 << 10;

/// What all receipts have.
trait Receipt: Serialize + DeserializeOwned {
    /// The token's `typ`.
    const TYP: &'static str;

    fn relying_party(&self) -> &RelyingPartyId;
    fn issued_at(&self) -> Timestamp;
}

/// Signs with the access key, whose certificates go along as `x5c`.
fn sign(receipt: &impl Receipt, access_key: &dyn Signer) -> Result<String, SignError> {
    fn typ<R: Receipt>(_: &R) -> &'static str {
        R::TYP
    }
    jose::sign(&Header::typ(typ(receipt)).with_x5c(access_key.x5c()), receipt, access_key)
}

/// Reads a receipt that one of the certified relying parties has signed. Its certificate must have
/// been valid then, not now: a receipt is good for longer than a certificate.
fn verify<R: Receipt>(
    token: &str,
    access_anchors: &[Certificate],
    now: Timestamp,
) -> Result<R, ReceiptError> {
    let jws = Jws::parse_up_to(token, MAX_BYTES)?;
    jws.expect_typ(R::TYP)?;
    let claimed: R = json::parse_as(jws.unverified_payload()).map_err(|_| JwsError::Claims)?;
    if claimed.issued_at() > now + CLOCK_SKEW {
        return Err(ReceiptError::NotYet);
    }
    let chain = x509::validate_chain(&jws.header().x5c, access_anchors, claimed.issued_at())?;
    let receipt: R = jws.verify(chain.leaf.verifying_key())?.claims()?;
    // Every relying party has a certificate of the same authority: only its own speaks for it.
    if chain.leaf.subject_o() != Some(receipt.relying_party().as_str()) {
        return Err(ReceiptError::OtherRelyingParty);
    }
    Ok(receipt)
}

/// Why a receipt is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// No receipt of this kind, a wrong signature, or malformed content.
    #[error("{0}")]
    Token(#[from] JwsError),
    /// Whoever signed it is not certified by an authority in the trust list.
    #[error("whoever signed it is no certified relying party: {0}")]
    Chain(#[from] ChainError),
    /// One relying party signed in another's name.
    #[error("another relying party signed it than the one that it names")]
    OtherRelyingParty,
    /// It is about another presentation than this one.
    #[error("it is about something else that was deleted")]
    OtherHandle,
    /// It is from the future.
    #[error("it is dated in the future")]
    NotYet,
}
