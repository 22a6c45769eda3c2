//! PACE with generic mapping over elliptic curves (Doc 9303-11 section 4.4).

use der::asn1::ObjectIdentifier;
use rand::CryptoRng;
use subtle::ConstantTimeEq as _;

use super::{AccessError, AccessKey};
use crate::apdu::Command;
use crate::channel::{Channel, ChannelError};
use crate::crypto::{Cipher, Curve, KeyUse, Secret};
use crate::lds::PaceInfo;
use crate::messaging::SessionKeys;
use crate::tlv::{self, tlv};
use crate::transport::Transport;

const MANAGE_SECURITY_ENVIRONMENT: u8 = 0x22;
const GENERAL_AUTHENTICATE: u8 = 0x86;
const CHAINED: u8 = 0x10;
/// The fewest bytes of a chip's nonce: one block of AES, and as long as the key of triple DES (section
/// 4.4.3.3).
const NONCE: usize = 16;
const DYNAMIC_DATA: u16 = 0x7c;

/// A way of PACE that a chip offers and that is done here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceProtocol {
    /// The object identifier: key agreement, mapping, cipher.
    pub oid: ObjectIdentifier,
    /// The cipher of the session.
    pub cipher: Cipher,
    /// The curve, by its standardised number.
    pub curve: Curve,
}

impl PaceProtocol {
    /// Generic mapping over `curve`, with `cipher`.
    pub const fn generic_mapping(cipher: Cipher, curve: Curve) -> Self {
        let oid = ObjectIdentifier::new_unwrap(match cipher {
            Cipher::TripleDes => "0.4.0.127.0.7.2.2.4.2.1",
            Cipher::Aes128 => "0.4.0.127.0.7.2.2.4.2.2",
            Cipher::Aes192 => "0.4.0.127.0.7.2.2.4.2.3",
            Cipher::Aes256 => "0.4.0.127.0.7.2.2.4.2.4",
        });
        Self { oid, cipher, curve }
    }

    /// Of `id-PACE-ECDH-GM` (0.4.0.127.0.7.2.2.4.2) and one of its ciphers; `None` for another mapping,
    /// key agreement or curve.
    pub fn new(oid: ObjectIdentifier, parameter_id: u8) -> Option<Self> {
        let curve = Curve::of_parameter_id(parameter_id)?;
        Cipher::ALL
            .into_iter()
            .map(|cipher| Self::generic_mapping(cipher, curve))
            .find(|protocol| protocol.oid == oid)
    }
}

/// Opens a chip that offers `offered`, by the strongest way that is done here. The channel is protected
/// afterwards.
///
/// # Errors
/// [`AccessError`].
pub async fn establish<T: Transport>(
    channel: &mut Channel<'_, T>,
    offered: &[PaceInfo],
    key: &AccessKey,
    rng: &mut impl CryptoRng,
) -> Result<(), AccessError> {
    let protocol = strongest(offered).ok_or(AccessError::NoProtocol)?;
    let secrets = [protocol.curve.draw(rng), protocol.curve.draw(rng)];
    with_secrets(channel, offered, key, &secrets).await
}

/// The strongest way that is done here.
fn strongest(offered: &[PaceInfo]) -> Option<PaceProtocol> {
    offered.iter().filter_map(PaceInfo::protocol).max_by_key(|protocol| protocol.cipher as u8)
}

/// Whether PACE with one of these is done here.
pub fn is_supported(offered: &[PaceInfo]) -> bool {
    strongest(offered).is_some()
}

