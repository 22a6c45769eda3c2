//! The certificates and revocation lists of the sandbox's country (Doc 9303-12 section 7.1).

use jiff::Timestamp;
use jiff::tz::Offset;
use rand::CryptoRng;
use tanda_chip::crypto::Hash;
use tanda_chip::tlv::{self, Reader, tlv};

use crate::sign::{KeyPair, natural};

/// ecdsa-with-SHA256.
pub(crate) const SCHEME: [u8; 8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Certificates and revocation lists.
    Country,
    /// Certificates, and no revocation lists.
    CountryWithoutLists,
    /// A CA's, that yet may not sign certificates.
    CountryForNothing,
    /// Documents.
    Documents,
    /// Not said.
    Unsaid,
    /// Bit by bit, of a CA or of none: what no country would issue.
    Bits {
        /// How many bits of the key usage are unused, and the others (RFC 5280 section 4.2.1.3).
        usage: [u8; 2],
        /// Whether it is said to be a CA.
        authority: bool,
    },
}

/// What goes into a certificate.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The issuer's name, of [`name`].
    pub issuer: &'a [u8],
    /// The issuer's key.
    pub issuer_key: &'a KeyPair,
    /// The subject's name.
    pub subject: &'a [u8],
    /// The subject's key.
    pub key: &'a KeyPair,
    /// The serial number, from 1.
    pub serial: u8,
    /// What it is for.
    pub usage: Usage,
    /// From when until when it holds.
    pub validity: [Timestamp; 2],
    /// Extensions besides, of [`extension`].
    pub more: Vec<u8>,
}

/// A name: country, organisation and what the bearer is.
pub fn name(common: &str) -> Vec<u8> {
    let part = |arc, tag, text: &str| {
        let value = [tlv(0x06, &[0x55, 0x04, arc]), tlv(tag, text.as_bytes())];
        tlv(0x31, &tlv(0x30, &value.concat()))
    };
    let parts = [part(6, 0x13, "UT"), part(10, 0x0c, "Tanda Sandbox"), part(3, 0x0c, common)];
    tlv(0x30, &parts.concat())
}

/// Issues a certificate.
pub fn issue(request: &Request<'_>, rng: &mut impl CryptoRng) -> Vec<u8> {
    let algorithm = tlv(0x30, &tlv(0x06, &SCHEME));
    let [from, to] = request.validity.map(time);
    let tbs = [
        tlv(0xa0, &tlv(0x02, &[2])),
        natural(&[request.serial]),
        algorithm.clone(),
        request.issuer.to_vec(),
        tlv(0x30, &[from, to].concat()),
        request.subject.to_vec(),
        request.key.spki(),
        tlv(0xa3, &tlv(0x30, &extensions(request))),
    ];
    signed(&tbs.concat(), &algorithm, request.issuer_key, rng)
}

/// Issues a revocation list that holds for `life`.
pub fn revoke(
    issuer: &[u8],
    key: &KeyPair,
    serials: &[u8],
    life: [Timestamp; 2],
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let algorithm = tlv(0x30, &tlv(0x06, &SCHEME));
    let [issued, next] = life.map(time);
    let entries = serials
        .iter()
        .flat_map(|serial| tlv(0x30, &[natural(&[*serial]), issued.clone()].concat()))
        .collect::<Vec<_>>();
    let entries = if entries.is_empty() { entries } else { tlv(0x30, &entries) };
    let list = [
        tlv(0x02, &[1]),
        algorithm.clone(),
        issuer.to_vec(),
        issued,
        next,
        entries,
        tlv(0xa0, &tlv(0x30, &extension(&[0x55, 0x1d, 0x14], false, &natural(&[1])))),
    ];
    signed(&list.concat(), &algorithm, key, rng)
}

fn signed(content: &[u8], algorithm: &[u8], key: &KeyPair, rng: &mut impl CryptoRng) -> Vec<u8> {
    let content = tlv(0x30, content);
    let signature = [vec![0], key.sign(&content, rng)].concat();
    tlv(0x30, &[content, algorithm.to_vec(), tlv(0x03, &signature)].concat())
}

fn extensions(request: &Request<'_>) -> Vec<u8> {
    let id = |key: &KeyPair| Hash::Sha1.digest(&key.point);
    let mut all = vec![
        extension(&[0x55, 0x1d, 0x0e], false, &tlv(0x04, &id(request.key))),
        extension(&[0x55, 0x1d, 0x23], false, &tlv(0x30, &tlv(0x80, &id(request.issuer_key)))),
    ];
    let usage = |bits: &[u8]| extension(&[0x55, 0x1d, 0x0f], true, &tlv(0x03, bits));
    // A CA with nobody below who is one.
    let constraints = [tlv(0x01, &[0xff]), tlv(0x02, &[0])].concat();
    let authority = extension(&[0x55, 0x1d, 0x13], true, &tlv(0x30, &constraints));
    match request.usage {
        // keyCertSign and cRLSign.
        Usage::Country => all.extend([usage(&[1, 0x06]), authority]),
        Usage::CountryWithoutLists => all.extend([usage(&[2, 0x04]), authority]),
        Usage::CountryForNothing => all.extend([usage(&[7, 0x80]), authority]),
        // digitalSignature.
        Usage::Documents => all.push(usage(&[7, 0x80])),
        Usage::Unsaid => {}
        Usage::Bits { usage: bits, authority: is_authority } => {
            all.push(usage(&bits));
            all.extend(is_authority.then_some(authority));
        }
    }
    all.push(request.more.clone());
    all.concat()
}

/// The same certificate or revocation list, which says to be signed with SHA-1; `None` where it is neither.
pub fn with_sha1(der: &[u8]) -> Option<Vec<u8>> {
    let parts = |content| {
        let (mut reader, mut parts) = (Reader::new(content), Vec::new());
        while !reader.is_empty() {
            parts.push(reader.element().ok()?.whole.to_vec());
        }
        Some(parts)
    };
    // ecdsa-with-SHA1.
    let algorithm = tlv(0x30, &tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]));
    let mut outer = parts(tlv::only(der, 0x30).ok()?)?;
    let mut signed = parts(tlv::only(outer.first()?, 0x30).ok()?)?;
    let inner = signed.iter_mut().chain(outer.iter_mut().skip(1));
    for said in inner.filter(|part| part.starts_with(&[0x30, 0x0a, 0x06, 0x08])) {
        said.clone_from(&algorithm);
    }
    if let Some(first) = outer.first_mut() {
        *first = tlv(0x30, &signed.concat());
    }
    Some(tlv(0x30, &outer.concat()))
}

/// One extension: the content of its identifier, and its value in DER.
pub fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { tlv(0x01, &[0xff]) } else { Vec::new() };
    tlv(0x30, &[tlv(0x06, oid), critical, tlv(0x04, value)].concat())
}

/// UTCTime up to 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5).
pub(crate) fn time(moment: Timestamp) -> Vec<u8> {
    let at = Offset::UTC.to_datetime(moment);
    let rest = at.strftime("%m%d%H%M%SZ");
    if at.year() < 2050 {
        tlv(0x17, format!("{:02}{rest}", at.year() % 100).as_bytes())
    } else {
        tlv(0x18, format!("{:04}{rest}", at.year()).as_bytes())
    }
}
