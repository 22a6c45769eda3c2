//! Why a wallet was not let in.

use tanda_credential::jose::{JwsError, SignError};
use thiserror::Error;

use crate::oauth::{ErrorCode, ErrorResponse};

/// Why an attestation or its proof of possession was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AttestationError {
    /// One of the headers is missing or repeated.
    #[error("the client attestation headers are missing or repeated")]
    Missing,
    /// The attestation is not a JWT of the right type with the claims that it needs.
    #[error("the client attestation is malformed")]
    Malformed(#[source] JwsError),
    /// The trust list does not know who made the attestation.
    #[error("the client attestation is not by a listed wallet provider")]
    UnknownAttester,
    /// The attestation is signed by another key than the provider's.
    #[error("the signature of the client attestation is wrong")]
    Signature,
    /// The attestation has expired, or lives too long, or is from the future.
    #[error("the client attestation is not fresh")]
    NotFresh,
    /// The request names another client than the attestation.
    #[error("the client attestation is for another client")]
    OtherClient,
    /// The proof of possession is not a JWT of the right type with the claims that it needs.
    #[error("the proof of possession is malformed")]
    MalformedPossession(#[source] JwsError),
    /// The proof of possession is signed by another key than the attested one.
    #[error("the proof of possession is not by the attested key")]
    PossessionSignature,
    /// The proof of possession is for another server.
    #[error("the proof of possession is for another server")]
    Audience,
    /// The proof of possession is too old or from the future.
    #[error("the proof of possession was not made just now")]
    Time,
    /// The proof of possession has no identifier, or one too long to remember.
    #[error("the proof of possession has no usable jti")]
    Identifier,
    /// The store has seen the proof of possession.
    #[error("the proof of possession was used before")]
    Replayed,
    /// The server's challenge is missing, unknown or expired.
    #[error("the proof of possession does not carry the server's challenge")]
    Challenge,
    /// The draft in use does not know a DPoP proof as a proof of possession.
    #[error("a DPoP proof is not taken as the proof of possession")]
    DpopNotTaken,
    /// A certificate of the trust list cannot be read.
    #[error("a certificate of a wallet provider is malformed")]
    Certificate,
    /// The own key failed.
    #[error("the attestation could not be signed")]
    Sign(#[from] SignError),
}

impl AttestationError {
    /// What the client is told (draft -07 §6.2; draft -12 §7.4).
    #[must_use]
    pub const fn response(&self) -> ErrorResponse {
        let (code, description) = match self {
            Self::NotFresh => (
                ErrorCode::UseFreshAttestation,
                "The wallet attestation has expired. Get a new one from the provider.",
            ),
            Self::Challenge => (
                ErrorCode::UseAttestationChallenge,
                "Sign the proof with the challenge of the OAuth-Client-Attestation-Challenge header.",
            ),
            Self::Certificate | Self::Sign(_) => {
                (ErrorCode::ServerError, "The attestation could not be handled.")
            }
            Self::Missing => (
                ErrorCode::InvalidClient,
                "Send OAuth-Client-Attestation and OAuth-Client-Attestation-PoP once each.",
            ),
            Self::UnknownAttester => (
                ErrorCode::InvalidClient,
                "The wallet provider is not on this authority's trust list.",
            ),
            Self::Malformed(_) | Self::Signature => {
                (ErrorCode::InvalidClient, "The wallet attestation is malformed or wrongly signed.")
            }
            Self::OtherClient => {
                (ErrorCode::InvalidClient, "The client_id is not the attested one.")
            }
            Self::MalformedPossession(_)
            | Self::PossessionSignature
            | Self::Identifier
            | Self::DpopNotTaken => (
                ErrorCode::InvalidClient,
                "The proof of possession is malformed or not by the attested key.",
            ),
            Self::Audience => (
                ErrorCode::InvalidClient,
                "The proof of possession must name this server's issuer as its only audience.",
            ),
            Self::Time => (
                ErrorCode::InvalidClient,
                "The proof of possession is too old or from the future. Set the clock.",
            ),
            Self::Replayed => (
                ErrorCode::InvalidClient,
                "The proof of possession was used before. Make a new one for each request.",
            ),
        };
        ErrorResponse::new(code, description)
    }
}
