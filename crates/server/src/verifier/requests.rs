//! A desk asks, watches, and sees the verdict.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tanda_credential::sd_jwt::ClaimPath;
use tanda_model::AssuranceLevel;
use tanda_verifier::{
    AskError, Flow, Invitation, NoReceipt, Question, SealedEntry, Session, Stage,
};
use tokio_stream::Stream;
use utoipa::ToSchema;

use super::shift::{SignedIn, signed_in};
use super::{Verifier, standing};
use crate::clock;
use crate::extract::{Body, Segment};
use crate::problem::Problem;

/// What a desk asks.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewRequest {
    /// A purpose that this relying party is registered for.
    purpose: String,
    /// Fewer claims than the registration allows; all of them when left out.
    #[schema(value_type = Option<Vec<Vec<String>>>)]
    claims: Option<Vec<ClaimPath>>,
    /// The least level, `light` or `full`; the registered one when left out.
    #[schema(value_type = Option<String>)]
    level: Option<AssuranceLevel>,
}

/// How a guest reaches a request.
#[derive(Serialize, ToSchema)]
pub(super) struct RequestView {
    id: String,
    /// For any wallet: `openid4vp://?client_id=…&request_uri=…`.
    openid4vp_uri: String,
    /// For the wallet page; the desk shows it as a QR code.
    wallet_link: String,
    /// What a guest without a camera types.
    code: String,
    /// When the request ends, RFC 3339.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// Where a request stands.
#[derive(Serialize, ToSchema)]
pub(super) struct StateView {
    /// `waiting`, `opened`, `verdict`, `declined` or `expired`.
    state: &'static str,
    /// The verdict: `outcome` is `valid`, `not_valid` or `cannot_tell`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    verdict: Option<Value>,
}

/// Ask a guest for a registered purpose.
#[utoipa::path(post, path = "/desk/requests", tag = "desk", request_body = NewRequest, responses(
    (status = 201, body = RequestView),
    (status = 401, body = Problem),
    (status = 403, description = "Suspended, or not registered for this any more", body = Problem),
    (status = 422, description = "More data or a higher level than the purpose allows", body = Problem),
))]
pub(super) async fn create(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Body(body): Body<NewRequest>,
) -> Result<(StatusCode, Json<RequestView>), Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let (desk, browser_session) = (signed_in.desk, &signed_in.browser_session);
    let list = standing::status_list(&verifier, &desk.relying_party, &body.purpose).await;
    let question = Question {
        purpose: &body.purpose,
        claims: body.claims,
        level: body.level,
        flow: Flow::CrossDevice,
        order: None,
        browser_session,
        desk: signed_in.at_desk(),
        status_list: list.as_deref(),
    };
    let asked = tanda_verifier::ask(
        &desk.relying_party,
        &question,
        &verifier.service,
        clock::now(),
        &mut clock::rng(),
    )
    .map_err(|refusal| refused(&refusal))?;
    verifier.store.add_request(&asked.session).await?;
    Ok((StatusCode::CREATED, Json(view(&asked.invitation))))
}

/// What a desk is told that asked what it may not.
pub(super) fn refused(refusal: &AskError) -> Problem {
    if let AskError::Registration(cause) = refusal {
        return standing::not_standing(cause);
    }
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        refusal.code(),
        "This may not be asked",
        format!("{refusal}. Ask for what the purpose is registered for, or register more."),
    )
}

pub(super) fn view(invitation: &Invitation) -> RequestView {
    RequestView {
        id: invitation.id.clone(),
        openid4vp_uri: invitation.openid4vp_uri.clone(),
        wallet_link: invitation.wallet_link.to_string(),
        code: invitation.code.to_string(),
        expires_at: invitation.expires_at,
    }
}

/// Where the request stands.
#[utoipa::path(get, path = "/desk/requests/{id}", tag = "desk", responses(
    (status = 200, body = StateView),
    (status = 404, description = "No such request of this desk session", body = Problem),
))]
pub(super) async fn state(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
) -> Result<Json<StateView>, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let session = own_session(&verifier, &signed_in.browser_session, &id).await?;
    Ok(Json(seen_by(&session, &signed_in.browser_session)))
}

