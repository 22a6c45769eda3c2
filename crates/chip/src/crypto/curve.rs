//! Elliptic curves by what chips do with them: agree on a secret, map a nonce to a generator, verify.
//!
//! Points are uncompressed (SEC 1 section 2.3.3, Doc 9303-11 section 9.4.4) and checked to lie on the
//! curve whenever they come in; every curve here has prime order, so that this is all there is to check.

use der::asn1::ObjectIdentifier;
use ecdsa::EcdsaCurve;
use primeorder::elliptic_curve::ops::Reduce;
use primeorder::elliptic_curve::sec1::{FromSec1Point, Sec1Point, ToSec1Point};
use primeorder::elliptic_curve::{Field, FieldBytes, Generate, Group, NonZeroScalar, PrimeField};
use primeorder::{AffinePoint, PrimeCurveParams, ProjectivePoint};
use rand::CryptoRng;
use zeroize::Zeroizing;

use super::brainpool_p512::BrainpoolP512r1;

/// A curve that is known here. Doc 9303-11 section 9.5.1 allows more; the registry has no kept
/// arithmetic for brainpoolP224r1 and P320r1, and nobody should issue with P-192 or P-224.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// brainpoolP256r1 (RFC 5639).
    BrainpoolP256r1,
    /// brainpoolP384r1 (RFC 5639).
    BrainpoolP384r1,
    /// brainpoolP512r1 (RFC 5639).
    BrainpoolP512r1,
}

/// A private number on a curve. Wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// From its big-endian bytes, as many as the curve's field elements have.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// Its big-endian bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Runs `$body` with `$type` as the arithmetic of `$curve`.
macro_rules! on {
    ($curve:expr, $type:ident => $body:expr) => {
        match $curve {
            Curve::P256 => {
                type $type = p256::NistP256;
                $body
            }
            Curve::P384 => {
                type $type = p384::NistP384;
                $body
            }
            Curve::P521 => {
                type $type = p521::NistP521;
                $body
            }
            Curve::BrainpoolP256r1 => {
                type $type = bp256::BrainpoolP256r1;
                $body
            }
            Curve::BrainpoolP384r1 => {
                type $type = bp384::BrainpoolP384r1;
                $body
            }
            Curve::BrainpoolP512r1 => {
                type $type = BrainpoolP512r1;
                $body
            }
        }
    };
}

impl Curve {
    /// Every one of them.
    pub const ALL: [Self; 6] = [
        Self::P256,
        Self::P384,
        Self::P521,
        Self::BrainpoolP256r1,
        Self::BrainpoolP384r1,
        Self::BrainpoolP512r1,
    ];

    /// By its name in certificates (RFC 5480 section 2.1.1.1, RFC 5639 section 4.1).
    pub fn of_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.oid() == oid)
    }

    /// Its name in certificates.
    pub const fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::P256 => "1.2.840.10045.3.1.7",
            Self::P384 => "1.3.132.0.34",
            Self::P521 => "1.3.132.0.35",
            Self::BrainpoolP256r1 => "1.3.36.3.3.2.8.1.1.7",
            Self::BrainpoolP384r1 => "1.3.36.3.3.2.8.1.1.11",
            Self::BrainpoolP512r1 => "1.3.36.3.3.2.8.1.1.13",
        })
    }

    /// By the number of its standardised domain parameters (Doc 9303-11 section 9.5.1, table 16).
    pub fn of_parameter_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.parameter_id() == id)
    }

    /// The number of its standardised domain parameters.
    pub const fn parameter_id(self) -> u8 {
        match self {
            Self::P256 => 12,
            Self::BrainpoolP256r1 => 13,
            Self::P384 => 15,
            Self::BrainpoolP384r1 => 16,
            Self::BrainpoolP512r1 => 17,
            Self::P521 => 18,
        }
    }

    /// The bytes of a field element.
    pub const fn field_len(self) -> usize {
        match self {
            Self::P256 | Self::BrainpoolP256r1 => 32,
            Self::P384 | Self::BrainpoolP384r1 => 48,
            Self::BrainpoolP512r1 => 64,
            Self::P521 => 66,
        }
    }

    /// A fresh private number.
    pub fn draw(self, rng: &mut impl CryptoRng) -> Secret {
        on!(self, C => draw::<C>(rng))
    }

    /// The standard generator.
    pub fn generator(self) -> Vec<u8> {
        on!(self, C => to_bytes::<C>(&ProjectivePoint::<C>::generator()).unwrap_or_default())
    }

    /// Whether `point` is one of the curve's.
    pub fn contains(self, point: &[u8]) -> bool {
        on!(self, C => to_point::<C>(point).is_some())
    }

    /// `secret` times `point`: a public key if the point is a generator. `None` if the point is not on
    /// the curve or the secret out of range.
    pub fn multiply(self, secret: &Secret, point: &[u8]) -> Option<Vec<u8>> {
        on!(self, C => to_bytes::<C>(&(to_point::<C>(point)? * to_scalar::<C>(secret)?)))
    }

    /// The shared secret of ECKA (BSI TR-03111 section 4.3.1): the first coordinate alone.
    pub fn agree(self, secret: &Secret, point: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let product = Zeroizing::new(self.multiply(secret, point)?);
        product.get(1..=self.field_len()).map(|x| Zeroizing::new(x.to_vec()))
    }

    /// PACE's generic mapping (Doc 9303-11 section 4.4.3.3.1): `nonce` times the generator, plus `shared`.
    pub fn map(self, nonce: &[u8], shared: &[u8]) -> Option<Vec<u8>> {
        on!(self, C => map::<C>(nonce, shared))
    }

    /// Whether (`r`, `s`), each as long as a field element, is an ECDSA signature of `digest`.
    pub(super) fn verify(self, point: &[u8], digest: &[u8], r: &[u8], s: &[u8]) -> bool {
        on!(self, C => verify::<C>(point, digest, r, s).is_some())
    }

    /// Prime, coefficients and order, in big-endian bytes, as certificates spell them out.
    pub(super) fn parameters(self) -> [Vec<u8>; 4] {
        on!(self, C => parameters::<C>())
    }
}

