//! Where a request comes from, as far as guessing is counted by it.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request;

/// The peer's network address without the port. IPv6 counts by its /64, which one household has.
pub(crate) struct Source(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.ip());
        Ok(Self(match address {
            Some(std::net::IpAddr::V6(ip)) => {
                ip.segments()[..4].iter().map(|part| format!("{part:x}:")).collect()
            }
            Some(ip) => ip.to_string(),
            None => "unknown".to_owned(),
        }))
    }
}
