//! What a wallet reads while it is issued a card: tokens, nonces, credentials and errors, each the
//! same when written again; never a token that anybody could use, never an answer without a
//! credential.

use tanda_protocol::oauth::{ErrorResponse, TokenResponse, TokenType};
use tanda_protocol::vci::{CredentialResponse, NonceResponse};

use crate::fixture::same_again;

/// An answer with a few short credentials.
pub const MAX_LEN: usize = 512;

/// Takes the body of an answer.
pub fn run(data: &[u8]) -> Option<()> {
    let token = TokenResponse::parse(data).ok();
    let credentials = CredentialResponse::parse(data).ok();
    let nonce = NonceResponse::parse(data).ok();
    let error = ErrorResponse::parse(data).ok();
    if let Some(token) = &token {
        assert_eq!(token.token_type, TokenType::Dpop);
        same_again(token, |written| TokenResponse::parse(written).ok());
    }
    if let Some(response) = &credentials {
        if let CredentialResponse::Issued(issued) = response {
            assert!(!issued.credentials.is_empty());
        }
        same_again(response, |written| CredentialResponse::parse(written).ok());
    }
    if let Some(nonce) = &nonce {
        assert!((1..=2048).contains(&nonce.c_nonce.len()));
        same_again(nonce, |written| NonceResponse::parse(written).ok());
    }
    if let Some(error) = &error {
        let header = error.www_authenticate();
        assert!(header.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{header}");
        assert!(
            (400..600).contains(&error.status()) && (400..600).contains(&error.resource_status())
        );
        same_again(error, |written| ErrorResponse::parse(written).ok());
    }
    let read = token.is_some() || credentials.is_some() || nonce.is_some() || error.is_some();
    read.then_some(())
}
