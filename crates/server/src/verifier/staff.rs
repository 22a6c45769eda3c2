//! Who works at a relying party's desks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::sandbox::SandboxStaff;
use tanda_model::{Pin, PinError, RelyingPartyId, StaffId};
use tanda_storage::StorageError;
use tanda_storage::verifier::StaffRow;
use tanda_verifier::StaffRole;
use utoipa::ToSchema;

use super::Verifier;
use super::enrol::device;
use super::pins::PinsError;
use super::shift::{on_shift, prove, signed_in};
use super::store::StaffError;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// Somebody to take on.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewStaff {
    /// What they will sign in with: 1 to 63 lower-case letters, digits and hyphens. It stands for
    /// them on receipts; it need not be their name.
    id: String,
    /// Six to twelve digits.
    pin: String,
    /// `clerk`, unless said otherwise, or `manager`.
    #[schema(value_type = Option<String>)]
    role: Option<StaffRole>,
}

/// A PIN to set.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPin {
    /// Six to twelve digits.
    pin: String,
    /// The PIN until now, for one's own.
    current: Option<String>,
}

/// Somebody of the staff.
#[derive(Serialize, ToSchema)]
pub(super) struct StaffView {
    id: String,
    /// `clerk` or `manager`.
    role: String,
    /// Wrong PINs since the last right one.
    wrong_pins: u32,
    /// Since when, RFC 3339.
    #[schema(value_type = String)]
    added_at: Timestamp,
}

/// Take somebody on. The first of all is a manager and makes themselves one at an enrolled desk;
/// from then on a manager has to be on shift.
#[utoipa::path(post, path = "/desk/staff", tag = "desk", request_body = NewStaff, responses(
    (status = 201, description = "Taken on"),
    (status = 401, body = Problem),
    (status = 403, description = "Not a manager", body = Problem),
    (status = 409, description = "The name is or was somebody's", body = Problem),
    (status = 422, description = "No name or no PIN", body = Problem),
))]
pub(super) async fn add(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Body(body): Body<NewStaff>,
) -> Result<StatusCode, Problem> {
    let device = device(&verifier, &headers).await?;
    let party = device.desk.relying_party.id().as_str();
    let first = verifier.store.staff(party).await?.is_empty();
    if !first {
        let shift = on_shift(&verifier, &device, &headers).await?;
        shift.ok_or_else(Problem::sign_in_needed)?.require_manager()?;
    }
    let id: StaffId = body.id.trim().parse().map_err(|_| {
        unfit("staff-id-malformed", "Use 1 to 63 lower-case letters, digits and hyphens.")
    })?;
    let row = StaffRow {
        id,
        role: if first { StaffRole::Manager } else { body.role.unwrap_or(StaffRole::Clerk) }
            .as_str()
            .to_owned(),
        pin_hash: hashed(&verifier, &body.pin).await?,
        attempts: None,
        added_at: clock::now(),
    };
    verifier.store.add_staff(party, row, first).await?;
    Ok(StatusCode::CREATED)
}

/// Who is on the staff; for managers.
#[utoipa::path(get, path = "/desk/staff", tag = "desk", responses(
    (status = 200, body = Vec<StaffView>),
    (status = 401, body = Problem),
    (status = 403, description = "Not a manager", body = Problem),
))]
pub(super) async fn list(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
) -> Result<Json<Vec<StaffView>>, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    signed_in.require_manager()?;
    let staff = verifier.store.staff(signed_in.desk.relying_party.id().as_str()).await?;
    let view = |row: StaffRow| StaffView {
        id: row.id.to_string(),
        role: row.role,
        wrong_pins: row.attempts.map_or(0, |attempts| attempts.failures),
        added_at: row.added_at,
    };
    Ok(Json(staff.into_iter().map(view).collect()))
}

/// Set a PIN: one's own, or as a manager anybody's. Whoever's it is signs in anew.
#[utoipa::path(post, path = "/desk/staff/{id}/pin", tag = "desk", request_body = NewPin, responses(
    (status = 204, description = "Set"),
    (status = 401, description = "Not signed in, or another PIN until now", body = Problem),
    (status = 403, description = "Another's, and not a manager", body = Problem),
    (status = 404, description = "Nobody of this name", body = Problem),
    (status = 422, description = "No PIN", body = Problem),
))]
pub(super) async fn set_pin(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
    Body(body): Body<NewPin>,
) -> Result<StatusCode, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let id: StaffId = id.parse().map_err(|_| Problem::not_found())?;
    let party = signed_in.desk.relying_party.id().as_str();
    if id == signed_in.staff {
        // Somebody else may stand at a desk that was left alone for a moment.
        let current = body.current.as_deref().unwrap_or_default();
        prove(&verifier, party, id.as_str(), current, clock::now()).await?;
    } else {
        signed_in.require_manager()?;
    }
    let hash = hashed(&verifier, &body.pin).await?;
    verifier.store.change_pin(party, &id, hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let somebody go. Nobody else gets their name, since receipts bear it; the last manager stays.
#[utoipa::path(post, path = "/desk/staff/{id}/end", tag = "desk", responses(
    (status = 204, description = "Gone, and signed out everywhere"),
    (status = 401, body = Problem),
    (status = 403, description = "Not a manager", body = Problem),
    (status = 404, description = "Nobody of this name", body = Problem),
    (status = 409, description = "The last manager", body = Problem),
))]
pub(super) async fn end(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
) -> Result<StatusCode, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    signed_in.require_manager()?;
    let id: StaffId = id.parse().map_err(|_| Problem::not_found())?;
    let party = signed_in.desk.relying_party.id().as_str();
    verifier.store.end_staff(party, &id, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts the sandbox's staff on a desk that has none yet.
pub(crate) async fn settle(
    verifier: &Verifier,
    relying_party: &RelyingPartyId,
    staff: &SandboxStaff,
) -> Result<(), SettleError> {
    let party = relying_party.as_str();
    if verifier.store.staff(party).await?.is_empty() {
        let row = StaffRow {
            id: staff.id.clone(),
            role: StaffRole::Manager.as_str().to_owned(),
            pin_hash: verifier.pins.hash(staff.pin.parse()?).await?,
            attempts: None,
            added_at: clock::now(),
        };
        verifier.store.add_staff(party, row, true).await?;
    }
    Ok(())
}

/// Why the sandbox's staff is not on its desks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettleError {
    #[error(transparent)]
    Pin(#[from] PinError),
    #[error(transparent)]
    Pins(#[from] PinsError),
    #[error(transparent)]
    Staff(#[from] StaffError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

async fn hashed(verifier: &Verifier, pin: &str) -> Result<String, Problem> {
    let pin: Pin = pin
        .trim()
        .parse()
        .map_err(|refusal| unfit("pin-unfit", &format!("{refusal}. Choose another.")))?;
    Ok(verifier.pins.hash(pin).await?)
}

fn unfit(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, "This can't be used", detail)
}

impl From<StaffError> for Problem {
    fn from(error: StaffError) -> Self {
        let conflict = |code, detail| Self::new(StatusCode::CONFLICT, code, "Not possible", detail);
        match error {
            StaffError::Taken => conflict(
                "staff-id-taken",
                "This name is or was somebody's, and receipts may bear it. Choose another.",
            ),
            StaffError::LastManager => conflict(
                "last-manager",
                "This is the last manager. Make somebody else a manager first.",
            ),
            StaffError::NotFirst => {
                Self::forbidden("Somebody else has begun. Ask them to add you to the staff.")
            }
            StaffError::Unknown => Self::not_found(),
            StaffError::Storage(cause) => cause.into(),
        }
    }
}
