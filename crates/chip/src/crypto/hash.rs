//! The hashes that chips and their issuers use (Doc 9303-11 section 9.7, Doc 9303-12 section 4.4).

use aws_lc_rs::digest;
use der::asn1::ObjectIdentifier;

/// A hash function.
///
/// SHA-1 stays for deriving keys and for the active authentication of older chips, where nobody gains by
/// a collision. Nothing that an issuer signs is believed with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// By the identifier of the hash function itself.
    pub fn of_oid(oid: ObjectIdentifier) -> Option<Self> {
        Some(match oid.as_bytes() {
            [0x2b, 0x0e, 0x03, 0x02, 0x1a] => Self::Sha1,
            [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc] => match arc {
                1 => Self::Sha256,
                2 => Self::Sha384,
                3 => Self::Sha512,
                4 => Self::Sha224,
                _ => return None,
            },
            _ => return None,
        })
    }

    /// The digest of `bytes`.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    /// How many bytes a digest has.
    pub const fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Whether an issuer's signature may rest on it: nobody can make two documents with one hash.
    pub const fn resists_collisions(self) -> bool {
        !matches!(self, Self::Sha1)
    }
}
