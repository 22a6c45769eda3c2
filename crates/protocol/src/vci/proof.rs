//! Key proofs of the type `jwt`: the wallet shows that it holds the keys that the copies are to be
//! bound to (OpenID4VCI 1.0 §8.2.1 and appendix F.1).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::jose::{self, Header, Jwk, Jws, JwsError, SignError, Signer, VerifyingKey};
use thiserror::Error;

use crate::claims::{Audience, NumericDate};
use crate::oauth::{ErrorCode, ErrorResponse, IssuerUrl, Window};

const TYP: &str = "openid4vci-proof+jwt";
const MAX_PROOF_BYTES: usize = 8 * 1024;

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    aud: Audience,
    iat: NumericDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

/// A proof to be made: by the wallet, for each key of a batch.
#[derive(Clone, Copy, Debug)]
pub struct NewKeyProof<'a> {
    /// The credential issuer.
    pub issuer: &'a IssuerUrl,
    /// The `c_nonce`, the same one for the whole batch.
    pub nonce: &'a str,
    /// The OAuth client, unless the token was had without naming one.
    pub client_id: Option<&'a str>,
}

impl NewKeyProof<'_> {
    /// Signs the proof with the key of one copy.
    ///
    /// # Errors
    /// [`SignError`] where the key fails.
    pub fn sign(&self, key: &dyn Signer, now: Timestamp) -> Result<String, SignError> {
        let claims = Claims {
            iss: self.client_id.map(ToOwned::to_owned),
            aud: Audience::One(self.issuer.as_str().to_owned()),
            iat: NumericDate(now),
            nonce: Some(self.nonce.to_owned()),
        };
        jose::sign(&Header::typ(TYP).with_jwk(key.public().bare()), &claims, key)
    }
}

/// What an issuer expects of the proofs of one request.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedKeyProof<'a> {
    /// The issuer itself.
    pub issuer: &'a IssuerUrl,
    /// The client that the access token was given to.
    pub client_id: Option<&'a str>,
    /// How old a proof may be.
    pub window: Window,
    /// The time.
    pub now: Timestamp,
}

/// The verified proofs of one request. The nonce is still to be opened, and spent in the same
/// transaction that records the intent to issue.
#[derive(Clone, Debug)]
pub struct KeyProofs {
    /// The keys, all different, in the order of the proofs.
    pub keys: Vec<Jwk>,
    /// The nonce that every one of them carries.
    pub nonce: String,
}

/// Why the proofs of a request were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyProofError {
    /// There are none.
    #[error("there is no key proof")]
    None,
    /// One is not a JWT of the right type, signed with ES256.
    #[error("a key proof is not an openid4vci-proof+jwt signed with ES256")]
    Malformed(#[source] JwsError),
    /// One does not carry its key as a JWK, or names it in another way besides.
    #[error("a key proof does not carry its public key as a JWK")]
    Key,
    /// One is not signed by the key that it carries.
    #[error("the signature of a key proof is wrong")]
    Signature,
    /// One is for another issuer.
    #[error("a key proof is for another issuer")]
    Audience,
    /// One is by another client.
    #[error("a key proof is by another client")]
    Client,
    /// One is too old or from the future.
    #[error("a key proof was not made just now")]
    Time,
    /// One carries no nonce.
    #[error("a key proof carries no nonce")]
    NoNonce,
    /// They do not all carry the same nonce.
    #[error("the key proofs carry different nonces")]
    Nonces,
    /// Two are of the same key, which would make two copies linkable.
    #[error("two key proofs are of the same key")]
    RepeatedKey,
}

impl KeyProofError {
    /// What the wallet is told (OpenID4VCI 1.0 §8.3.1.2).
    #[must_use]
    pub const fn response(&self) -> ErrorResponse {
        let description = match self {
            Self::Nonces => {
                return ErrorResponse::new(
                    ErrorCode::InvalidNonce,
                    "Sign all proofs of a request with the same c_nonce.",
                );
            }
            Self::None => "Send at least one key proof.",
            Self::Malformed(_) => "A proof must be an openid4vci-proof+jwt signed with ES256.",
            Self::Key => "A proof must carry its public P-256 key as jwk, and neither kid nor x5c.",
            Self::Signature => "The signature of a proof is wrong.",
            Self::Audience => "A proof must name the credential issuer as its only audience.",
            Self::Client => "A proof names another client than the access token.",
            Self::Time => "A proof is too old or from the future. Set the clock.",
            Self::NoNonce => "A proof carries no c_nonce. Fetch one from the nonce endpoint.",
            Self::RepeatedKey => "Each copy needs a key of its own.",
        };
        ErrorResponse::new(ErrorCode::InvalidProof, description)
    }
}

