//! From a token's `x5c` to a trusted anchor (RFC 5280 section 6, the part that short chains use).

use jiff::Timestamp;
use thiserror::Error;

use super::{Certificate, CertificateError};

/// The most certificates that a chain may have, the anchor not counted.
pub const MAX_CHAIN: usize = 4;

/// Why a chain does not lead to an anchor.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ChainError {
    /// No certificate, or more than [`MAX_CHAIN`].
    #[error("the certificate chain is empty or too long")]
    Length,
    /// A certificate does not parse.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The chain holds an anchor itself, which HAIP 1.0 forbids.
    #[error("the certificate chain contains a trust anchor")]
    AnchorInChain,
    /// A link is not signed by the next, or the last by none of the anchors.
    #[error("the certificate chain does not lead to a trust anchor")]
    Untrusted,
    /// A certificate may not be used in its place.
    #[error("a certificate in the chain may not be used so")]
    Usage,
    /// A certificate is not yet or no longer valid.
    #[error("a certificate in the chain is not valid at this time")]
    Expired,
}

/// A chain that leads to an anchor.
#[derive(Clone, Debug)]
pub struct ValidChain {
    /// The certificate of the signing key.
    pub leaf: Certificate,
    /// Which anchor it leads to: an index into the anchors that were given.
    pub anchor: usize,
    /// The latest start of validity in the chain.
    pub not_before: Timestamp,
    /// The earliest end of validity in the chain.
    pub not_after: Timestamp,
}

/// Leads `x5c` (DER, leaf first, without the anchor) to one of `anchors`.
///
/// # Errors
/// [`ChainError`].
pub fn validate_chain(
    x5c: &[Vec<u8>],
    anchors: &[Certificate],
    now: Timestamp,
) -> Result<ValidChain, ChainError> {
    if x5c.is_empty() || x5c.len() > MAX_CHAIN {
        return Err(ChainError::Length);
    }
    let chain = x5c.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>()?;
    if chain.iter().any(|certificate| anchors.contains(certificate)) {
        return Err(ChainError::AnchorInChain);
    }
    let [leaf, authorities @ ..] = chain.as_slice() else { return Err(ChainError::Length) };
    if leaf.is_ca() || !leaf.signs_content() {
        return Err(ChainError::Usage);
    }
    let mut subject = leaf;
    for (below, authority) in authorities.iter().enumerate() {
        step(subject, authority, below)?;
        subject = authority;
    }
    let mut outcome = ChainError::Untrusted;
    for (index, anchor) in anchors.iter().enumerate() {
        match step(subject, anchor, authorities.len()) {
            Ok(()) if !anchor.is_valid_at(now) => outcome = ChainError::Expired,
            Ok(()) => {
                if !chain.iter().all(|certificate| certificate.is_valid_at(now)) {
                    return Err(ChainError::Expired);
                }
                let all = || chain.iter().chain([anchor]);
                return Ok(ValidChain {
                    leaf: leaf.clone(),
                    anchor: index,
                    not_before: all().map(Certificate::not_before).fold(Timestamp::MIN, Ord::max),
                    not_after: all().map(Certificate::not_after).fold(Timestamp::MAX, Ord::min),
                });
            }
            Err(ChainError::Usage) => outcome = ChainError::Usage,
            Err(_) => {}
        }
    }
    Err(outcome)
}

/// Whether `authority` signed `subject` and may have `below` authorities under it.
fn step(subject: &Certificate, authority: &Certificate, below: usize) -> Result<(), ChainError> {
    if !subject.is_signed_by(authority) {
        return Err(ChainError::Untrusted);
    }
    let room = authority.path_limit().is_none_or(|limit| below <= usize::from(limit));
    if authority.is_ca() && room { Ok(()) } else { Err(ChainError::Usage) }
}
