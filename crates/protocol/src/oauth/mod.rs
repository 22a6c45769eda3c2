//! OAuth 2.0 as OpenID4VCI uses it: the token endpoint with its two grants (RFC 6749, OpenID4VCI
//! 1.0 §6), proof of possession (DPoP, RFC 9449), wallet attestation
//! (draft-ietf-oauth-attestation-based-client-auth) and server metadata (RFC 8414).

pub mod client_attestation;
pub mod dpop;
mod error;
mod form;
mod header;
mod http_uri;
mod issuer_url;
mod metadata;
mod nonce_mint;
mod secret;
mod token;
mod window;

pub use dpop::{DpopError, DpopProof, ExpectedDpop, NewDpopProof};
pub use error::{ErrorCode, ErrorResponse, MessageError};
pub use header::{AuthorizationError, RepeatedHeader, dpop_access_token, single_header};
pub use issuer_url::{InsecureUrl, IssuerUrl, is_secure};
pub use metadata::{AuthorizationServerMetadata, MetadataError};
pub use nonce_mint::{NonceError, NonceMint, NoncePurpose, OpenedNonce};
pub use secret::{OpaqueToken, TokenHash};
pub use token::{
    Grant, PRE_AUTHORIZED_CODE_GRANT, REFRESH_TOKEN_GRANT, TokenRequest, TokenRequestError,
    TokenResponse, TokenType,
};
pub use window::{OutsideWindow, Window};
