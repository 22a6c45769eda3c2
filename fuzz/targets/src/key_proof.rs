//! Key proofs: whatever a wallet signs, accepted proofs are by the keys that they carry, for this
//! issuer alone, with one nonce, and no key stands twice.

use tanda_credential::jose::Signer as _;
use tanda_protocol::oauth::{IssuerUrl, Window};
use tanda_protocol::vci::{ExpectedKeyProof, KeyProofError, proof};

use crate::fixture::{FIXTURE, ISSUER, now, self_signed, text};

/// Header and claims.
pub const MAX_LEN: usize = 640;

/// Takes a proof; or header and claims, a line each, to be signed by the holder's key.
pub fn run(data: &[u8]) -> Option<()> {
    let token = if data.starts_with(b"{") { self_signed(data)? } else { text(data)?.to_owned() };
    let issuer = IssuerUrl::parse(ISSUER).unwrap();
    let expected = ExpectedKeyProof {
        issuer: &issuer,
        client_id: Some("tanda-wallet"),
        window: Window::KEY_PROOF,
        now: now(),
    };
    let proofs = proof::verify_all(std::slice::from_ref(&token), &expected);
    let proofs = proofs.map_err(|error| error.response()).ok()?;
    let [key] = proofs.keys.as_slice() else { panic!("another number of keys") };
    assert!(key.same_key(FIXTURE.holder.public()), "forged");
    assert!(!proofs.nonce.is_empty());
    let twice = proof::verify_all(&[token.clone(), token], &expected).err();
    assert_eq!(twice, Some(KeyProofError::RepeatedKey));
    Some(())
}
