//! The holder's own look at whether the card is in force.

use jiff::{SignedDuration, Timestamp};
use tanda_credential::{
    sd_jwt_vc::{CredentialError, verify_issued},
    status_list::{self, Age, MEDIA_TYPE, Outcome, StatusListError},
};
use url::Url;

use crate::{
    Card, Trust,
    http::{Failure, Request, Response},
};

/// What to fetch. It tells the authority nothing but that somebody looks at one list.
#[must_use]
pub fn request(card: &Card) -> Option<Request> {
    let url: Url = card.status()?.uri.parse().ok()?;
    Some(Request::get(url).with_header("accept", MEDIA_TYPE))
}

/// What the answer says of the card.
///
/// # Errors
/// [`StatusError`] where it says nothing that could be believed.
pub fn read(
    response: &Response,
    card: &Card,
    trust: &Trust,
    now: Timestamp,
) -> Result<Outcome, StatusError> {
    let copy = card.copies.first().ok_or(StatusError::NoCopy)?;
    if !response.is_success() {
        return Err(StatusError::NotThere(response.failure()));
    }
    let token = std::str::from_utf8(&response.body).map_err(|_| StatusError::NotText)?;
    let list = status_list::verify(token.trim(), &copy.status.uri, &trust.issuers, now)?;
    let credential = verify_issued(&copy.token, &trust.issuers, now)?;
    let age = Age { fetched_at: now, now, limit: SignedDuration::from_secs(60) };
    Ok(list.outcome(&credential, &age))
}

/// Why the status is not known.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The card has no copy.
    #[error("the card has no copy left")]
    NoCopy,
    /// There is no list.
    #[error("the status list can't be had: {0}")]
    NotThere(Failure),
    /// What came is no list.
    #[error("what came is no status list")]
    NotText,
    /// The list is not to be believed.
    #[error(transparent)]
    List(#[from] StatusListError),
    /// The card itself is not, or no longer.
    #[error(transparent)]
    Card(#[from] CredentialError),
}
