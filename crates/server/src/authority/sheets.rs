//! Codes of printed sheets: a desk hands one in with its request, in place of a wallet.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tanda_authority::sheets::PresentSheetError;
use tanda_protocol::vp::sheet_code::{NotASheetCode, SheetCode};
use utoipa::ToSchema;

use super::State;
use crate::clock;
use crate::extract::Body;
use crate::problem::Problem;
use crate::verifier::standing::not_standing;

/// A code that a guest has handed over, and the request that it shall answer.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SheetAnswerRequest {
    /// The code as it was typed.
    pub(crate) code: String,
    /// The asker, `x509_hash:…`.
    pub(crate) client_id: String,
    /// The signed request object (OpenID4VP 1.0, section 5).
    pub(crate) request: String,
}

/// What a wallet would have sent.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SheetAnswerView {
    /// The form that answers the request: `response=<JWE>`, encrypted to the asker.
    pub(crate) form: String,
}

/// Answer a relying party's request with a code of a printed sheet.
///
/// The request is checked as a wallet checks it: who asks, and that they ask no more than they are
/// registered for. The code is used up by an answer, and by nothing else.
#[utoipa::path(post, path = "/sheets/present", tag = "sheet", request_body = SheetAnswerRequest,
    responses(
        (status = 200, body = SheetAnswerView),
        (status = 403, description = "The asker is not registered for this", body = Problem),
        (status = 404, description = "No code that is still good", body = Problem),
        (status = 409, description = "The card of a sheet does not have what is asked", body = Problem),
        (status = 422, description = "No code, or no request that a wallet would answer", body = Problem),
        (status = 429, description = "Too many wrong codes", body = Problem),
    ))]
pub(super) async fn present(
    Shared(state): Shared<Arc<State>>,
    Body(body): Body<SheetAnswerRequest>,
) -> Result<Json<SheetAnswerView>, Problem> {
    let now = clock::now();
    let code: SheetCode = body.code.parse().map_err(|why| mistyped(&why))?;
    let client_id = body.client_id.parse().map_err(|_| not_a_request())?;
    let asked = state.authority.sheet_request(client_id, &body.request, now).map_err(problem)?;
    // By who asks, which the signature has proved: a desk is not slowed by another's guesses.
    let asker = asked.client_id.to_string();
    state.sheet_guesses.check(&asker, now).map_err(too_many_guesses)?;
    let answered = state.authority.present_sheet(&asked, &code, now, &mut clock::seeded()).await;
    if matches!(answered, Err(PresentSheetError::Unknown)) {
        state.sheet_guesses.failed(&asker, now);
    }
    Ok(Json(SheetAnswerView { form: answered.map_err(problem)? }))
}

/// The code is none, as the person who typed it is told.
pub(crate) fn mistyped(why: &NotASheetCode) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "mistyped-code",
        "Not a code of a sheet",
        match why {
            NotASheetCode::Form => {
                "A code of a sheet has twelve letters and digits, such as 4TQ7-0XKB-92MR. Type all \
                 of them."
            }
            NotASheetCode::Check => {
                "A letter or digit of the code is wrong. Compare it with the sheet and type it again."
            }
        },
    )
}

fn not_a_request() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "not-a-request",
        "Not a request",
        "This is no signed request that a wallet would answer. Make a fresh one at the desk.",
    )
}

fn problem(error: PresentSheetError) -> Problem {
    match error {
        PresentSheetError::Request(_) | PresentSheetError::Transaction => not_a_request(),
        PresentSheetError::Registration(cause) => not_standing(&cause),
        PresentSheetError::OverAsking(over) => Problem::new(
            StatusCode::FORBIDDEN,
            over.code(),
            "More is asked than is registered",
            format!("{over}. Ask for what the purpose is registered for."),
        ),
        PresentSheetError::Unknown => no_such_code(),
        PresentSheetError::Unsatisfied => not_enough(),
        PresentSheetError::Fault(cause) => cause.into(),
    }
}

pub(crate) fn no_such_code() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-code",
        "No code that is still good",
        "This code was used, or its sheet is no longer good. Ask for the next code on the sheet.",
    )
}

pub(crate) fn not_enough() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "sheet-not-enough",
        "A sheet is not enough",
        "A sheet stands for the light card. What is asked needs the full card.",
    )
}

pub(crate) fn too_many_guesses(seconds: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-attempts",
        "Too many wrong codes",
        "Too many codes of sheets were wrong. Wait a minute, then type the code again.",
    )
    .retry_after(seconds)
}
