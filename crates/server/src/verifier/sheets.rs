//! A guest without a phone hands over a code of a printed sheet: the desk types it, and the
//! authority that holds the guest's card answers the request as a wallet would.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use tanda_protocol::vp::sheet_code::SheetCode;
use url::Url;
use utoipa::ToSchema;

use super::Verifier;
use super::requests::{StateView, own_session, seen_by};
use super::shift::signed_in;
use super::wallet::{opened, take};
use crate::authority::sheets::{
    SheetAnswerRequest, SheetAnswerView, mistyped, no_such_code, not_enough, too_many_guesses,
};
use crate::config::at;
use crate::extract::{Body, Segment};
use crate::layers::{self, FetchError};
use crate::problem::Problem;

/// The largest answer of an authority: a form with an encrypted presentation.
const MOST_BYTES: usize = 1 << 20;

/// A code that a guest has handed over.
#[derive(Deserialize, ToSchema)]
pub(super) struct HandedOver {
    /// As it was typed: case, spaces and hyphens don't count.
    code: String,
}

/// Answer a request with a code of a guest's printed sheet.
///
/// The guest's authority checks the request as a wallet would, and uses the code up.
#[utoipa::path(post, path = "/desk/requests/{id}/sheet", tag = "desk", request_body = HandedOver,
    responses(
        (status = 200, description = "The verdict is there", body = StateView),
        (status = 404, description = "No such request, or no code that is still good", body = Problem),
        (status = 409, description = "The request has been answered, or a sheet is not enough",
            body = Problem),
        (status = 422, description = "Not a code of a sheet", body = Problem),
    ))]
pub(super) async fn hand_over(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
    Body(body): Body<HandedOver>,
) -> Result<Json<StateView>, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let code: SheetCode = body.code.parse().map_err(|why| mistyped(&why))?;
    let session = own_session(&verifier, &signed_in.browser_session, &id).await?;
    let party = &signed_in.desk.relying_party;
    let (session, object) = opened(&verifier, session, party, None).await?;
    let asked = SheetAnswerRequest {
        code: code.expose().to_owned(),
        client_id: party.client_id().to_string(),
        request: object,
    };
    let form = answer(&verifier, &asked).await?;
    take(&verifier, session, form.as_bytes()).await?.map_err(|_| answered())?;
    let session = own_session(&verifier, &signed_in.browser_session, &id).await?;
    Ok(Json(seen_by(&session, &signed_in.browser_session)))
}

/// The form by which the authority that knows the code answers: one of those on the trust list.
async fn answer(verifier: &Verifier, asked: &SheetAnswerRequest) -> Result<String, Problem> {
    let issuers = verifier.trust.issuers().await?;
    let mut refused = None;
    for issuer in issuers.issuers() {
        let Ok(issuer) = Url::parse(&issuer.id) else { continue };
        let request = verifier.http.post(at(&issuer, "sheets/present")).json(asked);
        match layers::text(request, MOST_BYTES).await {
            Ok(body) => {
                let view: Result<SheetAnswerView, _> = serde_json::from_str(&body);
                return Ok(view.map_err(|cause| Problem::internal(&cause))?.form);
            }
            // Another authority's sheet.
            Err(FetchError::Status(404)) => {}
            Err(FetchError::Status(409)) => refused = Some(not_enough()),
            Err(FetchError::Status(429)) => refused = Some(too_many_guesses(60)),
            Err(cause) => {
                tracing::warn!(%cause, "an authority does not take codes of sheets");
                refused = Some(Problem::unavailable(
                    "The authority of the sheet can't be reached, so the code was not used. Check \
                     the connection and try again.",
                ));
            }
        }
    }
    Err(refused.unwrap_or_else(no_such_code))
}

fn answered() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "request-answered",
        "The request has been answered",
        "Somebody has answered this request meanwhile. Make a new one, and type the next code.",
    )
}
