//! Finds a row's portrait. A register file is foreign input: it must not make the authority read
//! other files than portraits.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use tanda_biometrics::{Frame, Models};
use zeroize::Zeroizing;

use super::super::add::{CheckedPortrait, check_portrait};
use super::fault::{Fault, FaultCode};
use super::record::PortraitSource;

/// Where the portraits are that a register file names.
pub(super) enum Portraits {
    /// In the folder that paths start from and stay in.
    Folder(PathBuf),
    /// Brought beside the file: by their path from there, or by their name alone.
    Chosen(HashMap<String, Zeroizing<Vec<u8>>>),
}

impl From<PathBuf> for Portraits {
    fn from(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }
}

impl core::fmt::Debug for Portraits {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Folder(_) => "Folder(…)",
            Self::Chosen(_) => "Chosen(…)",
        })
    }
}

impl Portraits {
    fn read(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        match self {
            Self::Folder(root) => read(root, path),
            Self::Chosen(pictures) => {
                let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
                let found = pictures.get(path).or_else(|| pictures.get(name)).cloned();
                found.ok_or(FaultCode::PortraitUnreadable.of("portrait"))
            }
        }
    }
}

/// Reads, checks and cuts the portrait.
pub(super) fn check(
    models: &Models,
    portraits: &Portraits,
    source: PortraitSource,
) -> Result<CheckedPortrait, Fault> {
    let (field, photo) = match source {
        PortraitSource::Path(path) => ("portrait", portraits.read(&path)?),
        PortraitSource::Bytes(bytes) => ("portrait_base64", bytes),
    };
    check_portrait(models, &photo).map_err(|error| FaultCode::from(error).of(field))
}

fn read(root: &Path, path: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let outside = FaultCode::PortraitOutside.of("portrait");
    let unreadable = FaultCode::PortraitUnreadable.of("portrait");
    let relative = Path::new(path);
    if relative.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(outside);
    }
    // Links are followed, and then asked where they led.
    let root = root.canonicalize().map_err(|_| unreadable)?;
    let file = root.join(relative).canonicalize().map_err(|_| unreadable)?;
    if !file.starts_with(&root) {
        return Err(outside);
    }
    if !file.is_file() {
        return Err(unreadable);
    }
    let file = File::open(file).map_err(|_| unreadable)?;
    let mut photo = Zeroizing::new(Vec::new());
    // One more than is allowed, so that the check of the picture's size still sees that.
    file.take(Frame::MAX_BYTES as u64 + 1).read_to_end(&mut photo).map_err(|_| unreadable)?;
    Ok(photo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        std::fs::write(root.join("photo"), "photo").unwrap();
        let secret = folder.path().join("secret");
        assert_eq!(read(&root, "./photo").unwrap().as_slice(), b"photo");
        for path in ["../secret", "x/../../secret", secret.to_str().unwrap()] {
            assert_eq!(read(&root, path).unwrap_err().code, FaultCode::PortraitOutside, "{path}");
        }
        for path in ["missing", ".", ""] {
            assert_eq!(read(&root, path).unwrap_err().code, FaultCode::PortraitUnreadable);
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&secret, root.join("link")).unwrap();
            assert_eq!(read(&root, "link").unwrap_err().code, FaultCode::PortraitOutside);
        }
    }
}
