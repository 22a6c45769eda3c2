//! The trust list: fetched, checked against the pinned operator, kept across restarts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use tanda_credential::sd_jwt_vc::TrustedIssuers;
use tanda_credential::trust_list;
use tokio::sync::Mutex;
use url::Url;

use crate::clock;
use crate::config::Config;
use crate::files;
use crate::layers;
use crate::pem::{self, PemError};
use crate::problem::Problem;

/// A list is asked for anew after this long: a new authority is believed on the day it is listed.
const REFRESH_AFTER_S: i64 = 60;
const MOST_BYTES: usize = 4 << 20;

/// The newest list that the operator signed.
pub(super) struct TrustCache {
    url: Url,
    http: reqwest::Client,
    anchor: PathBuf,
    file: PathBuf,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    issuers: Arc<TrustedIssuers>,
    sequence: u64,
    checked_at: Timestamp,
    next_update: Timestamp,
}

impl TrustCache {
    pub(super) fn new(
        config: &Config,
        folder: &Path,
        http: reqwest::Client,
    ) -> Result<Self, PemError> {
        let anchor = config.trust_anchor();
        pem::read(&anchor)?;
        Ok(Self {
            url: config.trust_list.clone(),
            http,
            anchor,
            file: folder.join("trust-list.jws"),
            kept: Mutex::default(),
        })
    }

    /// Whom to believe now.
    pub(super) async fn issuers(&self) -> Result<Arc<TrustedIssuers>, Problem> {
        let now = clock::now();
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref()
            && now < kept.checked_at + REFRESH_AFTER_S.seconds()
        {
            return Ok(Arc::clone(&kept.issuers));
        }
        if kept.is_none()
            && let Ok(stored) = files::read_text(&self.file)
        {
            *kept = self.verify(&stored, None, now);
        }
        let sequence = kept.as_ref().map(|kept| kept.sequence);
        if let Some(token) = self.fetch().await
            && let Some(newer) = self.verify(&token, sequence, now)
        {
            if let Err(cause) = files::write_private(&self.file, token.as_bytes()) {
                tracing::warn!(%cause, "the trust list could not be kept");
            }
            *kept = Some(newer);
        }
        match kept.as_ref() {
            Some(kept) if now < kept.next_update => Ok(Arc::clone(&kept.issuers)),
            _ => Err(Problem::unavailable(
                "The list of trusted authorities can't be reached, so no card can be checked. \
                 Check the connection and try again.",
            )),
        }
    }

    async fn fetch(&self) -> Option<String> {
        match layers::text(self.http.get(self.url.clone()), MOST_BYTES).await {
            Ok(token) => Some(token),
            Err(cause) => {
                tracing::warn!(%cause, "the trust list is unreachable");
                None
            }
        }
    }

    fn verify(&self, token: &str, sequence: Option<u64>, now: Timestamp) -> Option<Kept> {
        let anchor = pem::read(&self.anchor)
            .inspect_err(|cause| tracing::error!(%cause, "no trust anchor"))
            .ok()?;
        let list = trust_list::verify(token, &[anchor], sequence, now)
            .inspect_err(|cause| tracing::error!(%cause, "the trust list is not genuine"))
            .ok()?;
        Some(Kept {
            issuers: Arc::new(list.trusted_issuers(now)),
            sequence: list.sequence,
            checked_at: now,
            next_update: list.next_update,
        })
    }
}
