//! Request headers that carry proofs and tokens: one value of visible ASCII or none, and a token
//! without anything that would need escaping.

use tanda_protocol::oauth::{OpaqueToken, dpop_access_token, single_header};

/// A token with its scheme.
pub const MAX_LEN: usize = 192;

/// Takes the values of a header, a line each.
pub fn run(data: &[u8]) -> Option<()> {
    let values: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let value = single_header(values.iter().copied()).ok();
    assert_eq!(single_header([]), Ok(None));
    assert!(value.is_none() || values.len() == 1);
    let value = value??;
    assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    let token = dpop_access_token(value).map_err(|error| error.response()).ok();
    if let Some(token) = &token {
        let again = dpop_access_token(&format!("DPoP {}", token.expose())).unwrap();
        assert_eq!(again.hash(), token.hash());
        assert!(!token.expose().contains(['"', '\\', ' ']));
        assert!(format!("{token:?}").len() < 20, "a token is never shown");
    }
    (token.is_some() || OpaqueToken::parse(value).is_ok()).then_some(())
}
