//! Selective disclosure for JSON Web Tokens (RFC 9901).
//!
//! An issuer builds an [`SdObject`] and issues it; a holder keeps it as a [`HeldSdJwt`] and shows
//! parts of it; a verifier parses an [`SdJwt`] and processes it into claims. SHA-256 is the only
//! digest, ES256 the only signature.

mod claims;
mod disclosure;
mod held;
mod key_binding;
mod parse;
mod path;
mod process;
mod seal;

pub use claims::{Disclosability, SdArray, SdObject};
pub use held::{HeldSdJwt, Presentation};
pub use key_binding::{BoundAt, ExpectedBinding, KeyBinding, KeyBindingError};
pub use parse::{MAX_DISCLOSURES, SdJwt, issue};
pub use path::{ClaimPath, PathStep};
pub(crate) use seal::{Sealing, write_json_string};

use thiserror::Error;

use crate::jose::{JwsError, SignError};

/// Why an SD-JWT is refused, or cannot be made.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum SdJwtError {
    /// Not `<jwt>~<disclosure>~…~[<kb-jwt>]`, too long, or with too many disclosures.
    #[error("the SD-JWT is malformed")]
    Malformed,
    /// The issuer's token is refused.
    #[error("the issuer-signed token: {0}")]
    Issuer(JwsError),
    /// `_sd_alg` names another digest than SHA-256.
    #[error("the SD-JWT uses a digest that is not supported")]
    DigestAlgorithm,
    /// A disclosure is no canonical base64url of a strict JSON array of two or three elements.
    #[error("a disclosure is malformed")]
    Disclosure,
    /// `_sd` or `...` does not hold what RFC 9901 section 4.2.4 allows.
    #[error("the SD-JWT's digests are malformed")]
    Digests,
    /// A digest, and with it a disclosure, occurs twice.
    #[error("a digest occurs more than once")]
    DuplicateDigest,
    /// A disclosure that no digest refers to.
    #[error("a disclosure is not referenced")]
    Unreferenced,
    /// A disclosed name is already there, beside it.
    #[error("a disclosed claim collides with another")]
    Collision,
    /// A name that is reserved: `_sd`, `_sd_alg` or `...`.
    #[error("a claim has a reserved name")]
    ReservedName,
    /// An array element's disclosure where a member is expected, or the reverse.
    #[error("a disclosure is of the wrong kind for its place")]
    WrongKind,
    /// The claims do not contain what a path selects.
    #[error("there is no such claim")]
    NoSuchClaim,
    /// Signing failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}
