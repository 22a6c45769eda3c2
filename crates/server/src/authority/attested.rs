//! Cards whose chip is closed: a registered reader reads them, and signs what it read
//! (docs/integrating/attested-reader.md).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use tanda_authority::enrolment::chip::{ChipRelay, Ended};
use tanda_model::EnrolmentId;
use tanda_protocol::attested_reading::MAX_BYTES;
use utoipa::ToSchema;

use super::State;
use super::chip::open_problem;
use super::enrolments::bearer;
use crate::clock;
use crate::config::identifier;
use crate::extract::{self, Segment};
use crate::problem::Problem;

/// What a reader is to sign.
#[derive(Serialize, ToSchema)]
pub(super) struct QuestionView {
    /// This authority's identifier.
    authority: String,
    #[schema(value_type = String)]
    enrolment: EnrolmentId,
    /// Used once.
    nonce: String,
    /// Until when the result can be handed in.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// How it ended.
#[derive(Serialize, ToSchema)]
pub(super) struct EndedView {
    /// `read` or `not-read`.
    ended: String,
    /// The same in a plain sentence.
    sentence: String,
}

impl QuestionView {
    /// What a reader signs for this application.
    pub(super) fn of(state: &State, enrolment: EnrolmentId, asked: &ChipRelay) -> Self {
        Self {
            authority: identifier(&state.url),
            enrolment,
            nonce: asked.ticket.expose().to_owned(),
            expires_at: asked.expires_at,
        }
    }
}

impl From<Ended> for EndedView {
    fn from(ended: Ended) -> Self {
        Self { ended: ended.ended, sentence: ended.sentence }
    }
}

/// Ask what a registered reader is to sign, for a card whose chip is closed to the authority.
#[utoipa::path(post, path = "/enrolments/{id}/chip/question", tag = "enrolment", responses(
    (status = 201, body = QuestionView),
    (status = 401, body = Problem),
    (status = 409, description = "The chip is being read just now (chip-busy), or the enrolment takes \
     no chip (no-chip-now)", body = Problem),
))]
pub(super) async fn question(
    Shared(state): Shared<Arc<State>>,
    Segment(id): Segment<EnrolmentId>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<QuestionView>), Problem> {
    let token = bearer(&headers)?;
    let asked = state
        .authority
        .question_for_reader(id, token, clock::now(), &mut clock::seeded())
        .await
        .map_err(open_problem)?;
    Ok((StatusCode::CREATED, Json(QuestionView::of(&state, id, &asked))))
}

/// Hand in what a registered reader has signed.
#[utoipa::path(post, path = "/enrolments/{id}/chip/attested", tag = "enrolment",
    request_body(content = String, content_type = "application/jwt"),
    responses(
        (status = 200, description = "Whether it was taken; one answer for every reason against it",
         body = EndedView),
        (status = 401, body = Problem),
        (status = 409, description = "The enrolment takes no chip (no-chip-now)", body = Problem),
    ))]
pub(super) async fn take(
    Shared(state): Shared<Arc<State>>,
    Segment(id): Segment<EnrolmentId>,
    request: Request,
) -> Result<Json<EndedView>, Problem> {
    let token = bearer(request.headers())?.to_owned();
    let bytes = extract::bytes(request, MAX_BYTES).await?;
    let result = String::from_utf8_lossy(&bytes);
    let outcome = state
        .authority
        .take_attested_reading(id, &token, result.trim(), clock::now(), &mut clock::seeded())
        .await
        .map_err(open_problem)?;
    Ok(Json(Ended::from(outcome).into()))
}
