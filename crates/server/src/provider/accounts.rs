//! Accounts: make one with a passkey, sign in, sign out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tanda_passkey::{PublicKeyCredential, RegisterPublicKeyCredential};
use tanda_protocol::oauth::OpaqueToken;
use tanda_provider::{Account, CreateAccountError, SESSION_LIFE, SignInError};
use utoipa::ToSchema;

use super::State;
use crate::clock;
use crate::cookies::{CEREMONY, PROVIDER};
use crate::extract::Body;
use crate::passkeys::{self, Answer};
use crate::problem::Problem;

/// What a person calls the account.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewAccount {
    display_name: String,
}

/// A signed-in account.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountView {
    account_id: String,
    display_name: String,
}

/// Start making an account: the challenge for the browser's passkey dialogue.
#[utoipa::path(post, path = "/account/registration/start", tag = "account",
    request_body = NewAccount, responses((status = 200, body = Object), (status = 422, body = Problem)))]
pub(super) async fn start_registration(
    Shared(state): Shared<Arc<State>>,
    Body(body): Body<NewAccount>,
) -> Result<Response, Problem> {
    let (challenge, ceremony) = state
        .provider
        .start_registration(&body.display_name, clock::now(), &mut clock::seeded())
        .await
        .map_err(create_problem)?;
    Ok(passkeys::begun(CEREMONY, &ceremony, &challenge))
}

/// Finish making an account: it exists and this browser is signed in.
#[utoipa::path(post, path = "/account/registration/finish", tag = "account",
    request_body = Object, responses((status = 200, body = AccountView), (status = 409, body = Problem)))]
pub(super) async fn finish_registration(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Body(body): Body<Answer<RegisterPublicKeyCredential>>,
) -> Result<Response, Problem> {
    let ceremony = CEREMONY.read(&headers).ok_or_else(passkeys::ended)?;
    let session = state
        .provider
        .finish_registration(ceremony, &body.credential, clock::now(), &mut clock::seeded())
        .await
        .map_err(create_problem)?;
    signed_in(&state, &session).await
}

/// Start signing in.
#[utoipa::path(post, path = "/account/authentication/start", tag = "account",
    responses((status = 200, body = Object)))]
pub(super) async fn start_authentication(
    Shared(state): Shared<Arc<State>>,
) -> Result<Response, Problem> {
    let (challenge, ceremony) = state
        .provider
        .start_sign_in(clock::now(), &mut clock::seeded())
        .await
        .map_err(sign_in_problem)?;
    Ok(passkeys::begun(CEREMONY, &ceremony, &challenge))
}

/// Finish signing in.
#[utoipa::path(post, path = "/account/authentication/finish", tag = "account",
    request_body = Object, responses((status = 200, body = AccountView), (status = 401, body = Problem)))]
pub(super) async fn finish_authentication(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Body(body): Body<Answer<PublicKeyCredential>>,
) -> Result<Response, Problem> {
    let ceremony = CEREMONY.read(&headers).ok_or_else(passkeys::ended)?;
    let session = state
        .provider
        .finish_sign_in(ceremony, &body.credential, clock::now(), &mut clock::seeded())
        .await
        .map_err(sign_in_problem)?;
    signed_in(&state, &session).await
}

/// Who is signed in.
#[utoipa::path(get, path = "/account", tag = "account",
    responses((status = 200, body = AccountView), (status = 401, body = Problem)))]
pub(super) async fn account(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Json<AccountView>, Problem> {
    current(&state, &headers).await.map(|account| Json(view(&account)))
}

/// Sign out.
#[utoipa::path(post, path = "/account/sign-out", tag = "account",
    responses((status = 204, description = "Signed out")))]
pub(super) async fn sign_out(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = PROVIDER.read(&headers) {
        state.provider.sign_out(token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, PROVIDER.clear())]).into_response())
}

/// Delete the account: its passkeys, its sessions, and the wallet keys attested for it.
///
/// The wallet gives its card up at the authority first: the provider knows of no card.
#[utoipa::path(post, path = "/account/delete", tag = "account", responses(
    (status = 204, description = "Deleted"),
    (status = 401, body = Problem),
))]
pub(super) async fn delete(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = current(&state, &headers).await?;
    state.provider.delete_account(&account).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, PROVIDER.clear())]).into_response())
}

/// The account whose session the request's cookie names.
pub(super) async fn current(state: &State, headers: &HeaderMap) -> Result<Account, Problem> {
    let token = PROVIDER.read(headers).ok_or_else(Problem::sign_in_needed)?;
    state.provider.account(token, clock::now()).await?.ok_or_else(Problem::sign_in_needed)
}

fn view(account: &Account) -> AccountView {
    AccountView { account_id: account.id.to_string(), display_name: account.display_name.clone() }
}

async fn signed_in(state: &State, session: &OpaqueToken) -> Result<Response, Problem> {
    let account = state
        .provider
        .account(session.expose(), clock::now())
        .await?
        .ok_or_else(Problem::sign_in_needed)?;
    let cookies: [(header::HeaderName, HeaderValue); 2] = [
        (header::SET_COOKIE, PROVIDER.store(session.expose(), SESSION_LIFE.as_secs())),
        (header::SET_COOKIE, CEREMONY.clear()),
    ];
    Ok((AppendHeaders(cookies), Json(view(&account))).into_response())
}

fn create_problem(error: CreateAccountError) -> Problem {
    match error {
        CreateAccountError::DisplayName => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "malformed-display-name",
            "Not a display name",
            "Enter a name of 1 to 64 characters for this account.",
        ),
        CreateAccountError::NoCeremony => passkeys::ended(),
        CreateAccountError::Refused(_) => passkeys::not_made(),
        CreateAccountError::Storage(cause) => cause.into(),
    }
}

fn sign_in_problem(error: SignInError) -> Problem {
    match error {
        SignInError::NoCeremony => passkeys::ended(),
        SignInError::Refused(_) => Problem::new(
            StatusCode::UNAUTHORIZED,
            "passkey-refused",
            "The passkey was not accepted",
            "No account here has this passkey. Choose another passkey, or make an account.",
        ),
        SignInError::Storage(cause) => cause.into(),
    }
}
