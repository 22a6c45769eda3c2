//! What chips and their issuers compute with.

mod brainpool_p512;
mod cipher;
mod curve;
mod hash;
mod public_key;
mod rsa;
mod signature;

pub use cipher::{Cipher, Key, KeyUse};
pub use curve::{Curve, Secret};
pub use hash::Hash;
pub use public_key::{PublicKey, PublicKeyError};
pub use rsa::RsaKey;
pub use signature::SignatureScheme;
