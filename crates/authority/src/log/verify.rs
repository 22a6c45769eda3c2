use std::collections::VecDeque;

use tanda_credential::log::{Checkpoint, CheckpointError, Frontier, Hash, LogVerifier};
use tanda_storage::authority::acts::ActRow;
use tanda_storage::authority::checkpoints::CheckpointRow;
use tanda_storage::{Authority as Role, Reader, StorageError};

use super::entry::EntryHead;
use super::nodes::bytes;
use crate::{Authority, Fault};

/// Rows that are read at once.
const AT_ONCE: u32 = 500;

/// A log that was checked from its first entry to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedLog {
    /// How many entries it has.
    pub entries: u64,
    /// How many signed checkpoints fit it.
    pub checkpoints: u64,
    /// How many entries the newest of them covers.
    pub signed: u64,
}

/// The first thing that is wrong with a log. Entries are numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLog {
    /// There is no such entry, but a later one.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// Another entry is where it should be.
    #[error(
        "entry {found} stands in the place of entry {place}: entries are out of order, or one was \
         taken out"
    )]
    Misplaced {
        /// The number that the place has.
        place: u64,
        /// The number that the entry there has.
        found: u64,
    },
    /// Its bytes are not those that were appended.
    #[error("entry {0} was changed after it was appended")]
    Changed(u64),
    /// A column by which it is found says something else than the entry.
    #[error("entry {entry} was changed: its column {column} contradicts it")]
    Contradicted {
        /// Which entry.
        entry: u64,
        /// Which column.
        column: &'static str,
    },
    /// A row that cannot be read.
    #[error("entry {0} cannot be read: its row is damaged")]
    Unreadable(u64),
    /// A hash of the tree is not the one of its entries.
    #[error("the tree does not fit its entries: a hash beside entry {0} is another")]
    Tree(u64),
    /// A checkpoint that the log did not sign.
    #[error("the checkpoint over {size} entries is not to be believed: {cause}")]
    Checkpoint {
        /// How many entries it covers.
        size: u64,
        /// What is wrong with it.
        cause: CheckpointError,
    },
    /// Entries and tree fit each other, but not what was signed.
    #[error(
        "the log contradicts the {which} checkpoint over {size} entries: one of the entries {first} \
         to {size} was changed, and the tree with it"
    )]
    Rewritten {
        /// Which checkpoint.
        which: Source,
        /// The first entry that it may be: those before are under an earlier checkpoint that fits.
        first: u64,
        /// How many entries the checkpoint covers.
        size: u64,
    },
    /// The log ends before a checkpoint.
    #[error(
        "the log ends with entry {entries}, and the {which} checkpoint covers {size}: the entries \
         from {} on are missing",
        .entries + 1
    )]
    Shortened {
        /// Which checkpoint.
        which: Source,
        /// The last entry.
        entries: u64,
        /// How many entries the checkpoint covers.
        size: u64,
    },
}

/// Where a checkpoint comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The store.
    Stored,
    /// Whoever asked.
    Kept,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stored => "stored",
            Self::Kept => "kept",
        })
    }
}

