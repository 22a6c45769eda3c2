//! The models: which files they are, how they are checked, and how they are loaded.
//!
//! This is the one file of the crate that reads from disk.

mod blank;
mod fold;
mod network;
mod onnx;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use serde::Deserialize;

pub use blank::NetworkName;
pub use fold::{FoldError, fold_weights};
pub use network::InferenceError;
use network::Lanes;
pub(crate) use network::Network;

/// The pins that `scripts/models.sh` fetches by, in the form described there.
const PINS: &str = include_str!("../../../models.toml");

const DETECTOR: &str = "face_detection_yunet_2023mar_int8bq.onnx";
const EMBEDDER: &str = "face_recognition_sface_2021dec_int8bq.onnx";
const PAD: &str = "fr_liveness.onnx";
const LANDMARKS: &str = "fr_landmark.onnx";
const EYE: &str = "fr_eye.onnx";
const POSE: &str = "fr_pose.onnx";

/// Every model of the face side, loaded and ready to be shared between threads.
///
/// About 60 MB of weights. Runs are single-threaded: as many may go on at once as there are
/// callers, each on a thread of its own, so a caller bounds the load by bounding its calls.
pub struct Models {
    pub(crate) detector: Network,
    pub(crate) embedder: Network,
    pub(crate) pad: Network,
    pub(crate) landmarks: Network,
    pub(crate) eye: Network,
    pub(crate) pose: Network,
}

impl Models {
    /// Loads the models from `folder`, where `scripts/models.sh` put them.
    ///
    /// Takes about half a second. Each file is checked against the SHA-256 pinned in `models.toml`.
    ///
    /// # Errors
    /// [`ModelError`] names the file and what to do.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let pins: Pins = toml::from_str(PINS).map_err(|_| ModelError::Pins)?;
        let hashes: HashMap<&str, &str> =
            pins.model.iter().map(|pin| (pin.file.as_str(), pin.sha256.as_str())).collect();
        let read = |file: &'static str| -> Result<Vec<u8>, ModelError> {
            let path = folder.join(file);
            let bytes = fs::read(&path).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => ModelError::Missing { path: path.clone() },
                _ => ModelError::Unreadable { path: path.clone(), source },
            })?;
            let expected = hashes.get(file).ok_or(ModelError::Pins)?;
            if hex::encode(digest::digest(&digest::SHA256, &bytes)) != *expected {
                return Err(ModelError::WrongHash { path });
            }
            Ok(bytes)
        };
        let lanes = Lanes::default();
        let network = |file, outputs: &[&str], folded: bool| -> Result<Network, ModelError> {
            let mut bytes = read(file)?;
            if folded {
                bytes = fold_weights(&bytes).map_err(|source| ModelError::Fold { file, source })?;
            }
            Network::load(bytes, outputs, &lanes)
                .map_err(|source| ModelError::Unusable { file, source })
        };
        Ok(Self {
            detector: network(DETECTOR, &crate::detect::OUTPUTS, true)?,
            embedder: network(EMBEDDER, &["fc1"], true)?,
            pad: network(PAD, &["output"], false)?,
            landmarks: network(LANDMARKS, &["output"], false)?,
            eye: network(EYE, &["output"], false)?,
            pose: network(POSE, &["output", "617", "618"], false)?,
        })
    }
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Models").finish_non_exhaustive()
    }
}

/// Why the models could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is not there.
    #[error("the model {} is not installed; run scripts/models.sh", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file is there and cannot be read.
    #[error("the model {} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A file is not the one that is pinned.
    #[error("the model {} is not the pinned file (SHA-256 differs); delete it and run scripts/models.sh", path.display())]
    WrongHash {
        /// Which file.
        path: PathBuf,
    },
    /// `models.toml` does not name what the code needs: a fault of the build.
    #[error("models.toml does not pin every model that this program needs")]
    Pins,
    /// A quantised model has another form than the pinned one.
    #[error("the model {file} cannot be folded: {source}")]
    Fold {
        /// Which file.
        file: &'static str,
        /// What does not fit.
        source: FoldError,
    },
    /// The runtime does not take a model.
    #[error("the model {file} cannot be used: {source}")]
    Unusable {
        /// Which file.
        file: &'static str,
        /// What the runtime says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

#[derive(Deserialize)]
struct Pins {
    model: Vec<Pin>,
}

#[derive(Deserialize)]
struct Pin {
    file: String,
    sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_model_is_named_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let error = Models::load(folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::Missing { .. }));
        assert!(
            error.to_string().contains(DETECTOR) && error.to_string().contains("scripts/models.sh")
        );
    }

    #[test]
    fn a_changed_model_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(DETECTOR), b"something else").unwrap();
        assert!(matches!(Models::load(folder.path()), Err(ModelError::WrongHash { .. })));
    }

    #[test]
    fn every_model_is_pinned() {
        let pins: Pins = toml::from_str(PINS).unwrap();
        for file in [DETECTOR, EMBEDDER, PAD, LANDMARKS, EYE, POSE] {
            assert!(
                pins.model.iter().any(|pin| pin.file == file && pin.sha256.len() == 64),
                "{file}"
            );
        }
    }
}
