//! Opening a sandbox chip: PACE and BAC, the card's side (Doc 9303-11 sections 4.3 and 4.4).

use rand::CryptoRng;
use tanda_chip::access::{AccessKey, MrzKey, PaceProtocol, authentication_token};
use tanda_chip::crypto::{Cipher, KeyUse, Secret};
use tanda_chip::messaging::SessionKeys;
use tanda_chip::tlv::{self, Reader, tlv};

/// How far PACE has come.
#[derive(Debug)]
pub(crate) enum Pace {
    /// A password was chosen.
    Chosen(AccessKey),
    /// The nonce was given out.
    Nonce(Vec<u8>),
    /// The generator was agreed on.
    Mapped(Vec<u8>),
    /// The secret was agreed on; ours, theirs.
    Agreed { secret: Vec<u8>, ours: Vec<u8>, theirs: Vec<u8> },
}

/// What a step brings: the answer's data and the next state, or the keys.
pub(crate) enum Step {
    Next(Vec<u8>, Pace),
    Done(Vec<u8>, SessionKeys),
}

/// One GENERAL AUTHENTICATE; `None` where the terminal does not follow.
pub(crate) fn step(
    protocol: PaceProtocol,
    pace: Pace,
    data: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<Step> {
    let PaceProtocol { cipher, curve, .. } = protocol;
    let mut objects = Reader::new(tlv::only(data, 0x7c).ok()?);
    let answer = |tag, content: &[u8]| tlv(0x7c, &tlv(tag, content));
    match pace {
        Pace::Chosen(key) => {
            let mut nonce = vec![0; 16];
            rng.fill_bytes(&mut nonce);
            let password = key.password_key(cipher);
            let encrypted = cipher.encrypt(&password, &vec![0; cipher.block()], &nonce)?;
            Some(Step::Next(answer(0x80, &encrypted), Pace::Nonce(nonce)))
        }
        Pace::Nonce(nonce) => {
            let theirs = objects.expect(0x81).ok()?;
            let secret = curve.draw(rng);
            let ours = curve.multiply(&secret, &curve.generator())?;
            let generator = curve.map(&nonce, &curve.multiply(&secret, theirs)?)?;
            Some(Step::Next(answer(0x82, &ours), Pace::Mapped(generator)))
        }
        Pace::Mapped(generator) => {
            let theirs = objects.expect(0x83).ok()?.to_vec();
            let own: Secret = curve.draw(rng);
            let ours = curve.multiply(&own, &generator)?;
            let secret = curve.agree(&own, &theirs)?.to_vec();
            Some(Step::Next(answer(0x84, &ours), Pace::Agreed { secret, ours, theirs }))
        }
        Pace::Agreed { secret, ours, theirs } => {
            let authentication = cipher.derive(&secret, KeyUse::Authentication);
            let token = |point: &[u8]| authentication_token(protocol, &authentication, point);
            if objects.expect(0x85).ok()? != token(&ours)? {
                return None;
            }
            let keys = SessionKeys::derive(cipher, &secret);
            Some(Step::Done(answer(0x86, &token(&theirs)?), keys))
        }
    }
}

/// EXTERNAL AUTHENTICATE of BAC: the answer and the keys; `None` for another key or challenge.
pub(crate) fn basic(
    key: &MrzKey,
    challenge: &[u8; 8],
    data: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<(Vec<u8>, SessionKeys)> {
    let cipher = Cipher::TripleDes;
    let [encryption, authentication] = key.basic_access_keys();
    let (encrypted, mac) = data.split_at_checked(32)?;
    if !cipher.authentic(&authentication, encrypted, mac) {
        return None;
    }
    let plain = cipher.decrypt(&encryption, &[0; 8], encrypted)?;
    let (nonce, rest) = plain.split_first_chunk::<8>()?;
    let share = rest.strip_prefix(challenge)?;
    let mut own = [0; 16];
    rng.fill_bytes(&mut own);
    let encrypted =
        cipher.encrypt(&encryption, &[0; 8], &[challenge, &nonce[..], &own].concat())?;
    let mac = cipher.mac(&authentication, &encrypted)?;
    let seed: Vec<u8> = own.iter().zip(share).map(|(ours, theirs)| ours ^ theirs).collect();
    let mut start = [0; 8];
    start[..4].copy_from_slice(&challenge[4..]);
    start[4..].copy_from_slice(&nonce[4..]);
    let keys = SessionKeys::derive(cipher, &seed).counting_from(start);
    Some(([encrypted, mac.to_vec()].concat(), keys))
}
