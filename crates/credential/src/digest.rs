//! SHA-256, the only digest that Tanda's tokens use.

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes.as_ref()).as_ref());
    out
}
