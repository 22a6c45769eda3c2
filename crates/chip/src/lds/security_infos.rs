//! What a chip can do, in EF.CardAccess and DG14 (Doc 9303-11 section 9.2).

use der::asn1::ObjectIdentifier;
use thiserror::Error;

use super::DataGroup;
use crate::access::PaceProtocol;
use crate::crypto::{Cipher, Hash, PublicKey, PublicKeyError};
use crate::tlv::{self, Reader, TlvError};

/// More than these no chip lists.
const MAX_INFOS: usize = 64;

/// The arcs under which BSI's protocols are (0.4.0.127.0.7.2.2), and ICAO's active authentication.
const BSI: &[u8] = &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02];
const ACTIVE_AUTHENTICATION: &[u8] = &[0x67, 0x81, 0x08, 0x01, 0x01, 0x05];

/// Why the file is not taken.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum SecurityInfosError {
    /// Not TLV.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Something that isn't of the protocol that it names.
    #[error("a card's list of its protocols is malformed")]
    Malformed,
    /// A key that can't be used.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
}

/// PACE, as offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceInfo {
    /// Key agreement, mapping and cipher.
    pub oid: ObjectIdentifier,
    /// The number of the standardised domain parameters.
    pub parameter_id: Option<u8>,
}

impl PaceInfo {
    /// What is done here, if this is.
    pub fn protocol(&self) -> Option<PaceProtocol> {
        PaceProtocol::new(self.oid, self.parameter_id?)
    }
}

/// Chip authentication, as offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipAuthenticationInfo {
    /// Key agreement and cipher.
    pub oid: ObjectIdentifier,
    /// The cipher, if the key agreement is over elliptic curves.
    pub cipher: Option<Cipher>,
    /// Which key, if there are several.
    pub key_id: Option<Vec<u8>>,
}

/// A public key of chip authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipKey {
    /// The key.
    pub key: PublicKey,
    /// Which, if there are several.
    pub key_id: Option<Vec<u8>>,
}

/// How active authentication is signed with an elliptic curve's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveAuthenticationInfo {
    /// The hash.
    pub hash: Hash,
}

/// What the file lists, as far as it is known here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityInfos {
    /// Ways of PACE.
    pub pace: Vec<PaceInfo>,
    /// Ways of chip authentication.
    pub chip_authentication: Vec<ChipAuthenticationInfo>,
    /// Its keys.
    pub chip_keys: Vec<ChipKey>,
    /// Active authentication.
    pub active_authentication: Option<ActiveAuthenticationInfo>,
}

impl SecurityInfos {
    /// Reads the file of EF.CardAccess.
    ///
    /// # Errors
    /// [`SecurityInfosError`].
    pub fn parse(file: &[u8]) -> Result<Self, SecurityInfosError> {
        let mut reader = Reader::new(tlv::only(file, 0x31)?);
        let mut infos = Self::default();
        for _ in 0..MAX_INFOS {
            if reader.is_empty() {
                return Ok(infos);
            }
            infos.take(reader.expect(0x30)?)?;
        }
        Err(SecurityInfosError::Malformed)
    }

    /// Reads the file of DG14.
    ///
    /// # Errors
    /// [`SecurityInfosError`].
    pub fn from_dg14(file: &[u8]) -> Result<Self, SecurityInfosError> {
        Self::parse(tlv::only(file, DataGroup::SECURITY.tag())?)
    }

