//! Finding faces: YuNet (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023).

use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::models::{InferenceError, Models};
use crate::warp;
use rten_tensor::NdTensor;

/// The network's outputs, in the order in which decoding takes them: for each stride the class
/// score, the objectness, the box and the landmarks.
pub(crate) const OUTPUTS: [&str; 12] = [
    "cls_8", "obj_8", "bbox_8", "kps_8", "cls_16", "obj_16", "bbox_16", "kps_16", "cls_32",
    "obj_32", "bbox_32", "kps_32",
];
const STRIDES: [usize; 3] = [8, 16, 32];

/// The longer side that a frame is shrunk to. The detector misses faces above about 300 pixels,
/// which at this size cannot be, and takes 15 ms.
const FAST_SIDE: usize = 320;
/// The second look, for faces too small for the first.
const FINE_SIDE: usize = 640;
/// Below this score nothing is taken for a face.
const MIN_SCORE: f32 = 0.6;
/// Boxes that overlap more than this (intersection over union) are one face.
const SAME_FACE_OVERLAP: f32 = 0.3;
/// A second face counts when its side is at least this part of the first one's.
const BYSTANDER_RATIO: f32 = 0.45;

/// A point in a frame, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

/// A face in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// Left edge of the box, in pixels.
    pub left: f32,
    /// Top edge of the box, in pixels.
    pub top: f32,
    /// Width of the box, in pixels.
    pub width: f32,
    /// Height of the box, in pixels.
    pub height: f32,
    /// The subject's right eye, left eye, nose tip, right and left corner of the mouth.
    pub landmarks: [Point; 5],
    /// How sure the detector is, 0 to 1.
    pub score: f32,
}

impl Face {
    /// The longer side of the box, in pixels.
    #[must_use]
    pub fn side(&self) -> f32 {
        self.width.max(self.height)
    }

    /// The middle of the box.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point { x: self.left + self.width / 2.0, y: self.top + self.height / 2.0 }
    }

    fn scaled(self, factor: f32) -> Self {
        Self {
            left: self.left * factor,
            top: self.top * factor,
            width: self.width * factor,
            height: self.height * factor,
            landmarks: self
                .landmarks
                .map(|point| Point { x: point.x * factor, y: point.y * factor }),
            score: self.score,
        }
    }

    fn overlap(&self, other: &Self) -> f32 {
        let across =
            (self.left + self.width).min(other.left + other.width) - self.left.max(other.left);
        let down = (self.top + self.height).min(other.top + other.height) - self.top.max(other.top);
        let shared = across.max(0.0) * down.max(0.0);
        shared / (self.width * self.height + other.width * other.height - shared)
    }
}

/// Why a frame does not show exactly one face.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// No face was found.
    #[error("no face is to be seen")]
    NoFace,
    /// A second face of significant size is in the picture.
    #[error("more than one face is to be seen")]
    TooManyFaces,
    /// The face has too few pixels to be compared.
    #[error("the face is too small")]
    TooSmall,
    /// The model could not be run.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

impl Models {
    /// Every face in the frame, the biggest first.
    ///
    /// # Errors
    /// [`InferenceError`], when the model cannot be run.
    pub fn faces(&self, frame: &Frame) -> Result<Vec<Face>, InferenceError> {
        let faces = self.faces_at(frame, FAST_SIDE)?;
        if faces.is_empty() && frame.width().max(frame.height()) > FAST_SIDE {
            return self.faces_at(frame, FINE_SIDE);
        }
        Ok(faces)
    }

    /// The one face in the frame. People far in the background do not count as second faces.
    ///
    /// # Errors
    /// [`DetectError`], when there is none, another one, or only a tiny one.
    pub fn only_face(&self, frame: &Frame) -> Result<Face, DetectError> {
        /// 40 pixels between the box's sides leave about 15 between the eyes.
        const MIN_SIDE: f32 = 40.0;
        let faces = self.faces(frame)?;
        let face = *faces.first().ok_or(DetectError::NoFace)?;
        if faces.iter().skip(1).any(|other| other.side() > face.side() * BYSTANDER_RATIO) {
            return Err(DetectError::TooManyFaces);
        }
        if face.side() < MIN_SIDE {
            return Err(DetectError::TooSmall);
        }
        Ok(face)
    }

    fn faces_at(&self, frame: &Frame, side: usize) -> Result<Vec<Face>, InferenceError> {
        let longer = frame.width().max(frame.height());
        let shrunk;
        let view = if longer <= side {
            frame
        } else if longer == 2 * side {
            frame.half()
        } else {
            let scaled = |length: usize| (length * side / longer).max(1);
            shrunk = warp::shrink(frame, scaled(frame.width()), scaled(frame.height()));
            &shrunk
        };
        let factor = frame.width() as f32 / view.width() as f32;
        let (width, height) =
            (view.width().next_multiple_of(32), view.height().next_multiple_of(32));
        let outputs = self.detector.run(blue_green_red(view, width, height))?;
        let mut faces = decode(&outputs, width, height);
        faces.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut kept: Vec<Face> = Vec::new();
        for face in faces {
            if kept.iter().all(|other| other.overlap(&face) <= SAME_FACE_OVERLAP) {
                kept.push(face);
            }
        }
        kept.sort_by(|a, b| b.side().total_cmp(&a.side()));
        Ok(kept.into_iter().map(|face| face.scaled(factor)).collect())
    }
}

/// The network's input: blue, green and red planes of 0 to 255, black to the right and below.
fn blue_green_red(frame: &Frame, width: usize, height: usize) -> NdTensor<f32, 4> {
    let mut planes = vec![0.0_f32; 3 * width * height];
    for (channel, plane) in planes.chunks_exact_mut(width * height).rev().enumerate() {
        for (row, line) in
            frame.rgb().chunks_exact(frame.width() * 3).zip(plane.chunks_exact_mut(width))
        {
            for (pixel, value) in row.chunks_exact(3).zip(line) {
                *value = f32::from(pixel[channel]);
            }
        }
    }
    NdTensor::from_data([1, 3, height, width], planes)
}

/// Each cell of each stride proposes one face, relative to the cell.
fn decode(outputs: &[Vec<f32>], width: usize, height: usize) -> Vec<Face> {
    let mut faces = Vec::new();
    for (stride, outputs) in STRIDES.iter().zip(outputs.chunks_exact(4)) {
        let [class, object, boxes, points] = outputs else { continue };
        let columns = width / stride;
        let step = *stride as f32;
        for cell in 0..columns * (height / stride) {
            let score = (class[cell].clamp(0.0, 1.0) * object[cell].clamp(0.0, 1.0)).sqrt();
            if score < MIN_SCORE {
                continue;
            }
            let (column, row) = ((cell % columns) as f32, (cell / columns) as f32);
            let shape = &boxes[cell * 4..cell * 4 + 4];
            let points = &points[cell * 10..cell * 10 + 10];
            let (width, height) = (shape[2].exp() * step, shape[3].exp() * step);
            faces.push(Face {
                left: (column + shape[0]) * step - width / 2.0,
                top: (row + shape[1]) * step - height / 2.0,
                width,
                height,
                landmarks: std::array::from_fn(|index| Point {
                    x: (points[2 * index] + column) * step,
                    y: (points[2 * index + 1] + row) * step,
                }),
                score,
            });
        }
    }
    faces
}
