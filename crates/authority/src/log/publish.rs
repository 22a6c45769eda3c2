//! What everybody may have of the log: its head, and hashes.

use tanda_credential::log::{LogVerifier, Tile};
use tanda_storage::authority::checkpoints::CheckpointRow;

use super::nodes::nodes;
use crate::{Authority, Fault};

/// Why there is no tile.
#[derive(Debug, thiserror::Error)]
pub enum TileError {
    /// The newest checkpoint does not cover it.
    #[error("the log has no such tile")]
    Unknown,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Authority {
    /// The key that the log's checkpoints are signed with, under the log's name.
    pub const fn log_verifier(&self) -> &LogVerifier {
        &self.keys.log_verifier
    }

    /// The newest checkpoint as it was signed.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn newest_checkpoint(&self) -> Result<Option<CheckpointRow>, Fault> {
        Ok(self.store.reader().await?.newest_checkpoint().await?)
    }

    /// A tile of hashes (C2SP tlog-tiles), as far as the newest checkpoint reaches.
    ///
    /// # Errors
    /// [`TileError`]
    pub async fn log_tile(&self, tile: Tile) -> Result<Vec<u8>, TileError> {
        let mut reader = self.store.reader().await.map_err(Fault::from)?;
        let newest = reader.newest_checkpoint().await.map_err(Fault::from)?;
        let newest = newest.and_then(|row| self.signed_head(&row).ok());
        if !newest.is_some_and(|checkpoint| tile.is_in(checkpoint.size)) {
            return Err(TileError::Unknown);
        }
        let nodes = nodes(&mut reader, tile.nodes().collect()).await.map_err(Fault::from)?;
        let content = tile.content(&nodes);
        Ok(content.ok_or(Fault::Contradiction("the log's tree has a gap"))?)
    }
}
