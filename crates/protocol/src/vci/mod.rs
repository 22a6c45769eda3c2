//! OpenID for Verifiable Credential Issuance 1.0: offers, metadata, key proofs, credentials.

mod counter_code;
mod display;
mod metadata;
mod nonce;
mod notification;
mod offer;
pub mod proof;
mod request;
mod response;

pub use counter_code::CounterCode;
pub use display::{ClaimDescription, CredentialDisplay, Image, IssuerDisplay, LocalName};
pub use metadata::{
    AlgorithmId, BatchCredentialIssuance, CredentialConfiguration, CredentialIssuerMetadata,
    CredentialMetadata, ProofType, RequestEncryption, ResponseEncryption, SD_JWT_VC_FORMAT,
};
pub use nonce::NonceResponse;
pub use notification::{NotificationError, NotificationEvent, NotificationRequest};
pub use offer::{
    AuthorizationCodeGrant, CredentialOffer, Grants, OfferError, OfferLink, PreAuthorizedCodeGrant,
    TransactionCode, TransactionCodeInput,
};
pub use proof::{ExpectedKeyProof, KeyProofError, KeyProofs, NewKeyProof};
pub use request::{CredentialRequest, CredentialRequestError, RequestedCredential};
pub use response::{CredentialResponse, IssuedCredentials};
