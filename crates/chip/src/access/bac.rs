//! Basic access control, for chips without PACE (Doc 9303-11 section 4.3).

use rand::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{AccessError, MrzKey};
use crate::apdu::Command;
use crate::channel::{Channel, ChannelError};
use crate::crypto::Cipher;
use crate::messaging::SessionKeys;
use crate::transport::Transport;

const GET_CHALLENGE: u8 = 0x84;
const EXTERNAL_AUTHENTICATE: u8 = 0x82;

/// Opens the selected application. The channel is protected afterwards.
///
/// # Errors
/// [`AccessError`].
pub async fn basic_access<T: Transport>(
    channel: &mut Channel<'_, T>,
    key: &MrzKey,
    rng: &mut impl CryptoRng,
) -> Result<(), AccessError> {
    let mut drawn = Zeroizing::new([0; 24]);
    rng.fill_bytes(&mut *drawn);
    with_drawn(channel, key, &drawn).await
}

/// `drawn`: the terminal's nonce, eight bytes, and its share of the key, sixteen.
async fn with_drawn<T: Transport>(
    channel: &mut Channel<'_, T>,
    key: &MrzKey,
    drawn: &[u8; 24],
) -> Result<(), AccessError> {
    let cipher = Cipher::TripleDes;
    let [encryption, authentication] = key.basic_access_keys();
    let (nonce, share) = drawn.split_first_chunk::<8>().ok_or(AccessError::Protocol)?;
    let theirs = channel.succeed(Command::new(GET_CHALLENGE, 0, 0).expecting(8)).await?;
    let theirs: [u8; 8] = theirs.try_into().map_err(|_| AccessError::Protocol)?;

    let plain = Zeroizing::new([nonce, &theirs[..], share].concat());
    let encrypted = cipher.encrypt(&encryption, &[0; 8], &plain).ok_or(AccessError::Protocol)?;
    let mac = cipher.mac(&authentication, &encrypted).ok_or(AccessError::Protocol)?;
    let command = Command::new(EXTERNAL_AUTHENTICATE, 0, 0)
        .with_data([&encrypted[..], &mac].concat())
        .expecting(40);
    let answer = channel.succeed(command).await.map_err(|error| match error {
        ChannelError::Refused(_) => AccessError::WrongKey,
        other => other.into(),
    })?;

    let (encrypted, mac) = answer.split_at_checked(32).ok_or(AccessError::Protocol)?;
    if !cipher.authentic(&authentication, encrypted, mac) {
        return Err(AccessError::WrongKey);
    }
    let plain = cipher.decrypt(&encryption, &[0; 8], encrypted).map(Zeroizing::new);
    let plain = plain.ok_or(AccessError::Protocol)?;
    let (nonces, their_share) = plain.split_at_checked(16).ok_or(AccessError::Protocol)?;
    // Both nonces come back, theirs first: a recorded answer has another of ours.
    if !bool::from(nonces.ct_eq(&[&theirs[..], nonce].concat())) {
        return Err(AccessError::Protocol);
    }
    let seed: Zeroizing<Vec<u8>> =
        Zeroizing::new(share.iter().zip(their_share).map(|(ours, theirs)| ours ^ theirs).collect());
    let mut start = [0; 8];
    let (high, low) = start.split_at_mut(4);
    high.copy_from_slice(&theirs[4..]);
    low.copy_from_slice(&nonce[4..]);
    channel.protect(SessionKeys::derive(cipher, &seed).counting_from(start));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Script;
    use crate::transport::wait;

    const CHALLENGE: (&str, &str) = ("0084000008", "4608F919887022129000");
    const COMMAND: &str = "0082000028\
        72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728";
    const ANSWER: &str =
        "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000";

    fn open(script: &mut Script) -> Result<(), AccessError> {
        let key = MrzKey::new("L898902C", "690806", "940623").unwrap();
        let drawn = "781723860C06C2260B795240CB7049B01C19B33E32804F0B";
        let drawn = hex::decode(drawn).unwrap().try_into().unwrap();
        wait(async {
            let mut channel = Channel::new(script);
            with_drawn(&mut channel, &key, &drawn).await?;
            channel.succeed(Command::new(0xa4, 2, 0x0c).with_data([1, 0x1e])).await?;
            Ok(())
        })
    }

    /// Doc 9303-11 appendix D.3, and the first message of D.4 under the keys that come of it.
    #[test]
    fn a_chip_opens_as_in_the_worked_example() {
        let mut script = Script::new(&[
            CHALLENGE,
            (COMMAND, ANSWER),
            (
                "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
                "990290008E08FA855A5D4C50A8ED9000",
            ),
        ]);
        assert_eq!(open(&mut script), Ok(()));
        assert!(script.is_over());
    }

    #[test]
    fn a_chip_that_refuses_has_another_key() {
        let mut script = Script::new(&[CHALLENGE, (COMMAND, "6300")]);
        assert_eq!(open(&mut script), Err(AccessError::WrongKey));
    }

    #[test]
    fn an_answer_that_is_not_authentic_is_refused() {
        let changed = ANSWER.replace("4D74499000", "4D74489000");
        let mut script = Script::new(&[CHALLENGE, (COMMAND, &changed)]);
        assert_eq!(open(&mut script), Err(AccessError::WrongKey));
    }

    /// An answer of an earlier session, replayed: authentic under the same keys, but to other nonces.
    #[test]
    fn a_recorded_answer_is_refused() {
        let other = ("0084000008", "00000000000000009000");
        let key = MrzKey::new("L898902C", "690806", "940623").unwrap();
        let mut script = Script::answering(&[other.1, ANSWER]);
        let opened = wait(async {
            basic_access(&mut Channel::new(&mut script), &key, &mut crate::testing::rng()).await
        });
        assert_eq!(opened, Err(AccessError::Protocol));
    }
}
