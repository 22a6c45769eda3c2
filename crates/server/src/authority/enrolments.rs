//! A resident applies: evidence comes from the wallet straight to the authority.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::enrolment::{
    Application, BeginError, CaptureError, CompleteError, EnrolmentView, PublicState, ViewError,
};
use tanda_biometrics::{Guidance, Step};
use tanda_model::{AssuranceLevel, EnrolmentId, EvidenceKind, EvidenceSet};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::State;
use super::appointments::AppointmentView;
use super::oauth_error::client_headers;
use crate::clock;
use crate::extract::{self, Body, Segment};
use crate::problem::Problem;
use crate::source::Source;

/// The most bytes of one camera frame.
const MOST_FRAME_BYTES: usize = 1 << 20;
/// The longest that a poll waits for a change, in seconds.
const LONGEST_WAIT_S: u64 = 30;

/// What a resident applies with.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewEnrolment {
    /// The resident number, as printed on the physical card.
    number: String,
    /// The full name, as printed on the physical card.
    name: String,
    /// The version of the text that was agreed to.
    consent: String,
    /// The language of the page, BCP 47.
    locale: String,
    /// The card that is applied for: `light`, which needs no more than the face, or `full`.
    #[serde(default = "light")]
    #[schema(value_type = String)]
    level: AssuranceLevel,
}

const fn light() -> AssuranceLevel {
    AssuranceLevel::Light
}

/// An enrolment has begun: whether there is such a resident is not said.
#[derive(Serialize, ToSchema)]
pub(super) struct BegunView {
    #[schema(value_type = String)]
    enrolment_id: EnrolmentId,
    /// The bearer token of this enrolment.
    token: String,
    steps_total: u8,
    /// The first step of the challenge.
    #[schema(value_type = String)]
    step: Step,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// What a frame was good for.
#[derive(Serialize, ToSchema)]
pub(super) struct FrameView {
    /// What to tell the person, such as `good`, `too_far` or `turn_left`.
    #[schema(value_type = String)]
    guidance: Guidance,
    /// The frame was taken as evidence of the step.
    accepted: bool,
    done: u8,
    total: u8,
    /// The step to do now; none when all are done.
    #[schema(value_type = Option<String>)]
    step: Option<Step>,
}

/// Where an enrolment stands, as the applicant may know it.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolmentStateView {
    /// `capturing`, `referred`, `gathering`, `approved`, `refused` or `expired`.
    #[schema(value_type = String)]
    state: PublicState,
    /// The offer with which the wallet fetches the card (OpenID4VCI 1.0, section 4.1).
    credential_offer: Option<String>,
    /// When another try makes sense.
    #[schema(value_type = Option<String>)]
    try_again_after: Option<Timestamp>,
    /// What the full card still needs, while evidence is gathered.
    gathered: Option<GatheredView>,
}

/// An application for the full card whose face holds.
#[derive(Serialize, ToSchema)]
pub(super) struct GatheredView {
    /// What the applicant shows at a counter.
    counter_code: String,
    /// Until when the rest has to be there.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// The kinds of evidence that hold by now.
    #[schema(value_type = Vec<String>)]
    held: EvidenceSet,
    /// What is missing: of each choice, one will do.
    #[schema(value_type = Vec<Vec<String>>)]
    missing: Vec<Vec<EvidenceKind>>,
    /// When the applicant comes to a counter, if that is agreed.
    appointment: Option<AppointmentView>,
    /// What the last reading of the physical card came to: `read`, `not-read` or `again` (lay it on
    /// again), the same for every fault of the card.
    #[schema(value_type = Option<String>)]
    chip: Option<&'static str>,
    /// When that reading ended: the next may come to the same.
    #[schema(value_type = Option<String>)]
    chip_at: Option<Timestamp>,
}

/// Begin an enrolment. The answer is the same whether or not the register knows the number.
#[utoipa::path(post, path = "/enrolments", tag = "enrolment", request_body = NewEnrolment, responses(
    (status = 201, body = BegunView),
    (status = 401, description = "No valid wallet attestation", body = Problem),
    (status = 422, description = "No well-formed number or name, or no consent", body = Problem),
    (status = 429, description = "Too many attempts", body = Problem),
))]
pub(super) async fn begin(
    Shared(state): Shared<Arc<State>>,
    Source(source): Source,
    headers: HeaderMap,
    Body(body): Body<NewEnrolment>,
) -> Result<(StatusCode, Json<BegunView>), Problem> {
    let client = client_headers(&headers).ok_or_else(no_attestation)?;
    let application = Application {
        number: body.number,
        name: body.name,
        consent: body.consent,
        locale: body.locale,
        level: body.level,
    };
    let begun = state
        .authority
        .begin_enrolment(&application, &client, source, clock::now(), &mut clock::seeded())
        .await
        .map_err(begin_problem)?;
    Ok((
        StatusCode::CREATED,
        Json(BegunView {
            enrolment_id: begun.enrolment_id,
            token: begun.token.expose().to_owned(),
            steps_total: begun.steps_total,
            step: begun.step,
            expires_at: begun.expires_at,
        }),
    ))
}

