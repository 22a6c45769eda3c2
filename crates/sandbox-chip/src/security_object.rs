//! Signing the hashes of a card's data groups: EF.SOD (Doc 9303-10 section 4.7.4).

use std::collections::BTreeMap;

use rand::CryptoRng;
use tanda_chip::crypto::Hash;
use tanda_chip::lds::DataGroup;
use tanda_chip::tlv::tlv;

use crate::certificate::{SCHEME, time};
use crate::country::DocumentSigner;
use crate::sign::natural;

const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const LDS_SECURITY_OBJECT: [u8; 6] = [0x67, 0x81, 0x08, 0x01, 0x01, 0x01];
const SHA256: [u8; 9] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// The file EF.SOD over `files`.
pub fn sign(
    files: &BTreeMap<DataGroup, Vec<u8>>,
    signer: &DocumentSigner,
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let sha256 = tlv(0x30, &tlv(0x06, &SHA256));
    let hashes = files
        .iter()
        .flat_map(|(group, file)| {
            let digest = Hash::Sha256.digest(file);
            tlv(0x30, &[natural(&[group.number()]), tlv(0x04, &digest)].concat())
        })
        .collect::<Vec<_>>();
    let object = tlv(0x30, &[natural(&[0]), sha256, tlv(0x30, &hashes)].concat());
    tlv(0x77, &sign_content(&LDS_SECURITY_OBJECT, &object, signer, rng))
}

/// Signed data (RFC 5652 section 5) of this type, by the content of its identifier.
pub fn sign_content(
    kind: &[u8],
    content: &[u8],
    signer: &DocumentSigner,
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    signed_data(kind, content, signer, |attributes| signer.key.sign(attributes, rng))
}

/// Signed data with the signature that `sign` makes of its attributes, whatever that is worth.
pub fn signed_data(
    kind: &[u8],
    content: &[u8],
    signer: &DocumentSigner,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let attributes = signed_attributes(kind, content, signer);
    let sha256 = tlv(0x30, &tlv(0x06, &SHA256));
    let info = [
        natural(&[1]),
        tlv(0x30, &[signer.issuer.clone(), natural(&[signer.serial])].concat()),
        sha256.clone(),
        tlv(0xa0, &attributes),
        tlv(0x30, &tlv(0x06, &SCHEME)),
        tlv(0x04, &sign(&tlv(0x31, &attributes))),
    ];
    let data = [
        natural(&[3]),
        tlv(0x31, &sha256),
        tlv(0x30, &[tlv(0x06, kind), tlv(0xa0, &tlv(0x04, content))].concat()),
        if signer.certificate.is_empty() { Vec::new() } else { tlv(0xa0, &signer.certificate) },
        tlv(0x31, &tlv(0x30, &info.concat())),
    ];
    let data = tlv(0x30, &data.concat());
    tlv(0x30, &[tlv(0x06, &SIGNED_DATA), tlv(0xa0, &data)].concat())
}

/// Type, digest and time; a set in DER is in the order of its elements' bytes.
fn signed_attributes(kind: &[u8], content: &[u8], signer: &DocumentSigner) -> Vec<u8> {
    let mut attributes = [
        attribute(3, &tlv(0x06, kind)),
        attribute(4, &tlv(0x04, &Hash::Sha256.digest(content))),
        attribute(5, &time(signer.signs_at)),
    ];
    attributes.sort();
    attributes.concat()
}

/// A PKCS #9 attribute with one value.
fn attribute(arc: u8, value: &[u8]) -> Vec<u8> {
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, arc];
    tlv(0x30, &[tlv(0x06, &oid), tlv(0x31, value)].concat())
}
