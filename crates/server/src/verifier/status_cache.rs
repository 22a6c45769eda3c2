//! Status lists, fetched when a verdict needs one and kept for as long as their publisher allows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tanda_credential::sd_jwt_vc::TrustedIssuers;
use tanda_credential::status_list::{self, StatusListToken};
use tanda_verifier::StatusEvidence;
use tokio::sync::Mutex;

use crate::clock;
use crate::layers;

/// The largest list that is read: 2^20 entries of 8 bits, incompressible, in base64.
const MOST_BYTES: usize = 2 << 20;
/// A desk waits two seconds for its verdict; a list that takes longer is unreachable.
const PATIENCE: Duration = Duration::from_millis(1500);
/// The lists kept at most.
const MOST_LISTS: usize = 4096;

/// The lists seen last, by their address.
pub(super) struct StatusCache {
    http: reqwest::Client,
    lists: Mutex<HashMap<String, Arc<Mutex<Option<Kept>>>>>,
}

/// What is known of one list.
#[derive(Clone)]
pub(super) enum Known {
    /// The newest copy that could be had; the verifier judges whether it is fresh enough.
    List(Kept),
    /// No copy, and none to be had.
    Unreachable,
    /// Something came back that the credential's issuer didn't sign.
    NotGenuine,
}

/// A verified list and when it was fetched.
#[derive(Clone)]
pub(super) struct Kept {
    list: Arc<StatusListToken>,
    fetched_at: Timestamp,
}

impl Known {
    /// The same, as the verifier takes it.
    pub(super) fn evidence(&self) -> StatusEvidence<'_> {
        match self {
            Self::List(kept) => {
                StatusEvidence::List { token: &kept.list, fetched_at: kept.fetched_at }
            }
            Self::Unreachable => StatusEvidence::Unreachable,
            Self::NotGenuine => StatusEvidence::NotGenuine,
        }
    }
}

impl StatusCache {
    pub(super) fn new(http: reqwest::Client) -> Self {
        Self { http, lists: Mutex::default() }
    }

    /// The list at an address, from the cache while it is fresh. One fetch serves all who wait.
    pub(super) async fn list(&self, uri: &str, issuers: &TrustedIssuers) -> Known {
        let slot = {
            let mut lists = self.lists.lock().await;
            if lists.len() >= MOST_LISTS {
                lists.clear();
            }
            Arc::clone(lists.entry(uri.to_owned()).or_default())
        };
        let mut kept = slot.lock().await;
        if let Some(kept) = kept.as_ref()
            && kept.list.refetch_at(kept.fetched_at).is_some_and(|then| clock::now() < then)
        {
            return Known::List(kept.clone());
        }
        let Some(token) = self.fetch(uri).await else {
            // An old copy is still evidence: the verifier calls it stale, not unreachable.
            return kept.clone().map_or(Known::Unreachable, Known::List);
        };
        let now = clock::now();
        match status_list::verify(&token, uri, issuers, now) {
            Ok(list) => {
                let fresh = Kept { list: Arc::new(list), fetched_at: now };
                *kept = Some(fresh.clone());
                Known::List(fresh)
            }
            Err(cause) => {
                tracing::warn!(%cause, "a status list is not genuine");
                Known::NotGenuine
            }
        }
    }

    async fn fetch(&self, uri: &str) -> Option<String> {
        let request =
            self.http.get(uri).header("accept", "application/statuslist+jwt").timeout(PATIENCE);
        match layers::text(request, MOST_BYTES).await {
            Ok(token) => Some(token),
            Err(cause) => {
                tracing::warn!(%cause, "a status list is unreachable");
                None
            }
        }
    }
}
