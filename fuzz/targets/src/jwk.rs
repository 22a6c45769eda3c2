//! JWK: a public P-256 key on the curve, never a private one; all ways to read it agree, and its
//! thumbprint depends on the point alone.

use tanda_credential::jose::{Jwk, VerifyingKey};
use tanda_credential::json;

use crate::fixture::same_again;

/// With every member that is known.
pub const MAX_LEN: usize = 384;

/// Takes a JWK as JSON.
pub fn run(data: &[u8]) -> Option<()> {
    let value = json::parse(data).ok()?;
    let key = json::read::<Jwk>(value.clone()).ok();
    let parsed = VerifyingKey::from_json(&value).ok();
    assert_eq!(parsed.as_ref().map(|parsed| parsed.jwk()), key.as_ref());
    let key = key?;
    assert!(value.get("d").is_none());
    same_again(&key, |written| json::parse_as(written).ok());
    let bare = Jwk::from_sec1(&key.sec1()).unwrap();
    assert_eq!((bare.clone(), bare.thumbprint()), (key.bare(), key.thumbprint()));
    assert!(bare.same_key(&key));
    Some(())
}
