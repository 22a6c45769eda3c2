use serde::Deserialize;
use serde_json::Value;
use tanda_model::Reason;
use tanda_storage::authority::acts::ActRow;
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::Entry;
use super::append::completed;
use crate::{Authority, Fault, Officer};

/// Acts dealt with in one write.
const AT_ONCE: u32 = 500;

/// An act as it was recorded before there was a log.
#[derive(Deserialize)]
struct Earlier {
    at: jiff::Timestamp,
    kind: String,
    by: Option<String>,
    officer: Option<String>,
    reason: Option<Reason>,
    case_number: Option<String>,
}

impl Authority {
    /// Takes the acts that were recorded before there was a log into it: officers' names become
    /// their identifiers, and findings stay with the applications. Says how many. Does nothing in a
    /// store that has had a log from the start.
    ///
    /// # Errors
    /// [`Fault`] when the store fails or an act in it is damaged.
    pub async fn take_in_earlier_acts(&self) -> Result<u64, Fault> {
        let mut taken = 0;
        if self.store.reader().await?.acts_outside_the_log(1).await?.is_empty() {
            return Ok(taken);
        }
        loop {
            let count = self
                .store
                .write(move |mut tx| {
                    Box::pin(async move {
                        let rows = tx.acts_outside_the_log(AT_ONCE).await?;
                        for row in &rows {
                            take_in(&mut tx, row).await?;
                        }
                        Ok::<_, StorageError>(rows.len() as u64)
                    })
                })
                .await?;
            taken += count;
            if count < u64::from(AT_ONCE) {
                return Ok(taken);
            }
        }
    }
}

async fn take_in(tx: &mut Tx<'_, Role>, row: &ActRow) -> Result<(), StorageError> {
    let entry = rewritten(row).ok_or(StorageError::Damaged("entry"))?;
    let hashes = completed(tx, row.seq - 1, &entry).await?;
    tx.take_into_log(row.seq, &entry, &hashes).await
}

/// The act in the words of today.
fn rewritten(row: &ActRow) -> Option<String> {
    let Earlier { at, kind, by, officer, reason, case_number } =
        serde_json::from_str(&row.entry).ok()?;
    let mut details: Value = serde_json::from_str(&row.entry).ok()?;
    let mut details = details.get_mut("details")?.take();
    details.as_object_mut()?.retain(|name, _| name != "findings" && name != "resident");
    let officer = match (officer, reason) {
        (Some(name), Some(reason)) => Some(Officer::custodian(&name, reason, None)),
        _ => None,
    };
    let entry = Entry {
        at,
        kind: &kind,
        by: by.as_deref().unwrap_or("officer"),
        officer: officer.as_ref().map(Officer::id),
        role: officer.as_ref().map(Officer::role),
        reason: officer.as_ref().map(|officer| officer.reason().as_str()),
        case: case_number.as_deref(),
        resident: row.resident.as_deref().map(str::parse).transpose().ok()?,
        subject: &row.subject,
        details: &details,
    };
    entry.to_json(row.seq).ok()
}
