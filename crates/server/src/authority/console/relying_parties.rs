//! Relying parties at the console: who asks residents for what, and who decides it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::relying_parties::{ChangeRelyingPartyError, RelyingPartyView as Known, Step};
use tanda_model::{
    AssuranceLevel, Claim, PurposeId, PurposeText, RelyingPartyId, RelyingPartyTransitionError,
};
use tanda_protocol::registration::LocalText;
use url::Url;
use utoipa::ToSchema;

use super::State;
use super::refusals::reason;
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// The relying parties, and what they can be registered for.
#[derive(Serialize, ToSchema)]
pub(super) struct RelyingPartiesView {
    /// Those that wait for a decision first.
    relying_parties: Vec<RelyingPartyView>,
    /// Every purpose that there is.
    catalogue: Vec<PurposeView>,
    /// The time now, by the server's clock.
    #[schema(value_type = String)]
    now: Timestamp,
}

/// A relying party.
#[derive(Serialize, ToSchema)]
struct RelyingPartyView {
    #[schema(value_type = String)]
    id: RelyingPartyId,
    /// To be given back as `seen` when it is registered.
    revision: i64,
    #[schema(value_type = Object)]
    name: LocalText,
    hosts: Vec<String>,
    #[schema(value_type = Option<String>)]
    privacy_policy: Option<Url>,
    /// Of its access key (RFC 7638).
    key_thumbprint: String,
    /// `applied`, `refused`, `registered`, `suspended` or `ended`.
    state: &'static str,
    #[schema(value_type = String)]
    since: Timestamp,
    /// Why an officer decided so.
    reason: Option<String>,
    #[schema(value_type = String)]
    applied_at: Timestamp,
    /// The purposes that it applied for.
    #[schema(value_type = Vec<String>)]
    asked: Vec<PurposeId>,
    /// The purposes that it is registered for.
    #[schema(value_type = Vec<String>)]
    purposes: Vec<PurposeId>,
    /// When its access certificate ends.
    #[schema(value_type = Option<String>)]
    access_until: Option<Timestamp>,
    /// When the first of its registration certificates ends.
    #[schema(value_type = Option<String>)]
    registered_until: Option<Timestamp>,
    /// Reports by residents that nobody has settled.
    open_reports: u64,
}

/// What a purpose lets a relying party do.
#[derive(Serialize, ToSchema)]
struct PurposeView {
    #[schema(value_type = String)]
    id: PurposeId,
    #[schema(value_type = Object)]
    text: PurposeText,
    /// `light` or `full`.
    #[schema(value_type = String)]
    level: AssuranceLevel,
    /// The claims that may be asked, as paths without what is the relying party's own.
    claims: Vec<String>,
    /// How long they may be kept, in days; zero: not at all.
    retention_days: u16,
    /// The desk sees yes or no.
    result_only: bool,
    /// Which claims are kept, sealed.
    record: Vec<String>,
}

impl From<Known> for RelyingPartyView {
    fn from(known: Known) -> Self {
        Self {
            id: known.id,
            revision: known.revision,
            name: known.name,
            hosts: known.hosts,
            privacy_policy: known.privacy_policy,
            key_thumbprint: known.key_thumbprint,
            state: known.state.name(),
            since: known.state.since(),
            reason: known.reason,
            applied_at: known.applied_at,
            asked: known.asked,
            purposes: known.purposes,
            access_until: known.access_until,
            registered_until: known.registered_until,
            open_reports: known.open_reports,
        }
    }
}

impl From<PurposeId> for PurposeView {
    fn from(id: PurposeId) -> Self {
        let purpose = id.purpose();
        let words = |claims: &[Claim]| claims.iter().map(|claim| word(*claim)).collect();
        Self {
            id,
            text: purpose.text,
            level: purpose.level,
            claims: words(&purpose.claims),
            retention_days: purpose.retention_days,
            result_only: purpose.result_only,
            record: words(&purpose.record),
        }
    }
}

/// A claim as the pages name it: `age_equal_or_over.18`, `pseudonyms`.
fn word(claim: Claim) -> String {
    match claim {
        Claim::AgeEqualOrOver(age) => format!("age_equal_or_over.{}", age.years()),
        other => other.name().to_owned(),
    }
}

/// The relying parties.
#[utoipa::path(get, path = "/console/relying-parties", tag = "console: relying parties", responses(
    (status = 200, body = RelyingPartiesView),
    (status = 403, description = "Not permitted to this role", body = Problem)))]
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Result<Json<RelyingPartiesView>, Problem> {
    let known = state.authority.relying_parties(&session.signed_in()).await?;
    Ok(Json(RelyingPartiesView {
        relying_parties: known.into_iter().map(RelyingPartyView::from).collect(),
        catalogue: PurposeId::ALL.into_iter().map(PurposeView::from).collect(),
        now: clock::now(),
    }))
}

