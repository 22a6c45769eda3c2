//! Public keys as certificates and data groups carry them (SubjectPublicKeyInfo, RFC 5280 section 4.1).

use der::asn1::ObjectIdentifier;
use thiserror::Error;

use super::curve::Curve;
use super::hash::Hash;
use super::rsa::{RsaKey, natural};
use super::signature::SignatureScheme;
use crate::tlv::{self, Reader, TlvError};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// Why a public key is not taken.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum PublicKeyError {
    /// Not DER.
    #[error("a public key is malformed")]
    Malformed,
    /// An algorithm or a curve that is not known here, or parameters that are no standard curve's.
    #[error("a public key is of an unknown kind")]
    Unknown,
    /// A point that isn't on its curve, an impossible modulus.
    #[error("a public key is impossible")]
    Impossible,
}

impl From<TlvError> for PublicKeyError {
    fn from(_: TlvError) -> Self {
        Self::Malformed
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// A point on a curve.
    Ec {
        /// The curve.
        curve: Curve,
        /// The point, uncompressed, known to be on the curve.
        point: Vec<u8>,
    },
    /// An RSA key.
    Rsa(RsaKey),
}

impl PublicKey {
    /// From a SubjectPublicKeyInfo in DER. The domain parameters of a curve are named or, as
    /// Doc 9303-12 section 4.1.6.3 has it, spelled out; what is spelled out must be a known curve's, the
    /// generator too: whoever chooses a generator can forge.
    ///
    /// # Errors
    /// [`PublicKeyError`].
    pub fn from_spki(der: &[u8]) -> Result<Self, PublicKeyError> {
        let mut reader = Reader::new(tlv::only(der, 0x30)?);
        let mut algorithm = Reader::new(reader.expect(0x30)?);
        let key = match reader.expect(0x03)? {
            [0, key @ ..] => key,
            _ => return Err(PublicKeyError::Malformed),
        };
        reader.finish()?;
        match oid(algorithm.expect(0x06)?)? {
            EC_PUBLIC_KEY => {
                let parameters = algorithm.element()?;
                algorithm.finish()?;
                let curve = match parameters.tag {
                    0x06 => Curve::of_oid(oid(parameters.content)?),
                    0x30 => spelled_out(parameters.content)?,
                    _ => None,
                };
                let curve = curve.ok_or(PublicKeyError::Unknown)?;
                let point = curve.contains(key).then(|| key.to_vec());
                Ok(Self::Ec { curve, point: point.ok_or(PublicKeyError::Impossible)? })
            }
            RSA_ENCRYPTION | RSA_PSS => {
                RsaKey::from_pkcs1(key).map(Self::Rsa).ok_or(PublicKeyError::Impossible)
            }
            _ => Err(PublicKeyError::Unknown),
        }
    }

    /// Whether `signature` is this key's signature of `message` after `scheme`.
    pub fn verifies(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        match (self, scheme) {
            (Self::Ec { curve, point }, SignatureScheme::Ecdsa(hash)) => {
                let Some([r, s]) = fixed(signature, curve.field_len()) else { return false };
                hash.resists_collisions() && curve.verify(point, &hash.digest(message), &r, &s)
            }
            (Self::Rsa(key), SignatureScheme::RsaPkcs1(hash)) => {
                key.verify_pkcs1(hash, message, signature)
            }
            (Self::Rsa(key), SignatureScheme::RsaPss(hash)) => {
                key.verify_pss(hash, message, signature)
            }
            _ => false,
        }
    }
    /// Whether `signature`, plain (BSI TR-03111 section 5.2.1: both numbers one after the other), is this
    /// key's of `message`. Any hash: a chip that signs challenges chooses nothing of them.
    pub fn verifies_plain(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        let Self::Ec { curve, point } = self else { return false };
        let Some((r, s)) = signature.split_at_checked(curve.field_len()) else { return false };
        curve.verify(point, &hash.digest(message), r, s)
    }
}

fn oid(content: &[u8]) -> Result<ObjectIdentifier, PublicKeyError> {
    ObjectIdentifier::from_bytes(content).map_err(|_| PublicKeyError::Malformed)
}

/// The curve whose parameters are spelled out (RFC 3279 section 2.3.5), if it is a known one.
fn spelled_out(content: &[u8]) -> Result<Option<Curve>, PublicKeyError> {
    let mut reader = Reader::new(content);
    if reader.expect(0x02)? != [1] {
        return Ok(None);
    }
    let mut field = Reader::new(reader.expect(0x30)?);
    if oid(field.expect(0x06)?)? != PRIME_FIELD {
        return Ok(None);
    }
    let prime = natural(&mut field).ok_or(PublicKeyError::Malformed)?;
    let mut equation = Reader::new(reader.expect(0x30)?);
    let [a, b] = [equation.expect(0x04)?, equation.expect(0x04)?];
    let generator = reader.expect(0x04)?;
    let order = natural(&mut reader).ok_or(PublicKeyError::Malformed)?;
    // What may follow is a cofactor, which is 1 for all of them.
    if reader.optional(0x02)?.is_some_and(|cofactor| cofactor != [1]) {
        return Ok(None);
    }
    let same = |curve: &Curve| {
        curve.generator() == generator
            && curve
                .parameters()
                .iter()
                .zip([prime, a, b, order])
                .all(|(known, given)| stripped(known) == stripped(given))
    };
    Ok(Curve::ALL.into_iter().find(same))
}

fn stripped(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|digit| **digit == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// The two numbers of an ECDSA signature in DER (RFC 3279 section 2.2.3), each `length` bytes long.
fn fixed(signature: &[u8], length: usize) -> Option<[Vec<u8>; 2]> {
    let mut reader = Reader::new(tlv::only(signature, 0x30).ok()?);
    let numbers = [natural(&mut reader)?, natural(&mut reader)?];
    reader.finish().ok()?;
    let [r, s] = numbers.map(|number| {
        let zeros = length.checked_sub(number.len())?;
        Some([&vec![0; zeros], number].concat())
    });
    Some([r?, s?])
}
