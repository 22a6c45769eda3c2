//! Master lists: the country signers that one state believes, signed (Doc 9303-12 sections 5 and 8).

use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use thiserror::Error;

use super::certificate::SignerCertificate;
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

/// A master list, read and not yet believed.
#[derive(Clone, Debug)]
pub struct UnverifiedMasterList {
    signed: SignedData,
    signer: SignerCertificate,
    issuer: Option<SignerCertificate>,
    list: MasterList,
}

/// The country signers that a believed state believes.
///
/// They are a proposal. Whoever takes one over says for which state's documents
/// ([`CountrySigners::trust`]): [`SignerCertificate::country`] says which it names.
#[derive(Clone, Debug)]
pub struct MasterList {
    /// The certificates that can be read, of CAs that may sign certificates.
    pub certificates: Vec<SignerCertificate>,
    /// How many can't: of keys that are unknown or weak, or not after the specification.
    pub left_out: usize,
}

impl UnverifiedMasterList {
    /// Reads a list, in DER or BER.
    ///
    /// # Errors
    /// [`MasterListError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, MasterListError> {
        let signed = SignedData::parse(bytes)?;
        if signed.content_type != MASTER_LIST {
            return Err(MasterListError::Malformed);
        }
        let list = MasterList::read(&signed.content)?;
        let beside =
            signed.certificates.iter().filter_map(|der| SignerCertificate::from_der(der).ok());
        let beside: Vec<SignerCertificate> = beside.collect();
        let signer = beside.iter().find(|it| signed.names(it)).cloned();
        let signer = signer.ok_or(MasterListError::SignerMissing)?;
        let mut country_signers = beside.into_iter().chain(list.certificates.iter().cloned());
        let issuer = country_signers.find(|it| signer.is_issued_by(it) && it.may_be_anchor());
        Ok(Self { signed, signer, issuer, list })
    }

    /// The country signer that issued the list's signer, if it came along: who would have to be believed
    /// for the list to be.
    pub const fn issuer(&self) -> Option<&SignerCertificate> {
        self.issuer.as_ref()
    }

    /// What it would propose.
    pub const fn unverified(&self) -> &MasterList {
        &self.list
    }

    /// Leads the list's signer to a country signer in `believed`, as things stand at `now`.
    ///
    /// # Errors
    /// [`MasterListError`].
    pub fn verify(
        &self,
        believed: &CountrySigners,
        now: Timestamp,
    ) -> Result<MasterList, MasterListError> {
        let signer = &self.signer;
        let country = believed.issuer_of(signer).ok_or(MasterListError::Untrusted)?;
        let in_time = signer.is_valid_at(now) && country.certificate.is_valid_at(now);
        if !in_time || !signer.signs_master_lists() {
            return Err(MasterListError::Untrusted);
        }
        let list = believed.list_of(signer.issuer()).filter(|list| list.is_current_at(now));
        if list.is_none_or(|list| list.revokes(signer.serial())) {
            return Err(MasterListError::Revoked);
        }
        if !self.signed.is_signed_by(signer) {
            return Err(MasterListError::Signature);
        }
        Ok(self.list.clone())
    }
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
        UnverifiedMasterList::parse(bytes)?.verify(believed, now)
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
