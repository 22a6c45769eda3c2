//! A folder of pictures in place of a camera.

use std::path::{Path, PathBuf};

/// A folder with pictures named after what they show: `front`, `left`, `right`, `closed`, or the
/// step itself (`look_straight`, `turn_left`, `turn_right`, `close_eyes`), with any ending.
#[derive(Clone, Debug)]
pub struct Frames {
    pictures: Vec<PathBuf>,
    folder: PathBuf,
}

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub enum FramesError {
    /// A file or folder can't be read.
    #[error("{path} can't be read: {cause}")]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// No picture shows a step.
    #[error("{folder} has no picture for the step {step}; name one {name}.jpg")]
    Missing {
        /// Where.
        folder: PathBuf,
        /// The step.
        step: String,
        /// A name that would be found.
        name: String,
    },
}

impl Frames {
    /// The pictures in a folder.
    pub fn open(folder: &Path) -> Result<Self, FramesError> {
        let fail = |cause| FramesError::Read { path: folder.to_owned(), cause };
        let mut pictures = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            pictures.push(entry.map_err(fail)?.path());
        }
        pictures.sort();
        Ok(Self { pictures, folder: folder.to_owned() })
    }

    /// Shows one picture at every step: what a printed photograph held up to the camera does.
    pub fn always(picture: &Path) -> Self {
        Self { pictures: vec![picture.to_owned()], folder: picture.to_owned() }
    }

    /// The pictures that show a step, in the order of their names.
    pub(super) fn of_step(&self, step: &str) -> Result<Vec<Vec<u8>>, FramesError> {
        let usual = match step {
            "look_straight" => "front",
            "turn_left" => "left",
            "turn_right" => "right",
            "close_eyes" => "closed",
            other => other,
        };
        let one = self.pictures.len() == 1;
        let shows = |path: &Path| {
            path.file_stem()
                .and_then(|stem| stem.to_str())
                .is_some_and(|stem| one || stem.starts_with(usual) || stem.starts_with(step))
        };
        let frames: Vec<Vec<u8>> = self
            .pictures
            .iter()
            .filter(|path| shows(path))
            .map(|path| {
                std::fs::read(path).map_err(|cause| FramesError::Read { path: path.clone(), cause })
            })
            .collect::<Result<_, _>>()?;
        if frames.is_empty() {
            return Err(FramesError::Missing {
                folder: self.folder.clone(),
                step: step.to_owned(),
                name: usual.to_owned(),
            });
        }
        Ok(frames)
    }
}
