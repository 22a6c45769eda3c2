//! ECDSA with the curves that the sandbox's country signs with.

use ecdsa::EcdsaCurve;
use primeorder::PrimeCurveParams;
use primeorder::elliptic_curve::{FieldBytes, Generate, NonZeroScalar, PrimeField};
use rand::CryptoRng;
use tanda_chip::crypto::{Curve, Hash, Secret};
use tanda_chip::tlv::tlv;

/// A key pair of an elliptic curve.
#[derive(Clone, Debug)]
pub struct KeyPair {
    pub(crate) curve: Curve,
    pub(crate) secret: Secret,
    pub(crate) point: Vec<u8>,
}

impl KeyPair {
    /// A fresh one.
    pub fn draw(curve: Curve, rng: &mut impl CryptoRng) -> Self {
        let secret = curve.draw(rng);
        let point = curve.multiply(&secret, &curve.generator()).unwrap_or_default();
        Self { curve, secret, point }
    }

    /// The public key as certificates and data groups carry it.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let algorithm = [
            // id-ecPublicKey
            tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]),
            tlv(0x06, self.curve.oid().as_bytes()),
        ];
        let key = [&[0], self.point.as_slice()].concat();
        tlv(0x30, &[tlv(0x30, &algorithm.concat()), tlv(0x03, &key)].concat())
    }

    /// A signature with SHA-256: both numbers one after the other.
    pub(crate) fn sign_plain(&self, message: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let digest = Hash::Sha256.digest(message);
        let numbers = match self.curve {
            Curve::BrainpoolP256r1 => sign::<bp256::BrainpoolP256r1>(&self.secret, &digest, rng),
            _ => sign::<p256::NistP256>(&self.secret, &digest, rng),
        };
        numbers.unwrap_or_default().concat()
    }

    /// A signature with SHA-256, in DER.
    pub(crate) fn sign(&self, message: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let plain = self.sign_plain(message, rng);
        let (r, s) = plain.split_at(plain.len() / 2);
        tlv(0x30, &[natural(r), natural(s)].concat())
    }
}

/// A positive integer in DER.
pub(crate) fn natural(bytes: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = bytes.iter().copied().skip_while(|digit| *digit == 0).collect();
    if digits.first().is_none_or(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    tlv(0x02, &digits)
}

fn sign<C>(secret: &Secret, digest: &[u8], rng: &mut impl CryptoRng) -> Option<[Vec<u8>; 2]>
where
    C: PrimeCurveParams + EcdsaCurve,
{
    let repr = FieldBytes::<C>::try_from(secret.as_bytes()).ok()?;
    let secret = Option::<C::Scalar>::from(C::Scalar::from_repr(repr))?;
    let secret = Option::<NonZeroScalar<C>>::from(NonZeroScalar::new(secret))?;
    let ephemeral = NonZeroScalar::<C>::generate_from_rng(rng);
    let (signature, _) = ecdsa::hazmat::sign_prehashed::<C>(&secret, &ephemeral, digest).ok()?;
    let (r, s) = signature.split_bytes();
    Some([r.to_vec(), s.to_vec()])
}