/// Hand in one camera frame for the step in hand.
#[utoipa::path(post, path = "/enrolments/{id}/frames", tag = "enrolment",
    params(("step" = u8, Query, description = "The step's index, from 0")),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses(
        (status = 200, body = FrameView),
        (status = 401, body = Problem),
        (status = 409, description = "Not the step in hand (wrong-step); or no more pictures are \
         taken, since the steps are done or were not seen in many (not-capturing)", body = Problem),
        (status = 422, description = "Not an image", body = Problem),
    ))]
pub(super) async fn capture(
    Shared(state): Shared<Arc<State>>,
    Segment(id): Segment<EnrolmentId>,
    Query(which): Query<StepIndex>,
    request: Request,
) -> Result<Json<FrameView>, Problem> {
    let token = bearer(request.headers())?.to_owned();
    let image = extract::bytes(request, MOST_FRAME_BYTES).await?;
    let answer = state
        .authority
        .capture_frame(id, &token, which.step, image.into(), clock::now(), &mut clock::seeded())
        .await
        .map_err(capture_problem)?;
    Ok(Json(FrameView {
        guidance: answer.guidance,
        accepted: answer.accepted,
        done: answer.done,
        total: answer.total,
        step: answer.step,
    }))
}

/// Which step a frame is for.
#[derive(Deserialize)]
pub(super) struct StepIndex {
    step: u8,
}

/// Ask for the decision, once every step is done.
#[utoipa::path(post, path = "/enrolments/{id}/complete", tag = "enrolment", responses(
    (status = 200, body = EnrolmentStateView),
    (status = 409, description = "Steps are missing", body = Problem),
))]
pub(super) async fn complete(
    Shared(state): Shared<Arc<State>>,
    Segment(id): Segment<EnrolmentId>,
    headers: HeaderMap,
) -> Result<Json<EnrolmentStateView>, Problem> {
    let token = bearer(&headers)?;
    let began = Instant::now();
    let decided =
        state.authority.complete_enrolment(id, token, clock::now(), &mut clock::seeded()).await;
    until_the_grid(began, state.decision_grid_ms).await;
    decided.map(|completion| Json(completion.view.into())).map_err(complete_problem)
}

/// Waits until a whole number of grid lengths has passed, so that the time taken is no answer.
async fn until_the_grid(began: Instant, grid_ms: u64) {
    let grid = u128::from(grid_ms.max(1));
    let passed = began.elapsed().as_millis();
    let until = (passed / grid + 1) * grid;
    let until = u64::try_from(until).unwrap_or(u64::MAX);
    tokio::time::sleep_until(began + Duration::from_millis(until)).await;
}

/// How long a poll may wait.
#[derive(Deserialize)]
pub(super) struct Wait {
    #[serde(default)]
    wait: u64,
}

/// Where the enrolment stands; with `wait`, the answer comes when it changes or the wait is over.
#[utoipa::path(get, path = "/enrolments/{id}", tag = "enrolment",
    params(("wait" = Option<u64>, Query, description = "Seconds to wait for a decision, 30 at most")),
    responses((status = 200, body = EnrolmentStateView), (status = 401, body = Problem)))]
pub(super) async fn view(
    Shared(state): Shared<Arc<State>>,
    Segment(id): Segment<EnrolmentId>,
    Query(wait): Query<Wait>,
    headers: HeaderMap,
) -> Result<Json<EnrolmentStateView>, Problem> {
    let token = bearer(&headers)?;
    let until = Instant::now() + Duration::from_secs(wait.wait.min(LONGEST_WAIT_S));
    let look = || async {
        let (now, mut rng) = (clock::now(), clock::seeded());
        state.authority.view_enrolment(id, token, now, &mut rng).await.map_err(view_problem)
    };
    let first = look().await?;
    let waits = matches!(first.state, PublicState::Referred | PublicState::Gathering);
    let mut view = first.clone();
    loop {
        if !waits || view != first || Instant::now() >= until {
            return Ok(Json(view.into()));
        }
        // An officer decides in another process, so the store is asked again.
        tokio::time::sleep(Duration::from_millis(500)).await;
        view = look().await?;
    }
}

