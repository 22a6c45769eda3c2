//! A device becomes a desk, once, with its relying party's access code.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;
use serde::Deserialize;
use tanda_credential::{b64, digest};
use utoipa::ToSchema;

use super::{Desk, Verifier};
use crate::clock;
use crate::cookies::{DESK, SHIFT};
use crate::extract::Body;
use crate::problem::Problem;

/// How long a device stays a desk.
const ENROLMENT_DAYS: i64 = 90;

/// Whose desk the device is to be.
#[derive(Deserialize, ToSchema)]
pub(super) struct Enrolment {
    /// The relying party's id, such as `hotel-nansha`.
    relying_party: String,
    /// Its access code.
    access_code: String,
}

/// Make this device a desk.
#[utoipa::path(post, path = "/desk/enrol", tag = "desk", request_body = Enrolment, responses(
    (status = 204, description = "Enrolled for 90 days; the device is known by a cookie"),
    (status = 401, description = "No such relying party, or another code", body = Problem),
    (status = 429, description = "Too many tries", body = Problem),
))]
pub(super) async fn enrol(
    State(verifier): State<Arc<Verifier>>,
    Body(body): Body<Enrolment>,
) -> Result<Response, Problem> {
    let now = clock::now();
    verifier.enrolments.check(&body.relying_party, now).map_err(|seconds| {
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
        verifier.enrolments.failed(&body.relying_party, now);
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong-access-code",
            "Not enrolled",
            "There is no such relying party, or its access code is another. Check both and try \
             again.",
        ));
    }
    let token = clock::random_id();
    let expires_at = now + (ENROLMENT_DAYS * 24).hours();
    verifier.store.add_device(&hashed(&token), &body.relying_party, expires_at).await?;
    let cookie = DESK.store(&token, ENROLMENT_DAYS * 24 * 3600);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Make this device an ordinary one again; whoever is on shift at it is signed out.
#[utoipa::path(post, path = "/desk/unenrol", tag = "desk", responses(
    (status = 204, description = "The device is no desk any more"),
))]
pub(super) async fn unenrol(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = DESK.read(&headers) {
        verifier.store.delete_device(&hashed(token)).await?;
    }
    let forget = [(header::SET_COOKIE, DESK.clear()), (header::SET_COOKIE, SHIFT.clear())];
    Ok((StatusCode::NO_CONTENT, axum::response::AppendHeaders(forget)).into_response())
}

/// An enrolled device.
pub(super) struct Device<'a> {
    pub(super) desk: &'a Desk,
    /// What the store knows the device by.
    pub(super) hash: String,
}

impl Device<'_> {
    /// What receipts tell a relying party's desks apart by.
    pub(super) fn name(&self) -> &str {
        self.hash.get(..8).unwrap_or(&self.hash)
    }
}

/// The device that a request's cookie names.
pub(super) async fn device<'a>(
    verifier: &'a Verifier,
    headers: &HeaderMap,
) -> Result<Device<'a>, Problem> {
    let not_enrolled = || {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "device-not-enrolled",
            "No desk",
            "This device is no desk, or its enrolment has ended. Enrol it with the access code.",
        )
    };
    let hash = hashed(DESK.read(headers).ok_or_else(not_enrolled)?);
    let party = verifier.store.device(&hash, clock::now()).await?.ok_or_else(not_enrolled)?;
    let desk = verifier.desks.get(&party).ok_or_else(not_enrolled)?;
    Ok(Device { desk, hash })
}

/// The store keeps a token's hash, so that a copy of the store signs nobody in.
pub(super) fn hashed(token: &str) -> String {
    b64::encode(digest::sha256(token.as_bytes()))
}

/// Compares hashes, so that the time taken says nothing about how much of a code was right.
fn same_code(kept: &str, typed: &str) -> bool {
    digest::sha256(kept.as_bytes()) == digest::sha256(typed.trim().as_bytes())
}
