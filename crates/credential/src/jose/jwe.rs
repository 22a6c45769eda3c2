//! JWE in the compact serialisation (RFC 7516) with ECDH-ES direct agreement and AES-GCM.
//!
//! This is what OpenID4VP 1.0 section 8.3 and HAIP 1.0 have for `direct_post.jwt`.

use std::fmt;

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::digest::{Context, SHA256};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;
use zeroize::Zeroizing;

use super::key::{KeyError, agreement_key, public_of, random_scalar};
use super::{Jwk, MAX_TOKEN_BYTES};
use crate::{b64, json};

/// Why something cannot be encrypted or decrypted.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum JweError {
    /// More bytes than allowed.
    #[error("the encrypted token is too long")]
    TooLong,
    /// Not five canonical parts with a strict header.
    #[error("the encrypted token is malformed")]
    Malformed,
    /// Another algorithm than ECDH-ES with A128GCM or A256GCM, or compression.
    #[error("the encrypted token's algorithms are not supported")]
    Algorithm,
    /// The header marks an extension as critical; none is supported.
    #[error("the encrypted token has a critical extension")]
    Critical,
    /// A key in the token is not on the curve.
    #[error("the encrypted token's key is not usable")]
    Key,
    /// Not for this key, or changed on the way.
    #[error("the encrypted token cannot be decrypted")]
    Decryption,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Internal,
}

/// How the content is encrypted (`enc`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContentEncryption {
    /// AES-128 in GCM.
    #[serde(rename = "A128GCM")]
    A128Gcm,
    /// AES-256 in GCM.
    #[serde(rename = "A256GCM")]
    A256Gcm,
}

impl ContentEncryption {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    fn key_bytes(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm => 32,
        }
    }

    fn cipher(self, key: &[u8]) -> Result<LessSafeKey, JweError> {
        let algorithm = match self {
            Self::A128Gcm => &AES_128_GCM,
            Self::A256Gcm => &AES_256_GCM,
        };
        Ok(LessSafeKey::new(UnboundKey::new(algorithm, key).map_err(|_| JweError::Internal)?))
    }
}

/// To whom and how something is encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// The recipient's key; its `kid` goes into the header.
    pub key: &'a Jwk,
    /// The content encryption.
    pub enc: ContentEncryption,
    /// Agreement PartyUInfo: who sends.
    pub apu: Option<&'a [u8]>,
    /// Agreement PartyVInfo: who receives.
    pub apv: Option<&'a [u8]>,
    /// The content's media type.
    pub cty: Option<&'a str>,
}

/// Encrypts to a recipient with a key made from `rng` for this message alone.
///
/// # Errors
/// [`JweError::Key`] where the recipient's key is not usable.
pub fn encrypt(
    plaintext: &[u8],
    to: &Recipient<'_>,
    rng: &mut impl CryptoRng,
) -> Result<String, JweError> {
    let (secret, epk) = random_scalar(rng).map_err(|_| JweError::Internal)?;
    let mut iv = [0; 12];
    rng.fill_bytes(&mut iv);
    let secret = agreement_key(secret.as_ref()).map_err(|_| JweError::Internal)?;
    seal(plaintext, to, &secret, &epk, iv)
}

fn seal(
    plaintext: &[u8],
    to: &Recipient<'_>,
    secret: &PrivateKey,
    epk: &Jwk,
    iv: [u8; 12],
) -> Result<String, JweError> {
    let mut header = json!({"alg": "ECDH-ES", "enc": to.enc.name(), "epk": epk.bare()});
    let optional = [
        ("kid", to.key.kid().map(str::to_owned)),
        ("cty", to.cty.map(str::to_owned)),
        ("apu", to.apu.map(b64::encode)),
        ("apv", to.apv.map(b64::encode)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            header[name] = Value::String(value);
        }
    }
    let header = b64::encode(header.to_string());
    let parties = (to.apu.unwrap_or_default(), to.apv.unwrap_or_default());
    let key = agree(secret, to.key, to.enc, parties)?;
    let mut content = plaintext.to_vec();
    let tag = to
        .enc
        .cipher(&key)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(iv),
            Aad::from(header.as_bytes()),
            &mut content,
        )
        .map_err(|_| JweError::Internal)?;
    Ok(format!("{header}..{}.{}.{}", b64::encode(iv), b64::encode(&content), b64::encode(&tag)))
}

