use serde::Serialize;
use tanda_credential::log::{self, Hash, needed_to_append};
use tanda_storage::authority::acts::NewAct;
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::Entry;
use super::nodes::{bytes, nodes};

/// Appends an entry, with the hashes of all subtrees that it completes: two rows are read and one
/// is written, on average, however long the log is.
///
/// Writes are one after the other, so that the number which is free now is free until the end of
/// the transaction.
pub(crate) async fn append<D: Serialize>(
    tx: &mut Tx<'_, Role>,
    entry: &Entry<'_, D>,
) -> Result<(), StorageError> {
    let index = tx.count_acts().await?;
    let seq = index + 1;
    let json = entry.to_json(seq).map_err(|_| StorageError::Damaged("entry"))?;
    let hashes = completed(tx, index, &json).await?;
    tx.append_act(&NewAct {
        seq,
        at: entry.at,
        kind: entry.kind,
        subject: entry.subject,
        resident: entry.resident,
        entry: &json,
        hashes: &hashes,
    })
    .await
}

/// The hashes of all subtrees that this entry completes at `index`, as they stand beside it.
pub(super) async fn completed(
    tx: &mut Tx<'_, Role>,
    index: u64,
    entry: &str,
) -> Result<Vec<u8>, StorageError> {
    let nodes = nodes(tx, needed_to_append(index).collect()).await?;
    let hashes = log::append(index, Hash::of_leaf(entry.as_bytes()), &nodes);
    Ok(bytes(&hashes.ok_or(StorageError::Damaged("hashes"))?))
}
