//! One certificate, parsed into what decisions need.

use std::fmt;
use std::sync::Arc;

use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, Encode, Reader, SliceReader};
use jiff::Timestamp;
use thiserror::Error;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::name::{DirectoryString, GeneralName};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, SubjectAltName};
use x509_cert::{Certificate as Parsed, TbsCertificate};

use crate::jose::VerifyingKey;
use crate::{CLOCK_SKEW, b64, digest};

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const MAX_BYTES: usize = 16 * 1024;
const PEM_LABEL: &str = "CERTIFICATE";

/// Why bytes are not an acceptable certificate.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum CertificateError {
    /// Not a version 3 certificate in DER, or an extension that contradicts itself.
    #[error("the certificate is malformed")]
    Malformed,
    /// Not P-256 with ECDSA and SHA-256.
    #[error("the certificate's algorithms are not supported")]
    Algorithm,
    /// A critical extension that is not understood.
    #[error("the certificate has an unknown critical extension")]
    Critical,
}

/// A version 3 certificate of a P-256 key, signed with ECDSA and SHA-256. Cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Fields>);

struct Fields {
    der: Vec<u8>,
    tbs: Vec<u8>,
    signature: [u8; 64],
    issuer: Vec<u8>,
    subject: Vec<u8>,
    key: VerifyingKey,
    common_name: Option<String>,
    organization: Option<String>,
    dns_names: Vec<String>,
    uris: Vec<String>,
    ca: Option<Option<u8>>,
    signs_certificates: bool,
    signs_content: bool,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Certificate {
    /// Parses DER of at most 16 KiB.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertificateError> {
        if bytes.len() > MAX_BYTES {
            return Err(CertificateError::Malformed);
        }
        let parsed = Parsed::from_der(bytes).map_err(|_| CertificateError::Malformed)?;
        let tbs = parsed.tbs_certificate();
        if tbs.version() != Version::V3 {
            return Err(CertificateError::Malformed);
        }
        // The algorithm stands inside and outside of what is signed; both must be the one we know.
        if parsed.signature_algorithm().oid != ECDSA_WITH_SHA256
            || tbs.signature() != parsed.signature_algorithm()
        {
            return Err(CertificateError::Algorithm);
        }
        let signature = parsed.signature().as_bytes().ok_or(CertificateError::Malformed)?;
        let (dns_names, uris) = alternative_names(tbs)?;
        let (ca, signs_certificates, signs_content) = usage(tbs)?;
        refuse_unknown_critical(tbs)?;
        let text = |name: der::Result<Option<DirectoryString>>| {
            name.map(|value| value.map(|value| value.value().into_owned()))
                .map_err(|_| CertificateError::Malformed)
        };
        Ok(Self(Arc::new(Fields {
            tbs: signed_part(bytes).ok_or(CertificateError::Malformed)?,
            signature: fixed_signature(signature).ok_or(CertificateError::Malformed)?,
            issuer: tbs.issuer().to_der().map_err(|_| CertificateError::Malformed)?,
            subject: tbs.subject().to_der().map_err(|_| CertificateError::Malformed)?,
            key: public_key(tbs)?,
            common_name: text(tbs.subject().common_name())?,
            organization: text(tbs.subject().organization())?,
            dns_names,
            uris,
            ca,
            signs_certificates,
            signs_content,
            not_before: moment(tbs.validity().not_before)?,
            not_after: moment(tbs.validity().not_after)?,
            der: bytes.to_vec(),
        })))
    }

    /// Parses one certificate in PEM (RFC 7468 section 5), as files and configuration hold it.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let (label, document) =
            der::Document::from_pem(text).map_err(|_| CertificateError::Malformed)?;
        if label != PEM_LABEL {
            return Err(CertificateError::Malformed);
        }
        Self::from_der(document.as_bytes())
    }

    /// The certificate in PEM.
    pub fn to_pem(&self) -> String {
        let mut text = format!("-----BEGIN {PEM_LABEL}-----\n");
        let encoded = b64::encode_standard(&self.0.der);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(64));
            text.push_str(line);
            text.push('\n');
            rest = more;
        }
        text.push_str("-----END ");
        text.push_str(PEM_LABEL);
        text.push_str("-----\n");
        text
    }

    /// The certificate's DER.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The subject's common name.
    pub fn subject_cn(&self) -> Option<&str> {
        self.0.common_name.as_deref()
    }

    /// The subject's organisation.
    pub fn subject_o(&self) -> Option<&str> {
        self.0.organization.as_deref()
    }

    /// The DNS names among the subject's alternative names.
    pub fn dns_names(&self) -> &[String] {
        &self.0.dns_names
    }

    /// The URIs among the subject's alternative names.
    pub fn uris(&self) -> &[String] {
        &self.0.uris
    }

    /// Whether the certificate may sign other certificates.
    pub fn is_ca(&self) -> bool {
        self.0.ca.is_some() && self.0.signs_certificates
    }

    /// How many further authorities may stand below this one; `None` where it is not limited.
    pub(super) fn path_limit(&self) -> Option<u8> {
        self.0.ca.flatten()
    }

    /// Whether the key may sign tokens: no `keyUsage`, or one with `digitalSignature`.
    pub(super) fn signs_content(&self) -> bool {
        self.0.signs_content
    }

    /// The first moment of validity.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// The last moment of validity.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// Whether `now` lies within the validity, give or take [`CLOCK_SKEW`].
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        within(self.0.not_before, self.0.not_after, now)
    }

    /// The subject's key.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.0.key
    }

    /// The SHA-256 of the DER.
    pub fn sha256(&self) -> [u8; 32] {
        digest::sha256(&self.0.der)
    }

    /// The hash that an `x509_hash` client identifier carries, base64url
    /// (OpenID4VP 1.0 section 5.9.3).
    pub fn x509_hash(&self) -> String {
        b64::encode(self.sha256())
    }

    /// The subject's distinguished name in DER.
    pub(super) fn subject_der(&self) -> &[u8] {
        &self.0.subject
    }

    /// Whether `issuer` names and signed this certificate. Says nothing of rights and time.
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        self.0.issuer == issuer.0.subject
            && issuer.0.key.verify(&self.0.tbs, &self.0.signature).is_ok()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("sha256", &self.x509_hash()).finish()
    }
}

