//! Who is expected at a counter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use jiff::Timestamp;
use serde::Serialize;
use tanda_authority::enrolment::{Expected, OfficeVisits};
use tanda_credential::trust_list::Names;
use tanda_model::EvidenceKind;
use tanda_protocol::vci::CounterCode;
use utoipa::ToSchema;

use super::State;
use super::session::SignedInOfficer;
use crate::clock;
use crate::problem::Problem;

/// An office, and who is expected there.
#[derive(Serialize, ToSchema)]
pub(super) struct VisitsView {
    id: String,
    /// What it is called, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    name: Names,
    /// The earliest first.
    expected: Vec<ExpectedView>,
}

/// Somebody who is expected. Says nothing of who it is.
#[derive(Serialize, ToSchema)]
pub(super) struct ExpectedView {
    #[schema(value_type = String)]
    starts_at: Timestamp,
    /// What their wallet shows, and what finds the application: `AB12-CD34`.
    #[schema(value_type = String)]
    code: CounterCode,
    /// What holds by now.
    #[schema(value_type = Vec<String>)]
    held: Vec<EvidenceKind>,
}

impl From<OfficeVisits> for VisitsView {
    fn from(OfficeVisits { office, expected }: OfficeVisits) -> Self {
        let expected = expected.into_iter().map(ExpectedView::from).collect();
        Self { id: office.id, name: office.names, expected }
    }
}

impl From<Expected> for ExpectedView {
    fn from(Expected { starts_at, counter_code, held }: Expected) -> Self {
        Self { starts_at, code: counter_code, held: held.into_iter().collect() }
    }
}

/// Who is expected next at each office: half a day from the first who comes, or who may still come an
/// hour late.
#[utoipa::path(get, path = "/console/appointments", tag = "console: counter", responses(
    (status = 200, body = Vec<VisitsView>),
    (status = 403, description = "Not permitted to this role", body = Problem)))]
pub(super) async fn expected(
    Shared(state): Shared<Arc<State>>,
    SignedInOfficer(session): SignedInOfficer,
) -> Result<Json<Vec<VisitsView>>, Problem> {
    let visits = state.authority.expected(&session.signed_in(), clock::now()).await?;
    Ok(Json(visits.into_iter().map(VisitsView::from).collect()))
}
