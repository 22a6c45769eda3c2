//! A record is corrected, or two of one person are merged: proposed here, done when a second
//! officer confirms.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tanda_authority::proposals::OpenedProposal;
use tanda_authority::register::{CorrectedRecord, Correction, Entry, read_fingers};
use tanda_biometrics::finger::FingerReference;
use tanda_credential::{b64, json};
use tanda_model::{Country, PersonName, ProposalId, Resident};
use utoipa::ToSchema;

use super::State;
use super::applications::picture;
use super::officers::number;
use super::proposals::propose_problem;
use super::residents::{
    CaseReason, RecordView, acting, name_problem, photo_problem, record, record_of,
};
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::Body;
use crate::problem::Problem;

/// The most bytes that a correction may have: a photo of some 700 KB, as base64.
const MOST_BYTES: usize = json::MAX_BYTES;

/// What is to be other than it is. What is left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewCorrection {
    /// Under which number the record is now.
    number: String,
    /// The right number.
    new_number: Option<String>,
    /// The family name, or the only one; the given name goes with it.
    family_name: Option<String>,
    /// Empty for people with one name.
    given_name: Option<String>,
    /// As in the number.
    #[schema(value_type = Option<String>)]
    birth_date: Option<Date>,
    /// Two capital letters each (ISO 3166-1).
    #[schema(value_type = Option<Vec<String>>)]
    nationalities: Option<Vec<Country>>,
    /// A JPEG, PNG or WebP picture that shows one face, in base64: 700 KB at most.
    photo: Option<String>,
    /// Fingers in place of those that are enrolled: an ISO/IEC 19794-2 record, in base64.
    fingers: Option<String>,
    #[serde(flatten)]
    why: CaseReason,
}

/// Two records of one person.
#[derive(Deserialize, ToSchema)]
pub(super) struct Twins {
    /// The number of the record that stays.
    stays: String,
    /// The number of the one that goes, with its card.
    goes: String,
    #[serde(flatten)]
    why: CaseReason,
}

/// The proposal that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct ProposedRecordView {
    #[schema(value_type = String)]
    proposal: ProposalId,
}

/// Records as they are and would be.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordsView {
    /// The record as it is, or the one that stays.
    first: RecordView,
    /// The record as it would be, or the one that goes.
    second: RecordView,
}

/// Propose to correct a record.
#[utoipa::path(post, path = "/console/proposals/corrections", tag = "console: two officers",
    request_body = NewCorrection, responses(
        (status = 201, body = ProposedRecordView),
        (status = 403, description = "Not permitted to this role, or the officer's own record", body = Problem),
        (status = 404, description = "Nobody has the number", body = Problem),
        (status = 409, description = "Somebody has the new number", body = Problem),
        (status = 422, description = "Nothing would change, or it would be no good record", body = Problem)))]
pub(super) async fn correct(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<NewCorrection, MOST_BYTES>,
) -> Result<(StatusCode, Json<ProposedRecordView>), Problem> {
    let officer = acting(&session, &body.why)?;
    let name = body
        .family_name
        .as_deref()
        .map(|family| PersonName::new(family, body.given_name.as_deref().unwrap_or_default()));
    let photo = body.photo.as_deref().map(b64::decode_standard).transpose();
    let correction = Correction {
        number: body.new_number.as_deref().map(number).transpose()?,
        name: name.transpose().map_err(name_problem)?,
        birth_date: body.birth_date,
        nationalities: body.nationalities.filter(|list| !list.is_empty()),
        photo: photo.map_err(|_| photo_problem("portrait-unusable"))?,
        fingers: body.fingers.as_deref().map(fingers).transpose()?,
    };
    let (now, mut rng) = (clock::now(), clock::seeded());
    let proposed = state
        .authority
        .propose_correction(&number(&body.number)?, correction, &officer, now, &mut rng)
        .await;
    let proposal = proposed.map_err(propose_problem)?;
    Ok((StatusCode::CREATED, Json(ProposedRecordView { proposal })))
}

/// Propose to merge two records of one person: the one that goes is taken out, its card revoked.
#[utoipa::path(post, path = "/console/proposals/mergers", tag = "console: two officers",
    request_body = Twins, responses(
        (status = 201, body = ProposedRecordView),
        (status = 403, description = "Not permitted to this role, or the officer's own record", body = Problem),
        (status = 404, description = "Nobody has one of the numbers", body = Problem),
        (status = 422, description = "No case, no reason, or one record twice", body = Problem)))]
pub(super) async fn merge(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<Twins>,
) -> Result<(StatusCode, Json<ProposedRecordView>), Problem> {
    let officer = acting(&session, &body.why)?;
    let (stays, goes) = (number(&body.stays)?, number(&body.goes)?);
    let (now, mut rng) = (clock::now(), clock::seeded());
    let proposed = state.authority.propose_merge(&stays, &goes, &officer, now, &mut rng).await;
    let proposal = proposed.map_err(propose_problem)?;
    Ok((StatusCode::CREATED, Json(ProposedRecordView { proposal })))
}

/// Fingers as another system exported them.
fn fingers(text: &str) -> Result<FingerReference, Problem> {
    let bytes = b64::decode_standard(text).ok();
    bytes.and_then(|bytes| read_fingers(&bytes).ok()).ok_or_else(|| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "fingers-not-read",
            "These fingers cannot be read",
            "They are no record of two fingers or more. Export them anew.",
        )
    })
}

/// A correction, side by side.
pub(super) fn corrected(
    change: &CorrectedRecord,
    opened: &[Entry],
) -> Result<Option<RecordsView>, Problem> {
    let Some(entry) = opened.first() else { return Ok(None) };
    let first = record(entry)?;
    let portrait = change.portrait().map_or_else(|| first.portrait.clone(), |jpeg| picture(&jpeg));
    let after: &Resident = &change.after;
    Ok(Some(RecordsView { first, second: record_of(after, portrait) }))
}

/// Two records, side by side.
pub(super) fn merged(opened: &OpenedProposal) -> Result<Option<RecordsView>, Problem> {
    match &opened.records[..] {
        [stays, goes] => Ok(Some(RecordsView { first: record(stays)?, second: record(goes)? })),
        _ => Ok(None),
    }
}
