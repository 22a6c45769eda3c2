//! What a guest's wallet fetches and sends: OpenID4VP 1.0.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tanda_protocol::registration::RegistrationError;
use tanda_verifier::{Received, RelyingParty, Session, Stage, receive};
use url::Url;
use utoipa::ToSchema;

use super::{Verifier, requests, standing};
use crate::clock;
use crate::extract::{Form, Segment};
use crate::problem::Problem;
use crate::trace;

const REQUEST_OBJECT: &str = "application/oauth-authz-req+jwt";

/// What a wallet posts to the request URI (OpenID4VP 1.0, section 5.10).
#[derive(Deserialize, ToSchema)]
pub(super) struct WalletSays {
    wallet_nonce: Option<String>,
}

/// Fetch the signed request object.
#[utoipa::path(get, path = "/openid4vp/requests/{id}", tag = "wallet", responses(
    (status = 200, description = "The request object", content_type = "application/oauth-authz-req+jwt"),
    (status = 404, body = Problem),
))]
pub(super) async fn request_object(
    State(verifier): State<Arc<Verifier>>,
    Segment(id): Segment<String>,
) -> Result<Response, Problem> {
    open(&verifier, &id, None).await
}

/// Fetch the signed request object with the wallet's nonce in it.
#[utoipa::path(post, path = "/openid4vp/requests/{id}", tag = "wallet", responses(
    (status = 200, description = "The request object", content_type = "application/oauth-authz-req+jwt"),
    (status = 404, body = Problem),
))]
pub(super) async fn request_object_posted(
    State(verifier): State<Arc<Verifier>>,
    Segment(id): Segment<String>,
    says: Form<WalletSays>,
) -> Result<Response, Problem> {
    open(&verifier, &id, says.0.wallet_nonce.as_deref()).await
}

async fn open(
    verifier: &Verifier,
    id: &str,
    wallet_nonce: Option<&str>,
) -> Result<Response, Problem> {
    let session = session(verifier, id).await?;
    let desk = verifier.desks.get(session.relying_party()).ok_or_else(Problem::not_found)?;
    let (_, object) = opened(verifier, session, &desk.relying_party, wallet_nonce).await?;
    Ok(([(header::CONTENT_TYPE, REQUEST_OBJECT)], object).into_response())
}

/// The session once somebody has fetched its request object, and that object.
pub(super) async fn opened(
    verifier: &Verifier,
    session: Session,
    relying_party: &RelyingParty,
    wallet_nonce: Option<&str>,
) -> Result<(Session, String), Problem> {
    let before = session.stage();
    let list = standing_of(verifier, &session, relying_party).await;
    let (session, object) = session
        .open(relying_party, wallet_nonce, list.as_deref(), clock::now())
        .map_err(|_| Problem::not_found())?;
    if !requests::replace(verifier, before, &session, None).await? {
        return Err(Problem::not_found());
    }
    Ok((session, object))
}

/// The registrar's status list for what a session asks.
async fn standing_of(
    verifier: &Verifier,
    session: &Session,
    relying_party: &RelyingParty,
) -> Option<Arc<str>> {
    standing::status_list(verifier, relying_party, session.purpose()?).await
}

/// What a wallet posts to the response URI (OpenID4VP 1.0, sections 8.3.1 and 8.5); the verifier
/// parses it.
#[derive(Deserialize, ToSchema)]
pub(super) struct WalletAnswers {
    /// The encrypted response, a JWE.
    #[expect(dead_code, reason = "described here, parsed by the verifier")]
    response: Option<String>,
    /// An error, such as `access_denied`.
    #[expect(dead_code, reason = "described here, parsed by the verifier")]
    error: Option<String>,
    /// The request's state, with an error.
    #[expect(dead_code, reason = "described here, parsed by the verifier")]
    state: Option<String>,
}

/// What a wallet is told whose response was taken (OpenID4VP 1.0, section 8.2).
#[derive(Serialize, ToSchema)]
pub(super) struct Taken {
    /// Where to take the holder next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    redirect_uri: Option<Url>,
    /// Where the receipt will be when what is kept of this presentation has been deleted; none where
    /// nothing is kept. It is for this wallet alone: the address can't be guessed. Wallets that don't
    /// know the member ignore it, as the specification has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    deletion_receipt_uri: Option<Url>,
}

/// Answer a request, once: `response=<JWE>`, or `error=…` to decline.
#[utoipa::path(post, path = "/openid4vp/responses/{id}", tag = "wallet", responses(
    (status = 200, description = "Received", body = Taken),
    (status = 400, description = "Not a response to this request, or a second one"),
))]
pub(super) async fn response(
    State(verifier): State<Arc<Verifier>>,
    Segment(id): Segment<String>,
    form: Form<WalletAnswers>,
) -> Result<Response, Problem> {
    let Some(session) = find(&verifier, &id).await? else {
        return Ok(refused("invalid_request", "there is no such request, or it has ended"));
    };
    Ok(match take(&verifier, session, &form.1).await? {
        Ok(taken) => Json(taken).into_response(),
        Err(why) => refused("invalid_request", &why),
    })
}

/// Takes an answer to a session's request, and comes to a verdict; or says why it is none.
pub(super) async fn take(
    verifier: &Verifier,
    session: Session,
    form: &[u8],
) -> Result<Result<Taken, String>, Problem> {
    // Whoever was suspended since a wallet opened the request gets no answer to it any more.
    if let Some(desk) = verifier.desks.get(session.relying_party())
        && let Some(purpose) = session.purpose()
    {
        let list = standing_of(verifier, &session, &desk.relying_party).await;
        let stands = desk.relying_party.must_stand(purpose, list.as_deref(), clock::now());
        if let Err(
            cause @ (RegistrationError::Suspended { .. } | RegistrationError::Withdrawn { .. }),
        ) = stands
        {
            return Ok(Err(cause.to_string()));
        }
    }
    let issuers = verifier.trust.issuers().await?;
    let received = match receive(session, form, &issuers, clock::now(), &mut clock::rng()) {
        Ok(received) => received,
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    let closing = match received {
        Received::Closed(closing) => closing,
        Received::NeedsStatus(pending) => {
            let known = verifier.statuses.list(&pending.status().uri, &issuers).await;
            pending
                .decide(known.evidence(), clock::now(), &mut clock::rng())
                .map_err(|cause| Problem::internal(&cause))?
        }
    };
    // Of all responses to one request, the first to be stored is the one that counts.
    let entry = closing.entry.as_ref();
    if !requests::replace(verifier, Stage::Opened, &closing.session, entry).await? {
        return Ok(Err("this request has been answered".to_owned()));
    }
    Ok(Ok(Taken {
        redirect_uri: closing.redirect_uri,
        deletion_receipt_uri: closing.deletion_receipt_uri,
    }))
}

/// The session that a wallet may act on.
async fn session(verifier: &Verifier, id: &str) -> Result<Session, Problem> {
    find(verifier, id).await?.ok_or_else(Problem::not_found)
}

async fn find(verifier: &Verifier, id: &str) -> Result<Option<Session>, Problem> {
    let session: Option<Session> = verifier.store.request(id).await?;
    Ok(session.map(|session| session.expire(clock::now())).filter(|session| !session.is_final()))
}

/// An error as OAuth words it (RFC 6749, section 5.2), with our trace id.
fn refused(error: &str, description: &str) -> Response {
    let body = json!({
        "error": error,
        "error_description": description,
        "trace_id": trace::current_id(),
    });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