/// `mapping` and `agreement`: the terminal's two ephemeral private keys.
async fn with_secrets<T: Transport>(
    channel: &mut Channel<'_, T>,
    offered: &[PaceInfo],
    key: &AccessKey,
    [mapping, agreement]: &[Secret; 2],
) -> Result<(), AccessError> {
    let protocol = strongest(offered).ok_or(AccessError::NoProtocol)?;
    let PaceProtocol { oid, cipher, curve } = protocol;
    // The curve is named only where the chip offers several (section 4.4.4.1).
    let id = curve.parameter_id();
    let ambiguous = offered.iter().any(|info| info.parameter_id != Some(id));
    let environment = [
        tlv(0x80, oid.as_bytes()),
        tlv(0x83, &[key.reference()]),
        if ambiguous { tlv(0x84, &[id]) } else { Vec::new() },
    ];
    let command = Command::new(MANAGE_SECURITY_ENVIRONMENT, 0xc1, 0xa4);
    let chosen = channel.succeed(command.with_data(environment.concat())).await;
    chosen.map_err(|error| match error {
        // It offers what it doesn't do: no password has been tried yet.
        ChannelError::Refused(_) => AccessError::NoProtocol,
        other => other.into(),
    })?;

    let encrypted = step(channel, CHAINED, &[], 0x80).await?;
    // From nothing, or from little, a generator would come that doesn't hang on the password.
    if encrypted.len() < NONCE {
        return Err(AccessError::Protocol);
    }
    let password = key.password_key(cipher);
    let iv = vec![0; cipher.block()];
    let nonce = cipher.decrypt(&password, &iv, &encrypted).ok_or(AccessError::Protocol)?;

    let public =
        |secret, generator: &[u8]| curve.multiply(secret, generator).ok_or(AccessError::Protocol);
    let ours = public(mapping, &curve.generator())?;
    let theirs = step(channel, CHAINED, &tlv(0x81, &ours), 0x82).await?;
    let shared = curve.multiply(mapping, &theirs).ok_or(AccessError::Protocol)?;
    let generator = curve.map(&nonce, &shared).ok_or(AccessError::Protocol)?;

    let ours = public(agreement, &generator)?;
    let theirs = step(channel, CHAINED, &tlv(0x83, &ours), 0x84).await?;
    // A chip that only echoes would agree with anybody (section 4.4.1, step 3d).
    if ours == theirs {
        return Err(AccessError::Protocol);
    }
    let secret = curve.agree(agreement, &theirs).ok_or(AccessError::Protocol)?;
    let authentication = cipher.derive(&secret, KeyUse::Authentication);
    let token = |point: &[u8]| authentication_token(protocol, &authentication, point);

    let our_token = token(&theirs).ok_or(AccessError::Protocol)?;
    let their_token = step(channel, 0, &tlv(0x85, &our_token), 0x86).await;
    let their_token = their_token.map_err(|error| match error {
        // The chip made another key of its password: it says so at the token and not before.
        AccessError::Channel(ChannelError::Refused(_)) => AccessError::WrongKey,
        other => other,
    })?;
    let expected = token(&ours).ok_or(AccessError::Protocol)?;
    if !bool::from(their_token.ct_eq(&expected)) {
        return Err(AccessError::WrongKey);
    }
    channel.protect(SessionKeys::derive(cipher, &secret));
    Ok(())
}

/// One GENERAL AUTHENTICATE (section 4.4.4.2): `data` in, the content of `tag` out.
async fn step<T: Transport>(
    channel: &mut Channel<'_, T>,
    class: u8,
    data: &[u8],
    tag: u16,
) -> Result<Vec<u8>, AccessError> {
    let command = Command { class, ..Command::new(GENERAL_AUTHENTICATE, 0, 0) };
    let command = command.with_data(tlv(DYNAMIC_DATA, data)).expecting(256);
    let answer = channel.succeed(command).await?;
    let objects = tlv::only(&answer, DYNAMIC_DATA).map_err(|_| AccessError::Protocol)?;
    // Certificate authority references (87, 88) may follow where terminals have certificates.
    let content = tlv::Reader::new(objects).expect(tag).map_err(|_| AccessError::Protocol)?;
    Ok(content.to_vec())
}

