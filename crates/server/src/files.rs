//! Reads and writes the small files of keys and certificates, with errors that say what to do.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It can't be read.
    #[error("{path} can't be read: {cause}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// It can't be written.
    #[error("{path} can't be written: {cause}; give Tanda a data folder that it may write to")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
}

impl FileError {
    /// The system's reason.
    pub fn into_cause(self) -> std::io::Error {
        match self {
            Self::Read { cause, .. } | Self::Write { cause, .. } => cause,
        }
    }
}

/// The bytes of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    std::fs::read(path).map_err(|cause| FileError::Read { path: path.to_owned(), cause })
}

/// The text of a file.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(|cause| FileError::Read { path: path.to_owned(), cause })
}

/// The names of the folders in a folder, sorted; none if it doesn't exist.
pub fn folders(path: &Path) -> Result<Vec<String>, FileError> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(FileError::Read { path: path.to_owned(), cause }),
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// Makes a folder that only its owner may enter.
pub fn make_private_folder(path: &Path) -> Result<(), FileError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|cause| FileError::Write { path: path.to_owned(), cause })
}

/// Writes a file whole or not at all, readable by its owner alone.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let fail = |cause| FileError::Write { path: path.to_owned(), cause };
    if let Some(folder) = path.parent() {
        make_private_folder(folder)?;
    }
    let unfinished = path.with_extension("unfinished");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    std::fs::rename(&unfinished, path).map_err(fail)
}
