//! What a country must have done for a document to be believed, each point by a document that lacks it alone.

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::lds::DataGroup;
use tanda_chip::passive::{
    CertificateError, CmsError, CountrySigners, CrlError, MasterList, MasterListError,
    PassiveError, RevocationList, SecurityObject, SecurityObjectError, SignedData,
    SignerCertificate, StoreError,
};
use tanda_chip::tlv::tlv;
use tanda_sandbox_chip::issuing::{
    DocumentSigner, Request, Usage, extension, issue, name, revoke, sign_content, sign_object,
};

use crate::country::{Country, DAY, days, now, verify};

/// What becomes of a document whose country is spoilt by `spoil`.
fn refused(spoil: impl FnOnce(&mut Country)) -> PassiveError {
    let mut country = Country::new(1);
    spoil(&mut country);
    country.verify().unwrap_err()
}

#[test]
fn what_is_signed_is_believed_and_nothing_else() {
    let signed = Country::new(1).verify().unwrap();
    assert_eq!(signed.check(DataGroup::MRZ, b"lines"), Ok(()));
    assert_eq!(signed.check(DataGroup::MRZ, b"Lines"), Err(PassiveError::Tampered(DataGroup::MRZ)));
    assert_eq!(
        signed.check(DataGroup::FACE, b"lines"),
        Err(PassiveError::NotSigned(DataGroup::FACE))
    );
}

#[test]
fn a_document_signer_signs_documents_and_nothing_else() {
    for usage in [Usage::Country, Usage::CountryForNothing, Usage::Unsaid] {
        assert_eq!(refused(|it| it.signer_usage = usage), PassiveError::SignerUsage, "{usage:?}");
    }
}

/// Each right is said in so many words, and lacks where a certificate says anything else.
#[test]
fn a_certificate_with_all_but_one_of_its_marks_is_for_nothing() {
    let said = |usage, authority| Usage::Bits { usage, authority };
    // keyCertSign and cRLSign, of none that is a CA.
    let mut country = Country::new(1);
    country.usage = said([1, 0x06], false);
    let certificate = country.certificate();
    assert!(!certificate.signs_certificates() && !certificate.signs_revocations());
    assert!(!country.list().is_issued_by(&certificate));
    // Without digitalSignature; with it, and for certificates or lists besides.
    for bits in [[6, 0x40], [2, 0x84], [1, 0x82]] {
        let error = refused(|it| it.signer_usage = said(bits, false));
        assert_eq!(error, PassiveError::SignerUsage, "{bits:x?}");
    }
    assert_eq!(refused(|it| it.signer_usage = said([7, 0x80], true)), PassiveError::SignerUsage);
}

#[test]
fn a_certificate_has_one_form_and_a_size() {
    let mut country = Country::new(1);
    let good = country.signer_certificate();
    let refused = |der: &[u8]| SignerCertificate::from_der(der).map(|_| ()).unwrap_err();
    let changed = |from: &[u8], to: u8| {
        let at = good.windows(from.len()).rposition(|bytes| bytes == from).unwrap();
        let mut changed = good.clone();
        changed[at + from.len() - 1] = to;
        changed
    };
    // Version 3, and outside the way of signing that is inside.
    assert_eq!(refused(&changed(&[0xa0, 3, 2, 1, 2], 1)), CertificateError::Malformed);
    let scheme = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    assert_eq!(refused(&changed(&scheme, 0x03)), CertificateError::Malformed);
    country.signer_more = extension(&[0x2a, 0x03], false, &vec![0; 16 * 1024]);
    assert_eq!(refused(&country.signer_certificate()), CertificateError::Malformed);
}

#[test]
fn a_list_has_one_form_and_a_size() {
    let mut country = Country::new(1);
    let mut list = |revoked: &[u8]| {
        revoke(&country.name, &country.key, revoked, country.list, &mut country.rng)
    };
    let refused = |der: &[u8]| RevocationList::from_der(der).map(|_| ()).unwrap_err();
    let mut other_scheme = list(&[]);
    let scheme = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let at = other_scheme.windows(8).rposition(|bytes| bytes == scheme).unwrap();
    other_scheme[at + 7] = 0x03;
    assert_eq!(refused(&other_scheme), CrlError::Malformed);
    assert_eq!(refused(&list(&vec![7; 250_000])), CrlError::Malformed);
}