/// The token that proves the session key to whoever made `point` (Doc 9303-11 section 4.4.3.4): the MAC
/// of the other side's public key.
pub fn authentication_token(
    protocol: PaceProtocol,
    authentication: &[u8],
    point: &[u8],
) -> Option<[u8; 8]> {
    let content = [tlv(0x06, protocol.oid.as_bytes()), tlv(0x86, point)].concat();
    protocol.cipher.mac(authentication, &tlv(0x7f49, &content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{CardAccessNumber, MrzKey};
    use crate::testing::Script;
    use crate::transport::wait;

    const MAPPING: &str = "7C43814104 7ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E\
        544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D";
    const THEIR_MAPPING: &str = "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57\
        30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54";
    const OURS: &str = "2DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C\
        3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462";
    const THEIRS: &str = "9E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB\
        7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094";

    /// The dialogue of appendix G.1 up to the point where `their_key` and `token` come from the chip.
    fn dialogue(their_key: &str, token: &str) -> Vec<(String, String)> {
        [
            ("0022C1A40F800A04007F00070202040202830101".to_owned(), "9000".to_owned()),
            (
                "10860000027C0000".to_owned(),
                "7C12801095A3A016522EE98D01E76CB6B98B42C39000".to_owned(),
            ),
            (format!("1086000045{}00", MAPPING.replace(' ', "")), format!("{THEIR_MAPPING}9000")),
            (format!("10860000457C43834104{OURS}00"), format!("7C43844104{their_key}9000")),
            ("008600000C7C0A8508C2B0BD78D94BA86600".to_owned(), token.to_owned()),
        ]
        .to_vec()
    }

    fn open(dialogue: &[(String, String)], number: &str) -> (Result<(), AccessError>, bool) {
        let pairs: Vec<_> =
            dialogue.iter().map(|(one, two)| (one.as_str(), two.as_str())).collect();
        let mut script = Script::new(&pairs);
        let oid = ObjectIdentifier::new_unwrap("0.4.0.127.0.7.2.2.4.2.2");
        let offered = [PaceInfo { oid, parameter_id: Some(13) }];
        let key = AccessKey::Mrz(MrzKey::new(number, "640812", "101031").unwrap());
        let secrets = [
            "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99",
            "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595",
        ]
        .map(|text| Secret::from_bytes(&hex::decode(text).unwrap()));
        let opened = wait(async {
            with_secrets(&mut Channel::new(&mut script), &offered, &key, &secrets).await
        });
        (opened, script.is_over())
    }

    /// Doc 9303-11 appendix G.1: brainpoolP256r1, AES-128, the password out of the printed lines.
    #[test]
    fn a_chip_opens_as_in_the_worked_example() {
        let dialogue = dialogue(THEIRS, "7C0A86083ABB9674BCE93C089000");
        assert_eq!(open(&dialogue, "T22000129"), (Ok(()), true));
    }

    /// The strongest cipher is taken; with several curves on offer the chip is told which.
    #[test]
    fn of_several_ways_the_strongest_is_taken_and_named() {
        let oid =
            |arc| ObjectIdentifier::new_unwrap("0.4.0.127.0.7.2.2.4.2").push_arc(arc).unwrap();
        let offered = [(1, 13), (4, 12), (2, 13)]
            .map(|(arc, id)| PaceInfo { oid: oid(arc), parameter_id: Some(id) });
        let command = "0022C1A412800A04007F0007020204020483010284010C";
        let mut script = Script::new(&[(command, "6A80")]);
        let key = AccessKey::Can(CardAccessNumber::parse("123456").unwrap());
        let opened = wait(async {
            let mut channel = Channel::new(&mut script);
            establish(&mut channel, &offered, &key, &mut crate::testing::rng()).await
        });
        assert_eq!((opened, script.is_over()), (Err(AccessError::NoProtocol), true));
        assert!(!is_supported(&[]));
    }

    #[test]
    fn a_chip_without_a_nonce_is_refused() {
        let mut dialogue = dialogue(THEIRS, "7C0A86083ABB9674BCE93C089000");
        for nonce in ["7C0280009000", "7C0A800801020304050607089000"] {
            dialogue[1].1 = nonce.to_owned();
            assert_eq!(open(&dialogue, "T22000129"), (Err(AccessError::Protocol), false));
        }
    }

    #[test]
    fn a_wrong_token_is_refused() {
        let refused = |token| open(&dialogue(THEIRS, token), "T22000129").0;
        assert_eq!(refused("7C0A86083ABB9674BCE93C099000"), Err(AccessError::WrongKey));
        assert_eq!(refused("7C0286009000"), Err(AccessError::WrongKey));
        assert_eq!(refused("6300"), Err(AccessError::WrongKey));
    }

    #[test]
    fn a_chip_that_echoes_our_key_is_refused() {
        let dialogue = dialogue(OURS, "7C0A8608C2B0BD78D94BA8669000");
        assert_eq!(open(&dialogue, "T22000129"), (Err(AccessError::Protocol), false));
    }

    #[test]
    fn a_key_off_the_curve_is_refused() {
        let point = THEIRS.replace("F094", "F095");
        let dialogue = dialogue(&point, "7C0A86083ABB9674BCE93C089000");
        assert_eq!(open(&dialogue, "T22000129"), (Err(AccessError::Protocol), false));
    }

    #[test]
    fn what_is_not_done_here_is_not_taken() {
        let protocol = |text, id| PaceProtocol::new(ObjectIdentifier::new_unwrap(text), id);
        assert!(protocol("0.4.0.127.0.7.2.2.4.2.4", 18).is_some());
        // Integrated mapping, plain Diffie-Hellman, a curve without arithmetic.
        assert_eq!(protocol("0.4.0.127.0.7.2.2.4.4.2", 13), None);
        assert_eq!(protocol("0.4.0.127.0.7.2.2.4.1.2", 13), None);
        assert_eq!(protocol("0.4.0.127.0.7.2.2.4.2.2", 14), None);
    }
}
