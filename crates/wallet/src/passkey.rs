//! A passkey in software, for wallets that run where no browser is: a WebAuthn authenticator with
//! ES256 keys and attestation `none` (WebAuthn Level 3 §6). It stands for the terminal's user alone
//! and proves no hardware.

use std::fmt;

use minicbor::Encoder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tanda_credential::{
    b64, digest,
    jose::{Jwk, KeyError, SignError, Signer},
};
use url::Url;

use crate::HolderKey;

/// User present, user verified.
const USER: u8 = 0b0000_0101;
/// The authenticator data holds a new credential.
const ATTESTED: u8 = 0b0100_0000;
/// The COSE algorithm ES256 (RFC 9053 §2.1).
const ES256: i64 = -7;

/// A passkey for one account at one provider.
#[derive(Clone, Serialize, Deserialize)]
pub struct SoftPasskey {
    credential_id: String,
    relying_party_id: String,
    user_handle: String,
    key: HolderKey,
}

impl fmt::Debug for SoftPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftPasskey({})", self.relying_party_id)
    }
}

/// Answers a challenge to create a passkey: `challenge` is the JSON of `CreationChallengeResponse`,
/// the answer that of `RegistrationResponseJSON` (WebAuthn Level 3 §5.1.8, §5.4).
///
/// # Errors
/// [`PasskeyError`].
pub fn register(
    challenge: &Value,
    origin: &Url,
    rng: &mut impl rand::CryptoRng,
) -> Result<(SoftPasskey, Value), PasskeyError> {
    let options = &challenge["publicKey"];
    let relying_party_id = checked_id(options["rp"]["id"].as_str(), origin)?;
    let es256 = options["pubKeyCredParams"]
        .as_array()
        .is_some_and(|offered| offered.iter().any(|one| one["alg"] == ES256));
    if !es256 {
        return Err(PasskeyError::Algorithm);
    }
    let mut credential_id = [0; 16];
    rng.fill_bytes(&mut credential_id);
    let passkey = SoftPasskey {
        credential_id: b64::encode(credential_id),
        relying_party_id,
        user_handle: text(options, &["user", "id"])?,
        key: HolderKey::generate(rng)?,
    };
    let mut data = passkey.authenticator_data(USER | ATTESTED);
    // AAGUID zero: no make and model (§6.5.1), then the identifier's length, itself, and the key.
    data.extend_from_slice(&[0; 16]);
    data.extend_from_slice(&[0, 16]);
    data.extend_from_slice(&credential_id);
    data.extend_from_slice(&cose_key(&passkey.key.public()?)?);
    let client_data = client_data("webauthn.create", &text(options, &["challenge"])?, origin);
    let answer = json!({
        "id": passkey.credential_id,
        "rawId": passkey.credential_id,
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": b64::encode(client_data),
            "attestationObject": b64::encode(attestation_object(&data)?),
            "transports": ["internal"],
        },
    });
    Ok((passkey, answer))
}

impl SoftPasskey {
    /// The host whose account it opens.
    #[must_use]
    pub fn relying_party_id(&self) -> &str {
        &self.relying_party_id
    }

    /// Answers a challenge to sign in: `challenge` is the JSON of `RequestChallengeResponse`, the
    /// answer that of `AuthenticationResponseJSON`.
    ///
    /// # Errors
    /// [`PasskeyError`].
    pub fn authenticate(&self, challenge: &Value, origin: &Url) -> Result<Value, PasskeyError> {
        let options = &challenge["publicKey"];
        if checked_id(options["rpId"].as_str(), origin)? != self.relying_party_id {
            return Err(PasskeyError::OtherSite);
        }
        let allowed = options["allowCredentials"].as_array().filter(|allowed| !allowed.is_empty());
        if allowed.is_some_and(|allowed| allowed.iter().all(|one| one["id"] != *self.credential_id))
        {
            return Err(PasskeyError::OtherAccount);
        }
        let data = self.authenticator_data(USER);
        let client_data = client_data("webauthn.get", &text(options, &["challenge"])?, origin);
        let signed = [data.as_slice(), &digest::sha256(&client_data)].concat();
        let signature = der_signature(&self.key.signer()?.sign(&signed)?);
        Ok(json!({
            "id": self.credential_id,
            "rawId": self.credential_id,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64::encode(client_data),
                "authenticatorData": b64::encode(data),
                "signature": b64::encode(signature),
                "userHandle": self.user_handle,
            },
        }))
    }

    /// §6.1: the hash of the relying party's identifier, flags, and a signature counter that stays
    /// zero.
    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest::sha256(self.relying_party_id.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&[0; 4]);
        data
    }
}

