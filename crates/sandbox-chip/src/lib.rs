//! The sandbox's identity cards: emulated chips ([`SandboxChip`]), and the country that signs them
//! ([`SandboxCountry`]).
//!
//! They speak as a real card does, with real keys and real signatures, so that a reading is tried on
//! everything but the radio; and they can be made with a [`Fault`], each of which a reading has to find.
//! Nothing that verifies depends on this crate: `journeys/tests/crate_edges.rs` sees to it. What the
//! country signs is of `UTO`, Utopia, the state of Doc 9303's specimens, which no register issues for.

mod access;
mod card;
mod certificate;
mod country;
mod fault;
mod person;
mod security_object;
mod session;
mod sign;

/// Issuing with a will of one's own: certificates, lists and objects as no country makes them.
pub mod issuing {
    pub use crate::certificate::{Request, Usage, extension, issue, name, revoke, with_sha1};
    pub use crate::country::DocumentSigner;
    pub use crate::security_object::{sign as sign_object, sign_content, signed_data};
    pub use crate::sign::KeyPair;
}

pub use card::{Abilities, SandboxChip};
pub use country::SandboxCountry;
pub use fault::Fault;
pub use person::SandboxPerson;