/// What a list says that isn't understood might be whom it doesn't name.
#[test]
fn what_is_critical_in_a_list_is_not_understood() {
    let algorithm = tlv(0x30, &tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
    let list = |critical| {
        let number = extension(&[0x55, 0x1d, 0x14], critical, &tlv(0x02, &[1]));
        let fields = [
            tlv(0x02, &[1]),
            algorithm.clone(),
            name("Country"),
            tlv(0x17, b"261126120000Z"),
            tlv(0x17, b"261227120000Z"),
            tlv(0xa0, &tlv(0x30, &number)),
        ];
        let signed = [tlv(0x30, &fields.concat()), algorithm.clone(), tlv(0x03, &[0, 1])];
        RevocationList::from_der(&tlv(0x30, &signed.concat())).map(|_| ())
    };
    assert_eq!(list(false), Ok(()));
    assert_eq!(list(true), Err(CrlError::Critical));
}

#[test]
fn each_country_has_its_own_list() {
    let [mut country, mut other] = [Country::new(1), Country::new(2)];
    other.name = name("Other");
    other.revoked = vec![2];
    let mut believed = other.believed();
    believed.trust(country.certificate(), "UTP").unwrap();
    let object = country.object();
    assert_eq!(verify(&object, &believed).unwrap_err(), PassiveError::RevocationUnknown);
    believed.revoke(country.list()).unwrap();
    assert!(verify(&object, &believed).is_ok(), "the serial number is another country's");
    assert_eq!(verify(&other.object(), &believed).unwrap_err(), PassiveError::Revoked);
}

#[test]
fn both_certificates_are_valid_now() {
    let signer = PassiveError::SignerNotValid;
    assert_eq!(refused(|it| it.signer_validity = days(-100, -1)), signer);
    assert_eq!(refused(|it| it.signer_validity = days(1, 100)), signer);
    let country = PassiveError::CountrySignerNotValid;
    assert_eq!(refused(|it| it.validity = days(-100, -1)), country);
    assert_eq!(refused(|it| it.validity = days(1, 100)), country);
}

#[test]
fn a_document_is_signed_in_its_signers_time() {
    let wrong = PassiveError::SigningTime;
    assert_eq!(refused(|it| it.signs_at = now() - DAY * 101), wrong);
    assert_eq!(refused(|it| it.signs_at = now() + DAY * 2), wrong);
    // The private key was to be used for thirty days only.
    let until = tlv(0x81, b"20260918120000Z");
    let period = extension(&[0x55, 0x1d, 0x10], false, &tlv(0x30, &until));
    let within = |signs_at| {
        let mut country = Country::new(1);
        country.signer_more.clone_from(&period);
        country.signs_at = signs_at;
        country.verify().map(|_| ())
    };
    assert_eq!(within(now() - DAY * 71), Ok(()));
    assert_eq!(within(now() - DAY * 69), Err(wrong));
    let from = extension(&[0x55, 0x1d, 0x10], false, &tlv(0x30, &tlv(0x80, b"20260918120000Z")));
    let (early, late) = (now() - DAY * 71, now() - DAY * 69);
    let before = refused(|it| (it.signer_more, it.signs_at) = (from.clone(), early));
    assert_eq!(before, wrong);
    let mut country = Country::new(1);
    (country.signer_more, country.signs_at) = (from, late);
    assert!(country.verify().is_ok());
}

#[test]
fn a_revoked_signer_is_refused_however_old_the_list() {
    assert_eq!(refused(|it| it.revoked = vec![7, 2]), PassiveError::Revoked);
    // The country's own certificate.
    assert_eq!(refused(|it| it.revoked = vec![1]), PassiveError::Revoked);
    let old = |it: &mut Country| it.list = days(-60, -1);
    assert_eq!(refused(old), PassiveError::RevocationUnknown);
    assert_eq!(refused(|it| it.list = days(1, 30)), PassiveError::RevocationUnknown);
    let old_and_revoked = |it: &mut Country| (it.list, it.revoked) = (days(-60, -1), vec![2]);
    assert_eq!(refused(old_and_revoked), PassiveError::Revoked);
}

#[test]
fn a_list_is_its_countrys_and_the_newest() {
    let [mut country, mut stranger] = [Country::new(1), Country::new(2)];
    let mut believed = country.believed();
    // A stranger with the country's name.
    assert_eq!(believed.revoke(stranger.list()), Err(StoreError::Untrusted));
    country.list = days(-2, 30);
    assert_eq!(believed.revoke(country.list()), Err(StoreError::Older));
    let mut without = Country::new(1);
    without.usage = Usage::CountryWithoutLists;
    let mut believed_without = CountrySigners::default();
    believed_without.trust(without.certificate(), "UTO").unwrap();
    assert_eq!(believed_without.revoke(without.list()), Err(StoreError::Untrusted));
    let misnamed =
        revoke(&name("Other"), &country.key, &[], days(-1, 30), &mut StdRng::seed_from_u64(5));
    let misnamed = RevocationList::from_der(&misnamed).unwrap();
    assert_eq!(believed.revoke(misnamed), Err(StoreError::Untrusted));
    // A newer one takes the old one's place.
    (country.list, country.revoked) = (days(0, 30), vec![2]);
    believed.revoke(country.list()).unwrap();
    assert_eq!(verify(&country.object(), &believed).unwrap_err(), PassiveError::Revoked);
}

#[test]
fn a_stranger_with_the_countrys_name_is_not_the_country() {
    let believed = Country::new(1).believed();
    let object = Country::new(2).object();
    assert_eq!(verify(&object, &believed).unwrap_err(), PassiveError::Untrusted);
    assert_eq!(verify(&object, &CountrySigners::default()).unwrap_err(), PassiveError::Untrusted);
}

#[test]
fn a_changed_object_is_refused() {
    let mut country = Country::new(1);
    let (object, believed) = (country.object(), country.believed());
    let end = object.len();
    let hash = object.windows(5).position(|bytes| bytes == [2, 1, 1, 4, 32]).unwrap();
    // A hash in the content, then a byte of the signature.
    for index in [hash + 10, end - 1] {
        let mut changed = object.clone();
        changed[index] ^= 1;
        assert_eq!(verify(&changed, &believed).unwrap_err(), PassiveError::Signature, "{index}");
    }
    // The time in the signed attributes: a day more.
    let mut changed = object.clone();
    let time = b"261117120000Z";
    let at = object.windows(time.len()).position(|bytes| bytes == time).unwrap();
    changed[at + 5] = b'8';
    assert_eq!(verify(&changed, &believed).unwrap_err(), PassiveError::Signature);
}

/// What the signed data says outside of what is signed has to be what is signed.
#[test]
fn content_that_was_signed_as_something_else_is_not_relabelled() {
    let mut country = Country::new(1);
    let object = country.object();
    let content = SignedData::parse(&object[4..]).unwrap().content;
    let [documents, lists] = [1, 2].map(|arc| [0x67, 0x81, 0x08, 0x01, 0x01, arc]);
    let signer = country.signer();
    let mut relabelled = sign_content(&lists, &content, &signer, &mut country.rng);
    let at = relabelled.windows(6).position(|bytes| bytes == lists).unwrap();
    relabelled[at..at + 6].copy_from_slice(&documents);
    let parsed = SecurityObject::parse(&tlv(0x77, &relabelled)).map(|_| ()).unwrap_err();
    assert_eq!(parsed, SecurityObjectError::Cms(CmsError::Malformed));
    // Nor is data that is not signed data at all: pkcs7-data.
    let mut other = object[4..].to_vec();
    let at = other.windows(3).position(|bytes| bytes == [1, 7, 2]).unwrap();
    other[at + 2] = 1;
    assert_eq!(SignedData::parse(&other).map(|_| ()).unwrap_err(), CmsError::Malformed);
}

#[test]
fn the_certificate_is_the_one_that_the_signer_names() {
    let named = |rename: fn(&mut DocumentSigner)| {
        let mut country = Country::new(1);
        let mut signer = country.signer();
        rename(&mut signer);
        let files = BTreeMap::from([(DataGroup::MRZ, b"lines".to_vec())]);
        let object = sign_object(&files, &signer, &mut country.rng);
        verify(&object, &country.believed()).map(|_| ())
    };
    assert_eq!(named(|_| ()), Ok(()));
    assert_eq!(named(|it| it.serial = 3), Err(PassiveError::SignerMissing));
    assert_eq!(named(|it| it.issuer = name("Other")), Err(PassiveError::SignerMissing));
    // By the identifier of a key, which is another's.
    let mut country = Country::new(1);
    let (mut object, believed) = (country.object(), country.believed());
    let named = tlv(0x30, &[country.name, tlv(0x02, &[2])].concat());
    let at = object.windows(named.len()).position(|bytes| bytes == named).unwrap();
    object[at] = 0x80;
    assert_eq!(verify(&object, &believed).unwrap_err(), PassiveError::SignerMissing);
}

/// The list of hashes: of its own type, by a strong hash, each of its length, each group once.
#[test]
fn a_list_of_hashes_is_well_formed() {
    const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
    const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let parsed = |arc, hash: &[u8], entries: &[(u8, usize)]| {
        let mut country = Country::new(1);
        let signer = country.signer();
        let entry = |(group, length): &(u8, usize)| {
            let fields = [tlv(0x02, &[*group]), tlv(0x04, &vec![7; *length])];
            tlv(0x30, &fields.concat())
        };
        let list: Vec<u8> = entries.iter().flat_map(entry).collect();
        let fields = [tlv(0x02, &[0]), tlv(0x30, &tlv(0x06, hash)), tlv(0x30, &list)];
        let content = tlv(0x30, &fields.concat());
        let kind = [0x67, 0x81, 0x08, 0x01, 0x01, arc];
        let object = sign_content(&kind, &content, &signer, &mut country.rng);
        SecurityObject::parse(&tlv(0x77, &object)).map(|_| ())
    };
    let malformed = Err(SecurityObjectError::Malformed);
    assert_eq!(parsed(1, SHA256, &[(1, 32), (2, 32)]), Ok(()));
    assert_eq!(parsed(2, SHA256, &[(1, 32)]), malformed, "a master list's type");
    assert_eq!(parsed(1, SHA1, &[(1, 20)]), Err(SecurityObjectError::Hash));
    assert_eq!(parsed(1, SHA256, &[(1, 31)]), malformed);
    assert_eq!(parsed(1, SHA256, &[(1, 32), (1, 32)]), malformed);
}

#[test]
fn a_country_signer_may_sign_certificates_and_has_signed_its_own() {
    let mut believed = CountrySigners::default();
    for usage in [Usage::CountryForNothing, Usage::Documents, Usage::Unsaid] {
        let mut country = Country::new(1);
        country.usage = usage;
        assert_eq!(believed.trust(country.certificate(), "UTO"), Err(StoreError::Usage));
    }
    let mut country = Country::new(1);
    let request = Request {
        issuer: &name("Country"),
        issuer_key: &Country::new(2).key,
        subject: &name("Country"),
        key: &country.key.clone(),
        serial: 1,
        usage: Usage::Country,
        validity: days(-1, 1),
        more: Vec::new(),
    };
    let certificate = SignerCertificate::from_der(&issue(&request, &mut country.rng)).unwrap();
    assert_eq!(believed.trust(certificate, "UTO"), Err(StoreError::NotSelfSigned));
    for state in ["", "UTOP", "uto", "U1O"] {
        assert_eq!(believed.trust(country.certificate(), state), Err(StoreError::State));
    }
}

/// By signature, not only by what a certificate says of its issuer; and by name, whoever's key it is.
#[test]
fn a_certificate_is_issued_by_whom_it_names_and_who_signed() {
    let mut country = Country::new(1);
    let issuer = country.certificate();
    let good = country.signer_certificate();
    let is_issued = |der: &[u8]| SignerCertificate::from_der(der).unwrap().is_issued_by(&issuer);
    assert!(is_issued(&good));
    let mut changed = good;
    *changed.last_mut().unwrap() ^= 1;
    assert!(!is_issued(&changed));
    let other_name = Request {
        issuer: &name("Other"),
        issuer_key: &country.key,
        subject: &name("Documents"),
        key: &country.signer,
        serial: 2,
        usage: Usage::Documents,
        validity: days(-1, 1),
        more: Vec::new(),
    };
    assert!(!is_issued(&issue(&other_name, &mut country.rng)));
}

/// The country changes its key: the old one signs a link to the new one.
#[test]
fn a_link_leads_to_the_countrys_next_key() {
    let [mut old, mut new] = [Country::new(1), Country::new(2)];
    let link = |signer: &Country, usage, validity, rng: &mut StdRng| {
        let request = Request {
            issuer: &signer.name,
            issuer_key: &signer.key,
            subject: &signer.name,
            key: &Country::new(2).key,
            serial: 3,
            usage,
            validity,
            more: Vec::new(),
        };
        SignerCertificate::from_der(&issue(&request, rng)).unwrap()
    };
    let mut rng = StdRng::seed_from_u64(3);
    let mut believed = old.believed();
    let object = new.object();
    assert_eq!(verify(&object, &believed).unwrap_err(), PassiveError::Untrusted);

    let by_stranger = link(&Country::new(4), Usage::Country, days(-1, 100), &mut rng);
    assert_eq!(believed.link(by_stranger, now()), Err(StoreError::Untrusted));
    let for_nothing = link(&old, Usage::Documents, days(-1, 100), &mut rng);
    assert_eq!(believed.link(for_nothing, now()), Err(StoreError::Usage));
    let expired = link(&old, Usage::Country, days(-100, -1), &mut rng);
    assert_eq!(believed.link(expired, now()), Err(StoreError::NotValid));
    assert_eq!(verify(&object, &believed).unwrap_err(), PassiveError::Untrusted);

    let mut over = Country::new(1);
    over.validity = days(-1000, -1);
    let late = link(&over, Usage::Country, days(-1, 100), &mut rng);
    assert_eq!(over.believed().link(late, now()), Err(StoreError::NotValid));

    let good = link(&old, Usage::Country, days(-1, 100), &mut rng);
    assert_eq!(believed.link(good, now()), Ok(()));
    assert_eq!(verify(&object, &believed).unwrap().state, "UTO");
    assert!(verify(&old.object(), &believed).is_ok());
}

/// The certificate may come from elsewhere than the document; it has to lead to the country all the same.
#[test]
fn an_external_document_signer_is_looked_up() {
    let mut country = Country::new(1);
    country.carries_certificate = false;
    let (object, mut believed) = (country.object(), country.believed());
    assert_eq!(verify(&object, &believed).unwrap_err(), PassiveError::SignerMissing);
    let certificate = SignerCertificate::from_der(&country.signer_certificate()).unwrap();
    believed.keep_document_signer(certificate.clone());
    assert!(verify(&object, &believed).is_ok());
    let mut strangers = Country::new(2).believed();
    strangers.keep_document_signer(certificate);
    assert_eq!(verify(&object, &strangers).unwrap_err(), PassiveError::Untrusted);
}

#[test]
fn what_is_critical_has_to_be_understood() {
    let critical = extension(&[0x2a, 0x03], true, &[5, 0]);
    let error = refused(|it| it.signer_more = critical);
    assert_eq!(error, PassiveError::Certificate(CertificateError::Critical));
    let mut country = Country::new(1);
    country.signer_more = extension(&[0x2a, 0x03], false, &[5, 0]);
    assert!(country.verify().is_ok());
}

/// A master list, signed by a certificate with this usage.
fn master_list(country: &mut Country, entries: &[Vec<u8>]) -> Vec<u8> {
    let certificate = country.signer_certificate();
    let signer = DocumentSigner {
        key: country.signer.clone(),
        certificate,
        issuer: country.name.clone(),
        serial: 2,
        signs_at: now() - DAY,
    };
    let mut sorted = entries.to_vec();
    sorted.sort();
    let content = tlv(0x30, &[tlv(0x02, &[0]), tlv(0x31, &sorted.concat())].concat());
    // id-icao-cscaMasterList
    sign_content(&[0x67, 0x81, 0x08, 0x01, 0x01, 0x02], &content, &signer, &mut country.rng)
}

/// id-icao-cscaMasterListSigningKey as the extended key usage.
fn for_master_lists() -> Vec<u8> {
    extension(
        &[0x55, 0x1d, 0x25],
        true,
        &tlv(0x30, &tlv(0x06, &[0x67, 0x81, 0x08, 0x01, 0x01, 0x03])),
    )
}

#[test]
fn a_master_list_proposes_country_signers() {
    let mut country = Country::new(1);
    country.signer_more = for_master_lists();
    let other = Country::new(2).certificate();
    let documents = Country::new(3).signer_certificate();
    let list = master_list(&mut country, &[other.der().to_vec(), documents]);
    let believed = country.believed();
    let read = MasterList::verify(&list, &believed, now()).unwrap();
    assert_eq!((read.certificates.as_slice(), read.left_out), (&[other][..], 1));
    assert_eq!(read.certificates[0].country(), Some("UT"));

    let refused = |believed: &CountrySigners, list: &[u8]| {
        MasterList::verify(list, believed, now()).map(|_| ()).unwrap_err()
    };
    assert_eq!(refused(&Country::new(2).believed(), &list), MasterListError::Untrusted);
    assert_eq!(refused(&CountrySigners::default(), &list), MasterListError::Untrusted);
    let mut changed = list.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(refused(&believed, &changed), MasterListError::Signature);
    country.validity = days(-1000, -1);
    assert_eq!(refused(&country.believed(), &list), MasterListError::Untrusted);
    country.validity = days(-1000, 5000);
    let signer = country.signer();
    let mut other = |arc, version| {
        let content = tlv(0x30, &[tlv(0x02, &[version]), tlv(0x31, &[])].concat());
        sign_content(&[0x67, 0x81, 0x08, 0x01, 0x01, arc], &content, &signer, &mut country.rng)
    };
    let [documents, later] = [other(1, 0), other(2, 1)];
    assert_eq!(refused(&believed, &documents), MasterListError::Malformed);
    assert_eq!(refused(&believed, &later), MasterListError::Malformed);
    country.revoked = vec![2];
    assert_eq!(refused(&country.believed(), &list), MasterListError::Revoked);
    (country.revoked, country.list) = (Vec::new(), days(-60, -1));
    assert_eq!(refused(&country.believed(), &list), MasterListError::Revoked);
    country.list = days(-1, 30);
    country.signer_validity = days(-100, -1);
    let expired = master_list(&mut country, &[]);
    assert_eq!(refused(&country.believed(), &expired), MasterListError::Untrusted);
}

#[test]
fn a_master_list_of_all_countries_is_read() {
    let mut country = Country::new(1);
    country.signer_more = for_master_lists();
    let entry = Country::new(2).certificate().der().to_vec();
    let count = (3 << 20) / 2 / entry.len();
    let list = master_list(&mut country, &vec![entry; count]);
    assert!(list.len() > 1 << 20);
    let read = MasterList::verify(&list, &country.believed(), now()).unwrap();
    assert_eq!((read.certificates.len(), read.left_out), (count, 0));
}

/// Who signs documents signs no lists of countries, and the other way round.
#[test]
fn a_certificate_is_for_one_thing() {
    let mut country = Country::new(1);
    let list = master_list(&mut country, &[]);
    let refused = MasterList::verify(&list, &country.believed(), now()).map(|_| ());
    assert_eq!(refused, Err(MasterListError::Untrusted));
    country.signer_more = for_master_lists();
    assert_eq!(country.verify().unwrap_err(), PassiveError::SignerUsage);
}
