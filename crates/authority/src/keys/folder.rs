//! A folder of secrets: read with a check of who else may read, written so that a crash leaves
//! either nothing or the whole file.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KeysError;

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, KeysError> {
        let folder = Self(path.to_owned());
        fs::create_dir_all(path).map_err(|source| folder.failed(path, source))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))
                .map_err(|source| folder.failed(path, source))?;
        }
        Ok(folder)
    }

    /// The file's bytes, or nothing when it is not there.
    pub(super) fn read(&self, file: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeysError> {
        let path = self.0.join(file);
        let bytes = match fs::read(&path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.failed(&path, source)),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let metadata = fs::metadata(&path).map_err(|source| self.failed(&path, source))?;
            if metadata.permissions().mode() & 0o077 != 0 {
                return Err(KeysError::Exposed { path: path.display().to_string() });
            }
        }
        Ok(Some(bytes))
    }

    /// Writes the file beside its place, makes it durable, and moves it there.
    pub(super) fn write(&self, file: &str, bytes: &[u8]) -> Result<(), KeysError> {
        let path = self.0.join(file);
        let beside = self.0.join(format!("{file}.new"));
        let written = (|| {
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt;
                options.mode(0o600);
            }
            let mut opened = options.open(&beside)?;
            opened.write_all(bytes)?;
            opened.sync_all()?;
            fs::rename(&beside, &path)?;
            fs::File::open(&self.0)?.sync_all()
        })();
        written.map_err(|source| self.failed(&path, source))
    }

    pub(super) fn damaged(&self, file: &str) -> KeysError {
        KeysError::Damaged { path: self.0.join(file).display().to_string() }
    }

    fn failed(&self, path: &Path, source: std::io::Error) -> KeysError {
        KeysError::Folder { path: path.display().to_string(), source }
    }
}
