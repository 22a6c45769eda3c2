//! Hashing PINs beside the requests: each takes tens of milliseconds and 19 MiB, so only a few at a
//! time, and none on a thread that answers requests.

use std::path::Path;
use std::sync::Arc;

use tanda_model::Pin;
use tanda_verifier::{PinHashError, PinKey};
use tokio::sync::Semaphore;

use super::VerifierStartError;
use crate::clock;
use crate::files;
use crate::problem::Problem;

/// Hashes at a time.
const AT_ONCE: usize = 2;

/// The key of all PINs, and the turns to use it.
pub(super) struct Pins {
    key: Arc<PinKey>,
    turns: Arc<Semaphore>,
    decoy: String,
}

impl Pins {
    /// Takes the key from its file, which is made where there is none.
    pub(super) fn open(file: &Path) -> Result<Self, VerifierStartError> {
        let key = if file.exists() {
            PinKey::from_bytes(&files::read(file)?).ok_or(VerifierStartError::PinKey)?
        } else {
            let key = PinKey::generate(&mut clock::rng());
            files::write_private(file, &key.to_bytes())?;
            key
        };
        let decoy = PinKey::decoy(&mut clock::rng());
        Ok(Self { key: Arc::new(key), turns: Arc::new(Semaphore::new(AT_ONCE)), decoy })
    }

    /// What is weighed where there is nobody of that name, so that it takes as long.
    pub(super) fn decoy(&self) -> &str {
        &self.decoy
    }

    /// What is kept of a PIN.
    pub(super) async fn hash(&self, pin: Pin) -> Result<String, PinsError> {
        Ok(self.run(move |key| key.hash(&pin, &mut clock::rng())).await??)
    }

    /// Whether this is the PIN that was hashed.
    pub(super) async fn matches(&self, pin: Pin, hash: String) -> Result<bool, PinsError> {
        self.run(move |key| key.matches(&pin, &hash)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PinKey) -> T + Send + 'static,
    ) -> Result<T, PinsError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| PinsError::Stopping)?;
        let key = Arc::clone(&self.key);
        tokio::task::spawn_blocking(move || {
            let done = work(&key);
            drop(turn);
            done
        })
        .await
        .map_err(|_| PinsError::Stopping)
    }
}

/// A PIN can't be hashed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinsError {
    /// The hash failed.
    #[error(transparent)]
    Hash(#[from] PinHashError),
    /// The process is stopping.
    #[error("the process is stopping")]
    Stopping,
}

impl From<PinsError> for Problem {
    fn from(cause: PinsError) -> Self {
        Self::internal(&cause)
    }
}
