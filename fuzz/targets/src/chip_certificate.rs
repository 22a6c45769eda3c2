//! Certificates of country signers and document signers: the bytes stay, and nobody's is issued by the
//! sandbox's country that it did not sign.

use std::sync::LazyLock;

use tanda_chip::passive::SignerCertificate;

use crate::chip_answers::{COUNTRY, NOW};

/// A certificate with RSA and a few names.
pub const MAX_LEN: usize = 2048;

static COUNTRY_SIGNER: LazyLock<SignerCertificate> =
    LazyLock::new(|| SignerCertificate::from_der(COUNTRY.certificate()).unwrap());

/// Takes DER.
pub fn run(data: &[u8]) -> Option<()> {
    let certificate = SignerCertificate::from_der(data).ok()?;
    assert_eq!(certificate.der(), data);
    assert!(!certificate.signs_documents() || !certificate.signs_certificates());
    assert!(!certificate.may_have_signed_at(*NOW) || certificate.is_valid_at(*NOW));
    if certificate.is_issued_by(&COUNTRY_SIGNER) && certificate.signs_certificates() {
        assert_eq!(certificate, *COUNTRY_SIGNER, "forged");
    }
    Some(())
}
