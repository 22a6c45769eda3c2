//! Revocation lists of country signers (Doc 9303-12 section 7.1.4).

use der::{Decode, Encode};
use jiff::Timestamp;
use thiserror::Error;
use x509_cert::crl::CertificateList;

use super::certificate::{SignerCertificate, moment, signed_part};
use crate::crypto::SignatureScheme;

const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Why a revocation list is not taken.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum CrlError {
    /// Not a version 2 list in DER of at most 4 MiB.
    #[error("a revocation list is malformed")]
    Malformed,
    /// A signature algorithm that is unknown or weak.
    #[error("a revocation list is signed in a way that is not accepted")]
    Algorithm,
    /// A critical extension, all of which would change what the list says.
    #[error("a revocation list has an unknown critical extension")]
    Critical,
}

/// A revocation list, whose signature is still to be checked.
#[derive(Clone)]
pub struct RevocationList {
    signed: Vec<u8>,
    signature: Vec<u8>,
    scheme: SignatureScheme,
    issuer: Vec<u8>,
    serials: Vec<Vec<u8>>,
    issued: Timestamp,
    next: Option<Timestamp>,
}

impl RevocationList {
    /// Parses DER.
    ///
    /// # Errors
    /// [`CrlError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CrlError> {
        let malformed = |_| CrlError::Malformed;
        if bytes.len() > MAX_BYTES {
            return Err(CrlError::Malformed);
        }
        let parsed: CertificateList = CertificateList::from_der(bytes).map_err(malformed)?;
        let list = &parsed.tbs_cert_list;
        if list.signature != parsed.signature_algorithm {
            return Err(CrlError::Malformed);
        }
        // Partial lists, lists of others' certificates: all of them are told by a critical extension.
        let entries = || list.revoked_certificates.iter().flatten();
        let mut extensions = list
            .crl_extensions
            .iter()
            .flatten()
            .chain(entries().flat_map(|entry| entry.crl_entry_extensions.iter().flatten()));
        if extensions.any(|extension| extension.critical) {
            return Err(CrlError::Critical);
        }
        let algorithm = parsed.signature_algorithm.to_der().map_err(malformed)?;
        let at = |time: x509_cert::time::Time| {
            moment(time.to_unix_duration()).map_err(|_| CrlError::Malformed)
        };
        Ok(Self {
            signed: signed_part(bytes).ok_or(CrlError::Malformed)?.to_vec(),
            signature: parsed.signature.as_bytes().ok_or(CrlError::Malformed)?.to_vec(),
            scheme: SignatureScheme::from_der(&algorithm, None).ok_or(CrlError::Algorithm)?,
            issuer: list.issuer.to_der().map_err(malformed)?,
            serials: entries().map(|entry| entry.serial_number.as_bytes().to_vec()).collect(),
            issued: at(list.this_update)?,
            next: list.next_update.map(at).transpose()?,
        })
    }

    /// Whether `signer`, a country signer, signed it.
    pub fn is_issued_by(&self, signer: &SignerCertificate) -> bool {
        self.issuer == signer.subject()
            && signer.signs_revocations()
            && signer.key().verifies(self.scheme, &self.signed, &self.signature)
    }

    /// Whether it still says how things stand at `now`: issued by then, and the next not due. A list
    /// that names no next one never does.
    pub fn is_current_at(&self, now: Timestamp) -> bool {
        self.issued <= now && self.next.is_some_and(|next| now <= next)
    }

    /// When it was issued.
    pub const fn issued(&self) -> Timestamp {
        self.issued
    }

    /// Whose it is, in DER.
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// Whether it revokes the certificate with this serial number.
    pub fn revokes(&self, serial: &[u8]) -> bool {
        self.serials.iter().any(|revoked| revoked == serial)
    }
}

impl std::fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RevocationList").field("issued", &self.issued).finish_non_exhaustive()
    }
}
