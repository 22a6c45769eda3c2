//! Writes the keys and certificates of `fixture/` anew. Run it only when they run out: what the
//! corpora hold is signed by them, or names them by their hash.

#![expect(clippy::unwrap_used, reason = "a tool for the maintainer")]

use std::fs;
use std::path::Path;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use tanda_credential::jose::{Signer as _, SigningKey};
use tanda_credential::x509::{LeafRequest, Subject, Validity, issue_ca, issue_leaf};
use tanda_fuzz_targets::fixture::{ISSUER, NOW};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixture");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    let mut rng = StdRng::seed_from_u64(1);
    let mut key = || SigningKey::generate(&mut rng).unwrap();
    let (authority, leaf, holder) = (key(), key(), key());
    write("leaf.key", &leaf.to_pkcs8().unwrap());
    write("holder.key", &holder.to_pkcs8().unwrap());

    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let year = 366 * 86_400;
    let validity = Validity { from: at(NOW - year), until: at(NOW + 20 * year) };
    let anchor =
        issue_ca(&Subject::named("Fuzzing Authority"), validity, &authority, &mut rng).unwrap();
    let request = LeafRequest {
        subject: Subject::named("Fuzzing Leaf"),
        key: leaf.public(),
        dns_names: vec!["authority.example".to_owned()],
        uris: vec![ISSUER.to_owned()],
        validity,
    };
    write("anchor.der", &anchor);
    write("leaf.der", &issue_leaf(&request, &anchor, &authority, &mut rng).unwrap());

    let params = |name: &str, usage: KeyUsagePurpose| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.key_usages = vec![usage];
        params.not_before = rcgen::date_time_ymd(2025, 1, 1);
        params.not_after = rcgen::date_time_ymd(2045, 1, 1);
        params
    };
    let authority = |name: &str| {
        let mut params = params(name, KeyUsagePurpose::KeyCertSign);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let pair = || KeyPair::generate().unwrap();
    let root = CertifiedIssuer::self_signed(authority("Fuzzing Root"), pair()).unwrap();
    let between = CertifiedIssuer::signed_by(authority("Fuzzing Between"), pair(), &root).unwrap();
    let leaf = params("Fuzzing Other Leaf", KeyUsagePurpose::DigitalSignature);
    let leaf = leaf.signed_by(&pair(), &between).unwrap();
    write("other-anchor.der", root.der());
    write("other-between.der", between.der());
    write("other-leaf.der", leaf.der());
}
