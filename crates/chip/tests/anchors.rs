//! Country signers as they are in the wild: older than the ways of signing that are accepted, with names
//! that are not quite after the specification. A signature of their own under their own key proves nothing,
//! so it isn't missed; everybody else's is.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::crypto::Curve;
use tanda_chip::lds::DataGroup;
use tanda_chip::passive::{
    CertificateError, CountrySigners, CrlError, PassiveError, RevocationList, SecurityObject,
    SignerCertificate, StoreError,
};
use tanda_chip::tlv::tlv;
use tanda_sandbox_chip::issuing::{
    DocumentSigner, KeyPair, Request, Usage, issue, name, revoke, sign_object, with_sha1,
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

fn days(from: i32, to: i32) -> [Timestamp; 2] {
    [now() + DAY * from, now() + DAY * to]
}

struct Country {
    rng: StdRng,
    name: Vec<u8>,
    key: KeyPair,
}

impl Country {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        Self { name: name("Country"), key: KeyPair::draw(Curve::P256, &mut rng), rng }
    }

    fn issue(&mut self, key: &KeyPair, serial: u8, usage: Usage) -> Vec<u8> {
        let request = Request {
            issuer: &self.name,
            issuer_key: &self.key,
            subject: &self.name,
            key,
            serial,
            usage,
            validity: days(-100, 1000),
            more: Vec::new(),
        };
        issue(&request, &mut self.rng)
    }

    /// Its own certificate, signed with SHA-1.
    fn old(&mut self) -> SignerCertificate {
        let key = self.key.clone();
        let der = with_sha1(&self.issue(&key, 1, Usage::Country)).unwrap();
        SignerCertificate::from_der(&der).unwrap()
    }

    fn list(&mut self) -> Vec<u8> {
        revoke(&self.name, &self.key, &[], days(-1, 30), &mut self.rng)
    }
}

#[test]
fn a_country_signer_that_signed_itself_with_sha1_is_an_anchor() {
    let mut country = Country::new();
    let old = country.old();
    assert!(old.may_be_anchor());
    // Its own signature is not taken for one that was looked at.
    assert!(!old.is_issued_by(&old));
    let mut believed = CountrySigners::default();
    assert_eq!(believed.trust(old.clone(), "UTO"), Ok(()));
    believed.revoke(RevocationList::from_der(&country.list()).unwrap()).unwrap();
    // What it issues is verified as ever.
    let key = KeyPair::draw(Curve::P256, &mut country.rng);
    let signer = DocumentSigner {
        certificate: country.issue(&key, 2, Usage::Documents),
        key,
        issuer: country.name.clone(),
        serial: 2,
        signs_at: now() - DAY,
    };
    let files = BTreeMap::from([(DataGroup::MRZ, b"lines".to_vec())]);
    let verify = |signer: &DocumentSigner, believed: &CountrySigners, rng: &mut StdRng| {
        let object = sign_object(&files, signer, rng);
        SecurityObject::parse(&object).unwrap().verify(believed, now()).map(|signed| signed.state)
    };
    assert_eq!(verify(&signer, &believed, &mut country.rng).as_deref(), Ok("UTO"));
    let nobody = CountrySigners::default();
    assert_eq!(verify(&signer, &nobody, &mut country.rng), Err(PassiveError::Untrusted));
    // It is an anchor by somebody's word only: no link to itself, though the key is believed.
    assert_eq!(believed.link(old, now()), Err(StoreError::Untrusted));
}

#[test]
fn sha1_signs_nothing_that_anybody_else_issued() {
    let mut country = Country::new();
    let refused = |der: &[u8]| SignerCertificate::from_der(der).map(|_| ()).unwrap_err();
    let next = KeyPair::draw(Curve::P256, &mut country.rng);
    // A document signer, also one with the country's own name and key, and a link.
    let key = country.key.clone();
    let documents =
        [country.issue(&next, 2, Usage::Documents), country.issue(&key, 2, Usage::Documents)];
    for der in documents {
        assert_eq!(refused(&with_sha1(&der).unwrap()), CertificateError::Algorithm);
    }
    let link = country.issue(&next, 3, Usage::Country);
    assert_eq!(refused(&with_sha1(&link).unwrap()), CertificateError::Algorithm);
    // Another country's signer, issued by this one.
    let request = Request {
        issuer: &country.name,
        issuer_key: &key,
        subject: &name("Other"),
        key: &key,
        serial: 4,
        usage: Usage::Country,
        validity: days(-1, 1),
        more: Vec::new(),
    };
    let other = issue(&request, &mut country.rng);
    assert_eq!(refused(&with_sha1(&other).unwrap()), CertificateError::Algorithm);
    // A revocation list.
    let list = RevocationList::from_der(&with_sha1(&country.list()).unwrap()).map(|_| ());
    assert_eq!(list, Err(CrlError::Algorithm));
}

/// A signature in an accepted way is still looked at: it would tell of a file that was damaged.
#[test]
fn a_signature_that_can_be_looked_at_has_to_hold() {
    let mut country = Country::new();
    let key = country.key.clone();
    let mut der = country.issue(&key, 1, Usage::Country);
    *der.last_mut().unwrap() ^= 1;
    let changed = SignerCertificate::from_der(&der).unwrap();
    assert!(!changed.may_be_anchor());
    assert_eq!(CountrySigners::default().trust(changed, "UTO"), Err(StoreError::NotSelfSigned));
}

#[test]
fn a_country_is_told_whichever_way_it_is_written() {
    let country = |tag: u16, text: &[u8]| {
        let mut country = Country::new();
        let part = [tlv(0x06, &[0x55, 0x04, 0x06]), tlv(tag, text)].concat();
        country.name = tlv(0x30, &tlv(0x31, &tlv(0x30, &part)));
        let key = country.key.clone();
        let der = country.issue(&key, 1, Usage::Country);
        SignerCertificate::from_der(&der).unwrap().country().map(str::to_owned)
    };
    for (tag, text) in [(0x13, b"UT"), (0x13, b"ut"), (0x0c, b"UT"), (0x0c, b"uT")] {
        assert_eq!(country(tag, text).as_deref(), Some("UT"), "{tag:x}");
    }
    for text in [&b""[..], b"UTO", b"U1", "\u{fc}".as_bytes()] {
        assert_eq!(country(0x0c, text), None, "{text:x?}");
    }
}
