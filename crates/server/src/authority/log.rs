//! The log of what the authority does: its head and its hashes for everybody, its entries for the
//! residents whom they are about.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tanda_authority::log::{HolderActs, HolderActsError, TileError};
use tanda_credential::log::Tile;
use utoipa::ToSchema;

use super::State;
use super::enrolments::no_attestation;
use super::oauth_error::client_headers;
use super::published::published;
use crate::clock;
use crate::extract::Segment;
use crate::problem::Problem;

/// The log's newest checkpoint (C2SP tlog-checkpoint).
///
/// How many entries the log has, and the root over them, signed with the key that the trust list
/// names.
#[utoipa::path(get, path = "/log/checkpoint", tag = "log", responses(
    (status = 200, description = "A signed note", content_type = "text/plain"),
    (status = 404, description = "Nothing was signed yet", body = Problem),
))]
pub(super) async fn checkpoint(Shared(state): Shared<Arc<State>>) -> Result<Response, Problem> {
    let newest = state.authority.newest_checkpoint().await?.ok_or_else(Problem::not_found)?;
    Ok(published("text/plain; charset=utf-8", "public, max-age=2", newest.note))
}

/// A tile of the log's Merkle tree (C2SP tlog-tiles).
///
/// `<level>/<index>`, with `.p/<width>` while it is partial. Hashes alone: there are no tiles of
/// entries, since they hold officers' reasons and are for the residents concerned.
#[utoipa::path(get, path = "/log/tile/{*tile}", tag = "log",
    params(("tile" = String, Path, description = "Such as `0/x001/234` or `1/000.p/17`")),
    responses(
        (status = 200, description = "SHA-256 hashes, one after the other",
            content_type = "application/octet-stream"),
        (status = 404, description = "The newest checkpoint does not reach it", body = Problem),
    ))]
pub(super) async fn tile(
    Shared(state): Shared<Arc<State>>,
    Segment(tile): Segment<String>,
) -> Result<Response, Problem> {
    let tile: Tile = tile.parse().map_err(|_| Problem::not_found())?;
    let content = state.authority.log_tile(tile).await.map_err(|error| match error {
        TileError::Unknown => Problem::not_found(),
        TileError::Fault(cause) => cause.into(),
    })?;
    Ok(published("application/octet-stream", "public, max-age=31536000, immutable", content))
}

/// What the wallet has of the log already.
#[derive(Deserialize)]
pub(super) struct Known {
    #[serde(default)]
    kept: u64,
    before: Option<u64>,
}

/// Acts about a resident, with their proofs. Hashes are standard base64.
#[derive(Serialize, ToSchema)]
pub(super) struct HolderActsView {
    /// The newest checkpoint (C2SP tlog-checkpoint).
    checkpoint: String,
    /// From the kept checkpoint to this one (RFC 6962, section 2.1.2); empty if none was kept.
    consistency: Vec<String>,
    /// Newest first.
    acts: Vec<ProvenActView>,
    /// Whether there are earlier ones: ask again with `before`.
    more: bool,
}

/// An entry of the log, and the proof that it is in it.
#[derive(Serialize, ToSchema)]
pub(super) struct ProvenActView {
    /// Which entry, from 0.
    index: u64,
    /// The entry, a JSON object, byte for byte as it was hashed.
    entry: String,
    /// From the entry to the checkpoint's root (RFC 6962, section 2.1.1).
    inclusion: Vec<String>,
}

/// Who looked at my record, and what else was done about it.
///
/// For a wallet that holds the resident's live card, known by its attestation and a fresh proof of
/// its key (`OAuth-Client-Attestation` and `OAuth-Client-Attestation-PoP`). Each act comes with its
/// inclusion proof, all together with a consistency proof from the checkpoint that was kept.
#[utoipa::path(get, path = "/log/mine", tag = "log",
    params(
        ("kept" = Option<u64>, Query, description = "The size of the checkpoint that the wallet kept"),
        ("before" = Option<u64>, Query, description = "Only acts before this index"),
    ),
    responses(
        (status = 200, body = HolderActsView),
        (status = 401, description = "No valid wallet attestation", body = Problem),
        (status = 403, description = "The wallet holds no live card", body = Problem),
    ))]
pub(super) async fn mine(
    Shared(state): Shared<Arc<State>>,
    Query(known): Query<Known>,
    headers: HeaderMap,
) -> Result<Json<HolderActsView>, Problem> {
    let client = client_headers(&headers).ok_or_else(no_attestation)?;
    let acts = state
        .authority
        .show_holder(&client, known.kept, known.before, clock::now())
        .await
        .map_err(holder_problem)?;
    Ok(Json(acts.into()))
}

fn holder_problem(error: HolderActsError) -> Problem {
    match error {
        HolderActsError::Client(_) => no_attestation(),
        HolderActsError::NoLiveCard => Problem::new(
            StatusCode::FORBIDDEN,
            "no-live-card",
            "No live card",
            "Only a wallet with a live card is told about its holder. Restore the card, or get a \
             new one, or ask at a counter.",
        ),
        HolderActsError::Fault(cause) => cause.into(),
    }
}

impl From<HolderActs> for HolderActsView {
    fn from(shown: HolderActs) -> Self {
        let text = |hashes: Vec<tanda_credential::log::Hash>| {
            hashes.into_iter().map(String::from).collect()
        };
        Self {
            checkpoint: shown.checkpoint,
            consistency: text(shown.consistency),
            acts: shown
                .acts
                .into_iter()
                .map(|act| ProvenActView {
                    index: act.index,
                    entry: act.entry,
                    inclusion: text(act.inclusion),
                })
                .collect(),
            more: shown.more,
        }
    }
}
