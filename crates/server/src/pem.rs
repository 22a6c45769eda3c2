//! Certificates as people pass them around: PEM (RFC 7468).

use std::path::{Path, PathBuf};

use der::pem::{self, LineEnding};
use tanda_credential::x509::Certificate;

use crate::files::{self, FileError};

const LABEL: &str = "CERTIFICATE";

/// Why a file gives no certificate.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
    /// It can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is no certificate.
    #[error("{0} holds no certificate in PEM form")]
    NotACertificate(PathBuf),
}

/// A certificate's DER as PEM.
pub fn encode(der: &[u8]) -> String {
    pem::encode_string(LABEL, LineEnding::LF, der).unwrap_or_default()
}

/// The certificate in a PEM file.
pub fn read(path: &Path) -> Result<Certificate, PemError> {
    let not_one = || PemError::NotACertificate(path.to_owned());
    let text = files::read_text(path)?;
    let (label, der) = pem::decode_vec(text.as_bytes()).map_err(|_| not_one())?;
    if label != LABEL {
        return Err(not_one());
    }
    Certificate::from_der(&der).map_err(|_| not_one())
}