impl From<EnrolmentView> for EnrolmentStateView {
    fn from(view: EnrolmentView) -> Self {
        Self {
            state: view.state,
            credential_offer: view.credential_offer,
            try_again_after: view.try_again_after,
            gathered: view.gathered.map(|gathered| GatheredView {
                counter_code: gathered.counter_code.to_string(),
                expires_at: gathered.expires_at,
                held: gathered.held,
                missing: gathered.missing,
                appointment: gathered.appointment.map(AppointmentView::from),
                chip: gathered.chip.map(|chip| chip.for_resident().as_str()),
                chip_at: gathered.chip.map(|chip| chip.at),
            }),
        }
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(unknown)
}

pub(super) fn unknown() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unknown-enrolment",
        "No such application",
        "There is no such application, or it belongs to another wallet. Start a new one.",
    )
}

fn expired() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "enrolment-expired",
        "The application has ended",
        "The application took too long and has ended. Start a new one.",
    )
}

pub(super) fn no_attestation() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "wallet-not-attested",
        "Wallet not recognised",
        "No provider that this authority knows vouches for this wallet. Sign in to the wallet again.",
    )
}

fn begin_problem(error: BeginError) -> Problem {
    let unprocessable = |code, title, detail: &str| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail)
    };
    match error {
        BeginError::Number(_) | BeginError::OtherScheme => unprocessable(
            "malformed-number",
            "Not a resident number",
            "This isn't a resident number: a digit is wrong or missing. Compare it with your card.",
        ),
        BeginError::Locale => Problem::malformed("The locale is no language tag."),
        BeginError::Name => unprocessable(
            "malformed-name",
            "Not a name",
            "The name is empty or too long. Enter it as it is printed on your card.",
        ),
        BeginError::Consent => unprocessable(
            "consent-missing",
            "Consent needed",
            "Read what will be checked and agree to it, then try again.",
        ),
        BeginError::Client(_) => no_attestation(),
        BeginError::TooManyAttempts { try_again_after } => too_many_attempts(try_again_after),
        BeginError::Fault(cause) => cause.into(),
    }
}

pub(super) fn too_many_attempts(try_again_after: Timestamp) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-attempts",
        "Too many attempts",
        "There were too many attempts. Wait for a while, then try again, or visit a counter.",
    )
    .retry_after(seconds_until(try_again_after))
}

fn seconds_until(then: Timestamp) -> u64 {
    u64::try_from(then.as_second() - clock::now().as_second()).unwrap_or_default()
}

fn capture_problem(error: CaptureError) -> Problem {
    match error {
        CaptureError::Unknown => unknown(),
        CaptureError::Expired => expired(),
        CaptureError::WrongStep => Problem::new(
            StatusCode::CONFLICT,
            "wrong-step",
            "Not the step in hand",
            "This picture is for another step. Follow the step on the screen.",
        ),
        CaptureError::NotCapturing => Problem::new(
            StatusCode::CONFLICT,
            "not-capturing",
            "No pictures are awaited",
            "This application takes no more pictures. Ask where it stands.",
        ),
        CaptureError::TooManyAttempts { try_again_after } => too_many_attempts(try_again_after),
        CaptureError::NotAPicture(_) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not-an-image",
            "Not a picture",
            "This isn't a whole JPEG, PNG or WebP picture of a usual size. Take it again.",
        ),
        CaptureError::TooLarge => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "Too large",
            "The picture is too large. Send one of at most 1 MB and 12 megapixels.",
        ),
        CaptureError::Fault(cause) => cause.into(),
    }
}

fn complete_problem(error: CompleteError) -> Problem {
    match error {
        CompleteError::Unknown => unknown(),
        CompleteError::Expired => expired(),
        CompleteError::NotCaptured => Problem::new(
            StatusCode::CONFLICT,
            "steps-missing",
            "Steps are missing",
            "Not every step has been seen yet. Follow the steps on the screen first.",
        ),
        CompleteError::TooManyAttempts { try_again_after } => too_many_attempts(try_again_after),
        CompleteError::Fault(cause) => cause.into(),
    }
}

fn view_problem(error: ViewError) -> Problem {
    match error {
        ViewError::Unknown => unknown(),
        ViewError::Fault(cause) => cause.into(),
    }
}
