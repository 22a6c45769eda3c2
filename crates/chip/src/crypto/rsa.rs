//! RSA by its public half: signatures of issuers, and the bare operation for active authentication.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaPublicKeyComponents,
};
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};

use super::hash::Hash;
use crate::tlv::{self, Reader};

const MAX_MODULUS: usize = 1024;
const MAX_EXPONENT: usize = 8;

/// A public key (RFC 8017 section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaKey {
    /// From PKCS #1: odd, of 1,024 to 8,192 bits, with an exponent of at most eight bytes.
    pub fn from_pkcs1(der: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(tlv::only(der, 0x30).ok()?);
        let [modulus, exponent] = [natural(&mut reader)?, natural(&mut reader)?];
        reader.finish().ok()?;
        Self::new(modulus, exponent)
    }

    /// From big-endian numbers without leading zeros.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        let fits = (128..=MAX_MODULUS).contains(&modulus.len()) && exponent.len() <= MAX_EXPONENT;
        let holds = fits && odd(modulus) && odd(exponent) && exponent != [1];
        holds.then(|| Self { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
    }

    /// The bytes of the modulus, and of every signature.
    pub const fn size(&self) -> usize {
        self.modulus.len()
    }

    /// What was put under the private key (RSAVP1, RFC 8017 section 5.2.2), as many bytes as the modulus
    /// has. `None` for what is no number below the modulus.
    pub fn open(&self, signature: &[u8]) -> Option<Vec<u8>> {
        if signature.len() != self.size() || signature >= self.modulus.as_slice() {
            return None;
        }
        let modulus =
            Option::<Odd<_>>::from(Odd::new(BoxedUint::from_be_slice_vartime(&self.modulus)))?;
        let params = BoxedMontyParams::new_vartime(modulus);
        let base = BoxedUint::from_be_slice(signature, params.bits_precision()).ok()?;
        let exponent = BoxedUint::from_be_slice_vartime(&self.exponent);
        let opened = BoxedMontyForm::new(base, &params).pow(&exponent).retrieve().to_be_bytes();
        let start = opened.len().checked_sub(self.size())?;
        Some(opened.get(start..)?.to_vec())
    }

    /// Whether `signature` is of `message`, after PKCS #1 v1.5. At least 2,048 bits, no SHA-1.
    pub(super) fn verify_pkcs1(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        self.verify(
            message,
            signature,
            match hash {
                Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
                Hash::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
                Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
                Hash::Sha1 | Hash::Sha224 => return false,
            },
        )
    }

    /// Whether `signature` is of `message`, after PSS with a salt as long as the hash.
    pub(super) fn verify_pss(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        self.verify(
            message,
            signature,
            match hash {
                Hash::Sha256 => &RSA_PSS_2048_8192_SHA256,
                Hash::Sha384 => &RSA_PSS_2048_8192_SHA384,
                Hash::Sha512 => &RSA_PSS_2048_8192_SHA512,
                Hash::Sha1 | Hash::Sha224 => return false,
            },
        )
    }

    fn verify(
        &self,
        message: &[u8],
        signature: &[u8],
        parameters: &aws_lc_rs::signature::RsaParameters,
    ) -> bool {
        let key = RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent };
        key.verify(parameters, message, signature).is_ok()
    }
}

/// A positive DER integer, without the zero that keeps it from being negative.
pub(super) fn natural<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    match reader.expect(0x02).ok()? {
        [0, digits @ ..] if digits.first().is_some_and(|digit| *digit >= 0x80) => Some(digits),
        digits @ [1..0x80, ..] => Some(digits),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What would make every signature hold, or takes ages, is no key.
    #[test]
    fn a_key_is_odd_and_of_a_size() {
        let modulus = [&[0xc1], &[7; 127][..]].concat();
        let exponent = [1, 0, 1];
        let key = RsaKey::new(&modulus, &exponent).unwrap();
        assert_eq!(key.size(), 128);
        let mut even = modulus.clone();
        even[127] = 6;
        for (modulus, exponent) in [
            (&modulus[..127], &exponent[..]),
            (&vec![0xff; MAX_MODULUS + 1], &exponent),
            (&even, &exponent),
            (&modulus, &[1]),
            (&modulus, &[1, 0, 0]),
            (&modulus, &[3; MAX_EXPONENT + 1]),
        ] {
            assert!(RsaKey::new(modulus, exponent).is_none(), "{modulus:x?} {exponent:x?}");
        }
        // A signature is as long as the modulus, and below it.
        assert!(key.open(&[1; 128]).is_some());
        assert!(key.open(&[1; 127]).is_none() && key.open(&[1; 129]).is_none());
        assert!(key.open(&modulus).is_none() && key.open(&[0xff; 128]).is_none());
    }
}
