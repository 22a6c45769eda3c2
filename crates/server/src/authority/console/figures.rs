//! The live picture.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use jiff::Timestamp;
use serde::Serialize;
use tanda_authority::figures::{Attack, Figures, HourFigures, Picture};
use tanda_authority::health::{Check, Checked};
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
    /// What was turned away before there was anything to weigh.
    attacks: Vec<AttackView>,
    /// What was said of the pictures that wallets sent, the most frequent first.
    pictures: Vec<PictureView>,
    /// Whether what the authority needs is there and does its work.
    health: Vec<CheckView>,
    /// The time now, by the server's clock.
    #[schema(value_type = String)]
    now: Timestamp,
}

/// What came of applications in one hour.
#[derive(Serialize, ToSchema)]
struct HourView {
    #[schema(value_type = String)]
    begins: Timestamp,
    /// Applications that were begun.
    begun: u64,
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

/// Something that was turned away.
#[derive(Serialize, ToSchema)]
struct AttackView {
    /// `slowed`, `replayed`, `token_reused` or `passkey_refused`.
    #[schema(value_type = String)]
    attack: Attack,
    count: u64,
}

/// What was said of pictures.
#[derive(Serialize, ToSchema)]
struct PictureView {
    /// The guidance, such as `good` or `too_dark`; nothing where what came was no picture.
    #[schema(value_type = Option<String>)]
    said: Picture,
    count: u64,
}

/// How something is.
#[derive(Serialize, ToSchema)]
struct CheckView {
    /// `models`, `log`, `housekeeping` or `room`.
    #[schema(value_type = String)]
    check: Check,
    /// Whether nobody has to do anything.
    good: bool,
    /// When it was last done, or since when it is not.
    #[schema(value_type = Option<String>)]
    at: Option<Timestamp>,
    /// Bytes that are free on the disk.
    free: Option<u64>,
}

/// The live picture: applications, outcomes, waiting times, pictures, what was turned away, health.
#[utoipa::path(get, path = "/console/figures", tag = "console: figures", responses(
    (status = 200, body = FiguresView),
    (status = 401, body = Problem)))]
pub(super) async fn view(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Result<Json<FiguresView>, Problem> {
    let now = clock::now();
    let officer = session.signed_in();
    let figures = state.authority.figures(&officer, now).await?;
    let health = state.authority.health(&officer, now).await?;
    let Figures { hours, waiting, oldest, median_wait, refused_for, attacks, pictures } = figures;
    let hour = |HourFigures { begins, begun, approved, referred, refused }| HourView {
        begins,
        begun,
        approved,
        referred,
        refused,
    };
    let reason = |(finding, count)| ReasonView { finding, count };
    let attack = |(attack, count)| AttackView { attack, count };
    let picture = |(said, count)| PictureView { said, count };
    let check = |Checked { check, good, at, free }| CheckView { check, good, at, free };
    Ok(Json(FiguresView {
        hours: hours.into_iter().map(hour).collect(),
        waiting,
        oldest,
        median_wait: median_wait.map(|wait| wait.as_secs()),
        refused_for: refused_for.into_iter().map(reason).collect(),
        attacks: attacks.into_iter().map(attack).collect(),
        pictures: pictures.into_iter().map(picture).collect(),
        health: health.into_iter().map(check).collect(),
        now,
    }))
}
