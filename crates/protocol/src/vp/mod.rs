//! OpenID for Verifiable Presentations 1.0, in the profile that Tanda speaks: signed request
//! objects of `x509_hash` clients, DCQL, and encrypted answers by `direct_post.jwt` (HAIP 1.0 §5).

pub mod client_id;
pub mod code;
pub mod dcql;
#[cfg(test)]
pub(crate) mod fixture;
pub mod request;
pub mod response;
pub mod sheet_code;
pub mod transaction;
pub mod uri;
mod verify;

pub use verify::{Expected, RequestError, VerifiedRequest};
