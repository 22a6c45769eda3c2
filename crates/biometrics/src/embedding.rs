//! What is compared of a face: 128 numbers (SFace: Zhong et al., 2021), as floats and as bytes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::align::{self, align};
use crate::detect::Face;
use crate::frame::Frame;
use crate::models::{InferenceError, Models};
use crate::warp::planar;

/// A face as a point on the unit sphere. Biometric data: wiped when dropped, never printed.
#[derive(Clone, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Embedding([f32; Embedding::DIMENSIONS]);

impl Embedding {
    /// How many numbers an embedding has.
    pub const DIMENSIONS: usize = 128;
    /// Length of [`Embedding::to_bytes`].
    pub const BYTES: usize = 4 * Self::DIMENSIONS;

    /// Normalises `values` to length one.
    ///
    /// # Errors
    /// [`EmbeddingError`], when they are not 128 finite numbers or all zero.
    pub fn new(values: &[f32]) -> Result<Self, EmbeddingError> {
        let values: [f32; Self::DIMENSIONS] = values.try_into().map_err(|_| EmbeddingError)?;
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        if !length.is_finite() || length <= f32::MIN_POSITIVE {
            return Err(EmbeddingError);
        }
        Ok(Self(values.map(|value| value / length)))
    }

    /// How alike two faces are: the cosine of the angle between them, -1 to 1.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// The mean of several captures of one person: steadier than any of them.
    ///
    /// # Errors
    /// [`EmbeddingError`], when there is none or they cancel out.
    pub fn fuse<'a>(captures: impl IntoIterator<Item = &'a Self>) -> Result<Self, EmbeddingError> {
        let mut sum = [0.0; Self::DIMENSIONS];
        for capture in captures {
            for (total, value) in sum.iter_mut().zip(&capture.0) {
                *total += value;
            }
        }
        let fused = Self::new(&sum);
        sum.zeroize();
        fused
    }

    /// 512 bytes: the numbers in order, little-endian IEEE 754.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        for (target, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(&self.0) {
            *target = value.to_le_bytes();
        }
        bytes
    }

    /// Reads [`Embedding::to_bytes`].
    ///
    /// # Errors
    /// [`EmbeddingError`], when `bytes` is no embedding.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EmbeddingError> {
        let (chunks, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(EmbeddingError);
        }
        let mut values: Vec<f32> = chunks.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect();
        let embedding = Self::new(&values);
        values.zeroize();
        embedding
    }

    /// The form that 1:N search compares: a quarter of the size.
    #[must_use]
    pub fn quantise(&self) -> QuantisedEmbedding {
        QuantisedEmbedding(self.0.map(quantised))
    }
}

impl std::fmt::Debug for Embedding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedding(hidden)")
    }
}

impl Serialize for Embedding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for Embedding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode(&text).map_err(|_| serde::de::Error::custom(EmbeddingError))?;
        Self::from_bytes(&bytes).map_err(serde::de::Error::custom)
    }
}

/// An [`Embedding`] with each number rounded to a byte. Biometric data all the same.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct QuantisedEmbedding([i8; Embedding::DIMENSIONS]);

impl QuantisedEmbedding {
    /// What 1.0 is multiplied by. Numbers of a unit vector of 128 dimensions are small: the largest
    /// in 1,583 photographs is 0.46. With this scale 0.5 becomes 127, and similarities are within
    /// 0.01 of the exact ones.
    pub(crate) const SCALE: f32 = 254.0;

    /// The numbers, each between -127 and 127.
    #[must_use]
    pub fn values(&self) -> &[i8; Embedding::DIMENSIONS] {
        &self.0
    }

    /// Takes the numbers as stored.
    #[must_use]
    pub fn from_values(values: [i8; Embedding::DIMENSIONS]) -> Self {
        Self(values.map(|value| value.max(-127)))
    }
}

impl std::fmt::Debug for QuantisedEmbedding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QuantisedEmbedding(hidden)")
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of a byte")]
fn quantised(value: f32) -> i8 {
    (value * QuantisedEmbedding::SCALE).round().clamp(-127.0, 127.0) as i8
}

/// Not an embedding: not 128 finite numbers, or all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a face template")]
pub struct EmbeddingError;

impl Models {
    /// The embedding of one face of a frame.
    ///
    /// # Errors
    /// [`InferenceError`], when the model cannot be run.
    pub fn embed(&self, frame: &Frame, face: &Face) -> Result<Embedding, InferenceError> {
        let aligned = align(frame, face);
        let plane = |channel: usize| move |pixel: &[f32; 3]| pixel[channel];
        let input = planar(&aligned, align::SIDE, align::SIDE, &[plane(0), plane(1), plane(2)]);
        let mut outputs = self.embedder.run(input)?;
        let mut values = outputs.pop().unwrap_or_default();
        let embedding = Embedding::new(&values).map_err(InferenceError::unusable);
        values.zeroize();
        embedding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_nothing_else_does() {
        let values: Vec<f32> = (0..128_u8).map(|index| f32::from(index) - 50.0).collect();
        let embedding = Embedding::new(&values).unwrap();
        let bytes = embedding.to_bytes();
        assert!(Embedding::from_bytes(&bytes).unwrap().similarity(&embedding) > 0.999_999);
        assert_eq!(Embedding::from_bytes(&bytes[1..]), Err(EmbeddingError));
        assert_eq!(Embedding::from_bytes(&[0; Embedding::BYTES]), Err(EmbeddingError));
        assert_eq!(Embedding::from_bytes(&[0xff; Embedding::BYTES]), Err(EmbeddingError));
        assert_eq!(Embedding::from_bytes(&[]), Err(EmbeddingError));
    }

    #[test]
    fn no_value_is_printed() {
        let embedding = Embedding::new(&[1.0; Embedding::DIMENSIONS]).unwrap();
        assert_eq!(
            format!("{embedding:?} {:?}", embedding.quantise()),
            "Embedding(hidden) QuantisedEmbedding(hidden)"
        );
    }
}
