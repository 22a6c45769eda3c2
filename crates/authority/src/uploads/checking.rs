use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use tanda_model::{Action, UploadId};
use tanda_storage::StorageError;

use super::registry::{Complete, UploadError, UploadStage};
use crate::register::{Import, ImportError, ImportProgress};
use crate::{Authority, SignedIn};

/// Rows that are looked at at the same time: the applications of the day go first.
const THREADS: usize = 1;

impl Authority {
    /// Begins to look at every row of an upload that has arrived as a whole; how far it has come is
    /// asked with [`Authority::upload`].
    ///
    /// # Errors
    /// [`UploadError`] when something is missing, or the file cannot be used as a whole; then it is
    /// forgotten.
    pub async fn check_upload(
        self: &Arc<Self>,
        id: UploadId,
        officer: &SignedIn,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(), UploadError> {
        officer.may(Action::ProposeImports)?;
        let Complete { format, file, pictures } = self.complete_upload(id, officer, now)?;
        let import = Import::of_upload(format, file, pictures, THREADS);
        let begun = match import {
            Ok(import) => self.begin_checking(id, import, officer, now).await,
            Err(error) => Err(error.into()),
        };
        let import = match begun {
            Ok(import) => import,
            Err(error) => {
                self.uploads.lock().remove(&id);
                return Err(error);
            }
        };
        let (authority, officer, rng) = (Arc::clone(self), officer.clone(), StdRng::from_rng(rng));
        tokio::spawn(async move {
            let result = authority.stage_upload(id, &import, &officer, now, rng).await;
            if let Err(cause) = &result {
                tracing::error!(%cause, "an upload could not be checked");
                let hash = *import.hash();
                let forgotten = authority.forget_staged(hash).await;
                if let Err(cause) = forgotten {
                    tracing::error!(%cause, "what was staged of an upload is still there");
                }
            }
            let stage = result.unwrap_or(UploadStage::Broken);
            let _ = authority.uploads.with(id, officer.id(), now, |upload| {
                upload.stage = stage;
                Ok(())
            });
        });
        Ok(())
    }

    /// Forgets an upload with all that was staged of it.
    ///
    /// # Errors
    /// [`UploadError`]
    pub async fn discard_upload(
        &self,
        id: UploadId,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<(), UploadError> {
        officer.may(Action::ProposeImports)?;
        let hash = self.uploads.with(id, officer.id(), now, |upload| Ok(upload.hash))?;
        self.uploads.lock().remove(&id);
        match hash {
            Some(hash) => Ok(self.forget_staged(hash).await?),
            None => Ok(()),
        }
    }

    /// Forgets the uploads that nobody has touched for a while, with what was staged of them.
    pub(crate) async fn sweep_uploads(&self, now: Timestamp) -> Result<(), StorageError> {
        for hash in self.uploads.take_out(now, |_| false) {
            self.forget_staged(hash).await?;
        }
        Ok(())
    }

    async fn begin_checking(
        &self,
        id: UploadId,
        import: Import,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<Import, UploadError> {
        if self.store.reader().await?.import_proposal(import.hash()).await?.is_some() {
            return Err(UploadError::Proposed);
        }
        let hash = *import.hash();
        let others = self
            .uploads
            .lock()
            .iter()
            .any(|(other, upload)| *other != id && upload.hash == Some(hash));
        if others {
            return Err(UploadError::Proposed);
        }
        let bytes_total = import.size();
        let nothing = ImportProgress { bytes_done: 0, bytes_total, good: 0, refused: 0 };
        self.uploads.with(id, officer.id(), now, |upload| {
            upload.stage = UploadStage::Checking(nothing);
            upload.hash = Some(hash);
            Ok(())
        })?;
        Ok(import)
    }

    async fn stage_upload(
        &self,
        id: UploadId,
        import: &Import,
        officer: &SignedIn,
        now: Timestamp,
        mut rng: StdRng,
    ) -> Result<UploadStage, ImportError> {
        let models = self.models().map_err(|_| ImportError::Models)?;
        let mut progress = |progress: ImportProgress| {
            let _ = self.uploads.with(id, officer.id(), now, |upload| {
                upload.stage = UploadStage::Checking(progress);
                Ok(())
            });
        };
        self.register.stage(import, &models, &mut progress, now, &mut rng).await?;
        let (good, refused, faults) = self.register.staged(import.hash()).await?;
        Ok(UploadStage::Checked { good, refused, faults })
    }

    /// Forgets what is staged of a file, unless it waits for a second officer.
    pub(super) async fn forget_staged(&self, hash: [u8; 32]) -> Result<(), StorageError> {
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if tx.import_proposal(&hash).await?.is_none() {
                        tx.end_import(&hash).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