    /// Takes one entry. What isn't known here is left out: another version, too, is another protocol.
    fn take(&mut self, info: &[u8]) -> Result<(), SecurityInfosError> {
        let mut reader = Reader::new(info);
        let oid = reader.expect(0x06)?;
        if oid == ACTIVE_AUTHENTICATION {
            if reader.expect(0x02)? != [1] {
                return Ok(());
            }
            let hash = plain_ecdsa(reader.expect(0x06)?).ok_or(SecurityInfosError::Malformed)?;
            self.active_authentication = Some(ActiveAuthenticationInfo { hash });
            return Ok(());
        }
        let Some(arcs) = oid.strip_prefix(BSI) else { return Ok(()) };
        let name = ObjectIdentifier::from_bytes(oid).map_err(|_| SecurityInfosError::Malformed)?;
        match arcs {
            // id-PACE with key agreement, mapping and cipher; without a cipher it only names parameters.
            [4, _, _] => {
                if reader.expect(0x02)? != [2] {
                    return Ok(());
                }
                let parameter_id = match reader.optional(0x02)? {
                    None => None,
                    Some([id]) => Some(*id),
                    Some(_) => return Err(SecurityInfosError::Malformed),
                };
                self.pace.push(PaceInfo { oid: name, parameter_id });
            }
            // id-CA over DH (1) or ECDH (2).
            [3, agreement, cipher] => {
                if reader.expect(0x02)? != [1] {
                    return Ok(());
                }
                let cipher = match (agreement, cipher) {
                    (2, 1) => Some(Cipher::TripleDes),
                    (2, 2) => Some(Cipher::Aes128),
                    (2, 3) => Some(Cipher::Aes192),
                    (2, 4) => Some(Cipher::Aes256),
                    _ => None,
                };
                let key_id = reader.optional(0x02)?.map(<[u8]>::to_vec);
                self.chip_authentication.push(ChipAuthenticationInfo { oid: name, cipher, key_id });
            }
            // id-PK-ECDH; a key of DH (1), or of a curve that isn't known, is left out, as nothing here
            // agrees with it.
            [1, 2] => {
                let key = match PublicKey::from_spki(reader.element()?.whole) {
                    Err(PublicKeyError::Unknown) => return Ok(()),
                    key => key?,
                };
                let key_id = reader.optional(0x02)?.map(<[u8]>::to_vec);
                self.chip_keys.push(ChipKey { key, key_id });
            }
            _ => return Ok(()),
        }
        Ok(reader.finish()?)
    }
}

/// BSI TR-03111's plain ECDSA (0.4.0.127.0.7.1.1.4.1): the hash by its last arc.
fn plain_ecdsa(oid: &[u8]) -> Option<Hash> {
    let [0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, arc] = oid else { return None };
    Some(match arc {
        1 => Hash::Sha1,
        2 => Hash::Sha224,
        3 => Hash::Sha256,
        4 => Hash::Sha384,
        5 => Hash::Sha512,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Curve;
    use crate::tlv::tlv;

    /// Doc 9303-11 appendix G.1: EF.CardAccess.
    #[test]
    fn the_file_of_the_worked_example_is_read() {
        let file = hex::decode("31143012060A04007F0007020204020202010202010D").unwrap();
        let infos = SecurityInfos::parse(&file).unwrap();
        let protocol = infos.pace.first().and_then(PaceInfo::protocol).unwrap();
        assert_eq!((protocol.cipher, protocol.curve), (Cipher::Aes128, Curve::BrainpoolP256r1));
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let parse = |text: &str| SecurityInfos::parse(&hex::decode(text).unwrap());
        for other in [
            // PACE in version 1, chip authentication in version 2.
            "31143012060A04007F0007020204020202010102010D",
            "31143012060A04007F00070202030202020102020141",
            // id-TA (…2.2.2), which no reading here needs.
            "310F300D060804007F0007020202020101",
        ] {
            assert_eq!(parse(other), Ok(SecurityInfos::default()), "{other}");
        }
    }

    /// A key on P-224 beside one that is known.
    #[test]
    fn a_key_of_an_unknown_curve_is_left_out() {
        let info = |curve: &[u8], point: &[u8]| {
            let ec = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
            let algorithm = [tlv(0x06, &ec), tlv(0x06, curve)].concat();
            let key = [tlv(0x30, &algorithm), tlv(0x03, &[&[0], point].concat())].concat();
            let oid = [0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x01, 0x02];
            tlv(0x30, &[tlv(0x06, &oid), tlv(0x30, &key)].concat())
        };
        let unknown = info(&[0x2b, 0x81, 0x04, 0x00, 0x21], &[&[4][..], &[7; 56]].concat());
        let p256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        let known = info(&p256, &Curve::P256.generator());
        let infos = SecurityInfos::parse(&tlv(0x31, &[unknown, known].concat())).unwrap();
        assert_eq!(infos.chip_keys.len(), 1);
        let off = info(&p256, &[&[4][..], &[7; 64]].concat());
        assert!(SecurityInfos::parse(&tlv(0x31, &off)).is_err(), "a point that is on no curve");
    }
}
