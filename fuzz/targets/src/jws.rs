//! Compact JWS: three canonical parts, ES256 and nothing critical in the header, six certificates at
//! most, and never more bytes than allowed.

use tanda_credential::b64;
use tanda_credential::jose::{Jws, JwsError};

use crate::fixture::text;

/// A token with a key in its header.
pub const MAX_LEN: usize = 768;

/// Takes a token.
pub fn run(data: &[u8]) -> Option<()> {
    let token = text(data)?;
    if let Some(limit) = token.len().checked_sub(1) {
        assert_eq!(Jws::parse_up_to(token, limit).err(), Some(JwsError::TooLong));
    }
    let jws = Jws::parse(token).ok()?;
    let parts: Vec<_> = token.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { panic!("not three parts") };
    assert_eq!(b64::encode(jws.unverified_payload()), *payload);
    assert_eq!(b64::encode(b64::decode(signature).unwrap()), *signature);
    assert_eq!(signature.len(), 86);
    let members = tanda_credential::json::parse_object(&b64::decode(header).unwrap()).unwrap();
    assert_eq!(members["alg"], "ES256");
    assert!(!members.contains_key("crit") && !members.contains_key("b64"));
    assert!(jws.header().x5c.len() <= 6);
    assert_eq!(jws.expect_typ("JWT").is_ok(), members.get("typ").is_some_and(|typ| typ == "JWT"));
    Some(())
}