/// The relying party's identifier, if a page of this origin may use it: its host or a parent domain
/// of it (§5.1.3).
fn checked_id(id: Option<&str>, origin: &Url) -> Result<String, PasskeyError> {
    let host = origin.host_str().ok_or(PasskeyError::OtherSite)?;
    let id = id.unwrap_or(host);
    let below = host
        .strip_suffix(id)
        .is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && id.contains('.')));
    if below { Ok(id.to_owned()) } else { Err(PasskeyError::OtherSite) }
}

fn text(options: &Value, path: &[&str]) -> Result<String, PasskeyError> {
    let found = path.iter().fold(options, |value, name| &value[*name]);
    found.as_str().map(str::to_owned).ok_or(PasskeyError::Challenge)
}

/// §5.8.1, with its members in the order that §5.8.1.1 fixes.
fn client_data(kind: &str, challenge: &str, origin: &Url) -> Vec<u8> {
    let [kind, challenge, origin] = [kind, challenge, &origin.origin().ascii_serialization()]
        .map(|text| Value::from(text).to_string());
    format!(r#"{{"type":{kind},"challenge":{challenge},"origin":{origin},"crossOrigin":false}}"#)
        .into_bytes()
}

/// §6.5.4 with the format `none` (§8.7), in CTAP2's canonical order.
fn attestation_object(authenticator_data: &[u8]) -> Result<Vec<u8>, PasskeyError> {
    let mut cbor = Encoder::new(Vec::new());
    let written = (|| {
        cbor.map(3)?.str("fmt")?.str("none")?.str("attStmt")?.map(0)?;
        cbor.str("authData")?.bytes(authenticator_data)?;
        Ok::<_, minicbor::encode::Error<std::convert::Infallible>>(())
    })();
    written.map_err(|_| PasskeyError::Cbor)?;
    Ok(cbor.into_writer())
}

/// The public key as COSE_Key (RFC 9053 §7.1.1): EC2, ES256, P-256, x, y.
fn cose_key(key: &Jwk) -> Result<Vec<u8>, PasskeyError> {
    let point = key.sec1();
    let mut cbor = Encoder::new(Vec::new());
    let written = (|| {
        cbor.map(5)?.u8(1)?.u8(2)?.u8(3)?.i64(ES256)?.i8(-1)?.u8(1)?;
        cbor.i8(-2)?.bytes(&point[1..33])?.i8(-3)?.bytes(&point[33..])?;
        Ok::<_, minicbor::encode::Error<std::convert::Infallible>>(())
    })();
    written.map_err(|_| PasskeyError::Cbor)?;
    Ok(cbor.into_writer())
}

/// `r ‖ s` as the DER that WebAuthn has (§6.5.5).
fn der_signature(signature: &[u8; 64]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(bytes.len() - 1);
        let mut number = bytes[zeros..].to_vec();
        if number[0] >= 0x80 {
            number.insert(0, 0);
        }
        number
    };
    let mut body = Vec::with_capacity(72);
    for part in signature.chunks_exact(32) {
        let number = integer(part);
        // At most 33 bytes.
        body.extend([2, u8::try_from(number.len()).unwrap_or(u8::MAX)]);
        body.extend(number);
    }
    let mut der = vec![0x30, u8::try_from(body.len()).unwrap_or(u8::MAX)];
    der.extend(body);
    der
}

/// Why a challenge is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// It lacks what a challenge has.
    #[error("the passkey challenge is malformed")]
    Challenge,
    /// The site wants no ES256.
    #[error("the site takes no ES256 passkeys")]
    Algorithm,
    /// The challenge is another site's.
    #[error("the passkey challenge is for another site")]
    OtherSite,
    /// The challenge is for other passkeys.
    #[error("the passkey challenge is for another account")]
    OtherAccount,
    /// The answer can't be written.
    #[error("the passkey's answer can't be encoded")]
    Cbor,
    /// The key can't be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key can't sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

#[cfg(test)]
mod tests;
