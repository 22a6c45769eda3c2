//! The folding of quantised ONNX models: whatever the shapes and sizes in a model claim, it is folded
//! or refused; what comes out is a model again.

use tanda_biometrics::{FoldError, fold_weights};

/// A graph of a few nodes with a few numbers.
pub const MAX_LEN: usize = 768;

/// Takes a model.
pub fn run(data: &[u8]) -> Option<()> {
    let folded = fold_weights(data).ok()?;
    let again = fold_weights(&folded);
    assert!(!matches!(again, Err(FoldError::NotOnnx(_) | FoldError::NoGraph)));
    Some(())
}
