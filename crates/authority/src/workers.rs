//! Where work that keeps a core busy is done: off the threads that answer requests, and never more
//! pieces at once than there are cores.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::Fault;

#[derive(Debug, Clone)]
pub(crate) struct Workers(Arc<Semaphore>);

impl Workers {
    pub(crate) fn one_a_core() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// Runs `work` when a core is free. The place is kept until the work is done, also when the
    /// caller has stopped waiting.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let place = Arc::clone(&self.0).acquire_owned().await.map_err(|_| Fault::Worker)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        })
        .await
        .map_err(|_| Fault::Worker)
    }
}
