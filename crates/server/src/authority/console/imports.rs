//! A register file that an officer brings, piece by piece; checked row by row; proposed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, Request, State as Shared};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tanda_authority::register::{ImportError, RowFault};
use tanda_authority::uploads::{
    MOST_FILE, MOST_PICTURES, NewUpload, UploadError, UploadStage, UploadView,
};
use tanda_model::{ProposalId, UploadId};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::proposals::propose_problem;
use super::residents::{CaseReason, acting};
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment, bytes};
use crate::problem::Problem;

/// The largest piece of a file, and the largest picture.
const MOST_BYTES: usize = 1 << 20;

/// A register file that is about to come.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewImport {
    /// The file's name, which ends in `.csv` or `.jsonl`.
    name: String,
    /// Its size, in bytes: 32 MiB at most.
    size: usize,
}

/// Where the pieces go.
#[derive(Serialize, ToSchema)]
pub(super) struct BegunImport {
    #[schema(value_type = String)]
    id: UploadId,
}

/// Which piece.
#[derive(Deserialize, IntoParams)]
pub(super) struct Piece {
    /// At which byte of the file it begins.
    at: usize,
}

/// Which picture.
#[derive(Deserialize, IntoParams)]
pub(super) struct Picture {
    /// Its path as the file's `portrait` column has it, or its name alone.
    name: String,
}

/// How far an import has come.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportView {
    /// `arriving`, `checking`, `checked` or `broken`.
    stage: &'static str,
    /// Bytes that have arrived, or, from `checking` on, that were looked at.
    bytes_done: u64,
    bytes_total: u64,
    /// Rows found good.
    good: u64,
    /// Rows refused.
    refused: u64,
    /// The first thousand of them, once all were looked at.
    faults: Vec<RowFaultView>,
}

/// A row that was refused.
#[derive(Serialize, ToSchema)]
struct RowFaultView {
    /// Where the row begins in the file, from 1.
    line: u64,
    /// The field at fault; `row` for the row as a whole.
    field: String,
    /// What is wrong, as a code.
    code: &'static str,
    /// What is wrong, and what to do about it.
    detail: String,
}

/// The proposal that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct ProposedView {
    #[schema(value_type = String)]
    proposal: ProposalId,
}

/// Begin to bring a register file. An earlier one of the same officer's is forgotten.
#[utoipa::path(post, path = "/console/imports", tag = "console: two officers",
    request_body = NewImport, responses(
        (status = 201, body = BegunImport),
        (status = 403, description = "Not permitted to this role", body = Problem),
        (status = 409, description = "Too many others are at it", body = Problem),
        (status = 422, description = "Another format, empty, or too large", body = Problem)))]
pub(super) async fn begin(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Body(body): Body<NewImport>,
) -> Result<(StatusCode, Json<BegunImport>), Problem> {
    let new = NewUpload { name: body.name, size: body.size };
    let officer = session.signed_in();
    let begun =
        state.authority.begin_upload(&new, &officer, clock::now(), &mut clock::seeded()).await;
    Ok((StatusCode::CREATED, Json(BegunImport { id: begun.map_err(upload_problem)? })))
}

/// Bring the next piece of the file: 1 MiB at most.
#[utoipa::path(post, path = "/console/imports/{id}/pieces", tag = "console: two officers",
    params(Piece), request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 204, description = "Taken"),
        (status = 404, description = "No such upload, or it was left alone for too long", body = Problem),
        (status = 409, description = "Not the next piece", body = Problem),
        (status = 413, description = "Too large", body = Problem)))]
pub(super) async fn add_piece(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<UploadId>,
    Query(Piece { at }): Query<Piece>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let piece = bytes(request, MOST_BYTES).await?;
    let added = state.authority.add_to_upload(id, at, &piece, &session.signed_in(), clock::now());
    added.map_err(upload_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Bring a picture that the file's `portrait` column names: 1 MiB at most.
#[utoipa::path(post, path = "/console/imports/{id}/pictures", tag = "console: two officers",
    params(Picture), request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 204, description = "Taken"),
        (status = 404, description = "No such upload, or it was left alone for too long", body = Problem),
        (status = 413, description = "Too large", body = Problem),
        (status = 422, description = "The pictures are too large together", body = Problem)))]
pub(super) async fn add_picture(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<UploadId>,
    Query(Picture { name }): Query<Picture>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let picture = bytes(request, MOST_BYTES).await?.to_vec();
    let (officer, now) = (session.signed_in(), clock::now());
    let added = state.authority.add_picture_to_upload(id, &name, picture, &officer, now);
    added.map_err(upload_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have every row looked at, once the file has arrived as a whole.
#[utoipa::path(post, path = "/console/imports/{id}/check", tag = "console: two officers",
    responses(
        (status = 202, description = "Begun: ask how far it has come"),
        (status = 404, description = "No such upload, or it was left alone for too long", body = Problem),
        (status = 409, description = "Something is missing, or the same file waits already", body = Problem),
        (status = 422, description = "The file cannot be used as a whole", body = Problem)))]
pub(super) async fn check(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<UploadId>,
) -> Result<StatusCode, Problem> {
    let (officer, now) = (session.signed_in(), clock::now());
    let mut rng = clock::seeded();
    let begun = state.authority.check_upload(id, &officer, now, &mut rng).await;
    begun.map_err(upload_problem)?;
    Ok(StatusCode::ACCEPTED)
}

