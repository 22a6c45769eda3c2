//! One id for every request, in its log lines, its response header and its problem document.

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::clock;
use crate::problem::TRACE_HEADER;

tokio::task_local! {
    static TRACE_ID: String;
}

/// The trace id of the request in hand, or `none` outside of one.
pub(crate) fn current_id() -> String {
    TRACE_ID.try_with(Clone::clone).unwrap_or_else(|_| "none".to_owned())
}

/// Gives the request its trace id and logs its outcome: method, route pattern, status, duration.
///
/// The route's pattern is logged and never the path: a path may hold a secret or a code.
pub(crate) async fn request(request: Request, next: Next) -> Response {
    let id = clock::random_id();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let span = tracing::info_span!("request", trace_id = %id, %method, route = %route);
    let started = std::time::Instant::now();
    TRACE_ID
        .scope(id.clone(), async move {
            let mut response = next.run(request).await;
            let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
            if let Ok(value) = HeaderValue::from_str(&id) {
                response.headers_mut().insert(TRACE_HEADER, value);
            }
            response
        })
        .instrument(span)
        .await
}
