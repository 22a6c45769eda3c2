//! Whether a relying party's registration still holds: the registrar's status lists, fetched when
//! something is asked and kept for some seconds. The relying party brings them along, so that no
//! wallet has to ask for them (docs/decisions/0021-suspended-at-once.md).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use tanda_protocol::registration::RegistrationError;
use tanda_verifier::RelyingParty;
use tokio::sync::Mutex;

use super::Verifier;
use crate::clock;
use crate::layers;
use crate::problem::Problem;

/// A list is some thousand entries of two bits, most of them zero.
const MOST_BYTES: usize = 64 << 10;
/// How long a list is used before it is fetched again: what a list says of itself (`ttl`) is more.
const KEPT: SignedDuration = SignedDuration::from_secs(10);

/// The registrars' lists seen last, by their address.
pub(super) struct Standings {
    http: reqwest::Client,
    /// How long a list may take to come.
    patience: Duration,
    lists: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    token: Arc<str>,
    fetched_at: Timestamp,
}

impl Standings {
    pub(super) fn new(http: reqwest::Client, patience: Duration) -> Self {
        Self { http, patience, lists: Mutex::default() }
    }

    /// The list at an address as it was some seconds ago at most, or the newest that could be had:
    /// whoever reads it judges its age. There are as few addresses as registrars have lists.
    async fn list(&self, uri: &str) -> Option<Arc<str>> {
        let mut lists = self.lists.lock().await;
        let now = clock::now();
        if let Some(kept) = lists.get(uri)
            && now < kept.fetched_at + KEPT
        {
            return Some(Arc::clone(&kept.token));
        }
        let request = layers::status_list(&self.http, uri, self.patience);
        match layers::text(request, MOST_BYTES).await {
            Ok(token) => {
                let token: Arc<str> = token.into();
                lists.insert(uri.to_owned(), Kept { token: Arc::clone(&token), fetched_at: now });
                Some(token)
            }
            Err(cause) => {
                tracing::warn!(%cause, "a registrar's status list is unreachable");
                lists.get(uri).map(|kept| Arc::clone(&kept.token))
            }
        }
    }
}

/// The registrar's status list for a relying party's purpose, if its registration has one.
pub(super) async fn status_list(
    verifier: &Verifier,
    relying_party: &RelyingParty,
    purpose: &str,
) -> Option<Arc<str>> {
    verifier.standings.list(relying_party.status_uri(purpose)?).await
}

/// What people are told where a registration does not hold.
pub(crate) fn not_standing(cause: &RegistrationError) -> Problem {
    match cause {
        RegistrationError::Suspended { who } => Problem::new(
            StatusCode::FORBIDDEN,
            "relying-party-suspended",
            "Suspended by the authority",
            format!(
                "The authority has suspended {who}, so it may ask nobody for a card. Ask the \
                 authority that registered it."
            ),
        ),
        RegistrationError::Withdrawn { who } => Problem::new(
            StatusCode::FORBIDDEN,
            "registration-withdrawn",
            "Not registered for this any more",
            format!(
                "The authority has withdrawn what {who} was registered for. Fetch the certificates \
                 anew, or ask the authority."
            ),
        ),
        RegistrationError::StandingUnknown { who } => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "registration-unknown",
            "Whether the registration holds is not known",
            format!(
                "The authority that registered {who} can't be reached, so wallets would refuse to \
                 answer. Check the connection and the clock, and try again."
            ),
        )
        .retry_after(5),
        _ => Problem::new(
            StatusCode::FORBIDDEN,
            "not-registered",
            "Not registered",
            "The request carries no valid registration. Have the relying party registered anew.",
        ),
    }
}