/// Verifies all proofs of a request; one bad proof refuses them all.
///
/// # Errors
/// [`KeyProofError`], the first that is found.
pub fn verify_all(
    proofs: &[String],
    expected: &ExpectedKeyProof<'_>,
) -> Result<KeyProofs, KeyProofError> {
    let mut keys: Vec<Jwk> = Vec::with_capacity(proofs.len());
    let mut nonce: Option<String> = None;
    for proof in proofs {
        let (key, its_nonce) = verify(proof, expected)?;
        match &nonce {
            None => nonce = Some(its_nonce),
            Some(nonce) if *nonce == its_nonce => {}
            Some(_) => return Err(KeyProofError::Nonces),
        }
        if keys.iter().any(|earlier| earlier.same_key(&key)) {
            return Err(KeyProofError::RepeatedKey);
        }
        keys.push(key);
    }
    Ok(KeyProofs { keys, nonce: nonce.ok_or(KeyProofError::None)? })
}

fn verify(proof: &str, expected: &ExpectedKeyProof<'_>) -> Result<(Jwk, String), KeyProofError> {
    let jws = Jws::parse_up_to(proof, MAX_PROOF_BYTES).map_err(KeyProofError::Malformed)?;
    jws.expect_typ(TYP).map_err(KeyProofError::Malformed)?;
    let header = jws.header();
    let named_otherwise =
        header.kid.is_some() || !header.x5c.is_empty() || header.extra.contains_key("trust_chain");
    let key = match &header.jwk {
        Some(jwk) if !named_otherwise => jwk.bare(),
        _ => return Err(KeyProofError::Key),
    };
    let verifying_key = VerifyingKey::from_jwk(&key).map_err(|_| KeyProofError::Key)?;
    let verified = jws.verify(&verifying_key).map_err(|_| KeyProofError::Signature)?;
    let claims: Claims = verified.claims().map_err(KeyProofError::Malformed)?;

    if !claims.aud.is_only(expected.issuer.as_str()) {
        return Err(KeyProofError::Audience);
    }
    // Optional in the proof; where it stands, it has to be the token's client (appendix F.1).
    if claims.iss.is_some() && claims.iss.as_deref() != expected.client_id {
        return Err(KeyProofError::Client);
    }
    expected.window.check(claims.iat.0, expected.now).map_err(|_| KeyProofError::Time)?;
    let nonce = claims.nonce.filter(|nonce| !nonce.is_empty()).ok_or(KeyProofError::NoNonce)?;
    Ok((key, nonce))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{key, later, now};
    use serde_json::{Value, json};
    use tanda_credential::b64;

    fn issuer() -> IssuerUrl {
        IssuerUrl::parse("https://credential-issuer.example.com").unwrap()
    }

    fn proof(seed: u64) -> String {
        NewKeyProof { issuer: &issuer(), nonce: "n", client_id: Some("tanda-wallet") }
            .sign(&key(seed), now())
            .unwrap()
    }

    fn check_at(proofs: &[String], now: Timestamp) -> Result<KeyProofs, KeyProofError> {
        let expected = ExpectedKeyProof {
            issuer: &issuer(),
            client_id: Some("tanda-wallet"),
            window: Window::KEY_PROOF,
            now,
        };
        verify_all(proofs, &expected)
    }

    fn refusal(proof: String) -> KeyProofError {
        check_at(&[proof], now()).unwrap_err()
    }

    fn good_claims() -> Value {
        json!({"aud": issuer().as_str(), "iat": now().as_second(), "nonce": "n"})
    }

    fn good_header() -> Header {
        Header::typ(TYP).with_jwk(key(1).public().clone())
    }

    fn bent(header: &Header, claims: &Value) -> String {
        jose::sign(header, claims, &key(1)).unwrap()
    }

    fn with(name: &str, value: Value) -> String {
        let mut claims = good_claims();
        claims[name] = value;
        bent(&good_header(), &claims)
    }

    #[test]
    fn a_batch_is_taken_in_order() {
        let proofs: Vec<_> = (1..=10).map(proof).collect();
        let verified = check_at(&proofs, now()).unwrap();
        assert_eq!(verified.nonce, "n");
        for (seed, verified) in (1..=10).zip(&verified.keys) {
            assert!(verified.same_key(key(seed).public()));
        }
        // Without iss, as the specification's example has it.
        assert!(check_at(&[bent(&good_header(), &good_claims())], now()).is_ok());
    }

    #[test]
    fn none_repeated_and_mixed_are_refused() {
        assert_eq!(check_at(&[], now()).unwrap_err(), KeyProofError::None);
        let repeated = [proof(1), proof(2), proof(1)];
        assert_eq!(check_at(&repeated, now()).unwrap_err(), KeyProofError::RepeatedKey);
        let mixed = [proof(2), with("nonce", json!("other"))];
        assert_eq!(check_at(&mixed, now()).unwrap_err(), KeyProofError::Nonces);
        let one_bad = [proof(2), with("aud", json!("https://other.example"))];
        assert_eq!(check_at(&one_bad, now()).unwrap_err(), KeyProofError::Audience);
    }

    #[test]
    fn bad_claims_are_refused() {
        assert_eq!(refusal(with("aud", json!("https://other.example"))), KeyProofError::Audience);
        assert_eq!(
            refusal(with("aud", json!([issuer().as_str(), "https://other.example"]))),
            KeyProofError::Audience
        );
        assert_eq!(refusal(with("iss", json!("other"))), KeyProofError::Client);
        assert_eq!(refusal(with("nonce", Value::Null)), KeyProofError::NoNonce);
        assert_eq!(refusal(with("nonce", json!(""))), KeyProofError::NoNonce);
        assert_eq!(refusal(with("iat", json!(later(61).as_second()))), KeyProofError::Time);
        assert_eq!(check_at(&[proof(1)], later(121)).unwrap_err(), KeyProofError::Time);
        assert!(check_at(&[proof(1)], later(120)).is_ok());
        assert!(check_at(&[proof(1)], later(-60)).is_ok());
        for name in ["aud", "iat"] {
            assert_eq!(
                refusal(with(name, Value::Null)),
                KeyProofError::Malformed(JwsError::Claims),
                "{name}"
            );
        }
    }

    #[test]
    fn an_anonymous_token_takes_no_client() {
        let expected = ExpectedKeyProof {
            issuer: &issuer(),
            client_id: None,
            window: Window::KEY_PROOF,
            now: now(),
        };
        assert_eq!(verify_all(&[proof(1)], &expected).unwrap_err(), KeyProofError::Client);
    }

    #[test]
    fn bad_headers_are_refused() {
        let with_header = |header: Header| refusal(bent(&header, &good_claims()));
        assert_eq!(with_header(Header::typ(TYP)), KeyProofError::Key);
        assert_eq!(with_header(Header::typ(TYP).with_kid("did:example:1")), KeyProofError::Key);
        assert_eq!(with_header(good_header().with_kid("k")), KeyProofError::Key);
        assert_eq!(with_header(good_header().with_x5c(&[vec![1]])), KeyProofError::Key);
        assert_eq!(
            with_header(good_header().with_extra("trust_chain", json!(["a"]))),
            KeyProofError::Key
        );
        assert_eq!(
            with_header(Header::typ("JWT").with_jwk(key(1).public().clone())),
            KeyProofError::Malformed(JwsError::Type)
        );
        // Signed by one key, asking for another.
        assert_eq!(
            with_header(Header::typ(TYP).with_jwk(key(2).public().clone())),
            KeyProofError::Signature
        );
    }

    #[test]
    fn other_algorithms_and_private_keys_are_refused() {
        let raw = |header: Value| {
            let signature = proof(1).rsplit_once('.').unwrap().1.to_owned();
            let (header, claims) = (header.to_string(), good_claims().to_string());
            refusal(format!("{}.{}.{signature}", b64::encode(header), b64::encode(claims)))
        };
        let jwk = serde_json::to_value(key(1).public()).unwrap();
        for alg in ["none", "HS256", "ES384", "EdDSA"] {
            assert!(
                matches!(
                    raw(json!({"typ": TYP, "alg": alg, "jwk": jwk})),
                    KeyProofError::Malformed(_)
                ),
                "{alg}"
            );
        }
        let mut private = jwk;
        private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
        assert!(matches!(
            raw(json!({"typ": TYP, "alg": "ES256", "jwk": private})),
            KeyProofError::Malformed(_)
        ));
    }

    #[test]
    fn a_browsers_exported_key_is_taken() {
        // WebCrypto's exportKey adds `ext` and `key_ops`; npm's library passes them on.
        let mut jwk = serde_json::to_value(key(1).public()).unwrap();
        jwk["ext"] = json!(true);
        jwk["key_ops"] = json!(["verify"]);
        let header = json!({"typ": TYP, "alg": "ES256", "jwk": jwk}).to_string();
        let input = format!("{}.{}", b64::encode(header), b64::encode(good_claims().to_string()));
        let signature = key(1).sign(input.as_bytes()).unwrap();
        assert!(check_at(&[format!("{input}.{}", b64::encode(signature))], now()).is_ok());
    }

    #[test]
    fn refusals_carry_the_specs_codes() {
        assert_eq!(KeyProofError::NoNonce.response().error.as_str(), "invalid_proof");
        assert_eq!(KeyProofError::Nonces.response().error.as_str(), "invalid_nonce");
    }
}
