//! Passkey dialogues over HTTP, as the app's accounts and the authority's officers have them in
//! common: a start that answers with a challenge and a cookie, a finish that takes the answer.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tanda_passkey::DIALOGUE_LIFE;
use tanda_protocol::oauth::OpaqueToken;
use utoipa::ToSchema;

use crate::cookies::Cookie;
use crate::problem::Problem;

/// A browser's answer to a challenge (WebAuthn Level 3, section 5.1, as JSON).
#[derive(Deserialize, ToSchema)]
pub(crate) struct Answer<T> {
    #[schema(value_type = Object)]
    pub(crate) credential: T,
}

/// The challenge for the browser, and the cookie that ties its answer to this dialogue.
pub(crate) fn begun(
    cookie: Cookie,
    ceremony: &OpaqueToken,
    challenge: &impl Serialize,
) -> Response {
    let cookie = cookie.store(ceremony.expose(), DIALOGUE_LIFE.as_secs().cast_signed());
    ([(header::SET_COOKIE, cookie)], Json(json!(challenge))).into_response()
}

/// The dialogue took too long, was used already, or is another browser's.
pub(crate) fn ended() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "ceremony-ended",
        "The passkey dialogue has ended",
        "The passkey dialogue took too long, or was used already. Start it again.",
    )
}

/// A passkey that was made could not be checked.
pub(crate) fn not_made() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "passkey-refused",
        "The passkey was not accepted",
        "This passkey could not be checked. Try again, or use another device's passkey.",
    )
}
