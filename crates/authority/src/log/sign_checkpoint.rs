use jiff::Timestamp;
use tanda_credential::log::{Checkpoint, Span, consistency};
use tanda_storage::StorageError;
use tanda_storage::authority::checkpoints::CheckpointRow;

use super::prove::Prover;
use crate::{Authority, Fault};

impl Authority {
    /// Signs the log's head if the log has grown, and keeps what was signed; says the newest
    /// checkpoint and its note. Called every few seconds, and when the authority stops.
    ///
    /// Nothing is signed that does not continue what was signed before: a log that was tampered
    /// with stays at its last good checkpoint.
    ///
    /// # Errors
    /// [`Fault::Log`] when the log does not continue its newest checkpoint; others when the store
    /// or the signer fails.
    pub async fn sign_checkpoint(&self, now: Timestamp) -> Result<(Checkpoint, String), Fault> {
        let verifier = &self.keys.log_verifier;
        let mut reader = self.store.reader().await?;
        let size = reader.count_acts().await?;
        let earlier = match reader.newest_checkpoint().await? {
            Some(row) => {
                let signed = self.signed_head(&row)?;
                if signed.size == size {
                    return Ok((signed, row.note));
                }
                Some(signed)
            }
            None => None,
        };
        let from = earlier.as_ref().map_or(0, |earlier| earlier.size);
        if size < from {
            return Err(Fault::Log("it is shorter than its newest checkpoint"));
        }
        let (whole, steps) = (Span::tree(size), consistency::spans(from, size));
        let prover = Prover::read(&mut reader, [&steps[..], &[whole]].concat()).await?;
        drop(reader);
        let checkpoint =
            Checkpoint { origin: verifier.name().to_owned(), size, root: prover.hash(whole)? };
        if let Some(earlier) = earlier {
            consistency::verify(earlier.head(), checkpoint.head(), &prover.proof(&steps))
                .map_err(|_| Fault::Log("it does not continue its newest checkpoint"))?;
        }
        let note = checkpoint
            .sign(verifier, self.keys.log.as_ref())
            .map_err(|_| Fault::Sign("a checkpoint of the log"))?;
        let row = CheckpointRow { size, signed_at: now, note: note.clone() };
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    tx.keep_checkpoint(&row).await?;
                    Ok::<_, StorageError>(())
                })
            })
            .await?;
        Ok((checkpoint, note))
    }

    /// What the note of the newest checkpoint says.
    ///
    /// # Errors
    /// [`Fault::Log`] when the log did not sign it.
    pub(super) fn signed_head(&self, newest: &CheckpointRow) -> Result<Checkpoint, Fault> {
        Checkpoint::open(newest.note.as_bytes(), self.log_verifier())
            .map_err(|_| Fault::Log("its newest checkpoint is not its own"))
    }
}