fn draw<C: PrimeCurveParams>(rng: &mut impl CryptoRng) -> Secret {
    let scalar = NonZeroScalar::<C>::generate_from_rng(rng);
    Secret(Zeroizing::new(scalar.as_ref().to_repr().to_vec()))
}

fn to_point<C: PrimeCurveParams>(bytes: &[u8]) -> Option<ProjectivePoint<C>> {
    let encoded = Sec1Point::<C>::from_bytes(bytes).ok()?;
    if encoded.is_identity() || encoded.is_compressed() {
        return None;
    }
    Option::<AffinePoint<C>>::from(AffinePoint::<C>::from_sec1_point(&encoded)).map(Into::into)
}

fn to_bytes<C: PrimeCurveParams>(point: &ProjectivePoint<C>) -> Option<Vec<u8>> {
    let not_at_infinity = !bool::from(point.is_identity());
    not_at_infinity.then(|| point.to_affine().to_sec1_point(false).as_bytes().to_vec())
}

fn to_scalar<C: PrimeCurveParams>(secret: &Secret) -> Option<C::Scalar> {
    let repr = FieldBytes::<C>::try_from(secret.as_bytes()).ok()?;
    Option::<C::Scalar>::from(C::Scalar::from_repr(repr)).filter(|it| !bool::from(it.is_zero()))
}

/// The number that `bytes` write, modulo the curve's order.
fn reduced<C: PrimeCurveParams>(bytes: &[u8]) -> Option<C::Scalar> {
    let mut repr = FieldBytes::<C>::default();
    let start = repr.len().checked_sub(bytes.len())?;
    repr.get_mut(start..)?.copy_from_slice(bytes);
    Some(<C::Scalar as Reduce<FieldBytes<C>>>::reduce(&repr))
}

fn map<C: PrimeCurveParams>(nonce: &[u8], shared: &[u8]) -> Option<Vec<u8>> {
    let mapped = ProjectivePoint::<C>::generator() * reduced::<C>(nonce)? + to_point::<C>(shared)?;
    to_bytes::<C>(&mapped)
}

fn verify<C>(point: &[u8], digest: &[u8], r: &[u8], s: &[u8]) -> Option<()>
where
    C: PrimeCurveParams + EcdsaCurve,
{
    let [r, s] = [FieldBytes::<C>::try_from(r).ok()?, FieldBytes::<C>::try_from(s).ok()?];
    let signature = ecdsa::Signature::<C>::from_scalars(r, s).ok()?;
    ecdsa::hazmat::verify_prehashed::<C>(&to_point::<C>(point)?, digest, &signature).ok()
}

/// The modulus of a field from its largest element, which is even: one more has no carry.
fn modulus<F: PrimeField>() -> Vec<u8> {
    let mut bytes = (-F::ONE).to_repr().as_ref().to_vec();
    if let Some(last) = bytes.last_mut() {
        *last |= 1;
    }
    bytes
}

fn parameters<C: PrimeCurveParams>() -> [Vec<u8>; 4] {
    let bytes = |element: C::FieldElement| element.to_repr().to_vec();
    [
        modulus::<C::FieldElement>(),
        bytes(C::EQUATION_A),
        bytes(C::EQUATION_B),
        modulus::<C::Scalar>(),
    ]
}

