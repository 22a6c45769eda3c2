//! The live picture.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use jiff::Timestamp;
use serde::Serialize;
use tanda_authority::figures::{Figures, HourFigures};
use tanda_model::Finding;
use utoipa::ToSchema;

use super::State;
use super::session::SignedInOfficer;
use crate::clock;
use crate::problem::Problem;

/// What the authority did in the last 24 hours. Counts alone.
#[derive(Serialize, ToSchema)]
pub(super) struct FiguresView {
    /// One an hour, the oldest first; the last one has just begun.
    hours: Vec<HourView>,
    /// How many applications wait for an officer now.
    waiting: u64,
    /// Since when the one that waits longest does.
    #[schema(value_type = Option<String>)]
    oldest: Option<Timestamp>,
    /// How long half of the applications that officers decided had waited at most, in seconds.
    median_wait: Option<i64>,
    /// How often each reason to refuse was found, the most frequent first.
    refused_for: Vec<ReasonView>,
    /// The time now, by the server's clock.
    #[schema(value_type = String)]
    now: Timestamp,
}

/// What came of applications in one hour.
#[derive(Serialize, ToSchema)]
struct HourView {
    #[schema(value_type = String)]
    begins: Timestamp,
    approved: u64,
    referred: u64,
    refused: u64,
}

/// A reason to refuse.
#[derive(Serialize, ToSchema)]
struct ReasonView {
    #[schema(value_type = String)]
    finding: Finding,
    count: u64,
}

/// The live picture: applications, outcomes, waiting times.
#[utoipa::path(get, path = "/console/figures", tag = "console: figures", responses(
    (status = 200, body = FiguresView),
    (status = 401, body = Problem)))]
pub(super) async fn view(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Result<Json<FiguresView>, Problem> {
    let now = clock::now();
    let figures = state.authority.figures(&session.signed_in(), now).await?;
    let Figures { hours, waiting, oldest, median_wait, refused_for } = figures;
    let hour = |HourFigures { begins, approved, referred, refused }| HourView {
        begins,
        approved,
        referred,
        refused,
    };
    let reason = |(finding, count)| ReasonView { finding, count };
    Ok(Json(FiguresView {
        hours: hours.into_iter().map(hour).collect(),
        waiting,
        oldest,
        median_wait: median_wait.map(|wait| wait.as_secs()),
        refused_for: refused_for.into_iter().map(reason).collect(),
        now,
    }))
}
