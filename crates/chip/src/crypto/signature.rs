//! How an issuer signed: an AlgorithmIdentifier (Doc 9303-12 section 4.4, RFC 4055, RFC 5758).

use der::asn1::ObjectIdentifier;

use super::hash::Hash;
use crate::tlv::{self, Reader};

const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureScheme {
    /// RSA after PKCS #1 v1.5.
    RsaPkcs1(Hash),
    /// RSA-PSS, one hash throughout and a salt of its length.
    RsaPss(Hash),
    /// ECDSA.
    Ecdsa(Hash),
}

impl SignatureScheme {
    /// From an AlgorithmIdentifier in DER. `digest` is the hash that stands beside it, for the
    /// identifiers that leave it open (as `rsaEncryption` does in CMS, RFC 5652 section 10.1.2).
    pub fn from_der(der: &[u8], digest: Option<Hash>) -> Option<Self> {
        let mut reader = Reader::new(tlv::only(der, 0x30).ok()?);
        let oid = reader.expect(0x06).ok()?;
        match oid {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, arc] => {
                if *arc == 10 {
                    return pss(reader.element().ok()?.content).map(Self::RsaPss);
                }
                Some(Self::RsaPkcs1(match arc {
                    1 => digest?,
                    11 => Hash::Sha256,
                    12 => Hash::Sha384,
                    13 => Hash::Sha512,
                    14 => Hash::Sha224,
                    _ => return None,
                }))
            }
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, arc] => Some(Self::Ecdsa(match arc {
                1 => Hash::Sha224,
                2 => Hash::Sha256,
                3 => Hash::Sha384,
                4 => Hash::Sha512,
                _ => return None,
            })),
            // Plain `id-ecPublicKey`, which some signers write into SignerInfo.
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => digest.map(Self::Ecdsa),
            _ => None,
        }
    }

    /// The hash within.
    pub const fn hash(self) -> Hash {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) | Self::Ecdsa(hash) => hash,
        }
    }
}

/// RSASSA-PSS-params (RFC 4055 section 3.1): hash, MGF1 with the same hash, a salt as long as it. What
/// is left out stands for SHA-1, which is not taken.
fn pss(content: &[u8]) -> Option<Hash> {
    let mut reader = Reader::new(content);
    let hash_of = |der: &[u8]| {
        let oid = Reader::new(tlv::only(der, 0x30).ok()?).expect(0x06).ok()?;
        Hash::of_oid(ObjectIdentifier::from_bytes(oid).ok()?)
    };
    let hash = hash_of(reader.expect(0xa0).ok()?)?;
    let mut mask = Reader::new(tlv::only(reader.expect(0xa1).ok()?, 0x30).ok()?);
    let generator = ObjectIdentifier::from_bytes(mask.expect(0x06).ok()?).ok()?;
    let same = generator == MGF1 && hash_of(mask.element().ok()?.whole)? == hash;
    let salt = tlv::only(reader.expect(0xa2).ok()?, 0x02).ok()?;
    let whole_salt =
        salt.len() == 1 && salt.first().map(|byte| usize::from(*byte)) == Some(hash.size());
    (same && whole_salt).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlv::tlv;

    const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
    const MGF1_BYTES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];

    fn pss_of(hash: &[u8], generator: &[u8], inner: &[u8], salt: u8) -> Option<SignatureScheme> {
        let identifier = |oid| tlv(0x30, &tlv(0x06, oid));
        let mask = tlv(0x30, &[tlv(0x06, generator), identifier(inner)].concat());
        let parameters =
            [tlv(0xa0, &identifier(hash)), tlv(0xa1, &mask), tlv(0xa2, &tlv(0x02, &[salt]))];
        let pss = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
        let fields = [tlv(0x06, &pss), tlv(0x30, &parameters.concat())];
        SignatureScheme::from_der(&tlv(0x30, &fields.concat()), None)
    }

    /// What is verified is verified with these parameters alone.
    #[test]
    fn pss_has_one_hash_and_a_salt_of_its_length() {
        let good = Some(SignatureScheme::RsaPss(Hash::Sha256));
        assert_eq!(pss_of(SHA256, MGF1_BYTES, SHA256, 32), good);
        assert_eq!(pss_of(SHA256, MGF1_BYTES, SHA512, 32), None);
        assert_eq!(pss_of(SHA256, SHA512, SHA256, 32), None);
        assert_eq!(pss_of(SHA256, MGF1_BYTES, SHA256, 20), None);
    }
}
