//! What a signed-in desk is and may ask.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Verifier;
use super::enrol::device;
use super::shift::{ShiftView, SignedIn, on_shift};
use crate::problem::Problem;

/// A desk and its purposes.
#[derive(Serialize, ToSchema)]
pub(super) struct DeskView {
    relying_party: RelyingPartyView,
    /// What receipts tell this desk from the relying party's others by.
    device: String,
    purposes: Vec<PurposeView>,
    /// Who is on shift at it; nobody before they sign in.
    shift: Option<ShiftView>,
    /// Whether the relying party has staff at all: if not, whoever enrolled the desk becomes its
    /// first manager by `POST /desk/staff`.
    has_staff: bool,
}

/// A relying party, as it is registered.
#[derive(Serialize, ToSchema)]
struct RelyingPartyView {
    id: String,
    /// Its name by language.
    #[schema(value_type = Object)]
    name: Value,
}

/// A registered purpose.
#[derive(Serialize, ToSchema)]
struct PurposeView {
    id: String,
    /// What the guest is told, by language.
    #[schema(value_type = Object)]
    text: Value,
    /// The claims that may be asked, as claims path pointers.
    #[schema(value_type = Vec<Vec<String>>)]
    claims: Value,
    /// The least assurance level: `light` or `full`.
    #[schema(value_type = String)]
    level: Value,
    /// How many days what is shown may be kept.
    retention_days: u16,
    /// The desk sees a result and no data.
    result_only: bool,
    /// How many people one order may be for.
    group: u8,
    /// The claims that are kept, sealed, for as many days; as claims path pointers.
    #[schema(value_type = Vec<Vec<String>>)]
    record: Value,
}

/// Whose desk this is, who is at it, and what it may ask.
#[utoipa::path(get, path = "/desk", tag = "desk", responses(
    (status = 200, body = DeskView),
    (status = 401, body = Problem),
))]
pub(super) async fn desk(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
) -> Result<Json<DeskView>, Problem> {
    let device = device(&verifier, &headers).await?;
    let shift = on_shift(&verifier, &device, &headers).await?;
    let relying_party = &device.desk.relying_party;
    Ok(Json(DeskView {
        device: device.name().to_owned(),
        shift: shift.as_ref().map(SignedIn::view),
        has_staff: !verifier.store.staff(relying_party.id().as_str()).await?.is_empty(),
        relying_party: RelyingPartyView {
            id: relying_party.id().to_string(),
            name: json(relying_party.name()),
        },
        purposes: relying_party
            .purposes()
            .map(|purpose| PurposeView {
                id: purpose.purpose.id.clone(),
                text: json(&purpose.purpose.text),
                claims: json(&purpose.claims),
                level: json(purpose.level),
                retention_days: purpose.retention_days,
                result_only: purpose.result_only,
                group: purpose.group,
                record: json(&purpose.record),
            })
            .collect(),
    }))
}

/// Domain values have no OpenAPI schema of their own: they go out as the JSON they serialise to.
fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
