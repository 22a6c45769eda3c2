//! Certificates and chains.

use proptest::prelude::*;
use tanda_credential::jose::Signer;
use tanda_credential::x509::{
    Certificate, CertificateError, ChainError, IssueError, LeafRequest, Subject, issue_ca,
    issue_leaf, validate_chain,
};

use crate::fixture::{Authority, ISS, NOW, at, key, rng, validity};

fn leaf(authority: &Authority) -> Vec<u8> {
    authority.leaf_key.x5c()[0].clone()
}

fn anchor(authority: &Authority) -> Vec<Certificate> {
    vec![Certificate::from_der(&authority.ca).unwrap()]
}

#[test]
fn issued_certificates_say_what_was_asked() {
    let authority = Authority::new(1);
    let ca = Certificate::from_der(&authority.ca).unwrap();
    assert!(ca.is_ca());
    assert_eq!((ca.subject_cn(), ca.subject_o()), (Some("CA"), Some("State")));
    assert!(ca.is_signed_by(&ca));
    let leaf = Certificate::from_der(&leaf(&authority)).unwrap();
    assert!(!leaf.is_ca());
    assert_eq!(leaf.uris(), [ISS]);
    assert_eq!(leaf.not_before(), at(NOW - 500));
    assert_eq!(leaf.not_after(), at(NOW + 50_000));
    assert!(leaf.verifying_key().jwk().same_key(authority.leaf_key.public()));
    assert_eq!(leaf.x509_hash().len(), 43);
}

#[test]
fn a_chain_leads_to_its_anchor() {
    let (ours, theirs) = (Authority::new(1), Authority::new(2));
    let anchors = [anchor(&theirs), anchor(&ours)].concat();
    let chain = validate_chain(&[leaf(&ours)], &anchors, at(NOW)).unwrap();
    assert_eq!(chain.anchor, 1);
    assert_eq!(chain.not_before, at(NOW - 500));
    assert_eq!(chain.not_after, at(NOW + 50_000));
    let stranger = validate_chain(&[leaf(&theirs)], &anchor(&ours), at(NOW));
    assert_eq!(stranger.unwrap_err(), ChainError::Untrusted);
}

#[test]
fn a_chain_holds_for_its_time_and_a_minute() {
    let authority = Authority::new(1);
    let check = |now| validate_chain(&[leaf(&authority)], &anchor(&authority), at(now)).err();
    assert_eq!(check(NOW - 560), None);
    assert_eq!(check(NOW - 561), Some(ChainError::Expired));
    assert_eq!(check(NOW + 50_060), None);
    assert_eq!(check(NOW + 50_061), Some(ChainError::Expired));
}

#[test]
fn a_chain_has_a_length_and_no_anchor_in_it() {
    let authority = Authority::new(1);
    let check = |x5c: &[Vec<u8>]| validate_chain(x5c, &anchor(&authority), at(NOW)).unwrap_err();
    assert_eq!(check(&[]), ChainError::Length);
    assert_eq!(check(&vec![leaf(&authority); 5]), ChainError::Length);
    assert_eq!(check(&[leaf(&authority), authority.ca.clone()]), ChainError::AnchorInChain);
    assert_eq!(check(std::slice::from_ref(&authority.ca)), ChainError::AnchorInChain);
}

#[test]
fn a_leaf_signs_no_certificates() {
    let authority = Authority::new(1);
    let other = key(77);
    let request = LeafRequest {
        subject: Subject::named("x"),
        key: other.public(),
        dns_names: vec!["x.example".into()],
        uris: vec![],
        validity: validity(NOW - 10, NOW + 10),
    };
    let issued = issue_leaf(&request, &leaf(&authority), authority.leaf_key.as_ref(), &mut rng(1));
    assert_eq!(issued, Err(IssueError::NotAnAuthority));
    let wrong_key = issue_leaf(&request, &authority.ca, &other, &mut rng(1));
    assert_eq!(wrong_key, Err(IssueError::NotAnAuthority));
}