/// What the protected header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JweHeader {
    /// Which of the recipient's keys.
    pub kid: Option<String>,
    /// The content encryption.
    pub enc: ContentEncryption,
    /// Agreement PartyUInfo.
    pub apu: Option<Vec<u8>>,
    /// Agreement PartyVInfo.
    pub apv: Option<Vec<u8>>,
    /// The sender's ephemeral key.
    pub epk: Jwk,
    /// The content's media type.
    pub cty: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    alg: String,
    enc: String,
    epk: Value,
    kid: Option<String>,
    apu: Option<String>,
    apv: Option<String>,
    cty: Option<String>,
    zip: Option<Value>,
    crit: Option<Value>,
}

impl JweHeader {
    fn decode(encoded: &str) -> Result<Self, JweError> {
        let bytes = b64::decode(encoded).map_err(|_| JweError::Malformed)?;
        let wire: Wire = json::parse_as(&bytes).map_err(|_| JweError::Malformed)?;
        if wire.crit.is_some() {
            return Err(JweError::Critical);
        }
        if wire.alg != "ECDH-ES" || wire.zip.is_some() {
            return Err(JweError::Algorithm);
        }
        let enc = match wire.enc.as_str() {
            "A128GCM" => ContentEncryption::A128Gcm,
            "A256GCM" => ContentEncryption::A256Gcm,
            _ => return Err(JweError::Algorithm),
        };
        let bytes = |text: Option<String>| {
            text.map(b64::decode).transpose().map_err(|_| JweError::Malformed)
        };
        Ok(Self {
            kid: wire.kid,
            enc,
            apu: bytes(wire.apu)?,
            apv: bytes(wire.apv)?,
            epk: json::read(wire.epk).map_err(|_| JweError::Key)?,
            cty: wire.cty,
        })
    }
}

struct Parts<'a> {
    header: &'a str,
    iv: &'a str,
    ciphertext: &'a str,
    tag: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, JweError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JweError::TooLong);
        }
        let mut parts = token.split('.');
        // Direct agreement has no encrypted key: the second part is empty.
        let (Some(header), Some(""), Some(iv), Some(ciphertext), Some(tag), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JweError::Malformed);
        };
        Ok(Self { header, iv, ciphertext, tag })
    }
}

/// Reads the header alone, to find the key by its `kid`.
///
/// # Errors
/// [`JweError`] for anything but a supported header.
pub fn peek(token: &str) -> Result<JweHeader, JweError> {
    JweHeader::decode(Parts::split(token)?.header)
}

/// A decrypted message with what its header said.
#[derive(Clone, PartialEq, Eq)]
pub struct Decrypted {
    /// The content, wiped when dropped.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The protected header.
    pub header: JweHeader,
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Decrypted").field("header", &self.header).finish_non_exhaustive()
    }
}

/// A P-256 key for one encrypted answer.
pub struct DecryptionKey {
    secret: Zeroizing<[u8; 32]>,
    key: PrivateKey,
    public: Jwk,
}

