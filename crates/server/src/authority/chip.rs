//! The relay to a physical card's chip: the authority is the terminal, and whoever has the reader
//! forwards (docs/integrating/chip-relay.md).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_authority::enrolment::chip::{
    ChipDialogue, ChipRelay, Ended, Notice, OpenRelayError, TakeRelayError,
};
use tanda_chip::{Transport, TransportError};
use tanda_model::EnrolmentId;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;
use utoipa::ToSchema;

use super::State;
use super::enrolments::{bearer, too_many_attempts, unknown};
use crate::clock;
use crate::config::at;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// Chips that are read at the same time.
const MOST_RELAYS: usize = 256;
/// The longest answer of a chip: extended length, and the status (ISO/IEC 7816-4 section 5.2).
const MOST_ANSWER_BYTES: usize = 65_538;

/// Room for as many relays as there may be at once.
pub(crate) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(MOST_RELAYS))
}

/// What opens the chip.
#[derive(Deserialize, ToSchema)]
pub(super) struct AccessNumber {
    /// The six digits on the card's face.
    access_number: String,
}

/// A relay that can be opened once.
#[derive(Serialize, ToSchema)]
pub(in crate::authority) struct RelayView {
    /// Where the reader connects, by WebSocket; the link is a secret.
    relay: String,
    /// Until when it can be opened.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

impl RelayView {
    /// The relay's link at this authority.
    pub(in crate::authority) fn of(relay: &ChipRelay, authority: &Url) -> Self {
        let mut url = at(authority, &format!("chip-relay/{}", relay.ticket.expose()));
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        // Both are schemes of the same kind, so that one may follow the other.
        let _ = url.set_scheme(scheme);
        Self { relay: url.into(), expires_at: relay.expires_at }
    }
}

/// Ask for a relay to the physical card's chip, as evidence of this enrolment.
#[utoipa::path(post, path = "/enrolments/{id}/chip", tag = "enrolment", request_body = AccessNumber,
    responses(
        (status = 201, body = RelayView),
        (status = 401, body = Problem),
        (status = 409, description = "The chip is being read just now (chip-busy), or the enrolment \
         takes no chip (no-chip-now)", body = Problem),
        (status = 422, description = "Not an access number", body = Problem),
        (status = 429, description = "Too many wrong access numbers", body = Problem),
    ))]
pub(super) async fn open(
    Shared(state): Shared<Arc<State>>,
    Segment(id): Segment<EnrolmentId>,
    headers: HeaderMap,
    Body(body): Body<AccessNumber>,
) -> Result<(StatusCode, Json<RelayView>), Problem> {
    let token = bearer(&headers)?;
    let relay = state
        .authority
        .open_chip_relay(id, token, &body.access_number, clock::now(), &mut clock::seeded())
        .await
        .map_err(open_problem)?;
    Ok((StatusCode::CREATED, Json(RelayView::of(&relay, &state.url))))
}

/// Be the relay: a WebSocket over which commands to the chip come, and its answers go. The ticket is
/// used up. See docs/integrating/chip-relay.md.
#[utoipa::path(get, path = "/chip-relay/{ticket}", tag = "enrolment", responses(
    (status = 101, description = "The dialogue begins"),
    (status = 404, description = "The ticket was used, replaced, or is too old", body = Problem),
    (status = 426, description = "No WebSocket", body = Problem),
    (status = 429, description = "Too many wrong access numbers", body = Problem),
    (status = 503, description = "Too many chips are read just now", body = Problem),
))]
pub(super) async fn relay(
    Shared(state): Shared<Arc<State>>,
    Segment(ticket): Segment<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|_| no_web_socket())?;
    // The room comes first: whoever finds none keeps the ticket.
    let room = Arc::clone(&state.chip_relays).try_acquire_owned().map_err(|_| no_room())?;
    let dialogue =
        state.authority.take_chip_relay(&ticket, clock::now()).await.map_err(take_problem)?;
    let upgrade = upgrade.max_message_size(MOST_ANSWER_BYTES).max_frame_size(MOST_ANSWER_BYTES);
    Ok(upgrade.on_upgrade(async move |socket| {
        converse(&state, dialogue, socket).await;
        drop(room);
    }))
}

