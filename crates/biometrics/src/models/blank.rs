//! One network alone, on a blank picture: what inference costs with nothing around it.

use rten_tensor::NdTensor;

use super::{InferenceError, Models};

/// A network by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkName {
    /// Finds faces; sides are multiples of 32 pixels.
    Detector,
    /// Makes embeddings of 112 × 112 pixels.
    Embedder,
    /// Tells prints from live faces, 128 × 128 pixels.
    Pad,
    /// Finds 68 landmarks in 64 × 64 pixels of grey.
    Landmarks,
    /// Tells an open from a closed eye in 24 × 24 pixels of grey.
    Eye,
    /// Tells where a head is turned, 224 × 224 pixels.
    Pose,
}

impl Models {
    /// Runs one network on a grey picture of `width` × `height` pixels and forgets the answer: the
    /// floor that the benchmark measures the face side against.
    ///
    /// # Errors
    /// [`InferenceError`], when the network does not take pictures of that size.
    pub fn run_blank(
        &self,
        network: NetworkName,
        width: usize,
        height: usize,
    ) -> Result<(), InferenceError> {
        let (network, channels) = match network {
            NetworkName::Detector => (&self.detector, 3),
            NetworkName::Embedder => (&self.embedder, 3),
            NetworkName::Pad => (&self.pad, 3),
            NetworkName::Landmarks => (&self.landmarks, 1),
            NetworkName::Eye => (&self.eye, 1),
            NetworkName::Pose => (&self.pose, 3),
        };
        network.run(NdTensor::full([1, channels, height, width], 0.5)).map(drop)
    }
}
