//! What the crate promises, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test's fixtures may fail loudly")]

mod fixture;
mod log;
mod sd_jwt;
mod sd_jwt_vc;
mod status_list;
mod trust_list;
mod vectors;
mod x509;
