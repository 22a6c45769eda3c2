//! Checking what was issued, before it is kept.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tanda_credential::sd_jwt_vc::verify_issued;
use tanda_model::AssuranceLevel;

use super::{NewKey, ReceiveError, Target};
use crate::{Trust, keep::CardCopy};

/// The level of a credential type.
pub(super) fn level(vct: &str) -> Result<AssuranceLevel, ReceiveError> {
    AssuranceLevel::from_vct(vct).ok_or(ReceiveError::OtherCard)
}

/// The copies, each verified, of the type and issuer that were asked for, and with the key that it
/// is bound to.
pub(super) fn copies(
    credentials: &[String],
    mut keys: Vec<NewKey>,
    target: &Target,
    trust: &Trust,
    now: Timestamp,
) -> Result<Vec<CardCopy>, ReceiveError> {
    let mut copies = Vec::with_capacity(credentials.len());
    let mut places = BTreeSet::new();
    for token in credentials {
        let credential = verify_issued(token, &trust.issuers, now)?;
        let status = credential.status.ok_or(ReceiveError::OtherCard)?;
        if credential.vct != target.vct
            || credential.issuer.id != target.metadata.credential_issuer.as_str()
            // Two copies with one status could be linked by it.
            || !places.insert((status.uri.clone(), status.idx))
        {
            return Err(ReceiveError::OtherCard);
        }
        let held = |new: &NewKey| new.public.same_key(&credential.holder);
        let at = keys.iter().position(held).ok_or(ReceiveError::OtherCard)?;
        let NewKey { key, .. } = keys.swap_remove(at);
        copies.push(CardCopy {
            token: token.clone(),
            key,
            expires_at: credential.exp,
            status,
            used: false,
        });
    }
    if copies.is_empty() { Err(ReceiveError::OtherCard) } else { Ok(copies) }
}
