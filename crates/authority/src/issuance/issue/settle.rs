use jiff::Timestamp;
use tanda_model::CardState;
use tanda_storage::authority::enrolment::EnrolmentChange;
use tanda_storage::{Authority as Role, Tx};

use super::{Intent, IssueError};
use crate::act::{Act, Actor, Deed};
use crate::cards;
use crate::{Authority, Fault};

impl Authority {
    /// Records that the copies are signed; a new card goes live and the resident's earlier one is
    /// retired in the same write. The answer may go out only after that.
    pub(crate) async fn settle(&self, intent: Intent, now: Timestamp) -> Result<(), IssueError> {
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !tx.settle_batch(intent.batch, now).await? {
                        return Err(IssueError::Denied);
                    }
                    if intent.first {
                        go_live(&mut tx, &intent, now).await?;
                    } else {
                        // The card may have been suspended or revoked while the copies were
                        // signed.
                        let card = tx.find_card(intent.card.id).await?;
                        if !card.is_some_and(|card| matches!(card.state, CardState::Live { .. })) {
                            return Err(IssueError::Denied);
                        }
                    }
                    let deed = Deed::CopiesIssued { card: intent.card.id, batch: intent.batch };
                    let resident = Some(intent.card.resident);
                    Act { at: now, actor: Actor::Wallet, resident, deed }.record(&mut tx).await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn go_live(tx: &mut Tx<'_, Role>, intent: &Intent, now: Timestamp) -> Result<(), IssueError> {
    let card = &intent.card;
    let resident = Some(card.resident);
    if let Some(earlier) = tx.card_in_use(card.resident).await? {
        let state = earlier
            .state
            .clone()
            .retire(card.id, now)
            .map_err(|_| Fault::Contradiction("a card in use that cannot be retired"))?;
        cards::put(tx, &earlier, &state, now).await?;
        let deed = Deed::CardRetired { card: earlier.id, successor: card.id };
        Act { at: now, actor: Actor::Wallet, resident, deed }.record(tx).await?;
    }
    let row = tx.find_card(card.id).await?.ok_or(IssueError::Denied)?;
    let state = row.state.go_live(now).map_err(|_| IssueError::Denied)?;
    tx.change_card(row.id, row.revision, &state).await?;
    tx.set_card_of_grant(intent.grant.id, card.id).await?;
    let row = tx.find_enrolment(card.enrolment).await?.ok_or(IssueError::Denied)?;
    let state = row.state.issue(card.id, now).map_err(|_| IssueError::Denied)?;
    let change = EnrolmentChange {
        id: row.id,
        revision: row.revision,
        state: &state,
        resident: row.resident,
        erase_evidence_at: row.erase_evidence_at,
        forget_at: row.forget_at,
    };
    if !tx.change_enrolment(&change).await? {
        return Err(IssueError::Denied);
    }
    let deed = Deed::CardLive { card: card.id, enrolment: card.enrolment };
    Act { at: now, actor: Actor::Wallet, resident, deed }.record(tx).await?;
    Ok(())
}
