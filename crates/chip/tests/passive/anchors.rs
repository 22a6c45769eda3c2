//! Country signers as they are in the wild: older than the ways of signing that are accepted, with names
//! that are not quite after the specification. A signature of their own under their own key proves nothing,
//! so it isn't missed; everybody else's is.

use tanda_chip::crypto::Curve;
use tanda_chip::passive::{
    CertificateError, CountrySigners, CrlError, PassiveError, RevocationList, SignerCertificate,
    StoreError,
};
use tanda_chip::tlv::tlv;
use tanda_sandbox_chip::issuing::{KeyPair, Request, Usage, issue, name, with_sha1};

use crate::country::{Country, days, now, verify};

/// A country's own certificate, signed with SHA-1.
fn old(country: &mut Country) -> SignerCertificate {
    SignerCertificate::from_der(&with_sha1(&country.certificate_der()).unwrap()).unwrap()
}

#[test]
fn a_country_signer_that_signed_itself_with_sha1_is_an_anchor() {
    let mut country = Country::new(1);
    let old = old(&mut country);
    assert!(old.may_be_anchor());
    // Its own signature is not taken for one that was looked at.
    assert!(!old.is_issued_by(&old));
    let mut believed = CountrySigners::default();
    assert_eq!(believed.trust(old.clone(), "UTO"), Ok(()));
    believed.revoke(country.list()).unwrap();
    // What it issues is verified as ever.
    let object = country.object();
    let state = |believed: &CountrySigners| verify(&object, believed).map(|signed| signed.state);
    assert_eq!(state(&believed).as_deref(), Ok("UTO"));
    assert_eq!(state(&CountrySigners::default()), Err(PassiveError::Untrusted));
    // It is an anchor by somebody's word only: no link to itself, though the key is believed.
    assert_eq!(believed.link(old, now()), Err(StoreError::Untrusted));
}

#[test]
fn sha1_signs_nothing_that_anybody_else_issued() {
    let mut country = Country::new(1);
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
    let list = RevocationList::from_der(&with_sha1(&country.list_der()).unwrap()).map(|_| ());
    assert_eq!(list, Err(CrlError::Algorithm));
}

/// A signature in an accepted way is still looked at: it would tell of a file that was damaged.
#[test]
fn a_signature_that_can_be_looked_at_has_to_hold() {
    let mut country = Country::new(1);
    let mut der = country.certificate_der();
    *der.last_mut().unwrap() ^= 1;
    let changed = SignerCertificate::from_der(&der).unwrap();
    assert!(!changed.may_be_anchor());
    assert_eq!(CountrySigners::default().trust(changed, "UTO"), Err(StoreError::NotSelfSigned));
}

#[test]
fn a_country_is_told_whichever_way_it_is_written() {
    let country = |tag: u16, text: &[u8]| {
        let mut country = Country::new(1);
        let part = [tlv(0x06, &[0x55, 0x04, 0x06]), tlv(tag, text)].concat();
        country.name = tlv(0x30, &tlv(0x31, &tlv(0x30, &part)));
        country.certificate().country().map(str::to_owned)
    };
    for (tag, text) in [(0x13, b"UT"), (0x13, b"ut"), (0x0c, b"UT"), (0x0c, b"uT")] {
        assert_eq!(country(tag, text).as_deref(), Some("UT"), "{tag:x}");
    }
    for text in [&b""[..], b"UTO", b"U1", "\u{fc}".as_bytes()] {
        assert_eq!(country(0x0c, text), None, "{text:x?}");
    }
}
