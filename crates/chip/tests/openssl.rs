//! What another implementation signs is believed: objects, certificates and lists that OpenSSL made
//! (`fixtures/make.sh`), with RSA, with spelled-out curves, and in BER.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use jiff::Timestamp;
use tanda_chip::active::{self, ActiveError};
use tanda_chip::crypto::{Curve, PublicKeyError, Secret};
use tanda_chip::lds::{DataGroup, Mrz};
use tanda_chip::passive::{
    CertificateError, CmsError, CountrySigners, PassiveError, RevocationList, SecurityObject,
    SecurityObjectError, SignedHashes, SignerCertificate,
};
use tanda_chip::tlv::tlv;

const RSA: &[u8] = include_bytes!("fixtures/rsa.cms");
const RSA_PSS: &[u8] = include_bytes!("fixtures/rsa-pss.cms");
const RSA_INDEFINITE: &[u8] = include_bytes!("fixtures/rsa-indefinite.cms");
const RSA_EXTERNAL: &[u8] = include_bytes!("fixtures/rsa-external.cms");
const BRAINPOOL: &[u8] = include_bytes!("fixtures/brainpool.cms");
const DG1: &[u8] = include_bytes!("fixtures/dg1.bin");

fn believed(certificate: &[u8], list: &[u8]) -> CountrySigners {
    let mut believed = CountrySigners::default();
    believed.trust(SignerCertificate::from_der(certificate).unwrap(), "UTO").unwrap();
    believed.revoke(RevocationList::from_der(list).unwrap()).unwrap();
    believed
}

fn rsa() -> CountrySigners {
    believed(include_bytes!("fixtures/rsa-country.der"), include_bytes!("fixtures/rsa.crl"))
}

fn brainpool() -> CountrySigners {
    believed(
        include_bytes!("fixtures/brainpool-country.der"),
        include_bytes!("fixtures/brainpool.crl"),
    )
}

fn verify(cms: &[u8], believed: &CountrySigners) -> Result<SignedHashes, PassiveError> {
    let now: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    SecurityObject::parse(&tlv(0x77, cms)).unwrap().verify(believed, now)
}

#[test]
fn objects_of_openssl_are_believed() {
    let mut with_signer = rsa();
    let signer = include_bytes!("fixtures/rsa-documents.der");
    with_signer.keep_document_signer(SignerCertificate::from_der(signer).unwrap());
    for (name, cms, believed) in [
        ("PKCS #1", RSA, rsa()),
        ("PSS", RSA_PSS, rsa()),
        ("indefinite lengths", RSA_INDEFINITE, rsa()),
        ("an external signer", RSA_EXTERNAL, with_signer),
        ("a spelled-out curve", BRAINPOOL, brainpool()),
    ] {
        let signed = verify(cms, &believed).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(signed.check(DataGroup::MRZ, DG1), Ok(()), "{name}");
    }
    assert_eq!(Mrz::from_dg1(DG1).unwrap().document_number, "L898902C3");
}

/// A chip's signature with RSA and SHA-256, by ISO/IEC 9796-2.
#[test]
fn an_active_signature_of_openssl_is_a_proof() {
    let dg15 = include_bytes!("fixtures/dg15.bin");
    let signature = include_bytes!("fixtures/active.sig");
    let challenge = 0xf173_5899_74bf_40c6_u64.to_be_bytes();
    assert_eq!(active::check(dg15, None, &challenge, signature), Ok(()));
    let not_genuine = Err(ActiveError::NotGenuine);
    assert_eq!(active::check(dg15, None, &[0; 8], signature), not_genuine);
    let mut changed = *signature;
    changed[100] ^= 1;
    assert_eq!(active::check(dg15, None, &challenge, &changed), not_genuine);
    assert_eq!(active::check(dg15, None, &challenge, &signature[..255]), not_genuine);
    assert_eq!(active::check(dg15, None, &challenge, &[0xff; 256]), not_genuine);
}

#[test]
fn a_changed_signature_is_refused() {
    for (cms, believed) in [(RSA, rsa()), (RSA_PSS, rsa()), (BRAINPOOL, brainpool())] {
        let mut changed = cms.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(verify(&changed, &believed).unwrap_err(), PassiveError::Signature);
    }
    assert_eq!(verify(BRAINPOOL, &rsa()).unwrap_err(), PassiveError::Untrusted);
    assert_eq!(verify(RSA_EXTERNAL, &rsa()).unwrap_err(), PassiveError::SignerMissing);
}

#[test]
fn sha1_signs_nothing() {
    let object = SecurityObject::parse(&tlv(0x77, include_bytes!("fixtures/rsa-sha1.cms")));
    let error = SecurityObjectError::Cms(CmsError::Algorithm);
    assert_eq!(object.map(|_| ()).unwrap_err(), error);
    // In the content, a hash that nobody knows.
    let sha256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x30];
    let mut changed = RSA.to_vec();
    let at = changed.windows(10).rposition(|bytes| bytes == sha256).unwrap();
    changed[at + 8] = 9;
    let object = SecurityObject::parse(&tlv(0x77, &changed));
    assert_eq!(object.map(|_| ()).unwrap_err(), SecurityObjectError::Hash);
}

/// Whoever chooses the generator can sign as anybody: what is spelled out has to be a known curve in all
/// of its parts.
#[test]
fn a_generator_of_ones_own_is_no_known_curve() {
    let curve = Curve::BrainpoolP256r1;
    let mut certificate = include_bytes!("fixtures/brainpool-country.der").to_vec();
    assert!(SignerCertificate::from_der(&certificate).is_ok());
    let generator = curve.generator();
    let mut two = [0; 32];
    two[31] = 2;
    let other = curve.multiply(&Secret::from_bytes(&two), &generator).unwrap();
    let at = certificate.windows(65).position(|bytes| bytes == generator).unwrap();
    certificate[at..at + 65].copy_from_slice(&other);
    let unknown = CertificateError::PublicKey(PublicKeyError::Unknown);
    assert_eq!(SignerCertificate::from_der(&certificate).unwrap_err(), unknown);
    // Prime, both coefficients and order; that the field is a prime one, and the cofactor.
    let good = include_bytes!("fixtures/brainpool-country.der");
    let [prime, a, b, order] = [
        "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
        "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
        "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
        "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
    ]
    .map(|digits| hex::decode(digits).unwrap());
    let field = vec![0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01, 0x01];
    let cofactor = [order.clone(), vec![0x02, 0x01, 0x01]].concat();
    for part in [prime, a, b, order, field, cofactor] {
        let mut changed = good.to_vec();
        let at = changed.windows(part.len()).position(|bytes| bytes == part).unwrap();
        changed[at + part.len() - 1] ^= 2;
        assert_eq!(SignerCertificate::from_der(&changed).unwrap_err(), unknown, "{part:x?}");
    }
    // A key that is no point of the curve lays a secret bare.
    let mut off = good.to_vec();
    let key = off.windows(4).position(|bytes| bytes == [0x03, 0x42, 0x00, 0x04]).unwrap();
    off[key + 4] ^= 1;
    let impossible = CertificateError::PublicKey(PublicKeyError::Impossible);
    assert_eq!(SignerCertificate::from_der(&off).unwrap_err(), impossible);
}
