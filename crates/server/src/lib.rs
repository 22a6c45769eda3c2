//! The roles over HTTP: routes, configuration, jobs.
//!
//! One process runs any set of roles, each on a listener and an origin of its own and with a store
//! of its own: what one role knows, another learns only by the protocols between them.

mod authority;
pub mod clock;
pub mod config;
mod cookies;
mod country_signers;
mod extract;
pub mod files;
mod jobs;
mod layers;
pub mod openapi;
mod pages;
mod passkeys;
pub mod pem;
mod problem;
mod provider;
pub mod provider_keys;
pub mod roles;
pub mod sandbox;
mod serve;
mod source;
mod spreadsheet;
mod throttle;
pub mod tls;
mod trace;
mod verifier;

pub use authority::{CertificatesView, StandingView, invitation_link};
pub use config::{Config, Role};
pub use jobs::{SweepError, Sweeper};
pub use serve::{Listening, ServeError, Server};
pub use verifier::RelyingPartyFolder;