/// The request's states as they come, by server-sent events, until a final one.
#[utoipa::path(get, path = "/desk/requests/{id}/events", tag = "desk", responses(
    (status = 200, description = "Events named `state`, each with a StateView as data",
     content_type = "text/event-stream", body = StateView),
    (status = 404, description = "No such request of this desk session", body = Problem),
))]
pub(super) async fn events(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let browser_session = signed_in.browser_session;
    // Listening begins before the first look, so that no change falls between the two.
    let mut changes = verifier.changes.subscribe();
    own_session(&verifier, &browser_session, &id).await?;
    let (sender, receiver) = tokio::sync::mpsc::channel(8);
    let watching = Arc::clone(&verifier);
    tokio::spawn(async move {
        let mut told = String::new();
        while let Ok(session) = own_session(&watching, &browser_session, &id).await {
            let view = seen_by(&session, &browser_session);
            let last = !matches!(view.state, "waiting" | "opened");
            let data = serde_json::to_string(&view).unwrap_or_default();
            if data != told {
                told.clone_from(&data);
                if sender.send(Ok(Event::default().event("state").data(data))).await.is_err() {
                    return;
                }
            }
            if last {
                return;
            }
            // The pause ends a request that expires, and finds what another process changed.
            let pause = tokio::time::sleep(Duration::from_secs(2));
            tokio::select! {
                () = changes.changed(&id) => {}
                () = pause => {}
                () = sender.closed() => return,
            }
        }
    });
    let stream = tokio_stream::wrappers::ReceiverStream::new(receiver);
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

/// The receipt of a check that has come to a verdict: a JWS by the relying party that says what was
/// checked, when, by which desk, and what came of it. It holds no value.
#[utoipa::path(get, path = "/desk/requests/{id}/receipt", tag = "desk", responses(
    (status = 200, description = "The receipt, a compact JWS", content_type = "application/jwt"),
    (status = 404, description = "No verdict of this desk session", body = Problem),
))]
pub(super) async fn receipt(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
) -> Result<Response, Problem> {
    let SignedIn { desk, browser_session, .. } = signed_in(&verifier, &headers).await?;
    let session = own_session(&verifier, &browser_session, &id).await?;
    let receipt = session.receipt(&desk.relying_party, &browser_session, clock::now()).map_err(
        |refusal| match refusal {
            NoReceipt::Sign => Problem::internal(&refusal),
            _ => Problem::not_found(),
        },
    )?;
    let as_file = [
        (header::CONTENT_TYPE, "application/jwt"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"receipt.jwt\""),
    ];
    Ok((as_file, receipt).into_response())
}

/// Answer on the device that shows this page: the verdict then comes back to this browser alone.
#[utoipa::path(post, path = "/desk/requests/{id}/same-device", tag = "desk", responses(
    (status = 200, body = RequestView),
    (status = 409, description = "A wallet has opened it already", body = Problem),
))]
pub(super) async fn same_device(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Segment(id): Segment<String>,
) -> Result<Json<RequestView>, Problem> {
    let SignedIn { desk, browser_session, .. } = signed_in(&verifier, &headers).await?;
    let session = own_session(&verifier, &browser_session, &id).await?;
    let taken = || {
        Problem::new(
            StatusCode::CONFLICT,
            "request-moved-on",
            "The request has moved on",
            "A wallet has opened this request already. Start a new one.",
        )
    };
    let before = session.stage();
    let session = session.same_device(&browser_session, clock::now()).map_err(|_| taken())?;
    let invitation = session.invitation(&desk.relying_party, &verifier.service);
    if !replace(&verifier, before, &session, None).await? {
        return Err(taken());
    }
    Ok(Json(view(&invitation)))
}

/// What a wallet brings back to the browser that asked.
#[derive(Deserialize)]
pub(super) struct Return {
    request: String,
    response_code: String,
}

/// Where a wallet on the same device returns to: releases the verdict to the browser that asked.
#[utoipa::path(get, path = "/desk/return", tag = "desk", params(
    ("request" = String, Query), ("response_code" = String, Query),
), responses((status = 303, description = "On to the desk page")))]
pub(super) async fn return_from_wallet(
    State(verifier): State<Arc<Verifier>>,
    headers: HeaderMap,
    Query(back): Query<Return>,
) -> Result<Response, Problem> {
    let signed_in = signed_in(&verifier, &headers).await?;
    let session = own_session(&verifier, &signed_in.browser_session, &back.request).await?;
    let before = session.stage();
    let id = session.id().to_owned();
    let (session, entry) = session
        .release(&back.response_code, &signed_in.browser_session, clock::now())
        .map_err(|_| Problem::not_found())?;
    replace(&verifier, before, &session, entry.as_ref()).await?;
    Ok(Redirect::to(&format!("/?request={id}")).into_response())
}

/// The session behind a request, if this browser asked it; brought up to date with the clock.
pub(super) async fn own_session(
    verifier: &Verifier,
    browser_session: &str,
    id: &str,
) -> Result<Session, Problem> {
    let session = verifier
        .store
        .request(id)
        .await?
        .filter(|session: &Session| session.belongs_to(browser_session))
        .ok_or_else(Problem::not_found)?;
    Ok(session.expire(clock::now()))
}

/// Stores a session's next state and what is to be kept with it, if no other call has moved it on
/// since.
pub(super) async fn replace(
    verifier: &Verifier,
    before: Stage,
    session: &Session,
    entry: Option<&SealedEntry>,
) -> Result<bool, Problem> {
    let replaced = verifier.store.replace_request(before.as_str(), session, entry).await?;
    if replaced {
        verifier.changes.announce(session.id());
    }
    Ok(replaced)
}

/// The session as the desk that asked may see it.
pub(super) fn seen_by(session: &Session, browser_session: &str) -> StateView {
    match session.verdict(browser_session) {
        Ok(verdict) => StateView { state: "verdict", verdict: serde_json::to_value(verdict).ok() },
        // Answered, but not yet back in the browser that asked.
        Err(_) if session.stage() == Stage::Answered => {
            StateView { state: Stage::Opened.as_str(), verdict: None }
        }
        Err(_) => StateView { state: session.stage().as_str(), verdict: None },
    }
}
