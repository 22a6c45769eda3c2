//! The short texts of the model: each is written as it is read, and nothing reads as two of those
//! that stand in one place.

use std::fmt::Display;
use std::str::FromStr;

use tanda_model::{AssuranceLevel, Claim, Country, EnrolmentId, PurposeId, Reason, RelyingPartyId};
use tanda_protocol::vp::client_id::ClientId;

use crate::fixture::text;

/// A short sentence.
pub const MAX_LEN: usize = 128;

/// Takes a text.
pub fn run(data: &[u8]) -> Option<()> {
    let text = text(data)?;
    let read = [
        verbatim::<EnrolmentId>(text),
        verbatim::<RelyingPartyId>(text),
        verbatim::<Country>(text),
        verbatim::<AssuranceLevel>(text),
        verbatim::<PurposeId>(text),
        verbatim::<ClientId>(text),
    ];
    let reason = text.parse::<Reason>().ok();
    if let Some(reason) = &reason {
        assert!((Reason::SHORTEST..=Reason::LONGEST).contains(&reason.as_str().chars().count()));
        assert!(!reason.as_str().contains(char::is_control));
        assert_eq!(reason.as_str().parse().as_ref(), Ok(reason));
    }
    let owner: RelyingPartyId = "hotel-nansha".parse().unwrap();
    let path: Vec<&str> = text.split('.').collect();
    let claim = Claim::from_path(&path, &owner).ok();
    assert!(claim.is_none_or(|claim| claim.path(&owner) == path));
    assert!(AssuranceLevel::from_vct(text).is_none_or(|level| level.vct() == text));
    (read.contains(&true) || reason.is_some() || claim.is_some()).then_some(())
}

fn verbatim<T: FromStr + Display>(text: &str) -> bool {
    let value = text.parse::<T>().ok();
    assert!(value.as_ref().is_none_or(|value| value.to_string() == text));
    value.is_some()
}
