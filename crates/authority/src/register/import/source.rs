//! Where a register file is: at the machine, or in memory, as it was brought to the console.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::digest;
use tanda_storage::authority::import::ImportPosition;
use zeroize::Zeroizing;

use super::rows::{RawRow, Rows};
use super::{Format, ImportError};

/// A register file.
pub(super) enum Source {
    /// At the machine.
    File(PathBuf),
    /// In memory.
    Memory(Arc<Zeroizing<Vec<u8>>>),
}

impl Source {
    /// Reads from `position` on, which is where an earlier reading said it was.
    pub(super) fn rows(
        &self,
        format: Format,
        position: ImportPosition,
    ) -> Result<Rows, ImportError> {
        let rows = match self {
            Self::File(path) => Rows::open(path, format, position),
            Self::Memory(bytes) => {
                let mut cursor = Cursor::new(Bytes(Arc::clone(bytes)));
                cursor.set_position(position.bytes);
                let source: Box<dyn BufRead + Send> = Box::new(cursor);
                Rows::new(source, format, position)
            }
        };
        rows.map_err(|error| self.unreadable(error))
    }

    /// The next row.
    pub(super) fn read(&self, rows: &mut Rows) -> Result<Option<RawRow>, ImportError> {
        rows.next().map_err(|error| self.unreadable(error))
    }

    /// The file's hash and its size in bytes.
    pub(super) fn sha256(&self) -> Result<([u8; 32], u64), ImportError> {
        match self {
            Self::File(path) => File::open(path).and_then(sha256),
            Self::Memory(bytes) => sha256(bytes.as_slice()),
        }
        .map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, source: io::Error) -> ImportError {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Memory(_) => PathBuf::new(),
        };
        ImportError::File { path, source }
    }
}

impl core::fmt::Debug for Source {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File(…)",
            Self::Memory(_) => "Memory(…)",
        })
    }
}

struct Bytes(Arc<Zeroizing<Vec<u8>>>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn sha256(mut source: impl Read) -> io::Result<([u8; 32], u64)> {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let length = source.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        context.update(&buffer[..length]);
        size += length as u64;
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    Ok((hash, size))
}
