//! Active authentication: the chip signs a challenge of the terminal's with a key that never leaves it
//! (Doc 9303-11 section 6.1).

use rand::CryptoRng;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::apdu::Command;
use crate::channel::{Channel, ChannelError};
use crate::crypto::{Hash, PublicKey, PublicKeyError, RsaKey};
use crate::lds::{ActiveAuthenticationInfo, DataGroup};
use crate::tlv::{self, TlvError};
use crate::transport::Transport;

const INTERNAL_AUTHENTICATE: u8 = 0x88;

/// The longest signature that fits into a protected answer of 256 bytes (Doc 9303-11 section 9.8.6): beside
/// it stand padding to a whole block, its header, the status and the checksum. An RSA signature of 2,048
/// bits takes extended lengths.
const LONGEST_IN_SHORT: usize = 223;

/// Why the chip did not prove itself.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ActiveError {
    /// The dialogue failed.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// Not the file of DG15.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// The key in DG15.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
    /// A key of an elliptic curve, without the hash to use it with in DG14.
    #[error("the card does not say how it signs")]
    NoHash,
    /// Not this key's signature of this challenge: a copy.
    #[error("the chip does not hold the key that its issuer gave it")]
    NotGenuine,
}

/// Has the chip sign a challenge that is drawn here, and checks the signature with the key in `dg15`.
///
/// That key proves something only if passive authentication vouches for `dg15`.
///
/// # Errors
/// [`ActiveError`].
pub async fn authenticate<T: Transport>(
    channel: &mut Channel<'_, T>,
    dg15: &[u8],
    info: Option<ActiveAuthenticationInfo>,
    rng: &mut impl CryptoRng,
) -> Result<(), ActiveError> {
    let key = key(dg15)?;
    let mut challenge = [0; 8];
    rng.fill_bytes(&mut challenge);
    let command = Command::new(INTERNAL_AUTHENTICATE, 0, 0).with_data(challenge);
    let is_long = matches!(&key, PublicKey::Rsa(key) if key.size() > LONGEST_IN_SHORT);
    let longest = if is_long { 65_536 } else { 256 };
    let answer = channel.succeed(command.expecting(longest)).await;
    let signature = answer.map_err(|error| match error {
        // One that can't answer at such length has not been asked for its key.
        ChannelError::Refused(status) if !status.is_about_length() => ActiveError::NotGenuine,
        other => other.into(),
    })?;
    check_with(&key, info, &challenge, &signature)
}

/// Makes sure that `signature` is of `challenge`, by the key in `dg15`.
///
/// # Errors
/// [`ActiveError`].
pub fn check(
    dg15: &[u8],
    info: Option<ActiveAuthenticationInfo>,
    challenge: &[u8; 8],
    signature: &[u8],
) -> Result<(), ActiveError> {
    check_with(&key(dg15)?, info, challenge, signature)
}

fn key(dg15: &[u8]) -> Result<PublicKey, ActiveError> {
    Ok(PublicKey::from_spki(tlv::only(dg15, DataGroup::ACTIVE_AUTHENTICATION.tag())?)?)
}

fn check_with(
    key: &PublicKey,
    info: Option<ActiveAuthenticationInfo>,
    challenge: &[u8; 8],
    signature: &[u8],
) -> Result<(), ActiveError> {
    let genuine = match key {
        PublicKey::Rsa(key) => recovers(key, challenge, signature),
        PublicKey::Ec { .. } => {
            let hash = info.ok_or(ActiveError::NoHash)?.hash;
            key.verifies_plain(hash, challenge, signature)
        }
    };
    if genuine { Ok(()) } else { Err(ActiveError::NotGenuine) }
}

/// ISO/IEC 9796-2 digital signature scheme 1 with partial recovery: `6A`, the chip's own part of the
/// message, the hash of both parts, a trailer that says which hash.
fn recovers(key: &RsaKey, challenge: &[u8], signature: &[u8]) -> bool {
    let Some(opened) = key.open(signature) else { return false };
    opened_holds(&opened, challenge)
}

fn opened_holds(opened: &[u8], challenge: &[u8]) -> bool {
    let [0x6a, rest @ ..] = opened else { return false };
    let (hash, rest) = match rest {
        [rest @ .., 0xbc] => (Hash::Sha1, rest),
        [rest @ .., 0x38, 0xcc] => (Hash::Sha224, rest),
        [rest @ .., 0x34, 0xcc] => (Hash::Sha256, rest),
        [rest @ .., 0x36, 0xcc] => (Hash::Sha384, rest),
        [rest @ .., 0x35, 0xcc] => (Hash::Sha512, rest),
        _ => return false,
    };
    let Some(split) = rest.len().checked_sub(hash.size()) else { return false };
    let (own, digest) = rest.split_at(split);
    hash.digest(&[own, challenge].concat()).ct_eq(digest).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doc 9303-11 appendix F: what the chip puts under its key, for a challenge of the terminal's.
    #[test]
    fn the_message_of_the_worked_example_holds() {
        let own = "9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991\
            B543F1696546C5524CF23A5303CD6C98599F40B79F377B5F3A1406B3B4D8F967\
            84D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD4E7292E2DCDA3024B47DA8";
        let digest = "C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127";
        let opened = hex::decode(format!("6A{own}{digest}BC")).unwrap();
        let challenge = hex::decode("F173589974BF40C6").unwrap();
        assert_eq!(opened.len(), 128);
        assert!(opened_holds(&opened, &challenge));
        assert!(!opened_holds(&opened, &[0; 8]));
        for index in [0, 1, 126, 127] {
            let mut changed = opened.clone();
            changed[index] ^= 1;
            assert!(!opened_holds(&changed, &challenge), "byte {index}");
        }
        assert!(!opened_holds(&[0x6a, 0xbc], &challenge));
    }
}
