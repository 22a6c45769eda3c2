//! The target of a DPoP proof: without query and fragment, and in a normal form that normalising
//! again does not change, so that a wallet's proof is the one that the server expects.

use serde_json::Value;
use tanda_credential::jose::{Jwk, Jws, SignError, Signer};
use tanda_protocol::oauth::NewDpopProof;

use crate::fixture::{FIXTURE, now, rng, text};

/// A long address.
pub const MAX_LEN: usize = 192;

/// Takes an address.
pub fn run(data: &[u8]) -> Option<()> {
    let target = target(text(data)?)?;
    assert!(!target.contains(['?', '#', '@']), "{target}");
    assert_eq!(self::target(&target).as_ref(), Some(&target));
    Some(())
}

/// The `htu` of a proof for this address.
fn target(url: &str) -> Option<String> {
    let proof = NewDpopProof { method: "POST", url, access_token: None, nonce: None };
    let proof = proof.sign(&Unsigned, now(), &mut rng()).ok()?;
    let claims: Value =
        serde_json::from_slice(Jws::parse(&proof).ok()?.unverified_payload()).ok()?;
    claims["htu"].as_str().map(str::to_owned)
}

/// The signature is not looked at, and would cost more than all the rest.
#[derive(Debug)]
struct Unsigned;

impl Signer for Unsigned {
    fn public(&self) -> &Jwk {
        FIXTURE.holder.public()
    }

    fn sign(&self, _: &[u8]) -> Result<[u8; 64], SignError> {
        Ok([0; 64])
    }
}
