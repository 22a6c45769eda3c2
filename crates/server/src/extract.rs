//! Request parts parsed with this project's errors in place of the framework's.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::{StatusCode, header, request};
use serde::de::DeserializeOwned;
use tanda_credential::json;
use tanda_protocol::registration::MEDIA_TYPE;

use crate::problem::Problem;

/// The most bytes that a JSON body may have.
const MOST_BYTES: usize = 64 << 10;

/// A JSON body: duplicate members, deep nesting and more than `MOST` bytes are refused.
pub(crate) struct Body<T, const MOST: usize = MOST_BYTES>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned, const MOST: usize> FromRequest<S> for Body<T, MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(';').next() == Some("application/json"));
        if !is_json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "JSON expected",
                "Send the body as JSON, with Content-Type: application/json.",
            ));
        }
        let bytes = bytes(request, MOST).await?;
        json::parse_as_up_to(&bytes, MOST).map(Body).map_err(|cause| {
            Problem::malformed(format!(
                "The body isn't the JSON that this endpoint takes ({cause}). See /docs for its form."
            ))
        })
    }
}

/// A JWT as the body (RFC 7519, section 10.3.1): as text, not looked at.
pub(crate) struct Jwt(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for Jwt {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let expected = || {
            Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-jwt",
                "JWT expected",
                "Send the signed token itself as the body, with Content-Type: application/jwt.",
            )
        };
        let is_jwt =
            request.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == MEDIA_TYPE);
        if !is_jwt {
            return Err(expected());
        }
        let bytes = bytes(request, MOST_BYTES).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| expected())?;
        Ok(Self(text.trim().to_owned()))
    }
}

/// The whole body, if it has no more than `most` bytes.
pub(crate) async fn bytes(request: Request, most: usize) -> Result<axum::body::Bytes, Problem> {
    axum::body::to_bytes(request.into_body(), most).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "Too large",
            format!("The body is larger than {most} bytes, or was cut off. Send a smaller one."),
        )
    })
}

/// One path segment; anything that can't be one is simply not found.
pub(crate) struct Segment<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(segment)| Self(segment))
            .map_err(|_| Problem::not_found())
    }
}

/// A form body (`application/x-www-form-urlencoded`), parsed and as it came.
pub(crate) struct Form<T>(pub(crate) T, pub(crate) axum::body::Bytes);

/// The most bytes that a form may have: an encrypted presentation with a portrait is the largest.
const MOST_FORM_BYTES: usize = 512 << 10;

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = bytes(request, MOST_FORM_BYTES).await?;
        let parsed = serde_urlencoded::from_bytes(&bytes)
            .map_err(|_| Problem::malformed("The body isn't the form that this endpoint takes."))?;
        Ok(Self(parsed, bytes))
    }
}
