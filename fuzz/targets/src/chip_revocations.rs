//! Revocation lists of country signers: the sandbox's country signed none but its own.

use std::sync::LazyLock;

use tanda_chip::passive::{RevocationList, SignerCertificate};

use crate::chip_answers::{COUNTRY, NOW};

/// A list with a few entries.
pub const MAX_LEN: usize = 2048;

static COUNTRY_SIGNER: LazyLock<SignerCertificate> =
    LazyLock::new(|| SignerCertificate::from_der(COUNTRY.certificate()).unwrap());

/// Takes DER.
pub fn run(data: &[u8]) -> Option<()> {
    let list = RevocationList::from_der(data).ok()?;
    assert!(!list.is_current_at(*NOW) || list.issued() <= *NOW);
    if list.is_issued_by(&COUNTRY_SIGNER) {
        let own = RevocationList::from_der(COUNTRY.revocations()).unwrap();
        assert_eq!(list.issued(), own.issued(), "forged");
    }
    Some(())
}
