//! An invited officer makes their passkey with a one-time link.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::officers::JoinError;
use tanda_model::OfficerRole;
use tanda_passkey::RegisterPublicKeyCredential;
use utoipa::ToSchema;

use super::State;
use super::session::signed_in;
use crate::clock;
use crate::cookies::CONSOLE_CEREMONY;
use crate::extract::Body;
use crate::passkeys::{self, Answer};
use crate::problem::Problem;

/// The secret of a one-time link.
#[derive(Deserialize, ToSchema)]
pub(super) struct Link {
    /// What follows `#invite=` in the link.
    token: String,
}

/// An invitation that can be accepted.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationView {
    /// What colleagues will call the officer.
    name: String,
    #[schema(value_type = String)]
    role: OfficerRole,
    /// The authority's name.
    authority: String,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// What a one-time link is for. Uses nothing up.
#[utoipa::path(post, path = "/console/invitations/open", tag = "console: sign-in",
    request_body = Link, responses(
        (status = 200, body = InvitationView),
        (status = 410, description = "Used, replaced or expired", body = Problem)))]
pub(super) async fn open(
    Shared(state): Shared<Arc<State>>,
    Body(link): Body<Link>,
) -> Result<Json<InvitationView>, Problem> {
    let invitation =
        state.authority.open_invitation(&link.token, clock::now()).await.map_err(join_problem)?;
    Ok(Json(InvitationView {
        name: invitation.name.as_str().to_owned(),
        role: invitation.role,
        authority: state.authority.config().name().to_owned(),
        expires_at: invitation.expires_at,
    }))
}

/// Start making the officer's passkey.
#[utoipa::path(post, path = "/console/invitations/start", tag = "console: sign-in",
    request_body = Link, responses(
        (status = 200, description = "The browser's challenge", body = Object),
        (status = 410, description = "Used, replaced or expired", body = Problem)))]
pub(super) async fn start_joining(
    Shared(state): Shared<Arc<State>>,
    Body(link): Body<Link>,
) -> Result<Response, Problem> {
    let (challenge, ceremony) = state
        .authority
        .start_joining(&link.token, clock::now(), &mut clock::seeded())
        .await
        .map_err(join_problem)?;
    Ok(passkeys::begun(CONSOLE_CEREMONY, &ceremony, &challenge))
}

/// Finish making it: the link is used up, and this browser is signed in.
#[utoipa::path(post, path = "/console/invitations/finish", tag = "console: sign-in",
    request_body = Object, responses(
        (status = 200, body = super::session::SessionView),
        (status = 410, description = "Used, replaced or expired", body = Problem)))]
pub(super) async fn finish_joining(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Body(body): Body<Answer<RegisterPublicKeyCredential>>,
) -> Result<Response, Problem> {
    let ceremony = CONSOLE_CEREMONY.read(&headers).ok_or_else(passkeys::ended)?;
    let session = state
        .authority
        .finish_joining(ceremony, &body.credential, clock::now(), &mut clock::seeded())
        .await
        .map_err(join_problem)?;
    signed_in(&state, &session).await
}

fn join_problem(error: JoinError) -> Problem {
    match error {
        JoinError::Unknown | JoinError::NotNow(_) => Problem::new(
            StatusCode::GONE,
            "invitation-ended",
            "The invitation has ended",
            "This link was used already, was replaced by another, or is older than a day. If you \
             have a passkey, sign in with it; otherwise ask an administrator for a new link.",
        ),
        JoinError::NoCeremony => passkeys::ended(),
        JoinError::Refused(_) => passkeys::not_made(),
        JoinError::Fault(cause) => cause.into(),
    }
}
