use jiff::Timestamp;
use tanda_storage::StorageError;

use super::SETTLING_TIME;
use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault};

/// Batches dealt with in one write.
const AT_ONCE: u32 = 100;

impl Authority {
    /// Gives up batches that were intended and never settled: a crash came between, and no copy of
    /// them was handed over. Their statuses become invalid, and a card that was to begin with such
    /// a batch is revoked. Says how many batches.
    ///
    /// The server calls it when it starts, with nothing else running; [`Authority::sweep`] gives up
    /// what has been unsettled for too long meanwhile.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn recover(&self, now: Timestamp) -> Result<u64, Fault> {
        self.give_up_unsettled(now, now).await
    }

    pub(crate) async fn give_up_overdue(&self, now: Timestamp) -> Result<u64, Fault> {
        self.give_up_unsettled(now - SETTLING_TIME, now).await
    }

    async fn give_up_unsettled(&self, before: Timestamp, now: Timestamp) -> Result<u64, Fault> {
        let mut given_up = 0;
        loop {
            let batch = self
                .store
                .write(move |mut tx| {
                    Box::pin(async move {
                        let unsettled = tx.unsettled_batches(before, AT_ONCE).await?;
                        let count = unsettled.len() as u64;
                        for (batch, card) in unsettled {
                            tx.give_up_batch(batch, now).await?;
                            let deed = Deed::CopiesGivenUp { card, batch };
                            Act { at: now, actor: Actor::Housekeeping, deed }
                                .record(&mut tx)
                                .await?;
                            let Some(row) = tx.find_card(card).await? else { continue };
                            if row.state.name() == "intended"
                                && let Ok(state) = row.state.revoke(now)
                            {
                                tx.change_card(card, row.revision, &state).await?;
                                let deed = Deed::CardRevoked { card };
                                Act { at: now, actor: Actor::Housekeeping, deed }
                                    .record(&mut tx)
                                    .await?;
                            }
                        }
                        Ok::<_, StorageError>(count)
                    })
                })
                .await?;
            given_up += batch;
            if batch < u64::from(AT_ONCE) {
                return Ok(given_up);
            }
        }
    }
}
