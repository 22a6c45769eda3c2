//! Certificates of country signers and document signers (Doc 9303-12 section 7.1).

use std::sync::Arc;

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, Tag, Tagged as _};
use jiff::Timestamp;
use thiserror::Error;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, PrivateKeyUsagePeriod,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::{Certificate, TbsCertificate};

use super::fingerprint::Fingerprint;
use crate::crypto::{PublicKey, PublicKeyError, SignatureScheme};
use crate::tlv::{self, Reader};

const MAX_BYTES: usize = 16 * 1024;

/// id-icao-cscaMasterListSigningKey (Doc 9303-12 section 7.1.1).
const MASTER_LISTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.3");

/// countryName (X.520).
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");

/// Extensions that may be critical, because they are understood: basic constraints, key usage, extended
/// key usage, the private key's usage period.
const UNDERSTOOD: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("2.5.29.37"),
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    ObjectIdentifier::new_unwrap("2.5.29.16"),
];

/// Why a certificate is not taken.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum CertificateError {
    /// Not a version 3 certificate in DER of at most 16 KiB.
    #[error("a certificate is malformed")]
    Malformed,
    /// A signature algorithm that is unknown or weak, where the signature has to count.
    #[error("a certificate is signed in a way that is not accepted")]
    Algorithm,
    /// A critical extension that is not understood.
    #[error("a certificate has an unknown critical extension")]
    Critical,
    /// Its key.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
}

/// A certificate, parsed into what decisions need. Cheap to clone.
#[derive(Clone)]
pub struct SignerCertificate(Arc<Fields>);

struct Fields {
    der: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
    /// `None` where it is signed in a way that isn't accepted.
    scheme: Option<SignatureScheme>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    name: String,
    serial: Vec<u8>,
    key: PublicKey,
    key_id: Option<Vec<u8>>,
    issuer_key_id: Option<Vec<u8>>,
    ca: Option<Option<u8>>,
    usage: Option<KeyUsage>,
    purposes: Option<Vec<ObjectIdentifier>>,
    country: Option<String>,
    validity: [Timestamp; 2],
    signs_from_to: [Option<Timestamp>; 2],
}

impl SignerCertificate {
    /// Parses DER.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertificateError> {
        let malformed = |_| CertificateError::Malformed;
        if bytes.len() > MAX_BYTES {
            return Err(CertificateError::Malformed);
        }
        let parsed = Certificate::from_der(bytes).map_err(malformed)?;
        let tbs = parsed.tbs_certificate();
        // The algorithm stands inside and outside of what is signed.
        if tbs.version() != Version::V3 || tbs.signature() != parsed.signature_algorithm() {
            return Err(CertificateError::Malformed);
        }
        refuse_unknown_critical(tbs)?;
        let algorithm = parsed.signature_algorithm().to_der().map_err(malformed)?;
        let scheme = SignatureScheme::from_der(&algorithm, None);
        let spki = tbs.subject_public_key_info().to_der().map_err(malformed)?;
        let constraints = extension::<BasicConstraints>(tbs)?;
        let period = extension::<PrivateKeyUsagePeriod>(tbs)?;
        let key_id = extension::<SubjectKeyIdentifier>(tbs)?;
        let issuer_key_id = extension::<AuthorityKeyIdentifier>(tbs)?;
        let at = |time: Option<der::asn1::GeneralizedTime>| {
            time.map(|time| moment(time.to_unix_duration())).transpose()
        };
        let (from, to) = period.map_or((None, None), |it| (it.not_before, it.not_after));
        let certificate = Self(Arc::new(Fields {
            signed: signed_part(bytes).ok_or(CertificateError::Malformed)?.to_vec(),
            signature: parsed.signature().as_bytes().ok_or(CertificateError::Malformed)?.to_vec(),
            scheme,
            issuer: tbs.issuer().to_der().map_err(malformed)?,
            subject: tbs.subject().to_der().map_err(malformed)?,
            name: shown(tbs.subject()),
            serial: tbs.serial_number().as_bytes().to_vec(),
            key: PublicKey::from_spki(&spki)?,
            key_id: key_id.map(|it| it.0.as_bytes().to_vec()),
            issuer_key_id: issuer_key_id
                .and_then(|it| it.key_identifier.map(|id| id.as_bytes().to_vec())),
            ca: constraints.filter(|it| it.ca).map(|it| it.path_len_constraint),
            usage: extension::<KeyUsage>(tbs)?,
            purposes: extension::<ExtendedKeyUsage>(tbs)?.map(|it| it.0),
            country: country(tbs),
            validity: [
                moment(tbs.validity().not_before.to_unix_duration())?,
                moment(tbs.validity().not_after.to_unix_duration())?,
            ],
            signs_from_to: [at(from)?, at(to)?],
            der: bytes.to_vec(),
        }));
        if certificate.0.scheme.is_none() && !certificate.may_be_anchor() {
            return Err(CertificateError::Algorithm);
        }
        Ok(certificate)
    }

    /// The certificate's bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Its key.
    pub fn key(&self) -> &PublicKey {
        &self.0.key
    }

    /// The issuer's name, in DER.
    pub fn issuer(&self) -> &[u8] {
        &self.0.issuer
    }

    /// The subject's name, in DER.
    pub fn subject(&self) -> &[u8] {
        &self.0.subject
    }

    /// The subject's name, for people (RFC 4514).
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is known by where people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0.der)
    }

    /// The country that the subject names, by two letters.
    pub fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// The serial number, big-endian.
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The identifier of its key, if it has one.
    pub fn key_id(&self) -> Option<&[u8]> {
        self.0.key_id.as_deref()
    }

    /// Whether it may sign certificates: a CA, with that usage.
    pub fn signs_certificates(&self) -> bool {
        self.0.ca.is_some() && self.0.usage.is_some_and(|usage| usage.key_cert_sign())
    }

    /// Whether it is a country signer's own, to be believed on somebody's word: it may sign certificates,
    /// and signed itself.
    ///
    /// Such a signature says nothing of whose key it is: an anchor is a name and a key, told by somebody
    /// who is believed (RFC 5280 section 6.1.1 d). So one that was made in a way that isn't accepted, as
    /// older country signers' with SHA-1, is not looked at, and what it would have shown is not assumed.
    pub fn may_be_anchor(&self) -> bool {
        self.signs_certificates()
            && match self.0.scheme {
                Some(_) => self.is_issued_by(self),
                None => self.names_as_issuer(self),
            }
    }

    /// Whether it may sign revocation lists.
    pub fn signs_revocations(&self) -> bool {
        self.0.ca.is_some() && self.0.usage.is_some_and(|usage| usage.crl_sign())
    }

    /// Whether it may sign documents: no CA, that usage, and for nothing particular.
    pub fn signs_documents(&self) -> bool {
        self.0.purposes.is_none() && self.signs_content()
    }

    /// Whether it may sign master lists: no CA, that usage, and for that purpose.
    pub fn signs_master_lists(&self) -> bool {
        self.0.purposes.as_deref() == Some(&[MASTER_LISTS]) && self.signs_content()
    }

    fn signs_content(&self) -> bool {
        self.0.ca.is_none()
            && self.0.usage.is_some_and(|usage| {
                usage.digital_signature() && !usage.key_cert_sign() && !usage.crl_sign()
            })
    }

    /// From when until when it is valid.
    pub fn validity(&self) -> [Timestamp; 2] {
        self.0.validity
    }

    /// Whether it is valid at `moment`.
    pub fn is_valid_at(&self, moment: Timestamp) -> bool {
        let [from, to] = self.0.validity;
        (from..=to).contains(&moment)
    }

    /// Whether its key may have signed at `moment`: within the validity, and within the shorter period
    /// that is set for the private key (Doc 9303-12 section 4.1.5).
    pub fn may_have_signed_at(&self, moment: Timestamp) -> bool {
        let [from, to] = self.0.signs_from_to;
        self.is_valid_at(moment)
            && from.is_none_or(|from| from <= moment)
            && to.is_none_or(|to| moment <= to)
    }

    /// Whether `issuer` issued it: by name, by key identifier where both have one, and by signature.
    pub fn is_issued_by(&self, issuer: &Self) -> bool {
        self.names_as_issuer(issuer)
            && self.0.scheme.is_some_and(|scheme| {
                issuer.key().verifies(scheme, &self.0.signed, &self.0.signature)
            })
    }

    fn names_as_issuer(&self, issuer: &Self) -> bool {
        let fits = match (&self.0.issuer_key_id, issuer.key_id()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        fits && self.issuer() == issuer.subject()
    }
}

