//! Chains of certificates: only what the anchors' keys signed leads to them, whatever a chain says
//! of itself, and never more than four certificates.

use tanda_credential::x509::{MAX_CHAIN, validate_chain};

use crate::fixture::{FIXTURE, now};

/// Three certificates.
pub const MAX_LEN: usize = 2048;

/// Takes certificates in DER, each behind its length in two bytes.
pub fn run(mut data: &[u8]) -> Option<()> {
    let mut chain = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk::<2>() {
        let (der, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        chain.push(der.to_vec());
        data = rest;
    }
    let anchors = [FIXTURE.anchor.clone(), FIXTURE.other_anchor.clone()];
    let valid = validate_chain(&chain, &anchors, now()).ok()?;
    assert!(chain.len() <= MAX_CHAIN);
    assert_eq!(valid.leaf.der(), chain[0]);
    assert!(valid.not_before <= now() && now() <= valid.not_after);
    let signed = [FIXTURE.leaf_certificate(), FIXTURE.other_leaf.clone()];
    let key = valid.leaf.verifying_key().jwk();
    assert!(signed[valid.anchor].verifying_key().jwk().same_key(key), "forged");
    Some(())
}
