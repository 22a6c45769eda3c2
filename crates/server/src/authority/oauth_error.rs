//! Errors of the OAuth and OpenID4VCI endpoints, in those specifications' own form.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tanda_authority::ClientHeaders;
use tanda_protocol::oauth::client_attestation::{ATTESTATION_HEADER, POSSESSION_HEADER};
use tanda_protocol::oauth::{self, ErrorResponse};

use crate::trace;

/// An error response of the token endpoint (RFC 6749, section 5.2), with our trace id.
pub(super) struct OauthError(pub(super) ErrorResponse);

/// An error response of the credential endpoint (OpenID4VCI 1.0, section 8.3.1): there a DPoP proof
/// that doesn't hold is 401 with a challenge (RFC 9449, section 7.1).
pub(super) struct ResourceError(pub(super) ErrorResponse);

impl From<OauthError> for ResourceError {
    fn from(OauthError(error): OauthError) -> Self {
        Self(error)
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let status = self.0.status();
        respond(status, self.0)
    }
}

impl IntoResponse for ResourceError {
    fn into_response(self) -> Response {
        let status = self.0.resource_status();
        respond(status, self.0)
    }
}

fn respond(status: u16, error: ErrorResponse) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    tracing::debug!(%status, error = error.error.as_str(), why = ?error.error_description, "refused");
    let challenge = error.www_authenticate();
    let body = error.with_trace_id(trace::current_id());
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::UNAUTHORIZED
        && let Ok(value) = HeaderValue::from_str(&challenge)
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// The wallet's attestation and its proof of possession, if each is there exactly once.
pub(super) fn client_headers(headers: &HeaderMap) -> Option<ClientHeaders<'_>> {
    Some(ClientHeaders {
        attestation: single(headers, ATTESTATION_HEADER)?,
        possession: single(headers, POSSESSION_HEADER)?,
    })
}

/// A header that must not be repeated (RFC 9449, section 4.3, asks this of `DPoP`).
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    oauth::single_header(headers.get_all(name).iter().map(HeaderValue::as_bytes)).ok().flatten()
}
