//! At a counter, cards whose chip is closed to the authority: a registered reader reads them, and signs
//! what it read (docs/integrating/attested-reader.md).

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use serde::Deserialize;
use tanda_authority::enrolment::chip::Ended;
use tanda_model::EnrolmentId;
use tanda_protocol::attested_reading::MAX_BYTES;
use utoipa::ToSchema;

use super::super::attested::{EndedView, QuestionView};
use super::State;
use super::counter::card_problem;
use super::refusals::reason;
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// The most bytes that a result may have, with the rest of its request.
const MOST_BYTES: usize = MAX_BYTES + 4096;

/// Why a reader is asked.
#[derive(Deserialize, ToSchema)]
pub(super) struct CounterQuestion {
    reason: String,
}

/// Ask what the counter's registered reader is to sign.
#[utoipa::path(post, path = "/console/counter/{id}/chip/question", tag = "console: counter",
    request_body = CounterQuestion, responses(
        (status = 201, body = QuestionView),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 404, description = "It gathers no evidence, or no more", body = Problem),
        (status = 409, description = "The chip is being read just now, or the application was not found by its code", body = Problem),
        (status = 422, description = "No reason", body = Problem)))]
pub(super) async fn question(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
    Body(body): Body<CounterQuestion>,
) -> Result<(StatusCode, Json<QuestionView>), Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let (now, mut rng) = (clock::now(), clock::seeded());
    let asked = state.authority.question_for_reader_at_counter(id, &officer, now, &mut rng).await;
    let asked = asked.map_err(card_problem)?;
    Ok((StatusCode::CREATED, Json(QuestionView::of(&state, id, &asked))))
}

/// What the counter's registered reader has signed.
#[derive(Deserialize, ToSchema)]
pub(super) struct CounterResult {
    /// A JWS in compact form.
    result: String,
    reason: String,
}

/// Hand in what the counter's registered reader has signed.
#[utoipa::path(post, path = "/console/counter/{id}/chip/attested", tag = "console: counter",
    request_body = CounterResult, responses(
        (status = 200, description = "Whether it was taken; why not, the application's progress says",
         body = EndedView),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 404, description = "It gathers no evidence, or no more", body = Problem),
        (status = 409, description = "The chip is being read just now, or the application was not found by its code", body = Problem),
        (status = 422, description = "No reason", body = Problem)))]
pub(super) async fn take(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
    Body(body): Body<CounterResult, MOST_BYTES>,
) -> Result<Json<EndedView>, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let (result, now, mut rng) = (body.result.trim(), clock::now(), clock::seeded());
    let taken =
        state.authority.take_attested_reading_at_counter(id, result, &officer, now, &mut rng).await;
    Ok(Json(Ended::from(taken.map_err(card_problem)?).into()))
}
