//! What residents report relying parties for: the open reports, and their end.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::reports::{Report, SettleReportError};
use tanda_model::{RelyingPartyId, ReportId};
use utoipa::ToSchema;

use super::State;
use super::refusals::reason;
use super::session::SignedInOfficer;
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// The open reports, oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportsView {
    reports: Vec<OpenReportView>,
    /// The time now, by the server's clock.
    #[schema(value_type = String)]
    now: Timestamp,
}

/// A report. Says nothing of whose it is.
#[derive(Serialize, ToSchema)]
struct OpenReportView {
    #[schema(value_type = String)]
    id: ReportId,
    #[schema(value_type = String)]
    relying_party: RelyingPartyId,
    /// The complaint's word.
    complaint: String,
    /// When the card was shown, by the wallet's word.
    #[schema(value_type = String)]
    shown_at: Timestamp,
    #[schema(value_type = String)]
    reported_at: Timestamp,
    /// In the resident's own words.
    words: Option<String>,
}

/// The reports that nobody has settled.
#[utoipa::path(get, path = "/console/reports", tag = "console: reports", responses(
    (status = 200, body = ReportsView),
    (status = 403, description = "Not permitted to this role", body = Problem)))]
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Result<Json<ReportsView>, Problem> {
    let reports = state.authority.reports_for(&session.signed_in()).await?;
    let view = |report: Report| OpenReportView {
        id: report.id,
        relying_party: report.relying_party,
        complaint: report.complaint.to_string(),
        shown_at: report.shown_at,
        reported_at: report.reported_at,
        words: report.words,
    };
    Ok(Json(ReportsView { reports: reports.into_iter().map(view).collect(), now: clock::now() }))
}

/// How a report was settled, for whoever made it.
#[derive(Deserialize, ToSchema)]
pub(super) struct Settlement {
    reason: String,
}

/// Settle a report. Whoever made it reads the reason in their wallet.
#[utoipa::path(post, path = "/console/reports/{id}/settlement", tag = "console: reports",
    request_body = Settlement, responses(
        (status = 204, description = "Settled"),
        (status = 403, description = "Not permitted to this role", body = Problem),
        (status = 409, description = "Settled meanwhile", body = Problem)))]
pub(super) async fn settle(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
    Segment(id): Segment<ReportId>,
    Body(body): Body<Settlement>,
) -> Result<StatusCode, Problem> {
    let officer = session.signed_in().acting(reason(&body.reason)?, None);
    let settled = state.authority.settle_report(id, &officer, clock::now()).await;
    settled.map_err(|error| match error {
        SettleReportError::NotAllowed(refused) => refused.into(),
        SettleReportError::NotOpen => Problem::new(
            StatusCode::CONFLICT,
            "report-settled",
            "Settled already",
            "A colleague has settled this report meanwhile, or it is not kept any more. Nothing of \
             yours was kept.",
        ),
        SettleReportError::Fault(cause) => cause.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}
