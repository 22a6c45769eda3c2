//! What a signed-in desk is and may ask.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Verifier;
use super::sign_in::signed_in;
use crate::problem::Problem;

/// A desk and its purposes.
#[derive(Serialize, ToSchema)]
pub(super) struct DeskView {
    relying_party: RelyingPartyView,
    purposes: Vec<PurposeView>,
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
}

/// Who is signed in, and what this desk may ask.
#[utoipa::path(get, path = "/desk", tag = "desk", responses(
    (status = 200, body = DeskView),
    (status = 401, body = Problem),
))]
pub(super) async fn desk(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
) -> Result<Json<DeskView>, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let relying_party = &signed_in.desk.relying_party;
    Ok(Json(DeskView {
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
            })
            .collect(),
    }))
}

/// Domain values have no OpenAPI schema of their own: they go out as the JSON they serialise to.
fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
