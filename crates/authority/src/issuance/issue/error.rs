use tanda_protocol::oauth::{AuthorizationError, DpopError, ErrorCode, ErrorResponse, NonceError};
use tanda_protocol::vci::{CredentialRequestError, KeyProofError};
use tanda_storage::StorageError;

use crate::Fault;

/// Why no copies are issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The access token is missing or no DPoP token.
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The access token is unknown, expired, used up, or its grant was ended.
    #[error("the access token is unknown, expired or used up")]
    InvalidToken,
    /// The DPoP proof does not hold.
    #[error(transparent)]
    Dpop(#[from] DpopError),
    /// The DPoP proof was used before.
    #[error("the DPoP proof was used before")]
    Replayed,
    /// The request is malformed.
    #[error(transparent)]
    Request(#[from] CredentialRequestError),
    /// The wallet asks for another kind of credential than it was offered.
    #[error("the wallet asks for something that it was not offered")]
    NotOffered,
    /// The key proofs do not hold.
    #[error(transparent)]
    Proof(#[from] KeyProofError),
    /// One key twice: two copies could be linked by it.
    #[error("one key was proved twice")]
    RepeatedKey,
    /// The nonce is none of ours, or too old.
    #[error(transparent)]
    Nonce(#[from] NonceError),
    /// The nonce was used before.
    #[error("the nonce was used before")]
    SpentNonce,
    /// There is no card to copy any more: it was suspended, revoked or replaced; or too many
    /// copies were fetched.
    #[error("no copies can be issued for this card")]
    Denied,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for IssueError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl IssueError {
    /// The answer to give.
    pub const fn response(&self) -> ErrorResponse {
        match self {
            Self::Authorization(error) => error.response(),
            Self::InvalidToken => ErrorResponse::new(
                ErrorCode::InvalidToken,
                "the access token is unknown, expired or used up",
            ),
            Self::Dpop(error) => error.response(),
            Self::Replayed => ErrorResponse::new(
                ErrorCode::InvalidDpopProof,
                "the DPoP proof was used before: make a fresh one for every request",
            ),
            Self::Request(error) => error.response(),
            Self::NotOffered => ErrorResponse::new(
                ErrorCode::UnknownCredentialConfiguration,
                "ask for what the offer named",
            ),
            Self::Proof(error) => error.response(),
            Self::RepeatedKey => ErrorResponse::new(
                ErrorCode::InvalidProof,
                "one key was proved twice: make a key for every copy",
            ),
            Self::Nonce(error) => error.response(),
            Self::SpentNonce => ErrorResponse::new(
                ErrorCode::InvalidNonce,
                "the nonce was used before: fetch a fresh one",
            ),
            Self::Denied => ErrorResponse::new(
                ErrorCode::CredentialRequestDenied,
                "no copies can be issued for this card",
            ),
            Self::Fault(_) => {
                ErrorResponse::new(ErrorCode::ServerError, "the request could not be served")
            }
        }
    }
}
