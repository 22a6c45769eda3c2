//! Images in, scores out: face and fingerprint matching, presentation-attack detection, 1:N search.
//!
//! Nothing here reads a clock, draws randomness of its own, or touches disk or network. Two
//! exceptions read files: [`Models::load`] the model files, and [`accuracy`] the photographs that
//! it measures on.
//!
//! Everything is work for the processor, on the caller's demand and on one thread a call.

pub mod accuracy;
mod align;
mod capture;
mod challenge;
mod detect;
mod embedding;
mod eyes;
pub mod finger;
mod frame;
mod gallery;
mod guidance;
mod jpeg2000;
mod models;
mod pad;
mod portrait;
mod pose;
mod quality;
mod thresholds;
mod warp;

pub use capture::{CaptureAssessment, CaptureError, Shot, ShotError};
pub use challenge::{CHALLENGE_STEPS, Step, draw_challenge};
pub use detect::{DetectError, Face, Point};
pub use embedding::{Embedding, EmbeddingError, QuantisedEmbedding};
pub use frame::{Frame, ImageError};
pub use gallery::{Gallery, Hit, Path};
pub use guidance::{FrameAssessment, Guidance};
pub use models::{FoldError, InferenceError, ModelError, Models, NetworkName, fold_weights};
pub use portrait::Portrait;
pub use pose::Pose;
pub use quality::Quality;
pub use thresholds::*;
