use jiff::{SignedDuration, Timestamp};
use tanda_model::Counter;
use tanda_storage::StorageError;

use crate::act::{Act, Actor, Deed};
use crate::cards::put;
use crate::figures::HOURS;
use crate::officers::{IDLE_FOR, SESSION_LIFE};
use crate::register::STAGED_FOR;
use crate::tallies::hour;
use crate::{Authority, Fault};

/// Rows dealt with in one write.
const AT_ONCE: u32 = 500;
/// Tokens, offers and copies are forgotten this long after their end, for clocks that differ.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// What a sweep has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Applications whose evidence was erased.
    pub evidence: u64,
    /// Applications that lapsed.
    pub lapsed: u64,
    /// Applications that were forgotten.
    pub enrolments: u64,
    /// Cards that expired.
    pub cards: u64,
    /// Batches that were given up.
    pub batches: u64,
    /// Proposals that nobody confirmed in time.
    pub proposals: u64,
    /// Offers, tokens, nonces, proofs, statuses, reports, codes and counters that were forgotten.
    pub small: u64,
}

impl Authority {
    /// Erases and forgets whatever has had its time. Called every minute or so.
    ///
    /// # Errors
    /// [`Fault`] when the store fails; what was done before stands.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept, Fault> {
        let mut swept = Swept { batches: self.give_up_overdue(now).await?, ..Swept::default() };
        swept.lapsed = self.lapse(now).await?;
        swept.cards = self.expire_cards(now).await?;
        swept.proposals = self.lapse_proposals(now, AT_ONCE).await?;
        let throttle = self.config.throttle;
        let (evidence, enrolments, small) = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    let evidence = tx.erase_evidence(now).await?;
                    let enrolments = tx.forget_enrolments(now).await?;
                    let mut small = tx.forget_offers(now - MARGIN).await?;
                    small += tx.forget_tokens(now - MARGIN).await?;
                    small += tx.forget_spent(now).await?;
                    small += tx.forget_copies(now - MARGIN).await?;
                    small += tx.forget_reports(now).await?;
                    small += tx.forget_proposals(now).await?;
                    small += tx.forget_exports(now).await?;
                    small += tx.forget_tallies(hour(now) - 2 * HOURS).await?;
                    small += tx.forget_imports_before(now - STAGED_FOR).await?;
                    small += tx.forget_sheet_codes(now - MARGIN).await?;
                    small += tx.forget_ceremonies(now).await?;
                    small += tx.forget_officer_sessions(now - SESSION_LIFE, now - IDLE_FOR).await?;
                    for counter in
                        [Counter::Account, Counter::Number, Counter::Source, Counter::AccessNumber]
                    {
                        let before = now - throttle.ladder(counter).forgotten_after;
                        small += tx.forget_attempts(counter, before).await?;
                    }
                    Ok::<_, StorageError>((evidence, enrolments, small))
                })
            })
            .await?;
        self.tallies.store(&self.store).await?;
        self.sweep_uploads(now).await?;
        self.store.forget().await?;
        self.tallies.note_swept(now);
        Ok(Swept { evidence, enrolments, small, ..swept })
    }

    async fn lapse(&self, now: Timestamp) -> Result<u64, Fault> {
        let lapsed = self.store.write(move |mut tx| {
            Box::pin(async move {
                let mut count = 0;
                for row in tx.lapsed_enrolments(now, AT_ONCE).await? {
                    let Ok(state) = row.state.clone().expire(now) else { continue };
                    // Erased and forgotten never later than was promised before.
                    let change = row.change_to(&state);
                    count += u64::from(tx.change_enrolment(&change).await?);
                }
                Ok::<_, StorageError>(count)
            })
        });
        Ok(lapsed.await?)
    }

    async fn expire_cards(&self, now: Timestamp) -> Result<u64, Fault> {
        let expired = self.store.write(move |mut tx| {
            Box::pin(async move {
                let mut count = 0;
                for row in tx.overdue_cards(now, AT_ONCE).await? {
                    let Ok(state) = row.state.clone().expire(now) else { continue };
                    put(&mut tx, &row, &state, now).await?;
                    let (resident, deed) = (Some(row.resident), Deed::CardExpired { card: row.id });
                    let actor = Actor::Housekeeping;
                    Act { at: now, actor, resident, deed }.record(&mut tx).await?;
                    count += 1;
                }
                Ok::<_, Fault>(count)
            })
        });
        expired.await
    }
}
