//! An append-only log that proves itself: the Merkle tree of RFC 6962, checkpoints and tiles of
//! C2SP.
//!
//! | here | standard |
//! |---|---|
//! | [`Hash`], [`Span`] | RFC 6962 section 2.1: leaf, node and tree hashes over SHA-256 |
//! | [`inclusion`], [`consistency`] | RFC 6962 sections 2.1.1 and 2.1.2 (made), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (checked) |
//! | [`LogKey`], [`LogVerifier`] | C2SP signed-note, Ed25519 |
//! | [`Checkpoint`] | C2SP tlog-checkpoint |
//! | [`Tile`] | C2SP tlog-tiles |
//!
//! A log is kept as the hashes of its complete subtrees, the [`Node`]s. Whatever else is asked of
//! it (its root, a proof, a tile) is a list of nodes to fetch and a sum over them.

mod checkpoint;
mod hash;
mod key;
mod node;
mod note;
mod proof;
mod tile;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use hash::{Hash, NotAHash};
pub use key::{LogKey, LogSigner, LogVerifier, NotALogKey};
pub use node::{Frontier, Node, Nodes, Span, append, needed_to_append};
pub use proof::{ProofError, consistency, inclusion};
pub use tile::{NotATile, Tile};