/// The whole dialogue, and how it ended.
async fn converse(state: &State, dialogue: ChipDialogue, socket: WebSocket) {
    let until = Instant::now() + state.authority.config().chip_dialogue.unsigned_abs();
    let mut relay = Relay { socket, until };
    let (now, mut rng) = (clock::now(), clock::seeded());
    let read = state.authority.read_chip(dialogue, &mut relay, now, &mut rng).await;
    let (text, code) = match read {
        Ok(outcome) => (serde_json::to_string(&Ended::from(outcome)).ok(), close_code::NORMAL),
        Err(cause) => {
            tracing::error!(%cause, "a chip's reading could not be kept");
            (None, close_code::ERROR)
        }
    };
    let _ = timeout(GOODBYE, relay.close(text, code)).await;
}

/// How long the other side may take to hear how it ended.
const GOODBYE: Duration = Duration::from_secs(5);

/// A chip at the other end of a WebSocket.
struct Relay {
    socket: WebSocket,
    until: Instant,
}

impl Transport for Relay {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let until = self.until.min(Instant::now() + ChipDialogue::LONGEST_ANSWER.unsigned_abs());
        let exchanged = timeout_at(until, self.exchange(command.to_vec())).await;
        exchanged.unwrap_or(Err(TransportError::TimedOut))
    }
}

impl Relay {
    async fn exchange(&mut self, command: Vec<u8>) -> Result<Vec<u8>, TransportError> {
        let sent = self.socket.send(Message::binary(command)).await;
        sent.map_err(|_| TransportError::ReaderGone)?;
        loop {
            match self.socket.recv().await {
                Some(Ok(Message::Binary(answer))) => return Ok(answer.into()),
                Some(Ok(Message::Text(text))) => {
                    let notice = Notice::parse(text.as_str());
                    return Err(notice.map_or(TransportError::ReaderGone, TransportError::from));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => {
                    return Err(TransportError::ReaderGone);
                }
            }
        }
    }

    async fn close(mut self, text: Option<String>, code: u16) {
        if let Some(text) = text {
            let _ = self.socket.send(Message::text(text)).await;
        }
        let _ =
            self.socket.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await;
        // Until the other side has hung up, so that what was said arrives.
        while let Some(Ok(_)) = self.socket.recv().await {}
    }
}

pub(in crate::authority) fn open_problem(error: OpenRelayError) -> Problem {
    match error {
        OpenRelayError::Unknown | OpenRelayError::Attend(_) => unknown(),
        OpenRelayError::AccessNumber(_) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "malformed-access-number",
            "Not an access number",
            "An access number has six digits. Type the one on the front of the card.",
        ),
        OpenRelayError::NotNow => Problem::new(
            StatusCode::CONFLICT,
            "no-chip-now",
            "No card is awaited",
            "This application takes no card now. Ask where it stands.",
        ),
        OpenRelayError::Busy => Problem::new(
            StatusCode::CONFLICT,
            "chip-busy",
            "The card is being read",
            "The card is being read just now. Wait until it is done, then try again.",
        ),
        OpenRelayError::TooManyAttempts { try_again_after } => too_many_attempts(try_again_after),
        OpenRelayError::Fault(cause) => cause.into(),
    }
}

fn take_problem(error: TakeRelayError) -> Problem {
    match error {
        TakeRelayError::Spent => Problem::new(
            StatusCode::NOT_FOUND,
            "relay-spent",
            "The link opens nothing",
            "This link was used already, or is too old. Ask for a new one and open it at once.",
        ),
        TakeRelayError::TooManyAttempts { try_again_after } => too_many_attempts(try_again_after),
        TakeRelayError::Fault(cause) => cause.into(),
    }
}

fn no_web_socket() -> Problem {
    Problem::new(
        StatusCode::UPGRADE_REQUIRED,
        "web-socket-needed",
        "A reader's link",
        "This link is for a card reader. Open it with `tanda reader`.",
    )
}

fn no_room() -> Problem {
    Problem::unavailable("Too many cards are being read just now. Try again in a moment.")
}
