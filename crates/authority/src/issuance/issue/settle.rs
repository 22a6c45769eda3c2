use jiff::Timestamp;
use tanda_model::CardState;
use tanda_storage::authority::cards::CardRow;
use tanda_storage::{Authority as Role, Tx};

use super::{Intent, IssueError};
use crate::act::{Act, Actor, Deed};
use crate::cards;
use crate::physical_card::in_use_as;
use crate::{Authority, Fault};

impl Authority {
    /// Records that the copies are signed; a new card goes live and the resident's earlier one is
    /// retired in the same write. The answer may go out only after that.
    pub(crate) async fn settle(&self, intent: Intent, now: Timestamp) -> Result<(), IssueError> {
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !tx.settle_batch(intent.plan.batch, now).await? {
                        return Err(IssueError::Denied);
                    }
                    if intent.first {
                        go_live(&mut tx, &intent, now).await?;
                    } else {
                        // The card may have been suspended or revoked while the copies were
                        // signed.
                        let card = tx.find_card(intent.plan.card.id).await?;
                        if !card.is_some_and(|card| matches!(card.state, CardState::Live { .. })) {
                            return Err(IssueError::Denied);
                        }
                    }
                    let deed =
                        Deed::CopiesIssued { card: intent.plan.card.id, batch: intent.plan.batch };
                    let resident = Some(intent.plan.card.resident);
                    Act { at: now, actor: Actor::Wallet, resident, deed }.record(&mut tx).await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn go_live(tx: &mut Tx<'_, Role>, intent: &Intent, now: Timestamp) -> Result<(), IssueError> {
    let card = &intent.plan.card;
    let resident = Some(card.resident);
    let application = tx.find_enrolment(card.enrolment).await?.ok_or(IssueError::Denied)?;
    let earlier = retire_earlier(tx, card, Actor::Wallet, now).await?;
    let row = tx.find_card(card.id).await?.ok_or(IssueError::Denied)?;
    // The face was shown anew after what was said before the application, and before what was said since.
    let said_since = earlier.filter(|state| state.is_suspended_after(application.begun_at));
    let state = match said_since {
        Some(earlier) => in_use_as(&earlier, row.state.clone(), now),
        None => row.state.clone().go_live(now),
    };
    cards::put(tx, &row, &state.map_err(|_| IssueError::Denied)?, now).await?;
    tx.set_card_of_grant(intent.grant.id, card.id).await?;
    let state = application.state.clone().issue(card.id, now).map_err(|_| IssueError::Denied)?;
    if !tx.change_enrolment(&application.change_to(&state)).await? {
        return Err(IssueError::Denied);
    }
    let deed = Deed::CardLive { card: card.id, enrolment: card.enrolment };
    Act { at: now, actor: Actor::Wallet, resident, deed }.record(tx).await?;
    Ok(())
}

/// The card that the resident has until now, if any, makes way for the new one. How it stood comes back.
pub(crate) async fn retire_earlier(
    tx: &mut Tx<'_, Role>,
    card: &CardRow,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<Option<CardState>, Fault> {
    let Some(earlier) = tx.card_in_use(card.resident).await? else { return Ok(None) };
    let state = earlier.state.clone().retire(card.id, now);
    let state = state.map_err(|_| Fault::Contradiction("a card in use that cannot be retired"))?;
    cards::put(tx, &earlier, &state, now).await?;
    let deed = Deed::CardRetired { card: earlier.id, successor: card.id };
    Act { at: now, actor, resident: Some(card.resident), deed }.record(tx).await?;
    Ok(Some(earlier.state))
}