impl PartialEq for SignerCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for SignerCertificate {}

impl std::fmt::Debug for SignerCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignerCertificate").field("key", &self.0.key).finish_non_exhaustive()
    }
}

fn extension<'a, E>(tbs: &'a TbsCertificate) -> Result<Option<E>, CertificateError>
where
    E: Decode<'a> + der::oid::AssociatedOid,
{
    let found = tbs.get_extension::<E>().map_err(|_| CertificateError::Malformed)?;
    Ok(found.map(|(_, extension)| extension))
}

/// It should be a PrintableString in capitals (Doc 9303-12 section 7.1.1); some write a UTF8String, some
/// small letters.
fn country(tbs: &TbsCertificate) -> Option<String> {
    let country = tbs.subject().iter().find(|part| part.oid == COUNTRY)?;
    let text = matches!(country.value.tag(), Tag::PrintableString | Tag::Utf8String)
        .then(|| std::str::from_utf8(country.value.value()).ok())??;
    let letters = text.len() == 2 && text.bytes().all(|it| it.is_ascii_alphabetic());
    letters.then(|| text.to_ascii_uppercase())
}

/// A terminal shall show it and obey nothing in it.
fn shown(name: &Name) -> String {
    name.to_string().chars().filter(|it| !it.is_control()).collect()
}

fn refuse_unknown_critical(tbs: &TbsCertificate) -> Result<(), CertificateError> {
    let unknown = tbs
        .extensions()
        .into_iter()
        .flatten()
        .any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.extn_id));
    if unknown { Err(CertificateError::Critical) } else { Ok(()) }
}

pub(super) fn moment(since_epoch: std::time::Duration) -> Result<Timestamp, CertificateError> {
    let seconds = i64::try_from(since_epoch.as_secs()).map_err(|_| CertificateError::Malformed)?;
    Timestamp::from_second(seconds).map_err(|_| CertificateError::Malformed)
}

/// What a certificate's or revocation list's signature covers: the first element within.
pub(super) fn signed_part(bytes: &[u8]) -> Option<&[u8]> {
    let content = tlv::only(bytes, 0x30).ok()?;
    Some(Reader::new(content).element().ok()?.whole)
}
