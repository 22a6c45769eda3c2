//! What another implementation signs is believed: objects, certificates and lists that OpenSSL made
//! (`fixtures/make.sh`), with RSA, with spelled-out curves, and in BER.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use jiff::Timestamp;
use tanda_chip::lds::{DataGroup, Mrz};
use tanda_chip::passive::{
    CountrySigners, PassiveError, RevocationList, SecurityObject, SignedHashes, SignerCertificate,
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
