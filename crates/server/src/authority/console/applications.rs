//! The applications that wait for an officer: the queue, one application's evidence, the decision.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tanda_authority::enrolment::{
    DecideError, HeldFor, LiveFrame, LookError, ReferredEvidence, RegisteredPerson, ScoreReading,
};
use tanda_biometrics::Step;
use tanda_credential::b64;
use tanda_model::{EnrolmentId, Finding, OfficerVerdict, Strength};
use utoipa::ToSchema;

use super::State;
use super::refusals::reason;
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// The queue, oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct QueueView {
    applications: Vec<WaitingView>,
    /// The time now, by the server's clock.
    #[schema(value_type = String)]
    now: Timestamp,
}

/// An application that waits. Says nothing of whose it is.
#[derive(Serialize, ToSchema)]
struct WaitingView {
    #[schema(value_type = String)]
    id: EnrolmentId,
    #[schema(value_type = String)]
    since: Timestamp,
    /// Why it was referred.
    #[schema(value_type = Vec<String>)]
    findings: Vec<Finding>,
    /// Who has to decide, when this officer may not: `supervisor`, or `colleague` when it is the
    /// officer's own.
    #[schema(value_type = Option<String>)]
    held_for: Option<HeldFor>,
}

/// The applications that wait.
#[utoipa::path(get, path = "/console/applications", tag = "console: applications", responses(
    (status = 200, body = QueueView),
    (status = 401, body = Problem),
    (status = 403, description = "Not permitted to this role", body = Problem)))]
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Result<Json<QueueView>, Problem> {
    let officer = session.signed_in();
    let waiting = state.authority.queue(&officer).await?;
    let applications = waiting
        .into_iter()
        .map(|one| WaitingView {
            id: one.id,
            since: one.since,
            held_for: one.held_for(&officer),
            findings: one.findings,
        })
        .collect();
    Ok(Json(QueueView { applications, now: clock::now() }))
}

/// An application's evidence.
#[derive(Serialize, ToSchema)]
pub(super) struct EvidenceView {
    #[schema(value_type = String)]
    id: EnrolmentId,
    #[schema(value_type = String)]
    begun_at: Timestamp,
    #[schema(value_type = String)]
    since: Timestamp,
    #[schema(value_type = Vec<String>)]
    findings: Vec<Finding>,
    /// The name as the applicant typed it.
    typed_name: String,
    /// The resident of the number, as the register has them.
    resident: PersonView,
    frames: Vec<FrameView>,
    scores: Vec<ScoreView>,
    /// Other residents with such a face, the most similar first.
    lookalikes: Vec<LookalikeView>,
    /// How many cards are suspended until it is decided.
    frozen: usize,
}

/// A resident, the number masked.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonView {
    name: String,
    number: String,
    #[schema(value_type = String)]
    birth_date: Date,
    deceased: bool,
    card_lost: bool,
    /// A `data:` URL.
    portrait: String,
}

/// What the camera saw at one step.
#[derive(Serialize, ToSchema)]
pub(super) struct FrameView {
    #[schema(value_type = String)]
    step: Step,
    /// A `data:` URL.
    picture: String,
}

/// A score against its line.
#[derive(Serialize, ToSchema)]
struct ScoreView {
    /// `portrait`, `live` or `same_person`.
    what: &'static str,
    score: Option<f32>,
    /// From where on it is good.
    line: f32,
    /// `clear`, `narrow`, `doubtful` or `against`.
    #[schema(value_type = String)]
    strength: Strength,
}

/// Another resident whose face is as alike.
#[derive(Serialize, ToSchema)]
struct LookalikeView {
    person: PersonView,
    similarity: f32,
}

/// Look at an application, to decide it. The look is recorded.
#[utoipa::path(post, path = "/console/applications/{id}/look", tag = "console: applications",
    responses(
        (status = 200, body = EvidenceView),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 409, description = "Decided meanwhile", body = Problem)))]
pub(super) async fn look(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
) -> Result<Json<EvidenceView>, Problem> {
    let seen = state
        .authority
        .look_at_referred(id, session.signed_in(), clock::now())
        .await
        .map_err(look_problem)?;
    Ok(Json(evidence_view(id, seen)))
}

/// A decision.
#[derive(Deserialize, ToSchema)]
pub(super) struct Decision {
    /// `approve` or `refuse`.
    #[schema(value_type = String)]
    verdict: OfficerVerdict,
    /// Why, in a sentence that somebody else can judge later.
    reason: String,
}

/// Decide an application. Of two who decide at once, one wins, and the other is told.
#[utoipa::path(post, path = "/console/applications/{id}/decision", tag = "console: applications",
    request_body = Decision, responses(
        (status = 204, description = "Decided; the wallet learns it within a second"),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 409, description = "Decided meanwhile", body = Problem),
        (status = 422, description = "No reason", body = Problem)))]
