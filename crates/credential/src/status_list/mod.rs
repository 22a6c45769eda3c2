//! Token Status List (draft-ietf-oauth-status-list-21): who is suspended or revoked.
//!
//! An authority keeps a [`StatusList`] of small numbers, compresses it once per change
//! ([`StatusList::encode`]) and signs it anew as often as freshness asks for ([`sign`]). A verifier
//! checks the token ([`verify`]) and asks it about a credential ([`StatusListToken::outcome`]):
//! what is unreadable, foreign or stale is never an answer, but a reason why nobody can tell.

mod list;
mod token;

pub use list::{Bits, EncodedStatusList, ListError, MAX_LIST_BYTES, Status, StatusList};
pub use token::{
    Age, Doubt, MEDIA_TYPE, Outcome, StatusListClaims, StatusListError, StatusListToken, TYP, sign,
    verify, verify_under,
};
