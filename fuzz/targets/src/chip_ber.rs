//! BER of CMS: what comes out is in the one form already, and stays as it is.

use tanda_chip::passive::to_der;

/// Signed data with a certificate.
pub const MAX_LEN: usize = 4096;

/// Takes an element.
pub fn run(data: &[u8]) -> Option<()> {
    let der = to_der(data).ok()?;
    assert_eq!(to_der(&der).as_ref(), Ok(&der));
    Some(())
}
