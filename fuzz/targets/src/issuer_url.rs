//! Issuer identifiers: kept as they were written, secure, and their metadata lie on the same origin.

use tanda_protocol::oauth::{IssuerUrl, is_secure};
use url::Url;

use crate::fixture::text;

/// A long address.
pub const MAX_LEN: usize = 192;

/// Takes an identifier.
pub fn run(data: &[u8]) -> Option<()> {
    let text = text(data)?;
    let issuer = IssuerUrl::parse(text).ok()?;
    assert_eq!(issuer.as_str(), text);
    let url = Url::parse(text).unwrap();
    let metadata = issuer.well_known("openid-credential-issuer");
    assert!(is_secure(&url) && is_secure(&metadata));
    assert_eq!(metadata.origin(), url.origin());
    assert!(metadata.path().starts_with("/.well-known/openid-credential-issuer"));
    assert!(metadata.query().is_none() && metadata.fragment().is_none());
    Some(())
}
