//! The verifier's tables: desks that are signed in, and what they asked.

mod desks;
mod requests;

pub use requests::RequestRow;
