//! Applications that end before their time: what they rest on is another now, or the applicant leaves.

use jiff::Timestamp;
use tanda_model::{AssuranceLevel, ResidentId};
use tanda_storage::authority::enrolment::{EnrolmentChange, EnrolmentRow};
use tanda_storage::{Authority as Role, StorageError, Tx};

use crate::act::{Act, Actor, Deed};

/// Ends a resident's open applications for a card of `least` or more: what their evidence was compared
/// with, or rests on, has changed. Whoever still wants a card shows it all again.
pub(crate) async fn end_of_resident(
    tx: &mut Tx<'_, Role>,
    resident: ResidentId,
    least: AssuranceLevel,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), StorageError> {
    for row in tx.open_enrolments_of_resident(resident).await? {
        if row.level >= least {
            end(tx, &row, row.erase_evidence_at, actor, now).await?;
        }
    }
    Ok(())
}

/// Ends an account's open applications: its holder leaves. What they have shown is erased at once.
pub(crate) async fn end_of_account(
    tx: &mut Tx<'_, Role>,
    account_tag: &[u8],
    now: Timestamp,
) -> Result<(), StorageError> {
    for row in tx.open_enrolments_of_account(account_tag).await? {
        end(tx, &row, now, Actor::Wallet, now).await?;
    }
    Ok(())
}

async fn end(
    tx: &mut Tx<'_, Role>,
    row: &EnrolmentRow,
    erase_evidence_at: Timestamp,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<(), StorageError> {
    let Ok(state) = row.state.clone().end(now) else { return Ok(()) };
    let change = EnrolmentChange { erase_evidence_at, ..row.change_to(&state) };
    tx.change_enrolment(&change).await?;
    tx.cancel_appointment(row.id).await?;
    let deed = Deed::EnrolmentEnded { enrolment: row.id };
    Act { at: now, actor, resident: row.resident, deed }.record(tx).await
}
