//! JWS in the compact serialisation (RFC 7515 section 7.1), ES256 alone.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::{Header, SignError, Signer, VerifyingKey};
use crate::{b64, json};

/// The longest token that is looked at: 1 MiB.
pub const MAX_TOKEN_BYTES: usize = 1 << 20;

/// Why a token is refused.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum JwsError {
    /// More bytes than allowed.
    #[error("the token is too long")]
    TooLong,
    /// Not three canonical base64url parts, or a header that is no strict JSON object.
    #[error("the token is malformed")]
    Malformed,
    /// The header names another algorithm than ES256.
    #[error("the token's algorithm is not ES256")]
    Algorithm,
    /// The header marks an extension as critical; none is supported.
    #[error("the token has a critical extension")]
    Critical,
    /// The header's `typ` is not the expected one.
    #[error("the token is of another type")]
    Type,
    /// The signature does not belong to the key and the content.
    #[error("the token's signature is not valid")]
    Signature,
    /// The payload does not have the expected shape.
    #[error("the token's payload does not have the expected claims")]
    Claims,
}

/// The parts of a compact JWS, still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'a> {
    pub(crate) header: &'a str,
    pub(crate) payload: &'a str,
    signature: &'a str,
    signing_input: &'a str,
}

impl<'a> Compact<'a> {
    pub(crate) fn split(token: &'a str) -> Result<Self, JwsError> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Malformed)?;
        if payload.contains('.') {
            return Err(JwsError::Malformed);
        }
        Ok(Self { header, payload, signature, signing_input })
    }

    pub(crate) fn verify(&self, key: &VerifyingKey) -> Result<(), JwsError> {
        let signature: [u8; 64] =
            b64::decode_array(self.signature).map_err(|_| JwsError::Malformed)?;
        key.verify(self.signing_input.as_bytes(), &signature).map_err(|_| JwsError::Signature)
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, JwsError> {
        b64::decode(self.payload).map_err(|_| JwsError::Malformed)
    }
}

/// A token that is parsed but not yet to be believed.
pub struct Jws<'a> {
    compact: Compact<'a>,
    header: Header,
    payload: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Parses a compact token of at most [`MAX_TOKEN_BYTES`].
    ///
    /// # Errors
    /// [`JwsError`] for anything but three canonical parts with an ES256 header.
    pub fn parse(token: &'a str) -> Result<Self, JwsError> {
        Self::parse_up_to(token, MAX_TOKEN_BYTES)
    }

    /// As [`Jws::parse`], with another limit in bytes.
    ///
    /// # Errors
    /// As [`Jws::parse`].
    pub fn parse_up_to(token: &'a str, limit: usize) -> Result<Self, JwsError> {
        if token.len() > limit {
            return Err(JwsError::TooLong);
        }
        let compact = Compact::split(token)?;
        let header = Header::decode(compact.header)?;
        // Refuse a signature of another form here, so that a parsed token is canonical as a whole.
        b64::decode_array::<64>(compact.signature).map_err(|_| JwsError::Malformed)?;
        let payload = compact.payload()?;
        Ok(Self { compact, header, payload })
    }

    /// The header: use it to find the key, not to decide.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Refuses a token whose `typ` is not exactly this.
    ///
    /// # Errors
    /// [`JwsError::Type`].
    pub fn expect_typ(&self, typ: &str) -> Result<(), JwsError> {
        if self.header.typ.as_deref() == Some(typ) { Ok(()) } else { Err(JwsError::Type) }
    }

    /// The payload before the signature is checked: only to find out whose key to use.
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`JwsError::Signature`].
    pub fn verify(self, key: &VerifyingKey) -> Result<VerifiedJws, JwsError> {
        self.compact.verify(key)?;
        Ok(VerifiedJws { header: self.header, payload: self.payload })
    }
}

/// A token whose signature is good.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedJws {
    /// The protected header.
    pub header: Header,
    /// The payload's bytes.
    pub payload: Vec<u8>,
}

impl VerifiedJws {
    /// Reads the payload as strict JSON.
    ///
    /// # Errors
    /// [`JwsError::Claims`] where it is no JSON or no `T`.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, JwsError> {
        json::parse_as(&self.payload).map_err(|_| JwsError::Claims)
    }
}

/// Signs `payload` as JSON.
///
/// # Errors
/// [`SignError`] where the signer fails, or the payload does not serialise.
pub fn sign(
    header: &Header,
    payload: &impl Serialize,
    signer: &dyn Signer,
) -> Result<String, SignError> {
    let payload = serde_json::to_vec(payload).map_err(|_| SignError)?;
    sign_encoded(&header.encode(), &payload, signer, 0)
}

