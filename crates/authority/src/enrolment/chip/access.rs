//! Wrong access numbers, counted by the account that applies: five, then a pause that survives
//! restarts.
//!
//! A try is counted when its dialogue begins, where writes are one after the other, and is taken back
//! when it turns out to be none. So relays that run side by side, and those that break off once they
//! have seen what the chip says, get no more tries than others.

use jiff::Timestamp;
use tanda_model::{Admission, AttemptHistory, Counter, ThrottlePolicy};
use tanda_storage::{Authority as Role, Reader, StorageError, Tx};

const COUNTER: Counter = Counter::AccessNumber;

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// The number was wrong, or who carries the dialogue broke it off while it was being tried.
    Wrong,
    /// The resident's genuine card was read with it.
    Right,
    /// Neither: the number was not tried, it was another card's, or the fault is another.
    Nothing,
}

/// Whether another access number may be tried now.
pub(super) async fn admission(
    reader: &mut Reader<'_, Role>,
    policy: &ThrottlePolicy,
    account: &[u8],
    now: Timestamp,
) -> Result<Admission, StorageError> {
    let history = reader.attempt_history(COUNTER, account).await?;
    Ok(policy.ladder(COUNTER).admit(history, now))
}

/// Counts a try before it is made; what was remembered before comes back.
pub(super) async fn count(
    tx: &mut Tx<'_, Role>,
    policy: &ThrottlePolicy,
    account: &[u8],
    now: Timestamp,
) -> Result<Option<AttemptHistory>, StorageError> {
    let before = tx.attempt_history(COUNTER, account).await?;
    let after = policy.after_failure(COUNTER, before, now);
    tx.remember_attempts(COUNTER, account, Some(after)).await?;
    Ok(before)
}

/// Settles a try that was counted.
pub(super) async fn settle(
    tx: &mut Tx<'_, Role>,
    account: &[u8],
    before: Option<AttemptHistory>,
    tried: Tried,
) -> Result<(), StorageError> {
    let history = match tried {
        Tried::Wrong => return Ok(()),
        Tried::Right => None,
        Tried::Nothing => {
            let now = tx.attempt_history(COUNTER, account).await?;
            let failures = now.map_or(0, |history| history.failures.saturating_sub(1));
            // Others may have failed meanwhile: theirs stays.
            match before.filter(|before| before.failures == failures) {
                Some(before) => Some(before),
                None => now
                    .filter(|_| failures > 0)
                    .map(|history| AttemptHistory { failures, ..history }),
            }
        }
    };
    tx.remember_attempts(COUNTER, account, history).await
}