#[test]
fn an_authority_under_an_authority_is_refused() {
    // rcgen makes what ours cannot: an intermediate below a CA with a path limit of zero, and a
    // leaf that claims to be signed by another leaf.
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
    let authority = |limit: u8| {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(limit));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("CA {limit}"));
        params
    };
    let leaf = |usages: Vec<KeyUsagePurpose>| {
        let mut params = CertificateParams::new(vec!["leaf.example".into()]).unwrap();
        params.key_usages = usages;
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        params
    };
    let check = |limit: u8, middle: CertificateParams, last: CertificateParams| {
        let root_key = KeyPair::generate().unwrap();
        let root = authority(limit);
        let root_der = root.self_signed(&root_key).unwrap().der().to_vec();
        let middle_key = KeyPair::generate().unwrap();
        let middle_der =
            middle.signed_by(&middle_key, &Issuer::from_params(&root, &root_key)).unwrap();
        let last_key = KeyPair::generate().unwrap();
        let last_der =
            last.signed_by(&last_key, &Issuer::from_params(&middle, &middle_key)).unwrap();
        validate_chain(
            &[last_der.der().to_vec(), middle_der.der().to_vec()],
            &[Certificate::from_der(&root_der).unwrap()],
            at(NOW),
        )
        .map(|chain| chain.leaf.dns_names().to_vec())
    };
    let signs = || vec![KeyUsagePurpose::DigitalSignature];
    assert_eq!(check(1, authority(0), leaf(signs())), Ok(vec!["leaf.example".to_owned()]));
    assert_eq!(check(0, authority(0), leaf(signs())), Err(ChainError::Usage));
    assert_eq!(check(1, leaf(signs()), leaf(signs())), Err(ChainError::Usage));
    assert_eq!(check(1, authority(0), authority(0)), Err(ChainError::Usage));
    let encrypts = vec![KeyUsagePurpose::KeyAgreement];
    assert_eq!(check(1, authority(0), leaf(encrypts)), Err(ChainError::Usage));
}

#[test]
fn rcgen_reads_a_chain_of_ours() {
    // An independent reader of what the DER writer made.
    let authority = Authority::new(1);
    let names = |der: &[u8]| {
        use x509_cert::der::{Decode, Encode};
        let parsed = x509_cert::Certificate::from_der(der).unwrap();
        assert_eq!(parsed.to_der().unwrap(), der);
        parsed.tbs_certificate().serial_number().as_bytes().len()
    };
    assert_eq!(names(&authority.ca), 16);
    assert_eq!(names(&leaf(&authority)), 16);
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let authority_key = key(5);
    let ca = |subject: &Subject, from, until| {
        issue_ca(subject, validity(from, until), &authority_key, &mut rng(1))
    };
    assert_eq!(ca(&Subject::named(""), 0, 1), Err(IssueError::Request));
    assert_eq!(ca(&Subject::named("x"), 1, 1), Err(IssueError::Request));
    let subject = Subject { country: Some("Indonesia".into()), ..Subject::named("x") };
    assert_eq!(ca(&subject, 0, 1), Err(IssueError::Request));
}

#[test]
fn pem_goes_there_and_back() {
    let certificate = Certificate::from_der(&Authority::new(1).ca).unwrap();
    let pem = certificate.to_pem();
    assert!(pem.lines().all(|line| line.len() <= 64));
    assert_eq!(Certificate::from_pem(&pem), Ok(certificate));
    let key = pem.replace("CERTIFICATE", "PRIVATE KEY");
    assert_eq!(Certificate::from_pem(&key), Err(CertificateError::Malformed));
    assert_eq!(Certificate::from_pem(""), Err(CertificateError::Malformed));
}

#[test]
fn only_p256_is_accepted() {
    let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&other).unwrap();
    assert_eq!(Certificate::from_der(certificate.der()).err(), Some(CertificateError::Algorithm));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _outcome = Certificate::from_der(&bytes);
    }

    #[test]
    fn a_changed_byte_breaks_the_chain(at_byte in any::<prop::sample::Index>(), bit in 0_usize..8) {
        let authority = Authority::new(1);
        let mut changed = leaf(&authority);
        let place = at_byte.index(changed.len());
        changed[place] ^= 1 << bit;
        prop_assert!(validate_chain(&[changed], &anchor(&authority), at(NOW)).is_err());
    }
}
