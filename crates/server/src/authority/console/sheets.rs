//! A sheet of one-time codes, printed at the counter for somebody without a smartphone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::sheets::{IssueSheetError, Sheet};
use tanda_model::{IdentityCheck, ResidentId};
use utoipa::ToSchema;

use super::State;
use super::residents::{CaseReason, ResidentView, acting, identification, masked};
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// Why a sheet is issued, and how the officer knows to whom.
#[derive(Deserialize, ToSchema)]
pub(super) struct SheetRequest {
    /// One of `face_compared` and `document_seen` at least.
    #[schema(value_type = Vec<String>)]
    identified_by: Vec<IdentityCheck>,
    #[serde(flatten)]
    why: CaseReason,
}

/// A sheet to be printed. The codes are kept nowhere and shown once.
#[derive(Serialize, ToSchema)]
pub(super) struct SheetView {
    /// Whose it is.
    name: String,
    /// The last characters of their number.
    number_tail: String,
    codes: Vec<String>,
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// The resident, with the cards that there are now.
    resident: ResidentView,
}

/// Issue a sheet of one-time codes to somebody at the counter, in place of the card that they had.
#[utoipa::path(post, path = "/console/residents/{id}/sheet", tag = "console: residents",
    request_body = SheetRequest, responses(
        (status = 201, body = SheetView),
        (status = 403, description = "Not permitted to this role, or the officer's own record", body = Problem),
        (status = 409, description = "The card is suspended, or the resident has died", body = Problem),
        (status = 422, description = "No case, no reason, or not identified in person", body = Problem)))]
pub(super) async fn issue(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ResidentId>,
    Body(body): Body<SheetRequest>,
) -> Result<(StatusCode, Json<SheetView>), Problem> {
    let officer = acting(&session, &body.why)?;
    let identified = identification(body.identified_by)?;
    let (now, mut rng) = (clock::now(), clock::seeded());
    let issued = state.authority.issue_sheet(&id.into(), identified, &officer, now, &mut rng).await;
    let sheet = issued.map_err(problem)?;
    let Json(resident) = masked(&state, id).await?;
    Ok((StatusCode::CREATED, Json(view(sheet, resident))))
}

fn view(sheet: Sheet, resident: ResidentView) -> SheetView {
    SheetView {
        name: sheet.name,
        number_tail: sheet.number_tail,
        codes: sheet.codes.iter().map(ToString::to_string).collect(),
        expires_at: sheet.expires_at,
        resident,
    }
}

fn problem(error: IssueSheetError) -> Problem {
    match error {
        IssueSheetError::NotAllowed(refused) => refused.into(),
        IssueSheetError::Unknown => Problem::not_found(),
        IssueSheetError::NotInPerson => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not-in-person",
            "Nobody at the counter",
            "A sheet is handed over at the counter: compare the face with the portrait, or look at \
             a document, and mark what you did.",
        ),
        IssueSheetError::Deceased => Problem::new(
            StatusCode::CONFLICT,
            "resident-deceased",
            "Registered as deceased",
            "The register has this person as deceased. If that is an error, a supervisor clears the \
             mark first.",
        ),
        IssueSheetError::Suspended => Problem::new(
            StatusCode::CONFLICT,
            "card-suspended",
            "The card is suspended",
            "The person's card is suspended by the authority. Restore or revoke it first.",
        ),
        IssueSheetError::Fault(cause) => cause.into(),
    }
}
