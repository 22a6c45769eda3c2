//! The signature around a trust list (TS 119 602 clause 6.8: a compact JAdES baseline signature).

use jiff::Timestamp;
use thiserror::Error;

use super::lote::Document;
use super::view::TrustList;
use crate::CLOCK_SKEW;
use crate::jose::{Header, Jws, JwsError, SignError, Signer, sign as sign_jws};
use crate::x509::{Certificate, ChainError, validate_chain};

/// The `typ` of the token.
pub const TYP: &str = "lote+jwt";
/// The media type under which the token is served.
pub const MEDIA_TYPE: &str = "application/jose";

/// Why a trust list is refused.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum TrustListError {
    /// The token itself.
    #[error(transparent)]
    Token(#[from] JwsError),
    /// The operator did not sign it.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// It does not say what a trust list has to say.
    #[error("the trust list is malformed")]
    Malformed,
    /// A newer one is already known.
    #[error("the trust list is older than one that is already known")]
    Rollback,
    /// It comes from the future.
    #[error("the trust list is not yet valid")]
    NotYetValid,
    /// A newer one should be there by now.
    #[error("the trust list is out of date")]
    Stale,
}

/// Signs a list with the operator's key and its certificates.
///
/// # Errors
/// [`SignError`].
pub fn sign(list: &TrustList, signer: &dyn Signer) -> Result<String, SignError> {
    let header =
        Header::typ(TYP).with_x5c(signer.x5c()).with_extra("iat", list.issued_at.as_second());
    sign_jws(&header, &Document::from(list), signer)
}

/// Checks a list: signed under one of the operator's `anchors`, in force at `now`, and with no
/// smaller sequence number than `known`, that of the last list which was accepted.
///
/// # Errors
/// [`TrustListError`].
pub fn verify(
    token: &str,
    anchors: &[Certificate],
    known: Option<u64>,
    now: Timestamp,
) -> Result<TrustList, TrustListError> {
    let jws = Jws::parse(token)?;
    jws.expect_typ(TYP)?;
    let chain = validate_chain(&jws.header().x5c, anchors, now)?;
    let document: Document = jws.verify(chain.leaf.verifying_key())?.claims()?;
    let list = document.read().ok_or(TrustListError::Malformed)?;
    if known.is_some_and(|known| list.sequence < known) {
        return Err(TrustListError::Rollback);
    }
    if list.issued_at.duration_since(now) > CLOCK_SKEW {
        return Err(TrustListError::NotYetValid);
    }
    if now.duration_since(list.next_update) > CLOCK_SKEW {
        return Err(TrustListError::Stale);
    }
    Ok(list)
}