pub(super) async fn decide(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
    Body(decision): Body<Decision>,
) -> Result<StatusCode, Problem> {
    let officer = session.signed_in().acting(reason(&decision.reason)?, None);
    state
        .authority
        .decide_referred(id, decision.verdict, &officer, clock::now(), &mut clock::seeded())
        .await
        .map_err(decide_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why.
#[derive(Deserialize, ToSchema)]
pub(super) struct FreezeReason {
    reason: String,
}

/// What is frozen because of an application.
#[derive(Serialize, ToSchema)]
pub(super) struct FrozenView {
    /// How many cards are suspended until it is decided.
    frozen: usize,
}

/// Suspend the cards of everybody whom an application's face may be, until it is decided.
#[utoipa::path(post, path = "/console/applications/{id}/freeze", tag = "console: applications",
    request_body = FreezeReason, responses(
        (status = 200, body = FrozenView),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 409, description = "Decided meanwhile", body = Problem)))]
pub(super) async fn freeze(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
    Body(body): Body<FreezeReason>,
) -> Result<Json<FrozenView>, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let frozen = state.authority.freeze_lookalikes(id, &officer, clock::now()).await;
    Ok(Json(FrozenView { frozen: frozen.map_err(look_problem)? }))
}

/// Restore the cards that were suspended because of an application, before it is decided.
#[utoipa::path(post, path = "/console/applications/{id}/release", tag = "console: applications",
    request_body = FreezeReason, responses(
        (status = 200, body = FrozenView),
        (status = 403, description = "Not permitted to this role, or the officer's own", body = Problem),
        (status = 409, description = "Decided meanwhile", body = Problem)))]
pub(super) async fn release(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<EnrolmentId>,
    Body(body): Body<FreezeReason>,
) -> Result<Json<FrozenView>, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let released = state.authority.release_lookalikes(id, &officer, clock::now()).await;
    released.map_err(look_problem)?;
    Ok(Json(FrozenView { frozen: 0 }))
}

fn evidence_view(id: EnrolmentId, seen: ReferredEvidence) -> EvidenceView {
    let scores = seen.scores;
    let score = |what, reading: ScoreReading| ScoreView {
        what,
        score: reading.score,
        line: reading.line,
        strength: reading.strength,
    };
    EvidenceView {
        id,
        begun_at: seen.begun_at,
        since: seen.since,
        findings: seen.findings,
        typed_name: seen.typed_name,
        resident: person_view(&seen.resident),
        frames: seen.frames.iter().map(frame_view).collect(),
        scores: vec![
            score("portrait", scores.portrait),
            score("same_person", scores.same_person),
            score("live", scores.live),
        ],
        lookalikes: seen
            .lookalikes
            .iter()
            .map(|one| LookalikeView {
                person: person_view(&one.person),
                similarity: one.similarity,
            })
            .collect(),
        frozen: seen.frozen,
    }
}

pub(super) fn frame_view(frame: &LiveFrame) -> FrameView {
    FrameView { step: frame.step, picture: picture(&frame.picture) }
}

pub(super) fn person_view(person: &RegisteredPerson) -> PersonView {
    PersonView {
        name: person.name.clone(),
        number: person.masked_number.clone(),
        birth_date: person.birth_date,
        deceased: person.marks.deceased,
        card_lost: person.marks.card_lost,
        portrait: picture(&person.portrait),
    }
}

/// A picture as a `data:` URL, so that no address leads to it.
pub(super) fn picture(bytes: &[u8]) -> String {
    let kind = match bytes {
        [0x89, b'P', ..] => "png",
        [b'R', b'I', ..] => "webp",
        _ => "jpeg",
    };
    format!("data:image/{kind};base64,{}", b64::encode_standard(bytes))
}

fn look_problem(error: LookError) -> Problem {
    match error {
        LookError::Unknown => Problem::not_found(),
        LookError::NotAllowed(refused) => refused.into(),
        LookError::NotReferred => decided_already(),
        LookError::Fault(cause) => cause.into(),
    }
}

fn decide_problem(error: DecideError) -> Problem {
    match error {
        DecideError::Unknown => Problem::not_found(),
        DecideError::NotAllowed(refused) => refused.into(),
        DecideError::NotReferred(_) | DecideError::Changed => decided_already(),
        DecideError::Fault(cause) => cause.into(),
    }
}

fn decided_already() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "decided-already",
        "Decided already",
        "A colleague has decided this application meanwhile, and that decision stands. Nothing of \
         yours was kept; go on with the next one.",
    )
}
