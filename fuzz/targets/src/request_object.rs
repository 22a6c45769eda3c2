//! Request objects: one that is accepted is from the relying party whose certificate signed it, of
//! now and for an hour at most, to be answered over https and with encryption; and the same when it
//! is signed again.

use jiff::SignedDuration;
use tanda_credential::CLOCK_SKEW;
use tanda_protocol::oauth::is_secure;
use tanda_protocol::vp::request::{ANY_WALLET, REQUEST_TYP};
use tanda_protocol::vp::{Expected, VerifiedRequest};

use crate::fixture::{FIXTURE, now, token};

/// A request with its registration cut short.
pub const MAX_LEN: usize = 1280;

/// Takes a token, or the payload of one that is to be signed.
pub fn run(data: &[u8]) -> Option<()> {
    let anchors = [FIXTURE.anchor.clone()];
    let expected = Expected {
        client_id: FIXTURE.client,
        wallet_nonce: None,
        access_anchors: &anchors,
        now: now(),
    };
    let parsed = VerifiedRequest::parse(&token(REQUEST_TYP, data)?, &expected);
    let verified = parsed.map_err(|error| error.code()).ok()?;
    let request = &verified.request;
    assert_eq!((request.client_id, request.aud.as_str()), (FIXTURE.client, ANY_WALLET));
    assert!(is_secure(&request.response_uri));
    assert!(request.client_metadata.encryption().is_some());
    assert!(request.exp.duration_since(request.iat) <= SignedDuration::from_hours(1));
    assert!(now().duration_since(request.exp) <= CLOCK_SKEW);
    assert_eq!(
        verified.transaction_data.len(),
        request.transaction_data.as_ref().map_or(0, Vec::len)
    );
    let _ = request.registration_certificate();
    let again = VerifiedRequest::parse(&request.sign(&FIXTURE.leaf).unwrap(), &expected).unwrap();
    assert_eq!(again.request, verified.request);
    Some(())
}
