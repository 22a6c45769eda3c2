//! Type metadata documents: the same when written and read again; a document matches its own hash
//! and no other.

use tanda_credential::sd_jwt_vc::{TypeMetadata, integrity, matches_integrity};

use crate::fixture::document;

/// A type with a few claims.
pub const MAX_LEN: usize = 768;

/// Takes a document.
pub fn run(data: &[u8]) -> Option<()> {
    document::<TypeMetadata>(data)?;
    let hash = integrity(data);
    assert!(matches_integrity(data, &hash));
    assert!(matches_integrity(data, &format!("sha384-x {hash}")));
    assert!(!matches_integrity(&data[1..], &hash));
    Some(())
}
