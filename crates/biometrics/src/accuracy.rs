//! How accurate face matching is, measured on a folder of photographs.

mod det_svg;
mod faces;
mod rates;
mod report;

pub use faces::{AccuracyError, measure_faces};
pub use rates::{OperatingPoint, Rates};
pub use report::AccuracyReport;
