//! Errors of the OAuth and OpenID4VCI endpoints, in those specifications' own form.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tanda_authority::ClientHeaders;
use tanda_protocol::oauth::client_attestation::{ATTESTATION_HEADER, POSSESSION_HEADER};
use tanda_protocol::oauth::{self, ErrorResponse};

use crate::trace;

/// An error response (RFC 6749, section 5.2; OpenID4VCI 1.0, section 8.3.1.2) with our trace id.
pub(super) struct OauthError(pub(super) ErrorResponse);

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let challenge = self.0.www_authenticate();
        let body = self.0.with_trace_id(trace::current_id());
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED
            && let Ok(value) = HeaderValue::from_str(&challenge)
        {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
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
