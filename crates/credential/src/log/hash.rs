//! Leaf, node and tree hashes (RFC 6962 section 2.1).

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::b64;

/// A SHA-256 hash in a log's tree. As text it is standard base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

/// The text or the bytes are no hash.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("not a SHA-256 hash")]
pub struct NotAHash;

impl Hash {
    /// How many bytes a hash has.
    pub const BYTES: usize = 32;

    /// The hash of an entry: of a zero byte and its bytes.
    pub fn of_leaf(entry: &[u8]) -> Self {
        Self::digest(&[&[0], entry])
    }

    /// The hash above two subtrees: of a byte of one and their hashes.
    pub fn of_node(left: &Self, right: &Self) -> Self {
        Self::digest(&[&[1], &left.0, &right.0])
    }

    /// The root of the tree that has no entry: the hash of nothing.
    pub fn of_nothing() -> Self {
        Self::digest(&[])
    }

    /// The hash of these bytes, which somebody else has computed.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn digest(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(part);
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = NotAHash;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAHash> {
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        Self::try_from(b64::decode_standard(text).map_err(|_| NotAHash)?.as_slice())
    }
}

impl TryFrom<String> for Hash {
    type Error = NotAHash;

    fn try_from(text: String) -> Result<Self, NotAHash> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64::encode_standard(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}
