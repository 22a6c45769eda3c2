//! Register files that officers bring to the console, piece by piece. They are in memory until
//! they are complete and checked; what is good is staged then, sealed, and can be proposed. An
//! upload that is cut off leaves nothing.

mod checking;
mod registry;

pub(crate) use registry::Uploads;
pub use registry::{MOST_FILE, MOST_PICTURES, NewUpload, UploadError, UploadStage, UploadView};

#[cfg(test)]
mod tests;
