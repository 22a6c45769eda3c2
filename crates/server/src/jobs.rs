//! What runs by itself beside the requests: deleting what has passed its time.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tanda_authority::{Authority, Fault};
use tanda_storage::StorageError;
use tokio::task::JoinHandle;

use crate::clock;
use crate::country_signers::Followed;
use crate::provider;
use crate::verifier::Verifier;

/// How often the stores are swept.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often the head of the log is signed, if it has grown: what happened since can be taken back
/// unseen by whoever can write to the store.
const SIGN_EVERY: Duration = Duration::from_secs(2);

/// How often the folders of country signers are looked at, and read if they changed.
const FOLLOW_EVERY: Duration = Duration::from_secs(5);

/// Deletes what has passed its time, in the stores of the roles that this process runs.
#[derive(Clone, Default)]
pub struct Sweeper {
    pub(crate) authority: Option<Arc<Authority>>,
    pub(crate) provider: Option<Arc<provider::State>>,
    pub(crate) verifier: Option<Arc<Verifier>>,
}

/// A store could not be swept.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The authority's.
    #[error(transparent)]
    Authority(#[from] Fault),
    /// The provider's or the verifier's.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Sweeper {
    /// Deletes whatever has passed its time at `now`. The jobs do it every minute.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), SweepError> {
        if let Some(authority) = &self.authority {
            authority.follow_expired_documents(now, &mut clock::seeded()).await?;
            authority.sweep(now).await?;
        }
        if let Some(state) = &self.provider {
            state.provider.sweep(now).await?;
        }
        if let Some(verifier) = &self.verifier {
            verifier.sweep(now).await?;
        }
        Ok(())
    }
}

/// The running jobs.
#[derive(Default)]
pub(crate) struct Jobs(Vec<JoinHandle<()>>);

impl Jobs {
    /// Signs the log's head now and then every few seconds.
    pub(crate) fn sign_log(&mut self, authority: Arc<Authority>) {
        self.every(SIGN_EVERY, "sign log", move || {
            let authority = Arc::clone(&authority);
            async move { authority.sign_checkpoint(clock::now()).await.map(drop) }
        });
    }

    /// Looks at the country signers' folders now and then every few seconds.
    pub(crate) fn follow_country_signers(&mut self, followed: Followed) {
        let followed = Arc::new(followed);
        self.every(FOLLOW_EVERY, "follow country signers", move || {
            let followed = Arc::clone(&followed);
            tokio::task::spawn_blocking(move || followed.look(clock::now()))
        });
    }

    /// Sweeps now and then every minute.
    pub(crate) fn sweep(&mut self, sweeper: Sweeper) {
        // Each role by itself: one that fails does not keep the others from it.
        let Sweeper { authority, provider, verifier } = sweeper;
        let alone = [
            Sweeper { authority, ..Sweeper::default() },
            Sweeper { provider, ..Sweeper::default() },
            Sweeper { verifier, ..Sweeper::default() },
        ];
        for one in alone {
            self.every(SWEEP_EVERY, "sweep", move || {
                let one = one.clone();
                async move { one.sweep(clock::now()).await }
            });
        }
    }

    /// Runs a job now and then every so often; a failure is logged and the next run tries again.
    fn every<E, F>(
        &mut self,
        period: Duration,
        name: &'static str,
        job: impl Fn() -> F + Send + 'static,
    ) where
        E: std::error::Error,
        F: Future<Output = Result<(), E>> + Send,
    {
        self.0.push(tokio::spawn(async move {
            let mut ticks = tokio::time::interval(period);
            loop {
                ticks.tick().await;
                if let Err(cause) = job().await {
                    tracing::error!(%cause, name, "a job failed");
                }
            }
        }));
    }

    pub(crate) fn stop(&self) {
        for job in &self.0 {
            job.abort();
        }
    }
}
