//! Making certificates: a self-signed authority, and leaves for issuers and relying parties.

use jiff::Timestamp;
use rand::CryptoRng;
use thiserror::Error;

use super::der_writer::{
    OCTET_STRING, PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, bit_string, nest, oid, time, tlv,
    unsigned,
};
use super::{Certificate, CertificateError};
use crate::digest;
use crate::jose::{Jwk, SignError, Signer};

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const COUNTRY: &[u8] = &[0x55, 4, 6];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 29, 14];
const KEY_USAGE: &[u8] = &[0x55, 29, 15];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 29, 17];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 29, 35];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// Why a certificate cannot be issued.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum IssueError {
    /// The issuing certificate does not parse.
    #[error(transparent)]
    Authority(#[from] CertificateError),
    /// The issuing certificate is no authority, or belongs to another key than the signer's.
    #[error("the issuing certificate is not an authority of this key")]
    NotAnAuthority,
    /// The request names nothing, holds a name that is not ASCII, or ends before it begins.
    #[error("the certificate request is not acceptable")]
    Request,
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Whom a certificate names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The common name.
    pub common_name: String,
    /// The organisation.
    pub organization: Option<String>,
    /// The country: two letters (ISO 3166-1).
    pub country: Option<String>,
}

impl Subject {
    /// A subject with a common name alone.
    pub fn named(common_name: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), organization: None, country: None }
    }

    fn to_der(&self) -> Result<Vec<u8>, IssueError> {
        let attribute = |kind: &[u8], tag: u8, value: &str| {
            let pair = nest(SEQUENCE, &[&oid(kind), &tlv(tag, value.as_bytes())]);
            tlv(SET, &pair)
        };
        let mut parts = Vec::new();
        if let Some(country) = &self.country {
            if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return Err(IssueError::Request);
            }
            parts.push(attribute(COUNTRY, PRINTABLE_STRING, country));
        }
        if let Some(organization) = &self.organization {
            parts.push(attribute(ORGANIZATION, UTF8_STRING, organization));
        }
        if self.common_name.is_empty() {
            return Err(IssueError::Request);
        }
        parts.push(attribute(COMMON_NAME, UTF8_STRING, &self.common_name));
        Ok(tlv(SEQUENCE, &parts.concat()))
    }
}

/// From when until when a certificate holds, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Timestamp,
    /// The last moment.
    pub until: Timestamp,
}

/// A certificate for a key that signs tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafRequest<'a> {
    /// Whom it names.
    pub subject: Subject,
    /// The key that it certifies.
    pub key: &'a Jwk,
    /// DNS names of the subject.
    pub dns_names: Vec<String>,
    /// URIs of the subject: an issuer's `iss`, for one.
    pub uris: Vec<String>,
    /// How long it holds.
    pub validity: Validity,
}

/// Makes a self-signed authority that may sign leaves, not further authorities. Returns DER.
///
/// # Errors
/// [`IssueError::Request`] and [`IssueError::Sign`].
pub fn issue_ca(
    subject: &Subject,
    validity: Validity,
    signer: &dyn Signer,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let name = subject.to_der()?;
    let key = signer.public();
    let extensions = [
        extension(BASIC_CONSTRAINTS, true, &nest(SEQUENCE, &[&[1, 1, 0xff], &unsigned(&[0])])),
        // keyCertSign and cRLSign.
        extension(KEY_USAGE, true, &bit_string(1, &[0b0000_0110])),
        extension(SUBJECT_KEY_IDENTIFIER, false, &tlv(OCTET_STRING, &key_identifier(key))),
    ];
    signed(
        &Content { issuer: &name, subject: &name, validity, key, extensions: &extensions },
        signer,
        rng,
    )
}

/// Makes a leaf under the authority `ca`, whose key is `signer`. Returns DER.
///
/// # Errors
/// [`IssueError`].
pub fn issue_leaf(
    request: &LeafRequest<'_>,
    ca: &[u8],
    signer: &dyn Signer,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let authority = Certificate::from_der(ca)?;
    if !authority.is_ca() || !authority.verifying_key().jwk().same_key(signer.public()) {
        return Err(IssueError::NotAnAuthority);
    }
    let authority_key = tlv(0x80, &key_identifier(signer.public()));
    let mut extensions = vec![
        extension(BASIC_CONSTRAINTS, true, &tlv(SEQUENCE, &[])),
        // digitalSignature.
        extension(KEY_USAGE, true, &bit_string(7, &[0b1000_0000])),
        extension(SUBJECT_KEY_IDENTIFIER, false, &tlv(OCTET_STRING, &key_identifier(request.key))),
        extension(AUTHORITY_KEY_IDENTIFIER, false, &tlv(SEQUENCE, &authority_key)),
    ];
    let names = request.dns_names.iter().map(|name| (0x82, name));
    let names = names.chain(request.uris.iter().map(|uri| (0x86, uri)));
    let mut alternative = Vec::new();
    for (tag, name) in names {
        if name.is_empty() || !name.is_ascii() {
            return Err(IssueError::Request);
        }
        alternative.extend(tlv(tag, name.as_bytes()));
    }
    if !alternative.is_empty() {
        extensions.push(extension(SUBJECT_ALT_NAME, false, &tlv(SEQUENCE, &alternative)));
    }
    let content = Content {
        issuer: authority.subject_der(),
        subject: &request.subject.to_der()?,
        validity: request.validity,
        key: request.key,
        extensions: &extensions,
    };
    signed(&content, signer, rng)
}

struct Content<'a> {
    issuer: &'a [u8],
    subject: &'a [u8],
    validity: Validity,
    key: &'a Jwk,
    extensions: &'a [Vec<u8>],
}

fn signed(
    content: &Content<'_>,
    signer: &dyn Signer,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    if content.validity.from >= content.validity.until {
        return Err(IssueError::Request);
    }
    // 126 random bits: not guessable, never negative, always of one length.
    let mut serial = [0; 16];
    rng.fill_bytes(&mut serial);
    serial[0] = serial[0] & 0x7f | 0x40;
    let algorithm = tlv(SEQUENCE, &oid(ECDSA_WITH_SHA256));
    let key_kind = nest(SEQUENCE, &[&oid(EC_PUBLIC_KEY), &oid(P256)]);
    let tbs = nest(
        SEQUENCE,
        &[
            &tlv(0xa0, &unsigned(&[2])),
            &unsigned(&serial),
            &algorithm,
            content.issuer,
            &nest(SEQUENCE, &[&time(content.validity.from), &time(content.validity.until)]),
            content.subject,
            &nest(SEQUENCE, &[&key_kind, &bit_string(0, &content.key.sec1())]),
            &tlv(0xa3, &tlv(SEQUENCE, &content.extensions.concat())),
        ],
    );
    let signature = signer.sign(&tbs)?;
    let (r, s) = signature.split_at(32);
    let signature = nest(SEQUENCE, &[&unsigned(r), &unsigned(s)]);
    Ok(nest(SEQUENCE, &[&tbs, &algorithm, &bit_string(0, &signature)]))
}

fn extension(kind: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    nest(SEQUENCE, &[&oid(kind), critical, &tlv(OCTET_STRING, value)])
}

/// The first 160 bits of the SHA-256 of the point (RFC 7093 section 2, method 1).
fn key_identifier(key: &Jwk) -> Vec<u8> {
    digest::sha256(key.sec1())[..20].to_vec()
}
