//! Fingerprints: a picture of a finger becomes a set of minutiae, and two sets are compared.
//!
//! The method is the one that R. Važan describes in the documentation of SourceAFIS
//! (sourceafis.machinezoo.com/algorithm), with the ridge orientation found by the gradients' structure
//! tensor and the ridges thinned after Z. Guo and R. W. Hall, "Parallel thinning with two-subiteration
//! algorithms" (CACM 32(3), 1989). Figures that are not explained are the ones published there.
//!
//! Everything works in pixels at 500 dots an inch; angles are turns of 256 to the circle.

mod angle;
mod binarize;
mod blocks;
mod bytes;
mod contrast;
mod decode;
mod edges;
mod equalize;
mod extract;
mod flow;
mod grid;
mod impression;
mod matcher;
mod minutia;
mod orientation;
mod pairing;
mod position;
mod quality;
mod record;
mod reference;
mod score;
mod shapes;
mod skeleton;
mod thin;
mod trim;

#[cfg(test)]
mod drawn;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod textures;

pub use bytes::TemplateError;
pub use impression::{Impression, ImpressionError};
pub use matcher::{Probe, Score};
pub use minutia::{FingerTemplate, Minutia, MinutiaKind};
pub use position::{FingerPosition, UnknownFinger};
pub use quality::{ImpressionQuality, ImpressionRefusal};
pub use record::{FingerRecord, FingerView, RecordError};
pub use reference::{
    FingerLikeness, FingerReference, FingersComparison, FingersError, LEAST_FINGERS,
    MOST_IMPRESSIONS, PresentedFingers,
};
pub(crate) use reference::{best_of, is_one_finger};
