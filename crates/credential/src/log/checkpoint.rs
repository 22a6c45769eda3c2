//! A log's head, signed (C2SP tlog-checkpoint).

use thiserror::Error;

use super::note::{self, NoteFault};
use super::{Hash, LogSigner, LogVerifier};
use crate::jose::SignError;

/// What a log was at one moment: how many entries, and the root over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: its name, an address without the scheme.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

/// Why a checkpoint is not believed.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointError {
    /// It is no signed checkpoint.
    #[error("not a signed checkpoint")]
    Malformed,
    /// The log did not sign it.
    #[error("the checkpoint is not signed by this log's key")]
    Unsigned,
    /// A signature in the log's name is not the log's.
    #[error("the checkpoint's signature is not valid")]
    Forged,
    /// It is another log's.
    #[error("the checkpoint is another log's")]
    OtherLog,
}

impl Checkpoint {
    /// The size and the root.
    pub const fn head(&self) -> (u64, Hash) {
        (self.size, self.root)
    }

    /// The checkpoint as a note signed by the log. Nothing but the head goes into it: a log signs
    /// the same size twice only in the same words.
    ///
    /// # Errors
    /// [`SignError`]
    pub fn sign(
        &self,
        verifier: &LogVerifier,
        signer: &dyn LogSigner,
    ) -> Result<String, SignError> {
        let text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root);
        note::sign(&text, verifier, signer)
    }

    /// Reads a note and checks that the log signed it. Other signatures on it (of witnesses, or of
    /// a key to come) are ignored, and so are lines below the third.
    ///
    /// # Errors
    /// [`CheckpointError`]
    pub fn open(note: &[u8], verifier: &LogVerifier) -> Result<Self, CheckpointError> {
        let text = note::open(note, verifier).map_err(|fault| match fault {
            NoteFault::Malformed => CheckpointError::Malformed,
            NoteFault::Unsigned => CheckpointError::Unsigned,
            NoteFault::Forged => CheckpointError::Forged,
        })?;
        let checkpoint = Self::read(text).ok_or(CheckpointError::Malformed)?;
        if checkpoint.origin == verifier.name() {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::OtherLog)
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let whole = !origin.is_empty() && lines.all(|line| !line.is_empty());
        let checkpoint =
            Self { origin: origin.to_owned(), size: size.parse().ok()?, root: root.parse().ok()? };
        // One way to write a number.
        (whole && checkpoint.size.to_string() == size).then_some(checkpoint)
    }
}