#[cfg(test)]
mod tests {
    use hex::{decode, encode_upper};
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn both_sides_agree_on_every_curve() {
        let mut rng = StdRng::seed_from_u64(1);
        for curve in Curve::ALL {
            let [ours, theirs] = [curve.draw(&mut rng), curve.draw(&mut rng)];
            let public = |secret| curve.multiply(secret, &curve.generator()).unwrap();
            let agreed = curve.agree(&ours, &public(&theirs)).unwrap();
            assert_eq!(agreed, curve.agree(&theirs, &public(&ours)).unwrap());
            assert_eq!(agreed.len(), curve.field_len());
            assert_eq!(Curve::of_oid(curve.oid()), Some(curve));
            assert_eq!(Curve::of_parameter_id(curve.parameter_id()), Some(curve));
        }
    }

    /// A point off the curve would lay a secret bare, a few bits at a time.
    #[test]
    fn a_point_off_the_curve_is_refused() {
        let mut rng = StdRng::seed_from_u64(2);
        for curve in Curve::ALL {
            let mut point = curve.generator();
            assert!(curve.contains(&point));
            *point.last_mut().unwrap() ^= 1;
            assert!(!curve.contains(&point));
            assert!(curve.agree(&curve.draw(&mut rng), &point).is_none());
            assert!(curve.map(&[1; 16], &point).is_none());
            assert!(!curve.contains(&[0]));
            // Compressed: no chip and no certificate writes it so.
            let x = &curve.generator()[1..=curve.field_len()];
            assert!(!curve.contains(&[&[2], x].concat()) && !curve.contains(&[&[3], x].concat()));
        }
    }

    /// Doc 9303-11 appendix G.1, the mapping of the nonce.
    #[test]
    fn a_nonce_is_mapped_as_in_the_worked_example() {
        let curve = Curve::BrainpoolP256r1;
        let terminal = Secret::from_bytes(
            &decode("7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99").unwrap(),
        );
        let chip = decode(
            "04824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57\
             30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54",
        )
        .unwrap();
        let shared = curve.multiply(&terminal, &chip).unwrap();
        assert_eq!(
            encode_upper(&shared),
            "0460332EF2450B5D247EF6D3868397D398852ED6E8CAF6FFEEF6BF85CA57057FD5\
             0840CA7415BAF3E43BD414D35AA4608B93A2CAF3A4E3EA4E82C9C13D03EB7181"
        );
        let nonce = decode("3F00C4D39D153F2B2A214A078D899B22").unwrap();
        assert_eq!(
            encode_upper(curve.map(&nonce, &shared).unwrap()),
            "048CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2\
             8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522"
        );
    }

    /// RFC 5639 section 3.4 and FIPS 186-4: what certificates spell out.
    #[test]
    fn a_curve_knows_its_parameters() {
        let [prime, a, b, order] = Curve::BrainpoolP256r1.parameters().map(encode_upper);
        assert_eq!(prime, "A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377");
        assert_eq!(a, "7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9");
        assert_eq!(b, "26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6");
        assert_eq!(order, "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7");
        let [prime, _, b, order] = Curve::BrainpoolP512r1.parameters().map(encode_upper);
        assert!(prime.starts_with("AADD9DB8DBE9C48B") && prime.ends_with("56583A48F3"));
        assert!(b.starts_with("3DF91610A83441CA") && order.ends_with("829CA90069"));
        let [prime, .., order] = Curve::P256.parameters().map(encode_upper);
        assert_eq!(prime, "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");
        assert_eq!(order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
    }

    /// By OpenSSL: `openssl dgst -sha512 -sign`, over the word "signed".
    #[test]
    fn another_implementations_signature_is_verified() {
        let curve = Curve::BrainpoolP512r1;
        let point = decode(
            "0410993cc8a58a53155b22767298729e5e549c154c293f4e120e6bb67e7df1c583ebdfcbd9e24f68e8bb4bb3\
                 cc1a52a76ed71835d8d80fa93b2240a4c48e445565184d0183621d25ea2854470d91dabb08edcc0fd386a997\
                 1e78cbcb393da861a5b28fabf18a48b2c7e388714e71e358704ced1ff1c96f1136c347b640dc6585ff",
        )
        .unwrap();
        let r = decode(
            "2af5f0072dc9625704990a100ec0a7242f3568b44ba5f8dfd8f5e6071fde2d16b136414674c70ace7d167b71\
                 a9f4616585de73503a46b09fd2f1749ded47df1c",
        )
        .unwrap();
        let s = decode(
            "70099f9512cebc2fa55ef888fcd909672dfc359793de5e36129e2ebeea0136279fa40bcc821cbe77890693f4\
                 ff5203a1a698c06fe45df5d16298aa205eac65c5",
        )
        .unwrap();
        let digest = crate::crypto::Hash::Sha512.digest(b"signed");
        assert!(curve.verify(&point, &digest, &r, &s));
        assert!(!curve.verify(&point, &digest, &s, &r));
        let other = crate::crypto::Hash::Sha512.digest(b"Signed");
        assert!(!curve.verify(&point, &other, &r, &s));
    }
}
