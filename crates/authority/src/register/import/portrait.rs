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
use super::record::PictureSource;

/// A file's name, and what is in it.
type NamedFile = (String, Zeroizing<Vec<u8>>);

/// Where the portraits and fingers are that a register file names.
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
    pub(super) fn read(&self, path: &str) -> Result<Zeroizing<Vec<u8>>, PathFault> {
        match self {
            Self::Folder(root) => read(root, path),
            Self::Chosen(pictures) => {
                let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
                let found = pictures.get(path).or_else(|| pictures.get(name)).cloned();
                found.ok_or(PathFault::Unreadable)
            }
        }
    }

    /// The files right in a folder, by their names; none where the path is that of no folder.
    pub(super) fn read_folder(&self, path: &str) -> Result<Vec<NamedFile>, PathFault> {
        let mut files = match self {
            Self::Folder(root) => {
                let folder = inside(root, path)?;
                if !folder.is_dir() {
                    return Ok(Vec::new());
                }
                let entries = folder.read_dir().map_err(|_| PathFault::Unreadable)?;
                let names = entries.map(|entry| {
                    let name = entry.map_err(|_| PathFault::Unreadable)?.file_name();
                    name.into_string().map_err(|_| PathFault::Unreadable)
                });
                names
                    .map(|name| {
                        let name = name?;
                        let bytes = read(&folder, &name)?;
                        Ok((name, bytes))
                    })
                    .collect::<Result<Vec<_>, _>>()?
            }
            Self::Chosen(pictures) => {
                let beneath = |name: &str| {
                    let rest = name.strip_prefix(path)?.strip_prefix(['/', '\\'])?;
                    (!rest.contains(['/', '\\'])).then(|| rest.to_owned())
                };
                let found = pictures.iter();
                found.filter_map(|(name, bytes)| Some((beneath(name)?, bytes.clone()))).collect()
            }
        };
        files.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(files)
    }
}

/// Reads, checks and cuts the portrait.
pub(super) fn check(
    models: &Models,
    portraits: &Portraits,
    source: PictureSource,
) -> Result<CheckedPortrait, Fault> {
    let (field, photo) = match source {
        PictureSource::Path(path) => {
            let unreached = |fault| match fault {
                PathFault::Outside => FaultCode::PortraitOutside.of("portrait"),
                PathFault::Unreadable => FaultCode::PortraitUnreadable.of("portrait"),
            };
            ("portrait", portraits.read(&path).map_err(unreached)?)
        }
        PictureSource::Bytes(bytes) => ("portrait_base64", bytes),
    };
    check_portrait(models, &photo).map_err(|error| FaultCode::from(error).of(field))
}

/// Why a path leads to nothing that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathFault {
    /// It leads out of the folder.
    Outside,
    /// Nothing that can be read is there.
    Unreadable,
}

/// Where a path leads, if it is within the folder.
fn inside(root: &Path, path: &str) -> Result<PathBuf, PathFault> {
    let relative = Path::new(path);
    if relative.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(PathFault::Outside);
    }
    // Links are followed, and then asked where they led.
    let root = root.canonicalize().map_err(|_| PathFault::Unreadable)?;
    let file = root.join(relative).canonicalize().map_err(|_| PathFault::Unreadable)?;
    if file.starts_with(&root) { Ok(file) } else { Err(PathFault::Outside) }
}

fn read(root: &Path, path: &str) -> Result<Zeroizing<Vec<u8>>, PathFault> {
    let file = inside(root, path)?;
    if !file.is_file() {
        return Err(PathFault::Unreadable);
    }
    let file = File::open(file).map_err(|_| PathFault::Unreadable)?;
    let mut bytes = Zeroizing::new(Vec::new());
    // One more than is allowed, so that the check of the picture's size still sees that.
    file.take(Frame::MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| PathFault::Unreadable)?;
    Ok(bytes)
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
            assert_eq!(read(&root, path).unwrap_err(), PathFault::Outside, "{path}");
        }
        for path in ["missing", ".", ""] {
            assert_eq!(read(&root, path).unwrap_err(), PathFault::Unreadable);
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&secret, root.join("link")).unwrap();
            assert_eq!(read(&root, "link").unwrap_err(), PathFault::Outside);
        }
    }
}
