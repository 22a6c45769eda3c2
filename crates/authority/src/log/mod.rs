//! The log that answers: every look, decision, issuance and revocation is an entry of a Merkle tree
//! (RFC 6962), appended in the transaction of the act itself.
//!
//! A job signs the tree's head as a checkpoint. Whoever has kept a checkpoint can have proved that
//! an entry is in the log, and that the log has only grown since: residents' wallets do, and
//! [`Authority::verify_log`](crate::Authority::verify_log) checks the whole of it against its store.
//! docs/decisions/0011-log-that-answers.md says why it is as it is.

mod append;
mod entry;
mod nodes;
mod prove;
mod publish;
mod show_holder;
mod sign_checkpoint;
mod take_in;
#[cfg(test)]
mod tests;
mod verify;

pub(crate) use append::append;
pub(crate) use entry::Entry;
pub use publish::TileError;
pub use show_holder::{HolderActs, HolderActsError, ProvenAct};
pub use verify::{BadLog, VerifiedLog, VerifyLogError};