/// Whether `now` lies between the bounds, give or take [`CLOCK_SKEW`].
pub(crate) fn within(from: Timestamp, until: Timestamp, now: Timestamp) -> bool {
    now.duration_since(from) >= -CLOCK_SKEW && until.duration_since(now) >= -CLOCK_SKEW
}

fn public_key(tbs: &TbsCertificate) -> Result<VerifyingKey, CertificateError> {
    let info = tbs.subject_public_key_info();
    let curve = info
        .algorithm
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok());
    if info.algorithm.oid != EC_PUBLIC_KEY || curve != Some(P256) {
        return Err(CertificateError::Algorithm);
    }
    let point = info.subject_public_key.as_bytes().ok_or(CertificateError::Malformed)?;
    VerifyingKey::from_sec1(point).map_err(|_| CertificateError::Malformed)
}

fn alternative_names(tbs: &TbsCertificate) -> Result<(Vec<String>, Vec<String>), CertificateError> {
    let (mut dns_names, mut uris) = (Vec::new(), Vec::new());
    let names = tbs.get_extension::<SubjectAltName>().map_err(|_| CertificateError::Malformed)?;
    for name in names.map(|(_, names)| names.0).unwrap_or_default() {
        match name {
            GeneralName::DnsName(name) => dns_names.push(name.to_string()),
            GeneralName::UniformResourceIdentifier(uri) => uris.push(uri.to_string()),
            _ => {}
        }
    }
    Ok((dns_names, uris))
}

/// The path limit of an authority, whether it signs certificates, whether it signs content.
fn usage(tbs: &TbsCertificate) -> Result<(Option<Option<u8>>, bool, bool), CertificateError> {
    let constraints =
        tbs.get_extension::<BasicConstraints>().map_err(|_| CertificateError::Malformed)?;
    let ca = constraints
        .filter(|(_, constraints)| constraints.ca)
        .map(|(_, constraints)| constraints.path_len_constraint);
    let usage = tbs.get_extension::<KeyUsage>().map_err(|_| CertificateError::Malformed)?;
    Ok(match usage {
        None => (ca, false, true),
        Some((_, usage)) => (ca, usage.key_cert_sign(), usage.digital_signature()),
    })
}

fn refuse_unknown_critical(tbs: &TbsCertificate) -> Result<(), CertificateError> {
    // basicConstraints, keyUsage, subjectAltName; extKeyUsage and policies restrict nothing that
    // is decided here.
    const KNOWN: [&str; 5] = ["2.5.29.19", "2.5.29.15", "2.5.29.17", "2.5.29.37", "2.5.29.32"];
    let extensions = tbs.extensions().map(Vec::as_slice).unwrap_or_default();
    let unknown = |oid: ObjectIdentifier| !KNOWN.iter().any(|known| oid.to_string() == *known);
    if extensions.iter().any(|extension| extension.critical && unknown(extension.extn_id)) {
        return Err(CertificateError::Critical);
    }
    Ok(())
}

fn moment(time: x509_cert::time::Time) -> Result<Timestamp, CertificateError> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(CertificateError::Malformed)
}

/// The bytes that were signed, as they came: never a re-encoding.
fn signed_part(der: &[u8]) -> Option<Vec<u8>> {
    let mut reader = SliceReader::new(der).ok()?;
    reader
        .sequence(|inner| {
            let tbs = inner.tlv_bytes()?.to_vec();
            inner.tlv_bytes()?;
            inner.tlv_bytes()?;
            Ok::<_, der::Error>(tbs)
        })
        .ok()
}

/// ECDSA-Sig-Value (RFC 3279 section 2.2.3) as `r || s`.
fn fixed_signature(der: &[u8]) -> Option<[u8; 64]> {
    let mut reader = SliceReader::new(der).ok()?;
    let mut fixed = [0; 64];
    reader
        .sequence(|inner| {
            for half in fixed.chunks_exact_mut(32) {
                let number = UintRef::decode(inner)?;
                let start = half.len().checked_sub(number.as_bytes().len());
                let start = start.ok_or(der::ErrorKind::Overlength)?;
                half[start..].copy_from_slice(number.as_bytes());
            }
            Ok::<_, der::Error>(())
        })
        .ok()?;
    reader.is_finished().then_some(fixed)
}
