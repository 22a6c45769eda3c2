//! Desk staff sign in with their relying party's access code.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;
use serde::Deserialize;
use tanda_credential::digest;
use utoipa::ToSchema;

use super::{Desk, Verifier};
use crate::clock;
use crate::cookies::{self, DESK};
use crate::extract::Body;
use crate::problem::Problem;

/// A desk stays signed in for a shift.
const SHIFT_HOURS: i64 = 12;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub(super) struct SignIn {
    /// The relying party's id, such as `hotel-nansha`.
    relying_party: String,
    /// Its access code.
    access_code: String,
}

/// Sign in at a desk.
#[utoipa::path(post, path = "/desk/sign-in", tag = "desk", request_body = SignIn, responses(
    (status = 204, description = "Signed in; the session is in a cookie"),
    (status = 401, description = "No such relying party, or another code", body = Problem),
    (status = 429, description = "Too many tries", body = Problem),
))]
pub(super) async fn sign_in(
    State(verifier): State<Arc<Verifier>>,
    method: Method,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<Response, Problem> {
    cookies::require_same_origin(&method, &headers, &verifier.service.public_url)?;
    let now = clock::now();
    verifier.sign_ins.check(&body.relying_party, now).map_err(|seconds| {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-attempts",
            "Too many tries",
            "The access code was wrong too often. Wait a minute, then try again.",
        )
        .retry_after(seconds)
    })?;
    let desk = verifier.desks.get(&body.relying_party);
    if !desk.is_some_and(|desk| same_code(&desk.access_code, &body.access_code)) {
        verifier.sign_ins.failed(&body.relying_party, now);
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong-access-code",
            "Sign-in refused",
            "There is no such desk, or the access code is another. Check both and try again.",
        ));
    }
    let token = clock::random_id();
    verifier
        .store
        .add_desk_session(&hashed(&token), &body.relying_party, now + SHIFT_HOURS.hours())
        .await?;
    let cookie = DESK.store(&token, SHIFT_HOURS * 3600);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Sign out.
#[utoipa::path(post, path = "/desk/sign-out", tag = "desk", responses(
    (status = 204, description = "Signed out"),
))]
pub(super) async fn sign_out(
    State(verifier): State<Arc<Verifier>>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    cookies::require_same_origin(&method, &headers, &verifier.service.public_url)?;
    if let Some(token) = DESK.read(&headers) {
        verifier.store.delete_desk_session(&hashed(token)).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, DESK.clear())]).into_response())
}

/// A signed-in desk: who it is, and the browser session that its requests are bound to.
pub(super) struct SignedIn<'a> {
    pub(super) desk: &'a Desk,
    pub(super) browser_session: String,
}

/// The desk that a request's cookie names.
pub(super) async fn signed_in<'a>(
    verifier: &'a Verifier,
    headers: &HeaderMap,
) -> Result<SignedIn<'a>, Problem> {
    let token = DESK.read(headers).ok_or_else(Problem::sign_in_needed)?;
    let browser_session = hashed(token);
    let relying_party = verifier
        .store
        .desk_session(&browser_session, clock::now())
        .await?
        .ok_or_else(Problem::sign_in_needed)?;
    let desk = verifier.desks.get(&relying_party).ok_or_else(Problem::sign_in_needed)?;
    Ok(SignedIn { desk, browser_session })
}

/// The store keeps a token's hash, so that a copy of the store signs nobody in.
fn hashed(token: &str) -> String {
    tanda_credential::b64::encode(digest::sha256(token.as_bytes()))
}

/// Compares hashes, so that the time taken says nothing about how much of a code was right.
fn same_code(kept: &str, typed: &str) -> bool {
    digest::sha256(kept.as_bytes()) == digest::sha256(typed.trim().as_bytes())
}
