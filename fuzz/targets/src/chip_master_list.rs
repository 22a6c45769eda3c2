//! Master lists, signed by somebody who may: whatever the list holds, what it proposes may sign
//! certificates.

use std::sync::LazyLock;

use jiff::SignedDuration;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::crypto::Curve;
use tanda_chip::passive::{CountrySigners, MasterList, RevocationList, SignerCertificate};
use tanda_chip::tlv::tlv;
use tanda_sandbox_chip::issuing::{
    DocumentSigner, KeyPair, Request, Usage, extension, issue, name, revoke, sign_content,
};

use crate::chip_answers::NOW;

/// A list of a few certificates.
pub const MAX_LEN: usize = 4096;

/// id-icao-cscaMasterList, and the extended key usage of who signs one.
const MASTER_LIST: [u8; 6] = [0x67, 0x81, 0x08, 0x01, 0x01, 0x02];
const LIST_SIGNER: [u8; 6] = [0x67, 0x81, 0x08, 0x01, 0x01, 0x03];

static SIGNER: LazyLock<(CountrySigners, DocumentSigner)> = LazyLock::new(|| {
    let rng = &mut StdRng::seed_from_u64(25);
    let [country, own] = [0; 2].map(|_| KeyPair::draw(Curve::P256, rng));
    let named = name("Country");
    let life = [*NOW - SignedDuration::from_hours(24), *NOW + SignedDuration::from_hours(24)];
    let mut request = Request {
        issuer: &named,
        issuer_key: &country,
        subject: &named,
        key: &country,
        serial: 1,
        usage: Usage::Country,
        validity: life,
        more: Vec::new(),
    };
    let mut believed = CountrySigners::default();
    believed.trust(SignerCertificate::from_der(&issue(&request, rng)).unwrap(), "UTO").unwrap();
    let list = revoke(&named, &country, &[], life, rng);
    believed.revoke(RevocationList::from_der(&list).unwrap()).unwrap();
    let purpose = tlv(0x30, &tlv(0x06, &LIST_SIGNER));
    (request.key, request.serial, request.usage) = (&own, 2, Usage::Documents);
    request.more = extension(&[0x55, 0x1d, 0x25], true, &purpose);
    let certificate = issue(&request, rng);
    let signer = DocumentSigner {
        key: own.clone(),
        certificate,
        issuer: named.clone(),
        serial: 2,
        signs_at: *NOW,
    };
    (believed, signer)
});

/// Takes the content, which is signed here.
pub fn run(data: &[u8]) -> Option<()> {
    let (believed, signer) = &*SIGNER;
    let signed = sign_content(&MASTER_LIST, data, signer, &mut StdRng::seed_from_u64(26));
    let list = MasterList::verify(&signed, believed, *NOW).ok()?;
    assert!(list.certificates.iter().all(SignerCertificate::signs_certificates));
    Some(())
}
