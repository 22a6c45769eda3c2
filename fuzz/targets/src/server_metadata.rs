//! Authorization server metadata: accepted is only what this server says of itself, with all
//! endpoints secure; the same when written again.

use tanda_protocol::oauth::{AuthorizationServerMetadata, IssuerUrl, is_secure};

use crate::fixture::{ISSUER, same_again};

/// Metadata with every member.
pub const MAX_LEN: usize = 1024;

/// Takes a metadata document.
pub fn run(data: &[u8]) -> Option<()> {
    let issuer = IssuerUrl::parse(ISSUER).unwrap();
    let metadata = AuthorizationServerMetadata::parse(data, &issuer).ok()?;
    assert_eq!(metadata.issuer, issuer);
    assert!(is_secure(&metadata.token_endpoint));
    assert!(metadata.challenge_endpoint.as_ref().is_none_or(is_secure));
    let _ = metadata.check_usable();
    same_again(&metadata, |written| AuthorizationServerMetadata::parse(written, &issuer).ok());
    Some(())
}