/// Why a log is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyLogError {
    /// Something is wrong with it.
    #[error(transparent)]
    Bad(#[from] BadLog),
    /// The checkpoint that was to be checked against is none of this log.
    #[error("the checkpoint to check against: {0}")]
    Kept(CheckpointError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for VerifyLogError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Checks the whole log against its store: every entry against its hash, its number and its
    /// columns; the tree against the entries; and both against every checkpoint that was signed,
    /// and against the note that the caller has `kept`, if any. `progress` is told how many entries
    /// have been checked.
    ///
    /// # Errors
    /// [`VerifyLogError::Bad`] with the first thing that is wrong, from the first entry on.
    pub async fn verify_log(
        &self,
        kept: Option<&[u8]>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<VerifiedLog, VerifyLogError> {
        let verifier = &self.keys.log_verifier;
        let kept = kept.map(|note| Checkpoint::open(note, verifier)).transpose();
        let mut reader = self.store.reader().await?;
        let mut walk = Walk {
            verifier,
            frontier: Frontier::default(),
            kept: kept.map_err(VerifyLogError::Kept)?,
            waiting: VecDeque::new(),
            loaded_to: None,
            fitting: 0,
            signed: 0,
        };
        loop {
            // Checkpoints first: what is signed meanwhile is over entries that are read later.
            walk.load(&mut reader).await?;
            walk.checkpoints(&mut reader).await?;
            let rows = walk.rows(&mut reader).await?;
            if rows.is_empty() {
                return walk.end();
            }
            for row in &rows {
                walk.entry(row)?;
                walk.checkpoints(&mut reader).await?;
            }
            progress(walk.frontier.size());
        }
    }
}

/// The way from the first entry to the last.
struct Walk<'a> {
    verifier: &'a LogVerifier,
    frontier: Frontier,
    kept: Option<Checkpoint>,
    /// Checkpoints to come, smallest first.
    waiting: VecDeque<CheckpointRow>,
    /// The largest checkpoint that was read.
    loaded_to: Option<u64>,
    /// Checkpoints that fit so far.
    fitting: u64,
    /// What the last of them covers.
    signed: u64,
}

impl Walk<'_> {
    async fn load(&mut self, reader: &mut Reader<'_, Role>) -> Result<(), StorageError> {
        if self.waiting.is_empty() {
            let from = self.loaded_to.map_or(0, |size| size + 1);
            self.waiting.extend(reader.checkpoints_from(from, AT_ONCE).await?);
            self.loaded_to = self.waiting.back().map(|row| row.size).or(self.loaded_to);
        }
        Ok(())
    }

    async fn rows(&self, reader: &mut Reader<'_, Role>) -> Result<Vec<ActRow>, VerifyLogError> {
        let after = match self.frontier.size() {
            // Rows that stand before the first belong to no log.
            0 => None,
            size => Some(size),
        };
        match reader.acts_after(after, AT_ONCE).await {
            Ok(rows) => Ok(rows),
            // One of them; which one, is found one by one.
            Err(StorageError::Damaged(_) | StorageError::Database(_)) => {
                match reader.acts_after(after, 1).await {
                    Ok(rows) => Ok(rows),
                    Err(StorageError::Damaged(_) | StorageError::Database(_)) => {
                        Err(BadLog::Unreadable(self.frontier.size() + 1).into())
                    }
                    Err(other) => Err(other.into()),
                }
            }
            Err(other) => Err(other.into()),
        }
    }

    fn entry(&mut self, row: &ActRow) -> Result<(), BadLog> {
        let number = self.frontier.size() + 1;
        if row.seq > number {
            return Err(BadLog::Missing(number));
        }
        if row.seq < number {
            return Err(BadLog::Misplaced { place: number, found: row.seq });
        }
        let head = EntryHead::read(&row.entry).ok_or(BadLog::Changed(number))?;
        if head.seq != number {
            return Err(BadLog::Misplaced { place: number, found: head.seq });
        }
        let completed = bytes(&self.frontier.push(Hash::of_leaf(row.entry.as_bytes())));
        let stored = row.hashes.as_deref().unwrap_or_default();
        if stored.get(..Hash::BYTES) != completed.get(..Hash::BYTES) {
            return Err(BadLog::Changed(number));
        }
        if let Some(column) = head.contradicted_by(row) {
            return Err(BadLog::Contradicted { entry: number, column });
        }
        if stored == completed { Ok(()) } else { Err(BadLog::Tree(number)) }
    }

    /// Checks the checkpoints over exactly the entries that were walked.
    async fn checkpoints(&mut self, reader: &mut Reader<'_, Role>) -> Result<(), VerifyLogError> {
        let size = self.frontier.size();
        while let Some(row) = self.waiting.pop_front_if(|row| row.size <= size) {
            let signed = Checkpoint::open(row.note.as_bytes(), self.verifier)
                .map_err(|cause| BadLog::Checkpoint { size: row.size, cause })?;
            self.fits(&signed, Source::Stored)?;
            // The note counts, not the column beside it.
            if signed.size != row.size {
                let cause = CheckpointError::Malformed;
                return Err(BadLog::Checkpoint { size: row.size, cause }.into());
            }
            self.fitting += 1;
            self.signed = size;
            self.load(reader).await?;
        }
        if let Some(kept) = self.kept.take_if(|kept| kept.size == size) {
            self.fits(&kept, Source::Kept)?;
        }
        Ok(())
    }

    fn fits(&self, checkpoint: &Checkpoint, which: Source) -> Result<(), BadLog> {
        if checkpoint.size == self.frontier.size() && checkpoint.root == self.frontier.root() {
            return Ok(());
        }
        Err(BadLog::Rewritten { which, first: self.signed + 1, size: checkpoint.size })
    }

    fn end(self) -> Result<VerifiedLog, VerifyLogError> {
        let entries = self.frontier.size();
        let stored = self.waiting.front().map(|row| (Source::Stored, row.size));
        let kept = self.kept.map(|kept| (Source::Kept, kept.size));
        match stored.or(kept) {
            Some((which, size)) => Err(BadLog::Shortened { which, entries, size }.into()),
            None => Ok(VerifiedLog { entries, checkpoints: self.fitting, signed: self.signed }),
        }
    }
}
