//! An officer signs in, and is known by a cookie until they sign out or leave the desk.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State as Shared};
use axum::http::{HeaderMap, HeaderName, StatusCode, header, request};
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use tanda_authority::officers::{OfficerSession, OfficerSignInError, SESSION_LIFE};
use tanda_model::{Action, OfficerId, OfficerRole};
use tanda_passkey::PublicKeyCredential;
use tanda_protocol::oauth::OpaqueToken;
use utoipa::ToSchema;

use super::State;
use crate::clock;
use crate::cookies::{CONSOLE, CONSOLE_CEREMONY};
use crate::extract::Body;
use crate::passkeys::{self, Answer};
use crate::problem::Problem;

/// On what the page asks by itself: nobody need be at the desk, so it keeps no sign-in alive.
const UNATTENDED: HeaderName = HeaderName::from_static("tanda-unattended");

/// The officer who asks. Without a sign-in that still holds there is none, and no handler runs.
pub(super) struct SignedInOfficer(pub(super) OfficerSession);

impl FromRequestParts<Arc<State>> for SignedInOfficer {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut request::Parts,
        state: &Arc<State>,
    ) -> Result<Self, Problem> {
        let token = CONSOLE.read(&parts.headers).ok_or_else(Problem::sign_in_needed)?;
        let attended = !parts.headers.contains_key(UNATTENDED);
        let session = state.authority.officer_session(token, attended, clock::now()).await?;
        session.map(Self).ok_or_else(Problem::sign_in_needed)
    }
}

/// Who is signed in, until when, and what they may do.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    #[schema(value_type = String)]
    officer_id: OfficerId,
    name: String,
    /// `clerk`, `supervisor`, `auditor` or `administrator`.
    #[schema(value_type = String)]
    role: OfficerRole,
    /// What the role permits, as docs/security/permissions.md lists it.
    may: Vec<&'static str>,
    /// The authority's name.
    authority: String,
    /// When the sign-in ends for want of anything done.
    #[schema(value_type = String)]
    idle_at: Timestamp,
    /// When it ends, whatever is done.
    #[schema(value_type = String)]
    ends_at: Timestamp,
    /// The time now, by the server's clock.
    #[schema(value_type = String)]
    now: Timestamp,
}

impl SessionView {
    fn of(state: &State, session: &OfficerSession) -> Self {
        Self {
            officer_id: session.id(),
            name: session.name().as_str().to_owned(),
            role: session.role(),
            may: session.permitted().map(Action::as_str).collect(),
            authority: state.authority.config().name().to_owned(),
            idle_at: session.idle_at(),
            ends_at: session.ends_at(),
            now: clock::now(),
        }
    }
}

/// Start signing in, or using the passkey again.
#[utoipa::path(post, path = "/console/sign-in/start", tag = "console: sign-in",
    responses((status = 200, description = "The browser's challenge", body = Object)))]
pub(super) async fn start_sign_in(Shared(state): Shared<Arc<State>>) -> Result<Response, Problem> {
    let (challenge, ceremony) = state
        .authority
        .start_officer_sign_in(clock::now(), &mut clock::seeded())
        .await
        .map_err(sign_in_problem)?;
    Ok(passkeys::begun(CONSOLE_CEREMONY, &ceremony, &challenge))
}

/// Finish signing in. Whatever other browser the officer was signed in at is signed out.
#[utoipa::path(post, path = "/console/sign-in/finish", tag = "console: sign-in",
    request_body = Object,
    responses((status = 200, body = SessionView), (status = 401, body = Problem)))]
pub(super) async fn finish_sign_in(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Body(body): Body<Answer<PublicKeyCredential>>,
) -> Result<Response, Problem> {
    let ceremony = CONSOLE_CEREMONY.read(&headers).ok_or_else(passkeys::ended)?;
    let session = state
        .authority
        .finish_officer_sign_in(ceremony, &body.credential, clock::now(), &mut clock::seeded())
        .await
        .map_err(sign_in_problem)?;
    signed_in(&state, &session).await
}

/// Finish using the passkey again: for some minutes, what can't be undone may be done.
#[utoipa::path(post, path = "/console/step-up/finish", tag = "console: sign-in",
    request_body = Object,
    responses((status = 200, body = SessionView), (status = 401, body = Problem)))]
pub(super) async fn finish_step_up(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    headers: HeaderMap,
    Body(body): Body<Answer<PublicKeyCredential>>,
) -> Result<Response, Problem> {
    let ceremony = CONSOLE_CEREMONY.read(&headers).ok_or_else(passkeys::ended)?;
    state
        .authority
        .finish_step_up(&session, ceremony, &body.credential, clock::now())
        .await
        .map_err(sign_in_problem)?;
    let cleared = [(header::SET_COOKIE, CONSOLE_CEREMONY.clear())];
    Ok((cleared, Json(SessionView::of(&state, &session))).into_response())
}

/// Who is signed in.
#[utoipa::path(get, path = "/console/session", tag = "console: sign-in",
    responses((status = 200, body = SessionView), (status = 401, body = Problem)))]
pub(super) async fn view(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Json<SessionView> {
    Json(SessionView::of(&state, &session))
}

/// Sign out.
#[utoipa::path(post, path = "/console/sign-out", tag = "console: sign-in",
    responses((status = 204, description = "Signed out")))]
pub(super) async fn sign_out(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = CONSOLE.read(&headers) {
        state.authority.officer_sign_out(token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, CONSOLE.clear())]).into_response())
}

/// The answer to whoever has just signed in or joined.
pub(super) async fn signed_in(state: &State, token: &OpaqueToken) -> Result<Response, Problem> {
    let session = state.authority.officer_session(token.expose(), true, clock::now()).await?;
    let session = session.ok_or_else(Problem::sign_in_needed)?;
    let life = SESSION_LIFE.as_secs();
    let cookies = AppendHeaders([
        (header::SET_COOKIE, CONSOLE.store(token.expose(), life)),
        (header::SET_COOKIE, CONSOLE_CEREMONY.clear()),
    ]);
    Ok((cookies, Json(SessionView::of(state, &session))).into_response())
}

fn sign_in_problem(error: OfficerSignInError) -> Problem {
    match error {
        OfficerSignInError::NoCeremony => passkeys::ended(),
        OfficerSignInError::Refused(_) => Problem::new(
            StatusCode::UNAUTHORIZED,
            "passkey-refused",
            "The passkey was not accepted",
            "No officer here has this passkey, or their account is retired. Choose another passkey, \
             or ask an administrator for a new link.",
        ),
        OfficerSignInError::Fault(cause) => cause.into(),
    }
}
