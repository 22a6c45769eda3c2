//! A resident reports a relying party.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::reports::{NewReport, ReportError};
use tanda_model::{Complaint, RelyingPartyId, ReportId};
use utoipa::ToSchema;

use super::State;
use super::enrolments::{no_attestation, too_many_attempts};
use super::oauth_error::client_headers;
use crate::clock;
use crate::extract::Body;
use crate::problem::Problem;

/// Whom the resident reports, and for what.
#[derive(Deserialize, ToSchema)]
pub(super) struct ReportRequest {
    /// The relying party, as its registration names it.
    #[schema(value_type = String)]
    relying_party: RelyingPartyId,
    /// `asked-too-much`, `not-recognised`, `kept-or-passed-on`, `turned-away` or `other`.
    #[schema(value_type = String)]
    complaint: Complaint,
    /// When the card was shown or asked for.
    #[schema(value_type = String)]
    shown_at: Timestamp,
    /// In the resident's own words, at most 1,000 characters.
    #[serde(default)]
    words: String,
}

/// The report is with the authority.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportedView {
    #[schema(value_type = String)]
    report_id: ReportId,
}

/// Report a relying party to the authority.
///
/// From any wallet that is attested for the account of the card. Officers read what and about whom,
/// and are not told who wrote it; the answer stands in the resident's list of acts.
#[utoipa::path(post, path = "/reports", tag = "card", request_body = ReportRequest, responses(
    (status = 201, body = ReportedView),
    (status = 401, description = "No valid wallet attestation", body = Problem),
    (status = 404, description = "The account has no card in use", body = Problem),
    (status = 422, description = "No such relying party or complaint, or overlong words",
        body = Problem),
    (status = 429, description = "Too many reports in a day", body = Problem),
))]
pub(super) async fn report(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Body(body): Body<ReportRequest>,
) -> Result<(StatusCode, Json<ReportedView>), Problem> {
    let client = client_headers(&headers).ok_or_else(no_attestation)?;
    let report = NewReport {
        relying_party: body.relying_party,
        complaint: body.complaint,
        shown_at: body.shown_at,
        words: body.words,
    };
    let report_id = state
        .authority
        .report_relying_party(&report, &client, clock::now(), &mut clock::seeded())
        .await
        .map_err(problem)?;
    Ok((StatusCode::CREATED, Json(ReportedView { report_id })))
}

fn problem(error: ReportError) -> Problem {
    let malformed =
        |code, title, remedy| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, remedy);
    match error {
        ReportError::Client(_) => no_attestation(),
        ReportError::NoCard => super::cards::no_card(),
        ReportError::UnknownRelyingParty => malformed(
            "unknown-relying-party",
            "Unknown relying party",
            "This authority has certified nobody of this name. Report them to the authority that \
             the wallet names beside the showing.",
        ),
        ReportError::TooLong => {
            malformed("words-too-long", "Too many words", "Say it in at most 1,000 characters.")
        }
        ReportError::Unprintable => malformed(
            "words-unprintable",
            "No plain text",
            "The words hold control characters. Send plain text with line breaks alone.",
        ),
        ReportError::TooMany { try_again_after } => too_many_attempts(try_again_after),
        ReportError::Fault(cause) => cause.into(),
    }
}
