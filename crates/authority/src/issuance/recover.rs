use jiff::Timestamp;
use tanda_model::{BatchId, CardId};
use tanda_storage::{Authority as Role, StorageError, Tx};

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
        // All of them, also those that a clock since set back has put into the future.
        self.give_up_unsettled(Timestamp::MAX, now).await
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
                            give_up(&mut tx, batch, card, now).await?;
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

async fn give_up(
    tx: &mut Tx<'_, Role>,
    batch: BatchId,
    card: CardId,
    now: Timestamp,
) -> Result<(), StorageError> {
    tx.give_up_batch(batch, now).await?;
    let row = tx.find_card(card).await?;
    let (actor, resident) = (Actor::Housekeeping, row.as_ref().map(|row| row.resident));
    let deed = Deed::CopiesGivenUp { card, batch };
    Act { at: now, actor, resident, deed }.record(tx).await?;
    if let Some(row) = row
        && row.state.name() == "intended"
        && let Ok(state) = row.state.revoke(now)
    {
        tx.change_card(card, row.revision, &state).await?;
        let deed = Deed::CardRevoked { card };
        Act { at: now, actor, resident, deed }.record(tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::issuance::IssueError;
    use crate::status::INVALID;
    use crate::testing::{City, code};

    #[tokio::test]
    async fn a_crash_between_intent_and_signature_leaves_a_dead_intent_and_no_card() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
        let tokens = city.exchange(&wallet, code(&completion)).await.unwrap();
        let (body, _) = city.request(4);
        city.intend_only(&wallet, &tokens.access, &body).await;
        city.restart().await;
        assert_eq!(city.authority.recover(city.now).await.unwrap(), 1);
        assert_eq!(city.authority.recover(city.now).await.unwrap(), 0);
        let cards = city.authority.cards_of(resident).await.unwrap();
        assert_eq!(cards[0].state.name(), "revoked");
        let mut reader = city.authority.store().reader().await.unwrap();
        let places = reader.places_of_card(cards[0].id).await.unwrap();
        assert_eq!(places.len(), 4);
        assert!(places.iter().all(|(_, status)| *status == INVALID));
        drop(reader);
        // The same tokens still fetch the card.
        let (body, _) = city.request(4);
        assert_eq!(city.fetch(&wallet, &tokens.access, &body).await.unwrap().len(), 4);
        let cards = city.authority.cards_of(resident).await.unwrap();
        let mut states: Vec<_> = cards.iter().map(|card| card.state.name()).collect();
        // Of one millisecond, in no order.
        states.sort_unstable();
        assert_eq!(states, ["live", "revoked"]);
    }

    #[tokio::test]
    async fn an_answer_that_was_lost_is_asked_for_again() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, tokens) = city.card(&wallet, 10, "Li", "01", 2).await;
        city.restart().await;
        assert_eq!(city.authority.recover(city.now).await.unwrap(), 0);
        let (body, _) = city.request(2);
        assert_eq!(city.fetch(&wallet, &tokens.access, &body).await.unwrap().len(), 2);
        let cards = city.authority.cards_of(resident).await.unwrap();
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].state.name(), "live");
    }

    #[tokio::test]
    async fn copies_that_were_given_up_are_not_handed_over() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
        let tokens = city.exchange(&wallet, code(&completion)).await.unwrap();
        let (body, _) = city.request(1);
        let intent = city.intend_only(&wallet, &tokens.access, &body).await;
        city.later(SignedDuration::from_mins(4));
        assert_eq!(city.authority.sweep(city.now).await.unwrap().batches, 0);
        city.later(SignedDuration::from_mins(2));
        assert_eq!(city.authority.sweep(city.now).await.unwrap().batches, 1);
        let settled = city.authority.settle(intent, city.now).await;
        assert!(matches!(settled, Err(IssueError::Denied)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_two_racing_enrolments_exactly_one_card_lives() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let mut intents = Vec::new();
        for account in ["a", "b", "c", "d"] {
            let wallet = city.wallet(account);
            let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
            let tokens = city.exchange(&wallet, code(&completion)).await.unwrap();
            let (body, _) = city.request(1);
            intents.push(city.intend_only(&wallet, &tokens.access, &body).await);
        }
        let now = city.now;
        let settling = intents.into_iter().map(|intent| {
            let authority = std::sync::Arc::clone(&city.authority);
            tokio::spawn(async move { authority.settle(intent, now).await })
        });
        for settled in settling.collect::<Vec<_>>() {
            settled.await.unwrap().unwrap();
        }
        let cards = city.authority.cards_of(resident).await.unwrap();
        let count = |name| cards.iter().filter(|card| card.state.name() == name).count();
        assert_eq!((count("live"), count("retired")), (1, 3));
    }
}
