//! The tree's nodes in the store: each beside the entry that completed it.

use std::collections::HashMap;

use tanda_credential::log::{Hash, Node, Nodes};
use tanda_storage::{Authority as Role, Reader, StorageError};

/// The hashes of these nodes, as far as the log has them.
pub(super) async fn nodes(
    reader: &mut Reader<'_, Role>,
    wanted: Vec<Node>,
) -> Result<Nodes, StorageError> {
    let mut numbers: Vec<u64> = wanted.iter().map(|node| completed_by(*node)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let rows: HashMap<u64, Vec<u8>> = reader.hashes_of_acts(&numbers).await?.into_iter().collect();
    let hash = |node: Node| {
        let at = usize::from(node.level) * Hash::BYTES;
        let bytes = rows.get(&completed_by(node))?.get(at..at + Hash::BYTES)?;
        Hash::try_from(bytes).ok()
    };
    Ok(wanted.into_iter().filter_map(|node| Some((node, hash(node)?))).collect())
}

/// The number of the entry beside which the node stands.
const fn completed_by(node: Node) -> u64 {
    node.last_entry() + 1
}

/// The column that [`nodes`] reads.
pub(super) fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(Hash::as_bytes).copied().collect()
}
