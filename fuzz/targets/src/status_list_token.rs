//! Status list tokens: one that is accepted is of this address and of now; stale it says nothing,
//! and signed again it is the same.

use jiff::SignedDuration;
use tanda_credential::status_list::{Age, TYP, sign, verify};
use tanda_credential::{CLOCK_SKEW, status_list::StatusListToken};

use crate::fixture::{FIXTURE, now, token};

/// A token with a short list.
pub const MAX_LEN: usize = 512;
/// Where the list is.
pub const URI: &str = "https://authority.example/status/1";

/// Takes a token, or the payload of one that is to be signed.
pub fn run(data: &[u8]) -> Option<()> {
    let read = |token: &str| verify(token, URI, &FIXTURE.issuers, now()).ok();
    let list = read(&token(TYP, data)?)?;
    let StatusListToken { claims, .. } = &list;
    assert_eq!(claims.uri, URI);
    assert!(claims.issued_at.duration_since(now()) <= CLOCK_SKEW);
    assert!(claims.expires_at.is_none_or(|end| now().duration_since(end) <= CLOCK_SKEW));
    let limit = SignedDuration::from_secs(60);
    let later = now() + limit + CLOCK_SKEW + CLOCK_SKEW + SignedDuration::from_secs(1);
    assert!(list.is_stale(&Age { fetched_at: now(), now: later, limit }));
    let _ = claims.ttl.is_some_and(|_| list.refetch_at(now()).is_some());
    let again = sign(claims, &list.list.encode().unwrap(), &FIXTURE.leaf).unwrap();
    assert_eq!(read(&again).as_ref(), Some(&list));
    Some(())
}
