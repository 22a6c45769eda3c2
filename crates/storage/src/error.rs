use std::path::{Path, PathBuf};

use sqlx::error::ErrorKind;
use sqlx::migrate::MigrateError;

/// Why the store did not do it. Carries no value of any row.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Another process kept the store locked for longer than the busy timeout.
    #[error("the store is locked by another process; wait for it or end it, then try again")]
    Locked,
    /// The file, its folder or the file system does not allow writing.
    #[error(
        "the store cannot be written; check who owns its folder and whether the disk is read-only"
    )]
    ReadOnly,
    /// The file cannot be opened or made.
    #[error(
        "the store at {path} cannot be opened: {cause}; check the path and who owns the folder"
    )]
    CannotOpen {
        /// Where it was looked for.
        path: PathBuf,
        /// What the operating system or SQLite said.
        cause: String,
    },
    /// The file is no database, or a damaged one.
    #[error("the store is damaged or is no database; restore it from a backup")]
    Corrupt,
    /// A newer release has changed the tables.
    #[error("the store was last used by a newer release; start that release, or restore a backup")]
    TooNew,
    /// No space is left.
    #[error("the disk is full; make room and try again")]
    Full,
    /// The tables could not be brought up to date.
    #[error("the store's tables could not be brought up to date")]
    Migration(#[source] Box<MigrateError>),
    /// Something that must be unique is there already.
    #[error("already there: {constraint}")]
    Duplicate {
        /// Table and columns, never the value.
        constraint: String,
    },
    /// A stored value is not what was written there.
    #[error("a stored value is damaged in column {0}")]
    Damaged(&'static str),
    /// The write's own code failed; it was rolled back.
    #[error("a write failed for a fault of the program and was rolled back")]
    Panicked,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The group to which the write belonged could not be committed; nothing of it was kept.
    #[error("the write could not be committed; nothing of it was kept")]
    NotCommitted,
    /// Anything else that the database reported.
    #[error("the store failed")]
    Database(#[source] Box<sqlx::Error>),
}

impl StorageError {
    /// Whether something that must be unique is there already.
    pub const fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate { .. })
    }

    pub(crate) fn opening(path: &Path, error: sqlx::Error) -> Self {
        match Self::from(error) {
            Self::Database(source) => Self::CannotOpen {
                path: path.to_owned(),
                cause: source
                    .as_database_error()
                    .map_or_else(|| source.to_string(), |error| error.message().to_owned()),
            },
            other => other,
        }
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) {
            return Self::Closed;
        }
        let Some(database) = error.as_database_error() else {
            return Self::Database(Box::new(error));
        };
        if database.kind() == ErrorKind::UniqueViolation {
            let message = database.message();
            let constraint = message.rsplit_once(": ").map_or(message, |(_, columns)| columns);
            return Self::Duplicate { constraint: constraint.to_owned() };
        }
        // SQLite's extended result codes keep the primary code in the low byte.
        let code =
            database.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
        match code {
            Some(5 | 6) => Self::Locked,
            Some(8) => Self::ReadOnly,
            Some(11 | 26) => Self::Corrupt,
            Some(13) => Self::Full,
            _ => Self::Database(Box::new(error)),
        }
    }
}

impl From<MigrateError> for StorageError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(_) => Self::TooNew,
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                match Self::from(error) {
                    Self::Database(source) => {
                        Self::Migration(Box::new(MigrateError::Execute(*source)))
                    }
                    other => other,
                }
            }
            other => Self::Migration(Box::new(other)),
        }
    }
}
