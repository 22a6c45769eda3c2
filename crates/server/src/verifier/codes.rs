//! Typed codes: what a guest without a camera enters in the wallet.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tanda_protocol::vp::code::ShortCode;
use tanda_protocol::vp::uri::RequestUri;
use tanda_verifier::Session;
use utoipa::ToSchema;

use super::Verifier;
use crate::clock;
use crate::extract::Segment;
use crate::problem::Problem;
use crate::source::Source;

/// The request that a code stands for.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeView {
    client_id: String,
    request_uri: String,
    request_uri_method: &'static str,
}

/// Resolve a typed code.
#[utoipa::path(get, path = "/codes/{code}", tag = "wallet", responses(
    (status = 200, body = CodeView),
    (status = 404, description = "No such code, or it has ended", body = Problem),
    (status = 429, description = "Too many wrong codes", body = Problem),
))]
pub(super) async fn resolve(
    State(verifier): State<Arc<Verifier>>,
    source: Source,
    Segment(code): Segment<String>,
) -> Result<Json<CodeView>, Problem> {
    let (now, source) = (clock::now(), source.key());
    verifier.code_guesses.check(&source, now).map_err(|seconds| {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-attempts",
            "Too many wrong codes",
            "Too many codes were wrong. Wait a minute, then type the one on the desk's screen.",
        )
        .retry_after(seconds)
    })?;
    let found = match code.parse::<ShortCode>() {
        Ok(code) => verifier.store.request_by_code(code.canonical(), now).await?,
        Err(_) => None,
    };
    let found = found.and_then(|session: Session| {
        let desk = verifier.desks.get(session.relying_party())?;
        let invitation = session.invitation(&desk.relying_party, &verifier.service);
        RequestUri::parse(&invitation.openid4vp_uri).ok()
    });
    let Some(request) = found else {
        verifier.code_guesses.failed(&source, now);
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-code",
            "No such code",
            "There is no open request with this code. Check it, or ask the desk for a new one.",
        ));
    };
    Ok(Json(CodeView {
        client_id: request.client_id.to_string(),
        request_uri: request.request_uri.to_string(),
        request_uri_method: "post",
    }))
}