/// Signs under an already encoded header, with `spare` bytes of room left behind the token.
///
/// # Errors
/// [`SignError`] where the signer fails.
pub(crate) fn sign_encoded(
    encoded_header: &str,
    payload: &[u8],
    signer: &dyn Signer,
    spare: usize,
) -> Result<String, SignError> {
    let mut token =
        String::with_capacity(encoded_header.len() + payload.len().div_ceil(3) * 4 + 90 + spare);
    token.push_str(encoded_header);
    token.push('.');
    b64::encode_into(payload, &mut token);
    let signature = signer.sign(token.as_bytes())?;
    token.push('.');
    b64::encode_into(signature, &mut token);
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Jwk, SigningKey};
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};
    use serde_json::{Value, json};

    fn key(seed: u64) -> SigningKey {
        SigningKey::generate(&mut StdRng::seed_from_u64(seed)).unwrap()
    }

    fn checking(key: &SigningKey) -> VerifyingKey {
        VerifyingKey::from_jwk(key.public()).unwrap()
    }

    fn with_header(header: &Value, key: &SigningKey) -> String {
        sign_encoded(&b64::encode(header.to_string()), b"{}", key, 0).unwrap()
    }

    #[test]
    fn the_example_of_rfc_7515_appendix_a_3() {
        let token = "eyJhbGciOiJFUzI1NiJ9\
            .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
            .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let jwk: Jwk = serde_json::from_value(json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }))
        .unwrap();
        let verified =
            Jws::parse(token).unwrap().verify(&VerifyingKey::from_jwk(&jwk).unwrap()).unwrap();
        assert_eq!(verified.claims::<Value>().unwrap()["iss"], "joe");
    }

    #[test]
    fn round_trip_with_all_members() {
        let key = key(1);
        let header = Header::typ("x+jwt")
            .with_kid("k1")
            .with_x5c(&[vec![1, 2, 3], vec![4]])
            .with_jwk(key.public().clone())
            .with_extra("cty", "json");
        let token = sign(&header, &json!({"a": 1}), &key).unwrap();
        let jws = Jws::parse(&token).unwrap();
        assert_eq!(jws.header(), &header);
        jws.expect_typ("x+jwt").unwrap();
        assert_eq!(jws.expect_typ("jwt"), Err(JwsError::Type));
        let verified = jws.verify(&checking(&key)).unwrap();
        assert_eq!(verified.claims::<Value>().unwrap(), json!({"a": 1}));
    }

    #[test]
    fn refuses_every_other_algorithm() {
        let key = key(1);
        for alg in ["none", "HS256", "RS256", "ES384", "EdDSA", "es256", ""] {
            let token = with_header(&json!({"alg": alg}), &key);
            assert_eq!(Jws::parse(&token).err(), Some(JwsError::Algorithm), "{alg}");
        }
        let token = with_header(&json!({"typ": "JWT"}), &key);
        assert_eq!(Jws::parse(&token).err(), Some(JwsError::Malformed));
        let unsigned = format!("{}.e30.", b64::encode(r#"{"alg":"none"}"#));
        assert_eq!(Jws::parse(&unsigned).err(), Some(JwsError::Algorithm));
    }

    #[test]
    fn refuses_critical_extensions() {
        let key = key(1);
        for header in [json!({"alg":"ES256","crit":["exp"]}), json!({"alg":"ES256","b64":false})] {
            let token = with_header(&header, &key);
            assert_eq!(Jws::parse(&token).err(), Some(JwsError::Critical));
        }
    }

    #[test]
    fn refuses_a_header_with_a_duplicate_member() {
        let header = b64::encode(r#"{"alg":"ES256","alg":"ES256"}"#);
        let token = sign_encoded(&header, b"{}", &key(1), 0).unwrap();
        assert_eq!(Jws::parse(&token).err(), Some(JwsError::Malformed));
    }

    #[test]
    fn refuses_another_key_size_and_form() {
        let (ours, theirs) = (key(1), key(2));
        let token = sign(&Header::default(), &json!({}), &ours).unwrap();
        let jws = Jws::parse(&token).unwrap();
        assert_eq!(jws.verify(&checking(&theirs)).err(), Some(JwsError::Signature));
        let long = format!("{token}{}", "A".repeat(MAX_TOKEN_BYTES));
        assert_eq!(Jws::parse(&long).err(), Some(JwsError::TooLong));
        for broken in [
            format!("{token}="),
            format!("{token}."),
            format!(".{token}"),
            token.replacen('.', "", 1),
            format!(" {token}"),
            token.replace('.', "\n."),
        ] {
            assert_eq!(Jws::parse(&broken).err(), Some(JwsError::Malformed), "{broken}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn parsing_never_panics(token in "\\PC{0,120}") {
            let _outcome = Jws::parse(&token);
        }

        #[test]
        fn any_changed_bit_is_refused(bit in 0_usize..8, at in any::<prop::sample::Index>()) {
            let key = key(1);
            let token = sign(&Header::typ("t"), &json!({"claim": "value"}), &key).unwrap();
            let mut bytes = token.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(changed) = std::str::from_utf8(&bytes) {
                let outcome = Jws::parse(changed).and_then(|jws| jws.verify(&checking(&key)));
                prop_assert!(outcome.is_err());
            }
        }
    }
}
