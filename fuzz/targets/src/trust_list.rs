//! Trust lists: one that is accepted is in force, never older than what is known, and the same when
//! it is signed again; its views take nothing that is withdrawn.

use tanda_credential::CLOCK_SKEW;
use tanda_credential::trust_list::{TYP, sign, verify};

use crate::fixture::{FIXTURE, now, token};

/// A list with a few services.
pub const MAX_LEN: usize = 2048;
/// The sequence number that is known already.
pub const KNOWN: u64 = 3;

/// Takes a token, or the payload of one that is to be signed.
pub fn run(data: &[u8]) -> Option<()> {
    let anchors = [FIXTURE.anchor.clone()];
    let read = |token: &str| verify(token, &anchors, Some(KNOWN), now()).ok();
    let list = read(&token(TYP, data)?)?;
    assert!(list.sequence >= KNOWN);
    assert!(list.issued_at.duration_since(now()) <= CLOCK_SKEW);
    assert!(now().duration_since(list.next_update) <= CLOCK_SKEW);
    let services = || list.entities.iter().flat_map(|entity| &entity.services);
    let granted = services().filter(|service| service.granted).count();
    let seen = list.trusted_issuers(now()).issuers().len() + list.verifier_services(now()).len();
    assert!(seen <= granted);
    let again = read(&sign(&list, &FIXTURE.leaf).unwrap());
    assert_eq!(again.as_ref(), Some(&list));
    Some(())
}
