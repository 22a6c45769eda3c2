//! What every role's routes are wrapped in, and how this server asks others.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{tls, trace};

/// No body is larger than one camera frame.
const MOST_BODY_BYTES: usize = 1 << 20;

/// Trace ids and log lines, body limits, safe defaults for headers.
pub(crate) fn wrap(router: Router) -> Router {
    router
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("x-content-type-options"),
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("cache-control"),
            HeaderValue::from_static("no-store"),
        ))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            use axum::response::IntoResponse;
            crate::problem::Problem::internal(&Panicked).into_response()
        }))
        .layer(middleware::from_fn(trace::request))
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

/// The client with which the server fetches what others publish. It follows no redirect.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(5))
        .user_agent(concat!("tanda/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls::client())
        .build()
        .expect("a client of these settings")
}

/// Why something published elsewhere could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// No answer, or a broken one.
    #[error("no answer: {0}")]
    NoAnswer(#[source] reqwest::Error),
    /// The answer wasn't 200.
    #[error("the answer was status {0}")]
    Status(u16),
    /// The answer is too large or no text.
    #[error("the answer is too large or no text")]
    Unusable,
}

/// Asks for a status list (draft-ietf-oauth-status-list, section 8.1), for as long as one has patience.
pub(crate) fn status_list(
    http: &reqwest::Client,
    uri: &str,
    patience: Duration,
) -> reqwest::RequestBuilder {
    http.get(uri).header("accept", "application/statuslist+jwt").timeout(patience)
}

/// The text that a request brings, if it has no more than `most` bytes.
pub(crate) async fn text(
    request: reqwest::RequestBuilder,
    most: usize,
) -> Result<String, FetchError> {
    // The address stays out of the error: it may carry an identifier.
    let no_answer = |cause: reqwest::Error| FetchError::NoAnswer(cause.without_url());
    let mut response = request.send().await.map_err(no_answer)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        if body.len() + chunk.len() > most {
            return Err(FetchError::Unusable);
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| FetchError::Unusable)
}
