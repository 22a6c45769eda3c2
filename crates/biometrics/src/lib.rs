//! Images in, scores out: face matching, presentation-attack detection, 1:N search.
//!
//! Nothing here reads a clock, draws randomness of its own, or touches disk or network; the one
//! exception is [`Models::load`], which reads the model files from a folder.

mod align;
mod detect;
mod embedding;
mod frame;
mod models;
mod warp;

pub use detect::{DetectError, Face, Point};
pub use embedding::{Embedding, EmbeddingError, QuantisedEmbedding};
pub use frame::{Frame, ImageError};
pub use models::{FoldError, InferenceError, ModelError, Models};
