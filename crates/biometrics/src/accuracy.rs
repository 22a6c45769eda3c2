//! How accurate matching is, measured on a folder of photographs or of fingerprints.

mod det_svg;
mod faces;
mod finger_files;
mod finger_report;
mod fingers;
mod rates;
mod report;
mod two_fingers;

pub use faces::{AccuracyError, measure_faces};
pub use finger_files::Unreadable;
pub use finger_report::{FingerReport, FingerSet};
pub use fingers::{FingerMatcher, Tanda, measure_fingers};
pub use rates::{OperatingPoint, Rates};
pub use report::AccuracyReport;
pub use two_fingers::{Tries, TwoFingers};
