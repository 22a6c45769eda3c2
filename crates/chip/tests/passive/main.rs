//! Passive authentication: whom a document, a certificate and a list have to come from to be believed.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

mod anchors;
mod country;
mod documents;
