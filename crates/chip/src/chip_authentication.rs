//! Chip authentication, version 1: the chip agrees on fresh keys with a static key that its issuer
//! signed, and who can talk under them holds it (Doc 9303-11 section 6.2).

use rand::CryptoRng;
use thiserror::Error;

use crate::apdu::Command;
use crate::channel::{Channel, ChannelError};
use crate::crypto::{Cipher, Curve, PublicKey};
use crate::lds::{FileId, SecurityInfos};
use crate::messaging::SessionKeys;
use crate::tlv::tlv;
use crate::transport::Transport;

const MANAGE_SECURITY_ENVIRONMENT: u8 = 0x22;
const GENERAL_AUTHENTICATE: u8 = 0x86;

/// Why the chip did not prove itself.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ChipAuthenticationError {
    /// The dialogue failed.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// No way and no key that are both known here.
    #[error("the card offers no chip authentication that is supported")]
    NotOffered,
    /// The chip can't talk under keys that only the holder of the issuer's key can make: a copy.
    #[error("the chip does not hold the key that its issuer gave it")]
    NotGenuine,
}

/// A way of chip authentication, with the key to it.
#[derive(Clone, Debug)]
struct Way {
    cipher: Cipher,
    oid: Vec<u8>,
    key_id: Option<Vec<u8>>,
    curve: Curve,
    point: Vec<u8>,
}

/// Whether `infos` offer a way that is known here.
pub fn is_offered(infos: &SecurityInfos) -> bool {
    way(infos).is_some()
}

/// Agrees on fresh keys, drawn here, and makes sure that the chip talks under them. The channel is
/// protected by them afterwards.
///
/// The key in `infos` proves something only if passive authentication vouches for DG14.
///
/// # Errors
/// [`ChipAuthenticationError`].
pub async fn authenticate<T: Transport>(
    channel: &mut Channel<'_, T>,
    infos: &SecurityInfos,
    rng: &mut impl CryptoRng,
) -> Result<(), ChipAuthenticationError> {
    let Way { cipher, oid, key_id, curve, point } =
        way(infos).ok_or(ChipAuthenticationError::NotOffered)?;
    let secret = curve.draw(rng);
    // The way was made with points on the curve.
    let impossible = ChipAuthenticationError::NotOffered;
    let ours = curve.multiply(&secret, &curve.generator()).ok_or(impossible)?;
    let agreed = curve.agree(&secret, &point).ok_or(impossible)?;
    let key_id = key_id.map(|id| tlv(0x84, &id)).unwrap_or_default();
    let (template, data) = if cipher == Cipher::TripleDes {
        (0xa6, [tlv(0x91, &ours), key_id].concat())
    } else {
        (0xa4, [tlv(0x80, &oid), key_id].concat())
    };
    let command = Command::new(MANAGE_SECURITY_ENVIRONMENT, 0x41, template).with_data(data);
    channel.succeed(command).await.map_err(refused)?;
    if cipher != Cipher::TripleDes {
        let data = tlv(0x7c, &tlv(0x80, &ours));
        let command = Command::new(GENERAL_AUTHENTICATE, 0, 0).with_data(data).expecting(256);
        channel.succeed(command).await.map_err(refused)?;
    }
    channel.protect(SessionKeys::derive(cipher, &agreed));
    // The first answer under the new keys is the proof (section 6.2.1).
    let command = Command::new(0xa4, 0x02, 0x0c).with_data(FileId::SOD.0.to_be_bytes());
    channel.succeed(command).await.map_err(|error| match error {
        ChannelError::Messaging(_) => ChipAuthenticationError::NotGenuine,
        error => refused(error),
    })?;
    Ok(())
}

/// A chip that refuses what its issuer signed that it can do; what else goes wrong does so on the way.
fn refused(error: ChannelError) -> ChipAuthenticationError {
    match error {
        ChannelError::Refused(_) => ChipAuthenticationError::NotGenuine,
        error => error.into(),
    }
}

/// The first way with its key; a key without a way means triple DES (Doc 9303-11 section 9.2.5).
fn way(infos: &SecurityInfos) -> Option<Way> {
    let usable = |cipher, oid: &[u8], key_id: &Option<Vec<u8>>| {
        infos.chip_keys.iter().find_map(|key| match &key.key {
            PublicKey::Ec { curve, point } if key.key_id == *key_id => Some(Way {
                cipher,
                oid: oid.to_vec(),
                key_id: key_id.clone(),
                curve: *curve,
                point: point.clone(),
            }),
            _ => None,
        })
    };
    if infos.chip_authentication.is_empty() {
        let key_id = &infos.chip_keys.first()?.key_id;
        return usable(Cipher::TripleDes, &[], key_id);
    }
    infos
        .chip_authentication
        .iter()
        .filter_map(|info| usable(info.cipher?, info.oid.as_bytes(), &info.key_id))
        .max_by_key(|way| way.cipher as u8)
}

#[cfg(test)]
mod tests {
    use der::asn1::ObjectIdentifier;

    use super::*;
    use crate::lds::{ChipAuthenticationInfo, ChipKey};

    const CURVE: Curve = Curve::BrainpoolP256r1;

    fn key(id: Option<u8>) -> ChipKey {
        let key = PublicKey::Ec { curve: CURVE, point: CURVE.generator() };
        ChipKey { key, key_id: id.map(|id| vec![id]) }
    }

    fn info(cipher: Cipher, id: Option<u8>) -> ChipAuthenticationInfo {
        let oid = ObjectIdentifier::new_unwrap("0.4.0.127.0.7.2.2.3.2");
        let oid = oid.push_arc(cipher as u32 + 1).unwrap();
        ChipAuthenticationInfo { oid, cipher: Some(cipher), key_id: id.map(|id| vec![id]) }
    }

    #[test]
    fn of_several_ways_the_strongest_is_taken_with_the_key_that_it_names() {
        let infos = SecurityInfos {
            chip_authentication: vec![
                info(Cipher::Aes128, Some(1)),
                info(Cipher::Aes256, Some(2)),
                info(Cipher::TripleDes, Some(1)),
            ],
            chip_keys: vec![key(Some(1)), key(Some(2))],
            ..SecurityInfos::default()
        };
        let way = way(&infos).unwrap();
        assert_eq!((way.cipher, way.key_id), (Cipher::Aes256, Some(vec![2])));
        let stray = SecurityInfos {
            chip_authentication: vec![info(Cipher::Aes256, Some(3))],
            chip_keys: vec![key(Some(1)), key(None)],
            ..SecurityInfos::default()
        };
        assert!(!is_offered(&stray), "a key that the card does not have");
    }
}
