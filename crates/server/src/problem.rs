//! What a person or a program is told when something can't be done: RFC 9457 problem details.
//!
//! Every problem has a stable `code`, a cause and a remedy in plain words, and the trace id under
//! which the operator finds the matching log line. Nothing personal is ever in one.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tanda_authority::Fault;
use tanda_storage::StorageError;
use utoipa::ToSchema;

use crate::trace;

/// A problem document (RFC 9457, section 3), sent as `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A URI that names the kind of problem; it ends in `code`.
    #[serde(rename = "type")]
    kind: String,
    /// A short summary of the kind of problem.
    title: &'static str,
    /// The HTTP status code.
    status: u16,
    /// What went wrong and what to do about it, in plain words.
    detail: String,
    /// A stable, machine-readable name of the kind of problem.
    code: &'static str,
    /// Find the server's log line of this request by it.
    trace_id: String,
    /// How many seconds to wait before another try makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem with a status, a stable code, a title, and a detail that gives cause and remedy.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("https://tanda.example/problems/{code}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            code,
            trace_id: trace::current_id(),
            retry_after: None,
        }
    }

    /// Adds the seconds to wait, in the document and as the `Retry-After` header.
    #[must_use]
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX));
        self
    }

    /// The request isn't of the form that the endpoint takes.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-request", "Malformed request", detail)
    }

    /// There is no such thing, or it isn't for this caller.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not found",
            "There is nothing at this address, or it has ended. Check the address, or start again.",
        )
    }

    /// Nobody is signed in, or the sign-in has ended.
    pub(crate) fn sign_in_needed() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign-in-needed",
            "Sign-in needed",
            "You are not signed in, or your sign-in has ended. Sign in and try again.",
        )
    }

    /// The caller may not do this.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// Our fault: the cause goes to the log, under the trace id, and not to the caller.
    pub(crate) fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(cause = %chain(cause), "internal error");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side",
            "Nothing was changed. Try again; if it stays, tell the operator the trace id.",
        )
    }

    /// Something that this server depends on does not answer.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available", detail)
            .retry_after(5)
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<StorageError> for Problem {
    fn from(cause: StorageError) -> Self {
        Self::internal(&cause)
    }
}

impl From<Fault> for Problem {
    fn from(cause: Fault) -> Self {
        Self::internal(&cause)
    }
}

/// An error with its causes, outermost first. Error texts carry no personal data by house rule.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after;
        let mut response = (self.status(), Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The header under which a response carries its trace id.
pub(crate) const TRACE_HEADER: HeaderName = HeaderName::from_static("tanda-trace-id");
