//! What a relying party has kept for its record: taken out by a manager, with a reason that is
//! remembered; deleted when its time is over, with a receipt for the holder's wallet.

mod table;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use tanda_model::Reason;
use tanda_protocol::receipt::handle_hash;
use tanda_storage::StorageError;
use tanda_storage::verifier::ExportRow;
use tanda_verifier::{RecordError, SealedEntry};
use utoipa::ToSchema;

use super::Verifier;
use super::shift::{SignedIn, signed_in};
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;
use table::Form;

/// How long the receipt of a deletion is there to be fetched.
const RECEIPT_DAYS: i64 = 400;
/// How much is exported at once, at most.
const LONGEST_RANGE: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Entries deleted in one go.
const AT_ONCE: u32 = 200;

/// What is to be taken out.
#[derive(Deserialize, ToSchema)]
pub(super) struct Export {
    /// Kept from this moment on, RFC 3339.
    #[schema(value_type = String)]
    from: Timestamp,
    /// Kept before this moment, RFC 3339.
    #[schema(value_type = String)]
    until: Timestamp,
    /// `csv` or `json`.
    #[schema(value_type = String)]
    form: Form,
    /// Why it is taken out, in 8 to 500 characters: remembered with who did it.
    #[schema(value_type = String)]
    reason: Reason,
}

/// An export that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportView {
    purpose: String,
    staff: String,
    reason: String,
    #[schema(value_type = String)]
    from: Timestamp,
    #[schema(value_type = String)]
    until: Timestamp,
    /// How many entries it had.
    entries: u64,
    #[schema(value_type = String)]
    at: Timestamp,
}

/// Take out what was kept for a purpose, such as the stay register; for managers.
#[utoipa::path(post, path = "/desk/records/{purpose}/export", tag = "desk", request_body = Export,
responses(
    (status = 200, description = "A table (CSV), or a JSON array with an object an entry"),
    (status = 401, body = Problem),
    (status = 403, description = "Not a manager", body = Problem),
    (status = 404, description = "Nothing is kept for such a purpose", body = Problem),
    (status = 422, description = "No range of at most a year", body = Problem),
))]
pub(super) async fn export(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(purpose): Segment<String>,
    Body(body): Body<Export>,
) -> Result<Response, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    signed_in.require_manager()?;
    let SignedIn { desk, staff, .. } = signed_in;
    let party = &desk.relying_party;
    let registration = party.purposes().find(|registration| registration.purpose.id == purpose);
    let registration =
        registration.filter(|one| !one.record.is_empty()).ok_or_else(Problem::not_found)?;
    let length = body.until.duration_since(body.from);
    if length <= SignedDuration::ZERO || length > LONGEST_RANGE {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "range-unfit",
            "This can't be taken out",
            "The range ends before it begins, or is longer than a year. Choose another.",
        ));
    }
    let export = ExportRow {
        purpose,
        staff,
        reason: body.reason.as_str().to_owned(),
        from: body.from,
        until: body.until,
        entries: 0,
        at: clock::now(),
    };
    let sealed = verifier.store.export(party.id().as_str(), export).await?;
    let (key, id) = (Arc::clone(&desk.record_key), party.id().clone());
    // Each entry is a decryption: thousands of them are no work for a thread that answers requests.
    let opened = tokio::task::spawn_blocking(move || {
        sealed.iter().map(|entry| key.open(entry, &id)).collect::<Result<Vec<_>, RecordError>>()
    });
    let entries = opened
        .await
        .map_err(|cause| Problem::internal(&cause))?
        .map_err(|cause| Problem::internal(&cause))?;
    let (media_type, name) = match body.form {
        Form::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"record.csv\""),
        Form::Json => ("application/json", "attachment; filename=\"record.json\""),
    };
    let content = table::write(body.form, &registration.record, &entries)
        .map_err(|cause| Problem::internal(&cause))?;
    let as_file = [(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, name)];
    Ok((as_file, content).into_response())
}

/// Who has taken something out of the records, when and why, newest first; for managers.
#[utoipa::path(get, path = "/desk/records/exports", tag = "desk", responses(
    (status = 200, body = Vec<ExportView>),
    (status = 401, body = Problem),
    (status = 403, description = "Not a manager", body = Problem),
))]
pub(super) async fn exports(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
) -> Result<Json<Vec<ExportView>>, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    signed_in.require_manager()?;
    let party = signed_in.desk.relying_party.id().as_str();
    let view = |row: ExportRow| ExportView {
        purpose: row.purpose,
        staff: row.staff.to_string(),
        reason: row.reason,
        from: row.from,
        until: row.until,
        entries: row.entries,
        at: row.at,
    };
    let exports = verifier.store.exports(party, 50).await?;
    Ok(Json(exports.into_iter().map(view).collect()))
}

/// What became of what was kept of a presentation.
#[derive(Serialize, ToSchema)]
pub(super) struct DeletionView {
    /// `kept` or `deleted`.
    state: &'static str,
    /// By when it will be deleted, RFC 3339, while it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    delete_by: Option<Timestamp>,
    /// The relying party's receipt that it is deleted, a compact JWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

/// What became of what was kept of a presentation, for the wallet that made it: it was told this
/// address in the answer to its response (`deletion_receipt_uri`).
#[utoipa::path(get, path = "/deletion-receipts/{handle}", tag = "wallet", responses(
    (status = 200, body = DeletionView),
    (status = 404, description = "Nothing was kept under this handle", body = Problem),
))]
pub(super) async fn deletion(
    State(verifier): State<Arc<Verifier>>,
    Segment(handle): Segment<String>,
) -> Result<Json<DeletionView>, Problem> {
    let handle = handle_hash(&handle);
    if let Some(receipt) = verifier.store.deletion(&handle).await? {
        let receipt = Some(receipt);
        return Ok(Json(DeletionView { state: "deleted", delete_by: None, receipt }));
    }
    let delete_by = verifier.store.record_due(&handle).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(DeletionView { state: "kept", delete_by: Some(delete_by), receipt: None }))
}

impl Verifier {
    /// Deletes the entries whose time is over, each with its receipt.
    pub(super) async fn delete_due_records(&self, now: Timestamp) -> Result<(), StorageError> {
        loop {
            let due = self.store.due(now, AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            for (party, entry) in due {
                let receipt = self.receipt_of(&party, &entry, now);
                let until = now + (RECEIPT_DAYS * 24).hours();
                let receipt = receipt.map(|receipt| (receipt, until));
                self.store.delete_record(&entry.handle, receipt).await?;
            }
        }
    }

    /// What can't be signed for is deleted all the same.
    fn receipt_of(&self, party: &str, entry: &SealedEntry, now: Timestamp) -> Option<String> {
        let desk = self.desks.get(party).or_else(|| {
            tracing::warn!("an entry is deleted without a receipt: its relying party is gone");
            None
        })?;
        desk.relying_party
            .deletion_receipt(entry, now)
            .inspect_err(|cause| tracing::error!(%cause, "an entry is deleted without a receipt"))
            .ok()
    }
}
