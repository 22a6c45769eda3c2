//! Credential issuer metadata: accepted is only what this issuer says of itself, with all endpoints
//! secure; the same when written again.

use tanda_protocol::oauth::{IssuerUrl, is_secure};
use tanda_protocol::vci::CredentialIssuerMetadata;

use crate::fixture::{ISSUER, same_again};

/// Metadata with one credential.
pub const MAX_LEN: usize = 1280;

/// Takes a metadata document.
pub fn run(data: &[u8]) -> Option<()> {
    let issuer = IssuerUrl::parse(ISSUER).unwrap();
    let metadata = CredentialIssuerMetadata::parse(data, &issuer).ok()?;
    assert_eq!(metadata.credential_issuer, issuer);
    let endpoints = [
        Some(&metadata.credential_endpoint),
        metadata.nonce_endpoint.as_ref(),
        metadata.deferred_credential_endpoint.as_ref(),
        metadata.notification_endpoint.as_ref(),
    ];
    assert!(endpoints.into_iter().flatten().all(is_secure));
    assert!(metadata.batch_size() >= 1);
    let _ = metadata.authorization_server().map(IssuerUrl::as_str);
    let usable = |one: &tanda_protocol::vci::CredentialConfiguration| one.check_usable().is_ok();
    let _ = metadata.credential_configurations_supported.values().filter(|one| usable(one)).count();
    same_again(&metadata, |written| CredentialIssuerMetadata::parse(written, &issuer).ok());
    Some(())
}
