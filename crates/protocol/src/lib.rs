//! OpenID4VCI, OpenID4VP and OAuth messages: one definition for all sides. No I/O.

pub mod attested_reading;
mod claims;
pub mod oauth;
pub mod receipt;
pub mod registration;
pub mod vci;
pub mod vp;

#[cfg(test)]
mod testing;
