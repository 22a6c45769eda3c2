//! Emulated identity cards of the sandbox city's residents: who signs them, whose they are, and how they
//! lie on a virtual reader.

mod country;
mod person;
mod reader;
mod vpcd;

pub use country::{CountryError, country};
pub use person::{ACCESS_NUMBER, PersonError, fingers, person};
pub use reader::{SANDBOX_READER, reader_key};
pub use vpcd::VirtualReader;
