//! X.509 certificates in DER and PEM: what is kept are the very bytes, PEM and DER lead to one
//! certificate, and no bound of its validity makes the clock's arithmetic fail.

use jiff::Timestamp;
use tanda_credential::digest;
use tanda_credential::x509::Certificate;

use crate::fixture::{FIXTURE, text};

/// A leaf with a few names, in PEM.
pub const MAX_LEN: usize = 1536;

/// Takes DER, or PEM where it begins with a hyphen.
pub fn run(data: &[u8]) -> Option<()> {
    let certificate = if data.starts_with(b"-") {
        Certificate::from_pem(text(data)?).ok()?
    } else {
        let certificate = Certificate::from_der(data).ok()?;
        assert_eq!(certificate.der(), data);
        certificate
    };
    assert_eq!(Certificate::from_pem(&certificate.to_pem()).as_ref(), Ok(&certificate));
    assert_eq!(certificate.sha256(), digest::sha256(certificate.der()));
    for moment in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let inside = certificate.not_before() <= moment && moment <= certificate.not_after();
        assert!(certificate.is_valid_at(moment) || !inside);
    }
    if certificate.is_signed_by(&FIXTURE.anchor) {
        let leaf = FIXTURE.leaf_certificate();
        let same_key = certificate.verifying_key().jwk().same_key(leaf.verifying_key().jwk());
        assert!(certificate == FIXTURE.anchor || same_key, "forged");
    }
    Some(())
}