/// How far it has come, and which rows were refused.
#[utoipa::path(get, path = "/console/imports/{id}", tag = "console: two officers", responses(
    (status = 200, body = ImportView),
    (status = 404, description = "No such upload, or it was left alone for too long", body = Problem)))]
pub(super) async fn view(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<UploadId>,
) -> Result<Json<ImportView>, Problem> {
    let UploadView { arrived, size, stage, .. } =
        state.authority.upload(id, &session.signed_in(), clock::now()).map_err(upload_problem)?;
    let (arrived, size) = (arrived as u64, size as u64);
    let view = |stage, bytes_done, good, refused| ImportView {
        stage,
        bytes_done,
        bytes_total: size,
        good,
        refused,
        faults: Vec::new(),
    };
    Ok(Json(match stage {
        UploadStage::Arriving => view("arriving", arrived, 0, 0),
        UploadStage::Broken => view("broken", 0, 0, 0),
        UploadStage::Checking(progress) => {
            view("checking", progress.bytes_done, progress.good, progress.refused)
        }
        UploadStage::Checked { good, refused, faults } => ImportView {
            faults: faults.into_iter().map(fault_view).collect(),
            ..view("checked", size, good, refused)
        },
    }))
}

/// Propose to add everybody whose row is good.
#[utoipa::path(post, path = "/console/imports/{id}/proposal", tag = "console: two officers",
    request_body = CaseReason, responses(
        (status = 201, body = ProposedView),
        (status = 403, description = "Not permitted to this role, or one's own row", body = Problem),
        (status = 404, description = "No such upload, or it was left alone for too long", body = Problem),
        (status = 422, description = "No case, no reason, or no good row", body = Problem)))]
pub(super) async fn propose(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<UploadId>,
    Body(why): Body<CaseReason>,
) -> Result<(StatusCode, Json<ProposedView>), Problem> {
    let officer = acting(&session, &why)?;
    let (by, now) = (session.signed_in(), clock::now());
    let mut rng = clock::seeded();
    let proposed = state.authority.propose_import(id, &by, &officer, now, &mut rng).await;
    let proposal = proposed.map_err(propose_problem)?;
    Ok((StatusCode::CREATED, Json(ProposedView { proposal })))
}

/// Forget it, with all that was staged.
#[utoipa::path(post, path = "/console/imports/{id}/discard", tag = "console: two officers",
    responses(
        (status = 204, description = "Forgotten"),
        (status = 404, description = "No such upload", body = Problem)))]
pub(super) async fn discard(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<UploadId>,
) -> Result<StatusCode, Problem> {
    let discarded = state.authority.discard_upload(id, &session.signed_in(), clock::now()).await;
    discarded.map_err(upload_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn fault_view(fault: RowFault) -> RowFaultView {
    let RowFault { line, field, code } = fault;
    let detail = format!("{}; {}", code.reason(), code.remedy());
    RowFaultView { line, field, code: code.as_str(), detail }
}

pub(super) fn upload_problem(error: UploadError) -> Problem {
    let unusable = |code, title, detail: String| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, detail)
    };
    match error {
        UploadError::NotAllowed(refused) => refused.into(),
        UploadError::Unknown => Problem::not_found(),
        UploadError::FileTooLarge => unusable(
            "file-too-large",
            "The file is too large",
            format!(
                "At most {} MB are taken here. Cut the file in parts, or have it imported at the \
                 machine with `tanda register import`.",
                MOST_FILE >> 20
            ),
        ),
        UploadError::PicturesTooLarge => unusable(
            "pictures-too-large",
            "The pictures are too large",
            format!(
                "At most {} MB of pictures are taken at once. Cut the file in parts.",
                MOST_PICTURES >> 20
            ),
        ),
        UploadError::TooMany => Problem::new(
            StatusCode::CONFLICT,
            "too-many-uploads",
            "Others are at it",
            "Several colleagues are bringing files at the moment. Try again in some minutes.",
        ),
        UploadError::Gap | UploadError::Complete => Problem::new(
            StatusCode::CONFLICT,
            "upload-broken",
            "The upload was broken off",
            "Something of the file is missing. Nothing was kept: begin anew.",
        ),
        UploadError::Proposed => Problem::new(
            StatusCode::CONFLICT,
            "file-proposed",
            "This file waits already",
            "The same file is being checked, or waits for a second officer. Look among the \
             proposals.",
        ),
        UploadError::File(cause) => file_problem(&cause),
        UploadError::Fault(cause) => cause.into(),
    }
}

fn file_problem(error: &ImportError) -> Problem {
    let (code, detail) = match error {
        ImportError::Empty => ("file-empty", "There is no row in the file.".to_owned()),
        ImportError::UnknownFormat => {
            ("file-format", "The name ends neither in .csv nor in .jsonl.".to_owned())
        }
        ImportError::ColumnMissing(column) => {
            ("file-columns", format!("The header lacks the column {column}."))
        }
        ImportError::ColumnUnknown { position } => {
            ("file-columns", format!("Column {position} of the header is unknown or there twice."))
        }
        other => return Problem::internal(other),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, "This file cannot be used", detail)
}
