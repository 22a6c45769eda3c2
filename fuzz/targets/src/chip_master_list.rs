//! Master lists: whatever one holds, what it would propose may sign certificates.

use std::sync::LazyLock;

use jiff::SignedDuration;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::crypto::Curve;
use tanda_chip::passive::{SignerCertificate, UnverifiedMasterList};
use tanda_chip::tlv::tlv;
use tanda_sandbox_chip::issuing::{
    DocumentSigner, KeyPair, Request, Usage, extension, issue, name, signed_data,
};

use crate::chip_answers::NOW;

/// A list of a few certificates.
pub const MAX_LEN: usize = 4096;

/// id-icao-cscaMasterList, and the extended key usage of who signs one.
const MASTER_LIST: [u8; 6] = [0x67, 0x81, 0x08, 0x01, 0x01, 0x02];
const LIST_SIGNER: [u8; 6] = [0x67, 0x81, 0x08, 0x01, 0x01, 0x03];

static SIGNER: LazyLock<DocumentSigner> = LazyLock::new(|| {
    let rng = &mut StdRng::seed_from_u64(25);
    let [country, own] = [0; 2].map(|_| KeyPair::draw(Curve::P256, rng));
    let issuer = name("Country");
    let request = Request {
        issuer: &issuer,
        issuer_key: &country,
        subject: &name("Signer of lists"),
        key: &own,
        serial: 2,
        usage: Usage::Documents,
        validity: [*NOW - SignedDuration::from_hours(24), *NOW + SignedDuration::from_hours(24)],
        more: extension(&[0x55, 0x1d, 0x25], true, &tlv(0x30, &tlv(0x06, &LIST_SIGNER))),
    };
    let certificate = issue(&request, rng);
    DocumentSigner { key: own, certificate, issuer, serial: 2, signs_at: *NOW }
});

/// Takes the content. The signature is not looked at when a list is read, so none is made here: with
/// one for each input, and the checks of it, a sixth as many are tried.
pub fn run(data: &[u8]) -> Option<()> {
    let signed = signed_data(&MASTER_LIST, data, &SIGNER, |_| vec![0; 64]);
    let list = UnverifiedMasterList::parse(&signed).ok()?;
    let proposed = &list.unverified().certificates;
    assert!(proposed.iter().all(SignerCertificate::signs_certificates));
    if let Some(issuer) = list.issuer() {
        assert!(issuer.may_be_anchor());
    }
    Some(())
}
