//! The wallet's side of a request: is it really from whom it says, to this wallet, now?

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tanda_credential::{
    CLOCK_SKEW,
    jose::{Jws, JwsError},
    x509::{self, Certificate, ChainError},
};

use super::{
    client_id::ClientId,
    request::{ANY_WALLET, AuthorizationRequest, Nonce, REQUEST_TYP},
    response::ErrorCode,
    transaction::{TransactionData, TransactionDataError},
};
use crate::oauth::is_secure;

/// A request that is valid for longer than this is refused.
const MAX_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// What a request must fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who asks, by the link that led here.
    pub client_id: ClientId,
    /// The nonce that was sent along when fetching by POST.
    pub wallet_nonce: Option<&'a Nonce>,
    /// The authorities for relying parties' access certificates.
    pub access_anchors: &'a [Certificate],
    /// The moment.
    pub now: Timestamp,
}

/// A request of a known relying party, to this wallet, now. What it may ask is another question:
/// [`crate::registration`].
#[derive(Clone, Debug)]
pub struct VerifiedRequest {
    /// What is asked.
    pub request: AuthorizationRequest,
    /// The asker's access certificate.
    pub access_certificate: Certificate,
    /// What is to be agreed to.
    pub transaction_data: Vec<TransactionData>,
}

/// Parameters whose presence makes two readings of one request possible.
#[derive(Deserialize)]
struct Forbidden {
    redirect_uri: Option<Value>,
    scope: Option<Value>,
    request: Option<Value>,
    request_uri: Option<Value>,
}

impl VerifiedRequest {
    /// Reads and checks a request object.
    ///
    /// # Errors
    /// [`RequestError`]: the first check that fails.
    pub fn parse(token: &str, expected: &Expected<'_>) -> Result<Self, RequestError> {
        let jws = Jws::parse(token)?;
        jws.expect_typ(REQUEST_TYP)?;
        let chain = x509::validate_chain(&jws.header().x5c, expected.access_anchors, expected.now)?;
        let signed = jws.verify(chain.leaf.verifying_key())?;
        let forbidden: Forbidden = signed.claims()?;
        if forbidden.redirect_uri.is_some()
            || forbidden.scope.is_some()
            || forbidden.request.is_some()
            || forbidden.request_uri.is_some()
        {
            return Err(RequestError::Ambiguous);
        }
        let request: AuthorizationRequest = signed.claims()?;
        // The link's client, the signed client and the certificate's owner are one: else a request
        // could be passed on in another's name, and the presentation would be made for the wrong
        // audience.
        if request.client_id != expected.client_id || request.client_id != ClientId::of(&chain.leaf)
        {
            return Err(RequestError::ClientId);
        }
        if request.aud != ANY_WALLET {
            return Err(RequestError::Audience);
        }
        if request.iat > expected.now + CLOCK_SKEW
            || request.exp.duration_since(request.iat) > MAX_LIFE
        {
            return Err(RequestError::IssuedAt);
        }
        if request.exp <= expected.now - CLOCK_SKEW {
            return Err(RequestError::Expired);
        }
        if expected.wallet_nonce.is_some() && request.wallet_nonce.as_ref() != expected.wallet_nonce
        {
            return Err(RequestError::WalletNonce);
        }
        if !is_secure(&request.response_uri) {
            return Err(RequestError::ResponseUri);
        }
        if request.client_metadata.encryption().is_none() {
            return Err(RequestError::Encryption);
        }
        let transaction_data = match &request.transaction_data {
            Some(encoded) => TransactionData::read_all(encoded, &request.dcql_query)?,
            None => Vec::new(),
        };
        Ok(Self { request, access_certificate: chain.leaf, transaction_data })
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No signed request object, a wrong signature, or malformed parameters.
    #[error("the request: {0}")]
    Token(#[from] JwsError),
    /// The asker's certificate leads to nobody that is trusted.
    #[error("the asker's certificate: {0}")]
    Chain(#[from] ChainError),
    /// Parameters that contradict one another or that must not be there.
    #[error("the request can be read in two ways")]
    Ambiguous,
    /// Signed by another than the one whom the link named.
    #[error("the request is not from the one whom the link names")]
    ClientId,
    /// Meant for somebody else.
    #[error("the request is not for a wallet")]
    Audience,
    /// From the future, or valid for too long.
    #[error("the request's times are not plausible")]
    IssuedAt,
    /// Too late.
    #[error("the request has expired")]
    Expired,
    /// Not made for this wallet's fetch: a copy of an earlier one.
    #[error("the request does not repeat this wallet's nonce")]
    WalletNonce,
    /// The answer would go to an insecure address.
    #[error("the answer would go to an insecure address")]
    ResponseUri,
    /// No key to encrypt the answer to.
    #[error("the request offers no way to encrypt the answer")]
    Encryption,
    /// Something to agree to that can't be shown.
    #[error(transparent)]
    TransactionData(#[from] TransactionDataError),
}

impl RequestError {
    /// What to tell the asker, if anything is told.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Chain(_) | Self::ClientId => ErrorCode::InvalidClient,
            Self::TransactionData(_) => ErrorCode::InvalidTransactionData,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

#[cfg(test)]
mod tests;
