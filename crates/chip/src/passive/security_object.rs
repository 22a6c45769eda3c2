//! EF.SOD: the hashes of the data groups, signed (Doc 9303-10 section 4.7.4, Doc 9303-11 section 5.1).

use std::collections::BTreeMap;

use der::asn1::ObjectIdentifier;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::certificate::{CertificateError, SignerCertificate};
use super::cms::{CmsError, SignedData};
use super::store::CountrySigners;
use crate::crypto::Hash;
use crate::lds::DataGroup;
use crate::tlv::{self, Reader, TlvError};

const LDS_SECURITY_OBJECT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.1");

/// How far an issuer's clock may be ahead of ours: a day, as some sign with a date alone.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(24);

/// Why EF.SOD can't be read.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum SecurityObjectError {
    /// Not TLV.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Not signed data.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// Not a list of hashes, a data group twice, hashes of another length.
    #[error("the list of hashes is malformed")]
    Malformed,
    /// A hash function that is unknown or weak.
    #[error("the data groups are hashed in a way that is not accepted")]
    Hash,
}

/// Why the signed data is not to be believed; each fault by itself.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum PassiveError {
    /// Neither the document nor the store has the certificate that the signer names.
    #[error("the document signer's certificate is missing")]
    SignerMissing,
    /// The certificate can't be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// No country signer that is believed issued it.
    #[error("the document signer is not of a trusted country signer")]
    Untrusted,
    /// A certificate of something else than a document signer.
    #[error("the document signer's certificate may not sign documents")]
    SignerUsage,
    /// The document signer's certificate is not valid now.
    #[error("the document signer's certificate has expired or is not yet valid")]
    SignerNotValid,
    /// The country signer's certificate is not valid now.
    #[error("the country signer's certificate has expired or is not yet valid")]
    CountrySignerNotValid,
    /// Signed when the signer's key might not, or in the future.
    #[error("the document was signed outside of the signer's time")]
    SigningTime,
    /// The country signer has revoked the document signer, or itself.
    #[error("the document signer is revoked")]
    Revoked,
    /// No current revocation list of the country signer is at hand: it can't be told.
    #[error("whether the document signer is revoked can't be told")]
    RevocationUnknown,
    /// The signature or the digest within is not of this content and this key.
    #[error("the document signer's signature is wrong")]
    Signature,
    /// A data group's bytes are not those that were signed.
    #[error("{0} is not as it was signed")]
    Tampered(DataGroup),
    /// A data group that was never signed.
    #[error("{0} was not signed")]
    NotSigned(DataGroup),
}

/// EF.SOD, read and not yet believed.
#[derive(Clone, Debug)]
pub struct SecurityObject {
    signed: SignedData,
    hash: Hash,
    hashes: BTreeMap<DataGroup, Vec<u8>>,
}

impl SecurityObject {
    /// Reads the file.
    ///
    /// # Errors
    /// [`SecurityObjectError`].
    pub fn parse(file: &[u8]) -> Result<Self, SecurityObjectError> {
        let signed = SignedData::parse(tlv::only(file, 0x77)?)?;
        if signed.content_type != LDS_SECURITY_OBJECT {
            return Err(SecurityObjectError::Malformed);
        }
        let mut object = Reader::new(tlv::only(&signed.content, 0x30)?);
        if !matches!(object.expect(0x02)?, [0 | 1]) {
            return Err(SecurityObjectError::Malformed);
        }
        let algorithm = Reader::new(object.expect(0x30)?).expect(0x06)?;
        let hash = ObjectIdentifier::from_bytes(algorithm).ok().and_then(Hash::of_oid);
        let hash =
            hash.filter(|hash| hash.resists_collisions()).ok_or(SecurityObjectError::Hash)?;
        let mut list = Reader::new(object.expect(0x30)?);
        let mut hashes = BTreeMap::new();
        while !list.is_empty() {
            let mut entry = Reader::new(list.expect(0x30)?);
            let group = match entry.expect(0x02)? {
                [number] => DataGroup::numbered(*number),
                _ => None,
            };
            let group = group.ok_or(SecurityObjectError::Malformed)?;
            let digest = entry.expect(0x04)?;
            entry.finish()?;
            if digest.len() != hash.size() || hashes.insert(group, digest.to_vec()).is_some() {
                return Err(SecurityObjectError::Malformed);
            }
        }
        // The version of the data structure may follow.
        object.optional(0x30)?;
        object.finish()?;
        Ok(Self { signed, hash, hashes })
    }

    /// The data groups that the document has, by what is to be signed.
    pub fn groups(&self) -> impl Iterator<Item = DataGroup> {
        self.hashes.keys().copied()
    }

    /// Leads the signature to a country signer, as things stand at `now`.
    ///
    /// # Errors
    /// [`PassiveError`].
    pub fn verify(
        self,
        believed: &CountrySigners,
        now: Timestamp,
    ) -> Result<SignedHashes, PassiveError> {
        let signer = self.signer(believed)?;
        let state = believed.vouch(&signer, now)?.to_owned();
        if !self.signed.is_signed_by(&signer) {
            return Err(PassiveError::Signature);
        }
        let in_time = self.signed.signed_at.is_none_or(|at| {
            signer.may_have_signed_at(at) && now.checked_add(CLOCK_SKEW).is_ok_and(|it| at <= it)
        });
        if !in_time {
            return Err(PassiveError::SigningTime);
        }
        Ok(SignedHashes { hash: self.hash, hashes: self.hashes, state, signer })
    }

    /// The certificate that the signer names, out of the document or the store.
    fn signer(&self, believed: &CountrySigners) -> Result<SignerCertificate, PassiveError> {
        for der in &self.signed.certificates {
            let certificate = SignerCertificate::from_der(der)?;
            if self.signed.names(&certificate) {
                return Ok(certificate);
            }
        }
        let kept = believed.document_signer(|certificate| self.signed.names(certificate));
        kept.cloned().ok_or(PassiveError::SignerMissing)
    }
}

/// The hashes of a document's data groups, signed by an issuer that is believed.
#[derive(Clone, Debug)]
pub struct SignedHashes {
    hash: Hash,
    hashes: BTreeMap<DataGroup, Vec<u8>>,
    /// The state for whose documents the country signer is believed.
    pub state: String,
    /// The document signer.
    pub signer: SignerCertificate,
}

impl SignedHashes {
    /// Whether the document has this data group.
    pub fn has(&self, group: DataGroup) -> bool {
        self.hashes.contains_key(&group)
    }

    /// Makes sure that `file` is the data group that was signed.
    ///
    /// # Errors
    /// [`PassiveError::Tampered`], [`PassiveError::NotSigned`].
    pub fn check(&self, group: DataGroup, file: &[u8]) -> Result<(), PassiveError> {
        let signed = self.hashes.get(&group).ok_or(PassiveError::NotSigned(group))?;
        if *signed == self.hash.digest(file) { Ok(()) } else { Err(PassiveError::Tampered(group)) }
    }
}
