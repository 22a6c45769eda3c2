use tanda_biometrics::{DetectError, EmbeddingError, ImageError, InferenceError, ModelError};
use tanda_storage::StorageError;

use crate::register::RegisterError;
use crate::sealing::SealError;

/// What went wrong inside: nothing that the person outside did, and nothing that they are told.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The face models cannot be loaded.
    #[error(transparent)]
    Models(#[from] ModelError),
    /// A face model failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// A template cannot be used.
    #[error(transparent)]
    Template(#[from] EmbeddingError),
    /// The register's portrait cannot be decoded or encoded.
    #[error("the register's portrait cannot be used: {0}")]
    Portrait(#[from] ImageError),
    /// The register's portrait has no single face.
    #[error("the register's portrait has no single face: {0}")]
    PortraitFace(#[from] DetectError),
    /// Sealed data cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The register failed.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Something could not be signed.
    #[error("something could not be signed: {0}")]
    Sign(&'static str),
    /// Stored data contradicts itself.
    #[error("stored data contradicts itself: {0}")]
    Contradiction(&'static str),
    /// The log of acts is not what it was when it was last signed.
    #[error("the log cannot be signed: {0}; run `tanda log verify`")]
    Log(&'static str),
    /// A piece of work was cut off.
    #[error("a piece of work was cut off")]
    Worker,
}
