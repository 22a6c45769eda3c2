//! The verifier's tables: desks and who is at them, what they asked, and what is kept of it.

mod desks;
mod orders;
mod records;
mod requests;
mod staff;

pub use desks::ShiftRow;
pub use records::{ExportRow, RecordRow};
pub use requests::RequestRow;
pub use staff::StaffRow;
