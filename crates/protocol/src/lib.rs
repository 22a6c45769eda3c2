//! OpenID4VCI, OpenID4VP and OAuth messages: one definition for all sides. No I/O.

mod claims;
pub mod oauth;
pub mod vci;

#[cfg(test)]
mod testing;
