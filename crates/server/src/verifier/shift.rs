//! Staff sign in at an enrolled desk with a PIN of their own, for a shift.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use tanda_model::{Admission, Pin, StaffId};
use tanda_protocol::receipt::AtDesk;
use tanda_storage::verifier::ShiftRow;
use tanda_verifier::StaffRole;
use utoipa::ToSchema;

use super::enrol::{Device, device, hashed};
use super::{Desk, Verifier};
use crate::clock;
use crate::cookies::SHIFT;
use crate::extract::Body;
use crate::problem::Problem;

/// A shift ends by itself after this long.
const SHIFT_HOURS: i64 = 12;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub(super) struct SignIn {
    /// The name under which the relying party knows them, such as `mei`.
    staff: String,
    /// Their PIN.
    pin: String,
}

/// Who is at the desk.
#[derive(Serialize, ToSchema)]
pub(super) struct ShiftView {
    staff: String,
    /// `clerk` or `manager`.
    #[schema(value_type = String)]
    role: StaffRole,
    /// When the shift ends by itself, RFC 3339.
    #[schema(value_type = String)]
    ends_at: Timestamp,
}

/// Begin a shift at this desk. Whoever was on shift at it is signed out.
#[utoipa::path(post, path = "/desk/sign-in", tag = "desk", request_body = SignIn, responses(
    (status = 200, description = "Signed in; the session is in a cookie", body = ShiftView),
    (status = 401, description = "No such staff, another PIN, or no desk", body = Problem),
    (status = 429, description = "Too many wrong PINs", body = Problem),
))]
pub(super) async fn sign_in(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<Response, Problem> {
    let Device { desk, hash: device } = device(&verifier, &headers).await?;
    let party = desk.relying_party.id().as_str();
    let now = clock::now();
    // Guesses at names, of which none is counted by itself.
    verifier.sign_ins.check(&device, now).map_err(too_many)?;
    let (staff, role) = match prove(&verifier, party, &body.staff, &body.pin, now).await {
        Err(refusal) => {
            verifier.sign_ins.failed(&device, now);
            return Err(refusal);
        }
        Ok(proven) => proven,
    };
    let token = clock::random_id();
    let shift = ShiftRow {
        staff,
        role: StaffRole::as_str(role).to_owned(),
        expires_at: now + SHIFT_HOURS.hours(),
    };
    verifier.store.begin_shift(&hashed(&token), &device, party, &shift).await?;
    let cookie = SHIFT.store(&token, SHIFT_HOURS * 3600);
    let view = ShiftView { staff: shift.staff.to_string(), role, ends_at: shift.expires_at };
    Ok(([(header::SET_COOKIE, cookie)], Json(view)).into_response())
}

/// Who somebody is, by their PIN.
pub(super) async fn prove(
    verifier: &Verifier,
    party: &str,
    staff: &str,
    pin: &str,
    now: Timestamp,
) -> Result<(StaffId, StaffRole), Problem> {
    let refuse = || {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong-pin",
            "Sign-in refused",
            "There is nobody of this name on the staff, or the PIN is another. Check both and try \
             again.",
        )
    };
    let (Ok(staff), Ok(pin)) = (staff.trim().parse::<StaffId>(), pin.trim().parse::<Pin>()) else {
        return Err(refuse());
    };
    // Counted before it is weighed: a hundred guesses at once are a hundred.
    let (hash, role) = match verifier.store.count_pin_attempt(party, &staff, now).await? {
        Some((Admission::Allowed, row)) => (row.pin_hash, row.role.parse().ok()),
        Some((Admission::WaitUntil(until), _)) => {
            return Err(too_many(until.duration_since(now).as_secs().unsigned_abs()));
        }
        None => (verifier.pins.decoy().to_owned(), None),
    };
    let right = verifier.pins.matches(pin, hash).await?;
    role.filter(|_| right).map(|role| (staff, role)).ok_or_else(refuse)
}

fn too_many(seconds: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-attempts",
        "Too many wrong PINs",
        "The PIN was wrong too often. Wait as long as said, or have a manager set a new one.",
    )
    .retry_after(seconds)
}

/// End the shift.
#[utoipa::path(post, path = "/desk/sign-out", tag = "desk", responses(
    (status = 204, description = "Signed out"),
))]
pub(super) async fn sign_out(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = SHIFT.read(&headers) {
        verifier.store.end_shift(&hashed(token)).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, SHIFT.clear())]).into_response())
}

/// Somebody at a desk, and the browser session that their requests are bound to.
pub(super) struct SignedIn<'a> {
    pub(super) desk: &'a Desk,
    pub(super) browser_session: String,
    pub(super) staff: StaffId,
    pub(super) role: StaffRole,
    device: String,
    ends_at: Timestamp,
}

impl SignedIn<'_> {
    /// Refuses whoever is no manager.
    pub(super) fn require_manager(&self) -> Result<(), Problem> {
        match self.role {
            StaffRole::Manager => Ok(()),
            StaffRole::Clerk => Err(Problem::forbidden(
                "Only a manager may do this. Ask a manager to sign in at this desk.",
            )),
        }
    }

    /// The desk and who is at it, as receipts name them.
    pub(super) fn at_desk(&self) -> AtDesk {
        AtDesk { device: self.device.clone(), staff: self.staff.clone() }
    }

    /// The same, as the page shows it.
    pub(super) fn view(&self) -> ShiftView {
        ShiftView { staff: self.staff.to_string(), role: self.role, ends_at: self.ends_at }
    }
}

/// Who is at the desk that a request's cookies name.
pub(super) async fn signed_in<'a>(
    verifier: &'a Verifier,
    headers: &HeaderMap,
) -> Result<SignedIn<'a>, Problem> {
    let device = device(verifier, headers).await?;
    on_shift(verifier, &device, headers).await?.ok_or_else(Problem::sign_in_needed)
}

/// Who is at a desk, if anybody.
pub(super) async fn on_shift<'a>(
    verifier: &'a Verifier,
    device: &Device<'a>,
    headers: &HeaderMap,
) -> Result<Option<SignedIn<'a>>, Problem> {
    let Some(token) = SHIFT.read(headers) else { return Ok(None) };
    let browser_session = hashed(token);
    let shift = verifier.store.shift(&browser_session, &device.hash, clock::now()).await?;
    let Some(shift) = shift else { return Ok(None) };
    let Ok(role) = shift.role.parse() else { return Ok(None) };
    let (staff, ends_at) = (shift.staff, shift.expires_at);
    let (desk, device) = (device.desk, device.name().to_owned());
    Ok(Some(SignedIn { desk, browser_session, staff, role, device, ends_at }))
}
