//! DPoP proofs: whatever anybody signs, an accepted proof is by the key that it carries, for this
//! method and address, of now, with an identifier that a store can keep.

use tanda_protocol::oauth::{ExpectedDpop, Window, dpop};

use crate::fixture::{FIXTURE, now, self_signed, text};
use tanda_credential::jose::Signer as _;

/// Header and claims.
pub const MAX_LEN: usize = 640;

/// Takes a proof; or header and claims, a line each, to be signed by the holder's key.
pub fn run(data: &[u8]) -> Option<()> {
    let proof = if data.starts_with(b"{") { self_signed(data)? } else { text(data)?.to_owned() };
    let expected = ExpectedDpop {
        method: "POST",
        url: "https://authority.example/token",
        access_token: None,
        key_thumbprint: None,
        window: Window::DPOP,
        now: now(),
    };
    let verified = dpop::verify(&proof, &expected).map_err(|error| error.response()).ok()?;
    assert!(verified.key.same_key(FIXTURE.holder.public()), "forged");
    assert_eq!(verified.thumbprint, FIXTURE.holder.public().thumbprint());
    assert!((1..=128).contains(&verified.jti.len()));
    assert!(verified.replay_until >= now());
    Some(())
}