impl DecryptionKey {
    /// A fresh key from `rng`.
    ///
    /// # Errors
    /// [`KeyError::Internal`] where the library fails.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        let (secret, _) = random_scalar(rng)?;
        Self::from_secret(secret)
    }

    /// The key that [`DecryptionKey::to_bytes`] stored: a 32-byte big-endian scalar.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] for another length or a scalar out of range.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::from_secret(Zeroizing::new(bytes.try_into().map_err(|_| KeyError::Rejected)?))
    }

    fn from_secret(secret: Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        let key = agreement_key(secret.as_ref())?;
        let public = public_of(&key)?;
        let kid = public.thumbprint();
        let public = public.with_usage("enc").with_alg("ECDH-ES").with_kid(kid);
        Ok(Self { secret, key, public })
    }

    /// The secret scalar, for a session store that encrypts at rest.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.clone()
    }

    /// The public key with `use`, `alg` and its thumbprint as `kid`.
    pub fn public(&self) -> &Jwk {
        &self.public
    }

    /// Decrypts a compact token.
    ///
    /// # Errors
    /// [`JweError`]: malformed, not supported, an ephemeral key off the curve, or not for this
    /// key.
    pub fn decrypt(&self, token: &str) -> Result<Decrypted, JweError> {
        let parts = Parts::split(token)?;
        let header = JweHeader::decode(parts.header)?;
        let iv = b64::decode_array::<12>(parts.iv).map_err(|_| JweError::Malformed)?;
        let tag = b64::decode_array::<16>(parts.tag).map_err(|_| JweError::Malformed)?;
        let mut content =
            Zeroizing::new(b64::decode(parts.ciphertext).map_err(|_| JweError::Malformed)?);
        let apu = header.apu.as_deref().unwrap_or_default();
        let apv = header.apv.as_deref().unwrap_or_default();
        let key = agree(&self.key, &header.epk, header.enc, (apu, apv))?;
        content.extend_from_slice(&tag);
        let length = header
            .enc
            .cipher(&key)?
            .open_in_place(
                Nonce::assume_unique_for_key(iv),
                Aad::from(parts.header.as_bytes()),
                &mut content,
            )
            .map_err(|_| JweError::Decryption)?
            .len();
        content.truncate(length);
        Ok(Decrypted { plaintext: content, header })
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DecryptionKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// ECDH and the Concat KDF of RFC 7518 section 4.6.2; one round of SHA-256 is enough for both.
fn agree(
    ours: &PrivateKey,
    theirs: &Jwk,
    enc: ContentEncryption,
    (apu, apv): (&[u8], &[u8]),
) -> Result<Zeroizing<Vec<u8>>, JweError> {
    let theirs = UnparsedPublicKey::new(&ECDH_P256, theirs.sec1());
    agreement::agree(ours, theirs, JweError::Key, |shared| {
        let mut hash = Context::new(&SHA256);
        hash.update(&1_u32.to_be_bytes());
        hash.update(shared);
        for field in [enc.name().as_bytes(), apu, apv] {
            let length = u32::try_from(field.len()).map_err(|_| JweError::TooLong)?;
            hash.update(&length.to_be_bytes());
            hash.update(field);
        }
        let bits = match enc {
            ContentEncryption::A128Gcm => 128_u32,
            ContentEncryption::A256Gcm => 256,
        };
        hash.update(&bits.to_be_bytes());
        let digest = hash.finish();
        Ok(Zeroizing::new(digest.as_ref()[..enc.key_bytes()].to_vec()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    fn rng() -> StdRng {
        StdRng::seed_from_u64(5)
    }

    fn recipient(key: &Jwk, enc: ContentEncryption) -> Recipient<'_> {
        Recipient { key, enc, apu: None, apv: Some(b"nonce"), cty: Some("json") }
    }

    // RFC 7518 appendix C.
    #[test]
    fn the_key_agreement_example() {
        let alice = b64::decode("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo").unwrap();
        let bob = b64::decode("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw").unwrap();
        let (alice, bob) = (agreement_key(&alice).unwrap(), agreement_key(&bob).unwrap());
        let enc = ContentEncryption::A128Gcm;
        let there = agree(&alice, &public_of(&bob).unwrap(), enc, (b"Alice", b"Bob")).unwrap();
        let back = agree(&bob, &public_of(&alice).unwrap(), enc, (b"Alice", b"Bob")).unwrap();
        assert_eq!(b64::encode(&there), "VqqN6vgjbSBcIijNcacQGg");
        assert_eq!(there, back);
    }

    #[test]
    fn round_trip_and_stored_key() {
        for enc in [ContentEncryption::A128Gcm, ContentEncryption::A256Gcm] {
            let key = DecryptionKey::generate(&mut rng()).unwrap();
            let token = encrypt(b"hello", &recipient(key.public(), enc), &mut rng()).unwrap();
            let header = peek(&token).unwrap();
            assert_eq!(header.kid.as_deref(), key.public().kid());
            assert_eq!(header.apv.as_deref(), Some(&b"nonce"[..]));
            let stored = DecryptionKey::from_bytes(key.to_bytes().as_ref()).unwrap();
            let opened = stored.decrypt(&token).unwrap();
            assert_eq!(opened.plaintext.as_slice(), b"hello");
            assert_eq!(opened.header, header);
            let other = DecryptionKey::generate(&mut StdRng::seed_from_u64(6)).unwrap();
            assert_eq!(other.decrypt(&token).err(), Some(JweError::Decryption));
        }
    }

    fn tampered(change: impl FnOnce(&mut Value)) -> Result<Decrypted, JweError> {
        let key = DecryptionKey::generate(&mut rng()).unwrap();
        let to = recipient(key.public(), ContentEncryption::A256Gcm);
        let token = encrypt(b"hello", &to, &mut rng()).unwrap();
        let (header, rest) = token.split_once('.').unwrap();
        let mut header: Value = serde_json::from_slice(&b64::decode(header).unwrap()).unwrap();
        change(&mut header);
        key.decrypt(&format!("{}.{rest}", b64::encode(header.to_string())))
    }

    #[test]
    fn refuses_other_algorithms_and_extensions() {
        for alg in ["ECDH-ES+A128KW", "dir", "RSA-OAEP", "none"] {
            assert_eq!(tampered(|h| h["alg"] = json!(alg)).err(), Some(JweError::Algorithm));
        }
        assert_eq!(tampered(|h| h["enc"] = json!("A192GCM")).err(), Some(JweError::Algorithm));
        assert_eq!(tampered(|h| h["zip"] = json!("DEF")).err(), Some(JweError::Algorithm));
        assert_eq!(tampered(|h| h["crit"] = json!(["x"])).err(), Some(JweError::Critical));
    }

    #[test]
    fn refuses_an_ephemeral_key_off_the_curve() {
        let outcome = tampered(|h| h["epk"]["y"] = json!(b64::encode([1; 32])));
        assert_eq!(outcome.err(), Some(JweError::Key));
    }

    #[test]
    fn the_header_is_authenticated() {
        assert_eq!(tampered(|h| h["kid"] = json!("x")).err(), Some(JweError::Decryption));
        assert_eq!(tampered(|h| h["apu"] = json!("QQ")).err(), Some(JweError::Decryption));
    }

    #[test]
    fn refuses_bytes_that_are_no_scalar() {
        assert_eq!(DecryptionKey::from_bytes(&[0; 32]).err(), Some(KeyError::Rejected));
        assert_eq!(DecryptionKey::from_bytes(&[255; 32]).err(), Some(KeyError::Rejected));
        assert_eq!(DecryptionKey::from_bytes(&[1; 31]).err(), Some(KeyError::Rejected));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn parsing_never_panics(token in "\\PC{0,120}") {
            let _outcome = peek(&token);
        }

        #[test]
        fn any_changed_bit_is_refused(bit in 0_usize..8, at in any::<prop::sample::Index>()) {
            let key = DecryptionKey::generate(&mut rng()).unwrap();
            let to = recipient(key.public(), ContentEncryption::A128Gcm);
            let mut bytes = encrypt(b"hello", &to, &mut rng()).unwrap().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(changed) = std::str::from_utf8(&bytes) {
                prop_assert!(key.decrypt(changed).is_err());
            }
        }
    }
}
