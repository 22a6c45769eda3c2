//! What an authority reads after the token: credential requests within the batch size, and
//! notifications; the same when written again.

use tanda_protocol::vci::{CredentialRequest, NotificationRequest};

use crate::fixture::same_again;

/// A request with a few short proofs.
pub const MAX_LEN: usize = 512;

const BATCH_SIZE: usize = 4;

/// Takes the body of a request.
pub fn run(data: &[u8]) -> Option<()> {
    let request = CredentialRequest::parse(data, BATCH_SIZE).map_err(|error| error.response()).ok();
    if let Some(request) = &request {
        assert!((1..=BATCH_SIZE).contains(&request.proofs.len()));
        let again = CredentialRequest::parse(request.to_json().as_bytes(), BATCH_SIZE);
        assert_eq!(again.as_ref(), Ok(request));
    }
    let notification = NotificationRequest::parse(data).ok();
    if let Some(notification) = &notification {
        same_again(notification, |written| NotificationRequest::parse(written).ok());
    }
    (request.is_some() || notification.is_some()).then_some(())
}