/// For which purposes an applicant is registered, and why.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewRegistration {
    /// The revision that the officer looked at.
    seen: i64,
    #[schema(value_type = Vec<String>)]
    purposes: Vec<PurposeId>,
    reason: String,
}

/// Register an applicant. It can ask as soon as it has fetched its certificates.
#[utoipa::path(post, path = "/console/relying-parties/{id}/registration",
    tag = "console: relying parties", request_body = NewRegistration, responses(
        (status = 204, description = "Registered"),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 409, description = "It does not wait, or has changed meanwhile", body = Problem)))]
pub(super) async fn register(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<RelyingPartyId>,
    Body(body): Body<NewRegistration>,
) -> Result<StatusCode, Problem> {
    let by = session.signed_in().acting(reason(&body.reason)?, None);
    let (now, mut rng) = (clock::now(), clock::seeded());
    let NewRegistration { seen, purposes, .. } = body;
    let done =
        state.authority.register_relying_party(&id, seen, &purposes, &by, now, &mut rng).await;
    done.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// For which purposes a relying party is registered from now on, and why.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPurposes {
    #[schema(value_type = Vec<String>)]
    purposes: Vec<PurposeId>,
    reason: String,
}

/// Register a relying party for other purposes. What is taken away can't be asked from now on.
#[utoipa::path(post, path = "/console/relying-parties/{id}/purposes",
    tag = "console: relying parties", request_body = NewPurposes, responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 409, description = "It is not registered", body = Problem)))]
pub(super) async fn change_purposes(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<RelyingPartyId>,
    Body(body): Body<NewPurposes>,
) -> Result<StatusCode, Problem> {
    let by = session.signed_in().acting(reason(&body.reason)?, None);
    state
        .authority
        .change_purposes(&id, &body.purposes, &by, clock::now())
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why.
#[derive(Deserialize, ToSchema)]
pub(super) struct StepReason {
    /// The relying party can read it.
    reason: String,
}

/// Refuse an applicant; suspend, restore or end a relying party.
///
/// `step` is `refuse`, `suspend`, `restore` or `end`. What wallets and verifiers make of its
/// registrations changes within a minute.
#[utoipa::path(post, path = "/console/relying-parties/{id}/steps/{step}",
    tag = "console: relying parties", request_body = StepReason, responses(
        (status = 204, description = "Done, and published"),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 404, description = "No such relying party or step", body = Problem),
        (status = 409, description = "It does not stand where this could happen", body = Problem)))]
pub(super) async fn step(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment((id, step)): Segment<(RelyingPartyId, String)>,
    Body(body): Body<StepReason>,
) -> Result<StatusCode, Problem> {
    let step = match step.as_str() {
        "refuse" => Step::Refuse,
        "suspend" => Step::Suspend,
        "restore" => Step::Restore,
        "end" => Step::End,
        _ => return Err(Problem::not_found()),
    };
    let by = session.signed_in().acting(reason(&body.reason)?, None);
    let done = state.authority.step_relying_party(&id, step, &by, clock::now()).await;
    done.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: ChangeRelyingPartyError) -> Problem {
    match error {
        ChangeRelyingPartyError::NotAllowed(refused) => refused.into(),
        ChangeRelyingPartyError::Unknown => Problem::not_found(),
        ChangeRelyingPartyError::NotNow(why) => Problem::new(
            StatusCode::CONFLICT,
            "relying-party-not-so",
            "It does not stand there any more",
            match why {
                RelyingPartyTransitionError::NotApplied | RelyingPartyTransitionError::Taken => {
                    "A colleague has decided this application meanwhile. Nothing of yours was kept."
                }
                RelyingPartyTransitionError::NotRegistered => {
                    "This relying party is suspended or ended already, or was never registered. \
                     Nothing of yours was kept."
                }
                RelyingPartyTransitionError::NotSuspended => {
                    "This relying party is not suspended any more. Nothing of yours was kept."
                }
            },
        ),
        ChangeRelyingPartyError::Changed => Problem::new(
            StatusCode::CONFLICT,
            "relying-party-changed",
            "It has changed since you looked",
            "The applicant has sent another application since you looked, or a colleague was \
             faster. Look again, then decide.",
        ),
        ChangeRelyingPartyError::Purposes => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "purposes-missing",
            "A purpose is needed",
            "Choose at least one purpose. To let it ask for nothing, suspend or end it.",
        ),
        ChangeRelyingPartyError::Certificate(cause) => Problem::internal(&cause),
        ChangeRelyingPartyError::Fault(cause) => cause.into(),
    }
}
