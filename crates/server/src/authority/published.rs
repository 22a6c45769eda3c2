//! What an authority publishes for everyone: status lists, the trust list, the card's description.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use tanda_authority::status::StatusListError;

use super::State;
use crate::clock;
use crate::extract::Segment;
use crate::problem::Problem;

/// A status list (draft-ietf-oauth-status-list).
#[utoipa::path(get, path = "/status-lists/{list}", tag = "published", responses(
    (status = 200, description = "Status List Token", content_type = "application/statuslist+jwt"),
    (status = 404, body = Problem),
))]
pub(super) async fn status_list(
    Shared(state): Shared<Arc<State>>,
    Segment(list): Segment<u32>,
) -> Result<Response, Problem> {
    let signed = state.authority.publish_status_list(list, clock::now()).await;
    let token = signed.map_err(|error| match error {
        StatusListError::Unknown => Problem::not_found(),
        StatusListError::Fault(cause) => cause.into(),
    })?;
    Ok(published("application/statuslist+jwt", "public, max-age=15", token.to_string()))
}

/// The trust list (ETSI TS 119 602, JSON), signed by its operator.
#[utoipa::path(get, path = "/trust-list", tag = "published", responses(
    (status = 200, description = "The list as a compact JWS", content_type = "application/jose"),
))]
pub(super) async fn trust_list(Shared(state): Shared<Arc<State>>) -> Result<Response, Problem> {
    let token = state.trust_list.token().await?;
    Ok(published("application/jose", "public, max-age=60", token))
}

/// The card's type metadata (SD-JWT VC): names of claims and how the card looks.
#[utoipa::path(get, path = "/type-metadata/{level}", tag = "published", responses(
    (status = 200, description = "Type metadata", content_type = "application/json"),
    (status = 404, body = Problem),
))]
pub(super) async fn type_metadata(
    Shared(state): Shared<Arc<State>>,
    Segment(level): Segment<String>,
) -> Result<Response, Problem> {
    let level = level.parse().map_err(|_| Problem::not_found())?;
    let document = state.authority.type_metadata(level);
    Ok(published("application/json", "public, max-age=3600", document))
}

pub(super) fn published(
    media_type: &'static str,
    caching: &'static str,
    body: impl IntoResponse,
) -> Response {
    let headers: [(HeaderName, &'static str); 2] =
        [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, caching)];
    (StatusCode::OK, headers, body).into_response()
}
