//! Master lists: the country signers that one state believes, signed (Doc 9303-12 sections 5 and 8).

use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use thiserror::Error;

use super::certificate::{CertificateError, SignerCertificate};
use super::cms::{CmsError, SignedData};
use super::store::CountrySigners;
use crate::tlv::{self, Reader, TlvError};

const MASTER_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.2");

/// More than these no list holds: some states have a dozen keys in use at once.
const MAX_CERTIFICATES: usize = 4096;

/// Why a master list is not taken.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum MasterListError {
    /// Not TLV.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Not signed data.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// Not a list of certificates.
    #[error("the master list is malformed")]
    Malformed,
    /// The list signer's certificate is missing or can't be read.
    #[error("the master list signer's certificate is missing")]
    SignerMissing,
    /// The list signer's certificate can't be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Nobody who is believed issued it, it is for something else, or it is not valid now.
    #[error("the master list signer is not to be believed")]
    Untrusted,
    /// The country signer has revoked it, or no current revocation list tells that it hasn't.
    #[error("whether the master list signer is revoked can't be told, or it is")]
    Revoked,
    /// The signature is not of this list and this key.
    #[error("the master list's signature is wrong")]
    Signature,
}

/// The country signers that a believed state believes.
///
/// They are a proposal. Whoever takes one over says for which state's documents
/// ([`CountrySigners::trust`]): [`SignerCertificate::country`] says which it names.
#[derive(Clone, Debug)]
pub struct MasterList {
    /// The certificates that can be read, of CAs that may sign certificates.
    pub certificates: Vec<SignerCertificate>,
    /// How many can't: of algorithms that are unknown or weak, or not after the specification.
    pub left_out: usize,
}

impl MasterList {
    /// Reads a list and leads its signer to a country signer in `believed`, as things stand at `now`.
    ///
    /// # Errors
    /// [`MasterListError`].
    pub fn verify(
        bytes: &[u8],
        believed: &CountrySigners,
        now: Timestamp,
    ) -> Result<Self, MasterListError> {
        let signed = SignedData::parse(bytes)?;
        if signed.content_type != MASTER_LIST {
            return Err(MasterListError::Malformed);
        }
        let signer = signer(&signed)?;
        let country = believed.issuer_of(&signer).ok_or(MasterListError::Untrusted)?;
        let in_time = signer.is_valid_at(now) && country.certificate.is_valid_at(now);
        if !in_time || !signer.signs_master_lists() {
            return Err(MasterListError::Untrusted);
        }
        let list = believed.list_of(signer.issuer()).filter(|list| list.is_current_at(now));
        if list.is_none_or(|list| list.revokes(signer.serial())) {
            return Err(MasterListError::Revoked);
        }
        if !signed.is_signed_by(&signer) {
            return Err(MasterListError::Signature);
        }
        Self::read(&signed.content)
    }

    fn read(content: &[u8]) -> Result<Self, MasterListError> {
        let mut fields = Reader::new(tlv::only(content, 0x30)?);
        if fields.expect(0x02)? != [0] {
            return Err(MasterListError::Malformed);
        }
        let mut entries = Reader::new(fields.expect(0x31)?);
        fields.finish()?;
        let mut list = Self { certificates: Vec::new(), left_out: 0 };
        for _ in 0..MAX_CERTIFICATES {
            if entries.is_empty() {
                return Ok(list);
            }
            match SignerCertificate::from_der(entries.element()?.whole) {
                Ok(certificate) if certificate.signs_certificates() => {
                    list.certificates.push(certificate);
                }
                _ => list.left_out += 1,
            }
        }
        Err(MasterListError::Malformed)
    }
}

/// The certificate that the signer names; those of its country stand beside it.
fn signer(signed: &SignedData) -> Result<SignerCertificate, MasterListError> {
    for der in &signed.certificates {
        match SignerCertificate::from_der(der) {
            Ok(certificate) if signed.names(&certificate) => return Ok(certificate),
            _ => {}
        }
    }
    Err(MasterListError::SignerMissing)
}
