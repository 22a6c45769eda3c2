//! What runs by itself beside the requests: deleting what has passed its time.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tanda_authority::Authority;
use tokio::task::JoinHandle;

use crate::clock;
use crate::provider;
use crate::verifier::Verifier;

/// How often the stores are swept.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often the head of the log is signed, if it has grown: what happened since can be taken back
/// unseen by whoever can write to the store.
const SIGN_EVERY: Duration = Duration::from_secs(2);

/// The running jobs.
#[derive(Default)]
pub(crate) struct Jobs(Vec<JoinHandle<()>>);

impl Jobs {
    pub(crate) fn sweep_authority(&mut self, authority: Arc<Authority>) {
        self.every(SWEEP_EVERY, "sweep authority", move || {
            let authority = Arc::clone(&authority);
            async move { authority.sweep(clock::now()).await.map(drop) }
        });
    }

    pub(crate) fn sign_log(&mut self, authority: Arc<Authority>) {
        self.every(SIGN_EVERY, "sign log", move || {
            let authority = Arc::clone(&authority);
            async move { authority.sign_checkpoint(clock::now()).await.map(drop) }
        });
    }

    pub(crate) fn sweep_provider(&mut self, state: Arc<provider::State>) {
        self.every(SWEEP_EVERY, "sweep provider", move || {
            let state = Arc::clone(&state);
            async move { state.provider.sweep(clock::now()).await }
        });
    }

    pub(crate) fn sweep_verifier(&mut self, verifier: Arc<Verifier>) {
        self.every(SWEEP_EVERY, "sweep verifier", move || {
            let verifier = Arc::clone(&verifier);
            async move { verifier.sweep().await }
        });
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
