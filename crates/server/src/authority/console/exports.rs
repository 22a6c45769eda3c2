//! Records leave the register as a file: proposed, confirmed by a second officer, fetched once.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tanda_authority::proposals::RecordsListing;
use tanda_model::{Country, ProposalId, Resident};
use utoipa::ToSchema;

use super::State;
use super::proposals::{LineFaultView, MOST_BYTES, propose_problem, settle_problem};
use super::refusals::reason;
use super::residents::{CaseReason, acting};
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;
use crate::spreadsheet;

/// The columns of the file, under the names that an import reads.
const COLUMNS: [&str; 8] = [
    "number",
    "family_name",
    "given_name",
    "birth_date",
    "sex",
    "nationalities",
    "deceased",
    "card_lost",
];

/// Whose records are to leave the register.
#[derive(Deserialize, ToSchema)]
pub(super) struct ExportList {
    /// One a line; of a line with several columns the first.
    numbers: String,
    #[serde(flatten)]
    why: CaseReason,
}

/// What a list comes to.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordsListingView {
    /// How many records it finds.
    records: usize,
    /// The lines that are left out.
    faults: Vec<LineFaultView>,
    /// The proposal, if it was made.
    #[schema(value_type = Option<String>)]
    proposal: Option<ProposalId>,
}

/// See whose records a list of numbers would lead to. It is a look at everybody who is found.
#[utoipa::path(post, path = "/console/proposals/exports/preview", tag = "console: two officers",
    request_body = ExportList, responses(
        (status = 200, body = RecordsListingView),
        (status = 403, description = "Not permitted to this role", body = Problem),
        (status = 422, description = "No case, no reason, or too many lines", body = Problem)))]
pub(super) async fn preview(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<ExportList, MOST_BYTES>,
) -> Result<Json<RecordsListingView>, Problem> {
    let officer = acting(&session, &body.why)?;
    let listing = state.authority.preview_export(&body.numbers, &officer, clock::now()).await;
    Ok(Json(view(&listing.map_err(propose_problem)?, None)))
}

/// Propose to export the records under a list of numbers. A second officer confirms it within a
/// day, or nothing leaves the register.
#[utoipa::path(post, path = "/console/proposals/exports", tag = "console: two officers",
    request_body = ExportList, responses(
        (status = 201, body = RecordsListingView),
        (status = 403, description = "Not permitted to this role", body = Problem),
        (status = 422, description = "No case, no reason, too many lines, or no line fits", body = Problem)))]
pub(super) async fn propose(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<ExportList, MOST_BYTES>,
) -> Result<(StatusCode, Json<RecordsListingView>), Problem> {
    let officer = acting(&session, &body.why)?;
    let (now, mut rng) = (clock::now(), clock::seeded());
    let proposed = state.authority.propose_export(&body.numbers, &officer, now, &mut rng).await;
    let (id, listing) = proposed.map_err(propose_problem)?;
    Ok((StatusCode::CREATED, Json(view(&listing, Some(id)))))
}

/// Fetch the records of an export that one proposed and a colleague confirmed: once, within a day.
/// Each resident reads of it.
#[utoipa::path(post, path = "/console/proposals/{id}/file", tag = "console: two officers",
    responses(
        (status = 200, description = "A table (CSV, RFC 4180) with a line a resident"),
        (status = 403, description = "Not permitted, somebody else's, or the passkey is asked for again", body = Problem),
        (status = 409, description = "It was fetched already, or its day is over", body = Problem)))]
pub(super) async fn fetch(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ProposalId>,
) -> Result<Response, Problem> {
    // The reason and the case are the proposal's.
    let officer = session.signed_in().acting(reason("fetched at the console")?, None);
    let records = state.authority.fetch_export(id, &officer, clock::now()).await;
    let records = records.map_err(settle_problem)?;
    let table = spreadsheet::csv(COLUMNS.map(Cow::from), records.iter().map(row));
    let table = table.map_err(|cause| Problem::internal(&cause))?;
    let as_file = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"records.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((as_file, table).into_response())
}

fn row(resident: &Resident) -> [Cow<'_, str>; COLUMNS.len()] {
    let mark = |set: bool| Cow::from(if set { "true" } else { "false" });
    let countries: Vec<&str> = resident.nationalities.iter().map(Country::as_str).collect();
    [
        resident.number.as_str().into(),
        resident.name.family().into(),
        resident.name.given().into(),
        resident.birth_date.to_string().into(),
        u8::from(resident.sex).to_string().into(),
        countries.join(" ").into(),
        mark(resident.marks.deceased),
        mark(resident.marks.card_lost),
    ]
}

fn view(listing: &RecordsListing, proposal: Option<ProposalId>) -> RecordsListingView {
    RecordsListingView {
        records: listing.targets.len(),
        faults: LineFaultView::all(&listing.faults),
        proposal,
    }
}
