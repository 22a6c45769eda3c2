//! Signed data (RFC 5652 section 5) with one signer, as EF.SOD and master lists are.

use der::Decode as _;
use der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};
use jiff::Timestamp;
use thiserror::Error;

use super::ber::{BerError, to_der};
use super::certificate::{SignerCertificate, moment};
use crate::crypto::{Hash, SignatureScheme};
use crate::tlv::{self, Reader, TlvError, tlv};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");

/// Why bytes are no signed data.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum CmsError {
    /// Not BER.
    #[error(transparent)]
    Ber(#[from] BerError),
    /// Not TLV in what is DER by now.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Not signed data with one signer, content and signed attributes.
    #[error("the signed data is malformed")]
    Malformed,
    /// A hash or signature algorithm that is unknown or weak.
    #[error("the signed data is signed in a way that is not accepted")]
    Algorithm,
}

/// Who signed, by the signer's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SignerId {
    IssuerAndSerial { issuer: Vec<u8>, serial: Vec<u8> },
    KeyId(Vec<u8>),
}

/// Signed data, whose signature is still to be checked.
#[derive(Clone, Debug)]
pub struct SignedData {
    /// What kind of content it is.
    pub content_type: ObjectIdentifier,
    /// The content.
    pub content: Vec<u8>,
    /// The certificates that came along, in DER, unread.
    pub certificates: Vec<Vec<u8>>,
    /// When it was signed, by the signer's own word.
    pub signed_at: Option<Timestamp>,
    signer: SignerId,
    hash: Hash,
    digest: Vec<u8>,
    attributes: Vec<u8>,
    scheme: SignatureScheme,
    signature: Vec<u8>,
}

impl SignedData {
    /// Reads a ContentInfo, in DER or BER.
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CmsError> {
        let der = to_der(bytes)?;
        let mut info = Reader::new(tlv::only(&der, 0x30)?);
        if oid(info.expect(0x06)?)? != SIGNED_DATA {
            return Err(CmsError::Malformed);
        }
        let mut data = Reader::new(tlv::only(info.expect(0xa0)?, 0x30)?);
        info.finish()?;
        data.expect(0x02)?;
        data.expect(0x31)?;
        let mut encapsulated = Reader::new(data.expect(0x30)?);
        let content_type = oid(encapsulated.expect(0x06)?)?;
        let content = tlv::only(encapsulated.expect(0xa0)?, 0x04)?.to_vec();
        encapsulated.finish()?;
        let mut certificates = Vec::new();
        if let Some(list) = data.optional(0xa0)? {
            let mut list = Reader::new(list);
            while !list.is_empty() {
                certificates.push(list.element()?.whole.to_vec());
            }
        }
        data.optional(0xa1)?;
        let signer = tlv::only(data.expect(0x31)?, 0x30)?;
        data.finish()?;
        Self::with_signer(signer, content_type, content, certificates)
    }

    /// Reads the SignerInfo (RFC 5652 section 5.3).
    fn with_signer(
        info: &[u8],
        content_type: ObjectIdentifier,
        content: Vec<u8>,
        certificates: Vec<Vec<u8>>,
    ) -> Result<Self, CmsError> {
        let mut info = Reader::new(info);
        info.expect(0x02)?;
        let id = info.element()?;
        let signer = match id.tag {
            0x30 => {
                let mut fields = Reader::new(id.content);
                let issuer = fields.element()?.whole.to_vec();
                let serial = fields.expect(0x02)?.to_vec();
                fields.finish()?;
                SignerId::IssuerAndSerial { issuer, serial }
            }
            0x80 => SignerId::KeyId(id.content.to_vec()),
            _ => return Err(CmsError::Malformed),
        };
        let algorithm = Reader::new(info.expect(0x30)?).expect(0x06)?;
        let hash = Hash::of_oid(oid(algorithm)?).ok_or(CmsError::Algorithm)?;
        // Content that isn't plain data is signed by way of attributes (section 5.3).
        let attributes = info.expect(0xa0)?;
        let scheme = SignatureScheme::from_der(info.element()?.whole, Some(hash));
        let scheme = scheme.ok_or(CmsError::Algorithm)?;
        let signature = info.expect(0x04)?.to_vec();
        info.optional(0xa1)?;
        info.finish()?;
        if !hash.resists_collisions() {
            return Err(CmsError::Algorithm);
        }
        let read = Attributes::parse(attributes)?;
        if read.content_type != Some(content_type) {
            return Err(CmsError::Malformed);
        }
        Ok(Self {
            content_type,
            content,
            certificates,
            signed_at: read.signing_time,
            signer,
            hash,
            digest: read.digest.ok_or(CmsError::Malformed)?,
            // What is signed is the set with its own tag instead of the implicit one (section 5.4).
            attributes: tlv(0x31, attributes),
            scheme,
            signature,
        })
    }

    /// Whether `certificate` is the one that the signer names.
    pub fn names(&self, certificate: &SignerCertificate) -> bool {
        match &self.signer {
            SignerId::IssuerAndSerial { issuer, serial } => {
                certificate.issuer() == issuer && certificate.serial() == serial
            }
            SignerId::KeyId(id) => certificate.key_id() == Some(id),
        }
    }

    /// Whether `certificate`'s key signed this content: the digest of the content stands in the
    /// attributes, and the signature is of them.
    pub fn is_signed_by(&self, certificate: &SignerCertificate) -> bool {
        self.hash.digest(&self.content) == self.digest
            && certificate.key().verifies(self.scheme, &self.attributes, &self.signature)
    }
}

#[derive(Default)]
struct Attributes {
    content_type: Option<ObjectIdentifier>,
    digest: Option<Vec<u8>>,
    signing_time: Option<Timestamp>,
}

impl Attributes {
    /// Each at most once, with one value (RFC 5652 section 11).
    fn parse(bytes: &[u8]) -> Result<Self, CmsError> {
        let mut read = Self::default();
        let mut list = Reader::new(bytes);
        while !list.is_empty() {
            let mut attribute = Reader::new(list.expect(0x30)?);
            let kind = oid(attribute.expect(0x06)?)?;
            let mut values = Reader::new(attribute.expect(0x31)?);
            attribute.finish()?;
            let again = match kind {
                CONTENT_TYPE => read.content_type.replace(oid(values.expect(0x06)?)?).is_some(),
                MESSAGE_DIGEST => read.digest.replace(values.expect(0x04)?.to_vec()).is_some(),
                SIGNING_TIME => {
                    let value = values.element()?.whole;
                    read.signing_time.replace(time(value).ok_or(CmsError::Malformed)?).is_some()
                }
                _ => continue,
            };
            values.finish()?;
            if again {
                return Err(CmsError::Malformed);
            }
        }
        Ok(read)
    }
}

fn oid(content: &[u8]) -> Result<ObjectIdentifier, CmsError> {
    ObjectIdentifier::from_bytes(content).map_err(|_| CmsError::Malformed)
}

fn time(der: &[u8]) -> Option<Timestamp> {
    let since_epoch = match UtcTime::from_der(der) {
        Ok(time) => time.to_unix_duration(),
        Err(_) => GeneralizedTime::from_der(der).ok()?.to_unix_duration(),
    };
    moment(since_epoch).ok()
}
