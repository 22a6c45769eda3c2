//! Token requests: one grant with its parameters, each once; the same when it is sent again.

use tanda_protocol::oauth::{Grant, TokenRequest};

/// A request with every parameter.
pub const MAX_LEN: usize = 384;

/// Takes the body of a form.
pub fn run(data: &[u8]) -> Option<()> {
    let request = TokenRequest::parse(data).map_err(|error| error.response()).ok()?;
    let form = request.to_form();
    let again = TokenRequest::parse(form.as_bytes()).unwrap();
    assert_eq!(again.to_form(), form);
    let (Grant::PreAuthorizedCode { code: token, .. } | Grant::RefreshToken(token)) =
        &request.grant;
    assert!(!token.expose().is_empty());
    assert_eq!((again.client_id, again.resource), (request.client_id, request.resource));
    Some(())
}
