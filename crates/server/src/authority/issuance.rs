//! OpenID4VCI 1.0: metadata, token, nonce, credential.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tanda_protocol::oauth::{ErrorCode, ErrorResponse};

use super::State;
use super::oauth_error::{OauthError, ResourceError, client_headers, single};
use crate::clock;
use crate::extract;
use crate::problem::Problem;

/// The most bytes of a token or credential request: ten key proofs are the largest.
const MOST_BYTES: usize = 64 << 10;

/// The credential issuer's metadata (OpenID4VCI 1.0, section 12.2).
#[utoipa::path(get, path = "/.well-known/openid-credential-issuer", tag = "issuance",
    responses((status = 200, description = "Credential issuer metadata", body = Object)))]
pub(super) async fn issuer_metadata(
    Shared(state): Shared<Arc<State>>,
) -> Result<Response, Problem> {
    let metadata = state.authority.issuer_metadata()?;
    Ok(Json(metadata).into_response())
}

/// The authorization server's metadata (RFC 8414).
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "issuance",
    responses((status = 200, description = "Authorization server metadata", body = Object)))]
pub(super) async fn server_metadata(
    Shared(state): Shared<Arc<State>>,
) -> Result<Response, Problem> {
    let metadata = state.authority.authorization_server_metadata()?;
    Ok(Json(metadata).into_response())
}

/// Exchange an offer's code, or a refresh token, for an access token bound to the wallet's key.
#[utoipa::path(post, path = "/oauth/token", tag = "issuance",
    request_body(content = Object, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Token response (RFC 6749, section 5.1)", body = Object),
        (status = 400, description = "Error response (RFC 6749, section 5.2)", body = Object),
    ))]
pub(super) async fn token(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, OauthError> {
    let form = body(request).await?;
    let dpop = dpop(&headers)?;
    let client = client_headers(&headers).ok_or_else(|| {
        OauthError(ErrorResponse::new(
            ErrorCode::InvalidClient,
            "the wallet's attestation and its proof of possession are needed, once each",
        ))
    })?;
    let response = state
        .authority
        .exchange_token(&form, dpop, &client, clock::now(), &mut clock::seeded())
        .await
        .map_err(|error| OauthError(error.response()))?;
    Ok(Json(response).into_response())
}

/// A fresh nonce for key proofs (OpenID4VCI 1.0, section 7).
#[utoipa::path(post, path = "/openid4vci/nonce", tag = "issuance",
    responses((status = 200, description = "`{\"c_nonce\": …}`", body = Object)))]
pub(super) async fn nonce(Shared(state): Shared<Arc<State>>) -> Response {
    Json(state.authority.mint_nonce(clock::now(), &mut clock::rng())).into_response()
}

/// Fetch the card: as many one-time copies as key proofs are sent (OpenID4VCI 1.0, section 8).
#[utoipa::path(post, path = "/openid4vci/credential", tag = "issuance", request_body = Object,
    responses(
        (status = 200, description = "Credential response", body = Object),
        (status = 400, description = "Credential error response", body = Object),
        (status = 401, description = "No valid access token", body = Object),
    ))]
pub(super) async fn credential(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, ResourceError> {
    let authorization = single(&headers, header::AUTHORIZATION.as_str()).unwrap_or_default();
    let dpop = dpop(&headers)?;
    let body = body(request).await?;
    let response = state
        .authority
        .issue_copies(authorization, dpop, &body, clock::now(), &mut clock::seeded())
        .await
        .map_err(|error| ResourceError(error.response()))?;
    Ok((StatusCode::OK, Json(response)).into_response())
}

fn dpop(headers: &HeaderMap) -> Result<&str, OauthError> {
    single(headers, "dpop").ok_or_else(|| {
        OauthError(ErrorResponse::new(
            ErrorCode::InvalidDpopProof,
            "exactly one DPoP header is needed",
        ))
    })
}

async fn body(request: Request) -> Result<axum::body::Bytes, OauthError> {
    extract::bytes(request, MOST_BYTES).await.map_err(|_| {
        OauthError(ErrorResponse::new(ErrorCode::InvalidRequest, "the body is too large"))
    })
}
