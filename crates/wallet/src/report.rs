//! A report of a relying party to the authority.

use jiff::Timestamp;
use serde::Serialize;
use tanda_model::{Complaint, RelyingPartyId};
use url::Url;

use crate::Attested;
use crate::attested::AttestedError;
use crate::http::{Request, at, identifier};

/// What is reported.
#[derive(Clone, Serialize)]
pub struct Report {
    /// Whom.
    pub relying_party: RelyingPartyId,
    /// For what.
    pub complaint: Complaint,
    /// When the card was shown or asked for.
    pub shown_at: Timestamp,
    /// In the holder's own words; may be empty.
    pub words: String,
}

/// Sends it.
///
/// # Errors
/// When the wallet's proof cannot be made.
pub fn send(
    report: &Report,
    authority: &Url,
    attested: &Attested,
    now: Timestamp,
    rng: &mut impl rand::CryptoRng,
) -> Result<Request, AttestedError> {
    let body = serde_json::json!(report).to_string();
    let request = Request::post(at(authority, &["reports"]), "application/json", body);
    attested.sign(request, identifier(authority), now, rng)
}
