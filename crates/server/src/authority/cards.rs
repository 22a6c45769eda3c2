//! A holder's own card, from every device that is signed in to their account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use tanda_authority::holder::{HolderAct, HolderCard, HolderCardError};
use tanda_model::AssuranceLevel;
use utoipa::ToSchema;

use super::State;
use super::enrolments::no_attestation;
use super::oauth_error::client_headers;
use crate::clock;
use crate::problem::Problem;

/// The account's card: where it stands, and nothing of what is on it.
#[derive(Serialize, ToSchema)]
pub(super) struct CardView {
    #[schema(value_type = String)]
    level: AssuranceLevel,
    /// `live`, `suspended` (also when it is locked) or `revoked`.
    state: &'static str,
    /// The holder has locked it, and unlocks it.
    locked: bool,
    /// The authority has suspended it, and restores it.
    suspended: bool,
    /// Whether the wallet that asks has it.
    here: bool,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// The card that was given to the account for which the wallet is attested.
#[utoipa::path(get, path = "/card", tag = "card", responses(
    (status = 200, body = CardView),
    (status = 401, description = "No valid wallet attestation", body = Problem),
    (status = 404, description = "The account has no card in use", body = Problem),
))]
pub(super) async fn show(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Json<CardView>, Problem> {
    let client = client_headers(&headers).ok_or_else(no_attestation)?;
    let shown = state.authority.card_of_holder(&client, clock::now()).await;
    Ok(Json(shown.map_err(problem)?.into()))
}

/// Lock the card: no relying party accepts it until it is unlocked.
///
/// From the wallet that has it, or from any other that is attested for the same account. Locking
/// what is locked changes nothing.
#[utoipa::path(post, path = "/card/lock", tag = "card", responses(
    (status = 200, body = CardView),
    (status = 401, description = "No valid wallet attestation", body = Problem),
    (status = 404, description = "The account has no card in use", body = Problem),
    (status = 409, description = "The card has expired", body = Problem),
))]
pub(super) async fn lock(
    shared: Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Json<CardView>, Problem> {
    act(shared, &headers, HolderAct::Lock).await
}

/// Unlock the card.
///
/// What the authority has suspended stays suspended. Unlocking what is not locked changes nothing.
#[utoipa::path(post, path = "/card/unlock", tag = "card", responses(
    (status = 200, body = CardView),
    (status = 401, description = "No valid wallet attestation", body = Problem),
    (status = 404, description = "The account has no card in use", body = Problem),
    (status = 409, description = "The card has expired", body = Problem),
))]
pub(super) async fn unlock(
    shared: Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Json<CardView>, Problem> {
    act(shared, &headers, HolderAct::Unlock).await
}

/// Give the card up for good: it is revoked, and the enrolled face forgotten.
///
/// The record in the register stays, and so does the log of what was done about it.
#[utoipa::path(post, path = "/card/give-up", tag = "card", responses(
    (status = 200, body = CardView),
    (status = 401, description = "No valid wallet attestation", body = Problem),
    (status = 404, description = "The account has no card in use", body = Problem),
))]
pub(super) async fn give_up(
    shared: Shared<Arc<State>>,
    headers: HeaderMap,
) -> Result<Json<CardView>, Problem> {
    act(shared, &headers, HolderAct::GiveUp).await
}

async fn act(
    Shared(state): Shared<Arc<State>>,
    headers: &HeaderMap,
    what: HolderAct,
) -> Result<Json<CardView>, Problem> {
    let client = client_headers(headers).ok_or_else(no_attestation)?;
    let done = state.authority.act_as_holder(what, &client, clock::now()).await;
    Ok(Json(done.map_err(problem)?.into()))
}

fn problem(error: HolderCardError) -> Problem {
    match error {
        HolderCardError::Client(_) => no_attestation(),
        HolderCardError::NoCard => no_card(),
        HolderCardError::NotNow(_) => Problem::new(
            StatusCode::CONFLICT,
            "card-over",
            "The card is over",
            "The card has expired and is accepted nowhere. Apply for a new one.",
        ),
        HolderCardError::Fault(cause) => cause.into(),
    }
}

pub(super) fn no_card() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-card",
        "No card in use",
        "No card in use was given to this account. Sign in to the account with which it was \
         applied for, or ask at a counter.",
    )
}

impl From<HolderCard> for CardView {
    fn from(card: HolderCard) -> Self {
        Self {
            level: card.level,
            state: card.state.name(),
            locked: card.state.is_locked(),
            suspended: card.state.is_suspended_by_authority(),
            here: card.is_here,
            expires_at: card.expires_at,
        }
    }
}
