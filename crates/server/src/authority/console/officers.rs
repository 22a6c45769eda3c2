//! The officers' accounts: who there is, and invitations.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::officers::{
    ChangeOfficerError, Invitation, InviteError, InvitedOfficer, OwnNumber,
};
use tanda_model::{NumberError, OfficerId, OfficerNameError, OfficerRole, ResidentNumber};
use utoipa::ToSchema;

use super::refusals::reason;
use super::session::SignedInOfficer;
use super::{State, invitation_link};
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// An officer, for colleagues.
#[derive(Serialize, ToSchema)]
pub(super) struct OfficerView {
    #[schema(value_type = String)]
    id: OfficerId,
    name: String,
    #[schema(value_type = String)]
    role: OfficerRole,
    /// `invited`, `active` or `retired`.
    state: &'static str,
    #[schema(value_type = String)]
    invited_at: Timestamp,
    /// Whether their own resident number is on record.
    has_own_number: bool,
}

/// Who the officers are.
#[utoipa::path(get, path = "/console/officers", tag = "console: officers", responses(
    (status = 200, body = Vec<OfficerView>),
    (status = 403, description = "Not permitted to this role", body = Problem)))]
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Result<Json<Vec<OfficerView>>, Problem> {
    let officers = state.authority.officers(&session.signed_in()).await?;
    let view = |officer: tanda_authority::officers::OfficerView| OfficerView {
        id: officer.id,
        name: officer.name.as_str().to_owned(),
        role: officer.role,
        state: officer.state.name(),
        invited_at: officer.invited_at,
        has_own_number: officer.has_own_number,
    };
    Ok(Json(officers.into_iter().map(view).collect()))
}

/// Whom to invite, as what.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewOfficer {
    /// What colleagues will call them.
    name: String,
    #[schema(value_type = String)]
    role: OfficerRole,
    /// Their own resident number, so that they never act in their own matter; null only when this
    /// register cannot have them.
    own_number: Option<String>,
    /// Why.
    reason: String,
}

/// A one-time link.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationView {
    #[schema(value_type = String)]
    officer_id: OfficerId,
    /// To be handed over in person, or by a channel that is known to be theirs.
    link: String,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// Invite an officer.
#[utoipa::path(post, path = "/console/officers", tag = "console: officers",
    request_body = NewOfficer, responses(
        (status = 201, body = InvitationView),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 422, description = "No name, number or reason", body = Problem)))]
pub(super) async fn invite(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<NewOfficer>,
) -> Result<(StatusCode, Json<InvitationView>), Problem> {
    let by = session.signed_in().acting(reason(&body.reason)?, None);
    let invited = InvitedOfficer {
        name: body.name.parse().map_err(|error: OfficerNameError| {
            unprocessable("malformed-name", "Not a name", &error.to_string())
        })?,
        role: body.role,
        own_number: match body.own_number.as_deref().map(str::trim) {
            None => OwnNumber::NotAResident,
            Some(text) => OwnNumber::Is(number(text)?),
        },
    };
    let invitation = state
        .authority
        .invite_officer(&invited, &by, clock::now(), &mut clock::seeded())
        .await
        .map_err(invite_problem)?;
    Ok((StatusCode::CREATED, Json(view(&state, &invitation))))
}

/// A resident number as an officer typed it.
pub(super) fn number(text: &str) -> Result<ResidentNumber, Problem> {
    text.parse().map_err(|error: NumberError| {
        unprocessable("malformed-number", "Not a resident number", &error.to_string())
    })
}

/// Why.
#[derive(Deserialize, ToSchema)]
pub(super) struct Why {
    reason: String,
}

/// Give an officer a new link: their passkeys and sign-ins end at once.
#[utoipa::path(post, path = "/console/officers/{id}/invitation", tag = "console: officers",
    request_body = Why, responses(
        (status = 201, body = InvitationView),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 409, description = "Retired", body = Problem)))]
pub(super) async fn invite_again(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<OfficerId>,
    Body(body): Body<Why>,
) -> Result<(StatusCode, Json<InvitationView>), Problem> {
    let by = session.signed_in().acting(reason(&body.reason)?, None);
    let invitation = state
        .authority
        .invite_officer_again(id, &by, clock::now(), &mut clock::seeded())
        .await
        .map_err(invite_problem)?;
    Ok((StatusCode::CREATED, Json(view(&state, &invitation))))
}

/// Take an officer's account away for good. Their sign-ins end at once.
#[utoipa::path(post, path = "/console/officers/{id}/retirement", tag = "console: officers",
    request_body = Why, responses(
        (status = 204, description = "Retired"),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 409, description = "One's own account, the last administrator, or retired", body = Problem)))]
pub(super) async fn retire(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<OfficerId>,
    Body(body): Body<Why>,
) -> Result<StatusCode, Problem> {
    let by = session.signed_in().acting(reason(&body.reason)?, None);
    state.authority.retire_officer(id, &by, clock::now()).await.map_err(change_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another role, and why.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewRole {
    #[schema(value_type = String)]
    role: OfficerRole,
    reason: String,
}

/// Give an officer another role, from their next request on.
#[utoipa::path(post, path = "/console/officers/{id}/role", tag = "console: officers",
    request_body = NewRole, responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "Not permitted, or the passkey is asked for again", body = Problem),
        (status = 409, description = "One's own account, the last administrator, or retired", body = Problem)))]
pub(super) async fn change_role(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<OfficerId>,
    Body(body): Body<NewRole>,
) -> Result<StatusCode, Problem> {
    let by = session.signed_in().acting(reason(&body.reason)?, None);
    let changed = state.authority.change_officer_role(id, body.role, &by, clock::now()).await;
    changed.map_err(change_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(state: &State, invitation: &Invitation) -> InvitationView {
    InvitationView {
        officer_id: invitation.officer,
        link: invitation_link(&state.url, &invitation.token),
        expires_at: invitation.expires_at,
    }
}

fn invite_problem(error: InviteError) -> Problem {
    match error {
        InviteError::NotAllowed(refused) => refused.into(),
        InviteError::Unknown => Problem::not_found(),
        InviteError::NotNow(_) => retired(),
        InviteError::Fault(cause) => cause.into(),
    }
}

fn change_problem(error: ChangeOfficerError) -> Problem {
    match error {
        ChangeOfficerError::NotAllowed(refused) => refused.into(),
        ChangeOfficerError::Unknown => Problem::not_found(),
        ChangeOfficerError::OwnAccount => Problem::new(
            StatusCode::CONFLICT,
            "own-account",
            "Your own account",
            "Nobody changes their own account. Ask another administrator.",
        ),
        ChangeOfficerError::LastAdministrator => Problem::new(
            StatusCode::CONFLICT,
            "last-administrator",
            "The last administrator",
            "Nobody else could invite officers then. Invite another administrator first, and wait \
             until they have joined.",
        ),
        ChangeOfficerError::NotNow(_) => retired(),
        ChangeOfficerError::Fault(cause) => cause.into(),
    }
}

fn retired() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "officer-retired",
        "Retired",
        "This officer is retired, and a retired account does not come back. Invite the person anew.",
    )
}

fn unprocessable(code: &'static str, title: &'static str, cause: &str) -> Problem {
    let mut detail = cause.to_owned();
    if let Some(first) = detail.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, format!("{detail}."))
}
