//! Demonstrating proof of possession (DPoP, RFC 9449): the wallet signs each request to the token
//! and credential endpoints, so that a token is worth nothing without its key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::jose::{self, Header, Jwk, Jws, JwsError, SignError, Signer, VerifyingKey};
use tanda_credential::{b64, digest};
use thiserror::Error;

use super::http_uri::HttpUri;
use super::{ErrorCode, ErrorResponse, OpaqueToken, Window};
use crate::claims::NumericDate;

/// The name of the request header.
pub const DPOP_HEADER: &str = "DPoP";
/// The name of the response header that hands out a nonce (RFC 9449 §8).
pub const DPOP_NONCE_HEADER: &str = "DPoP-Nonce";

const TYP: &str = "dpop+jwt";
/// Proofs are a few hundred bytes; more is somebody trying something.
const MAX_PROOF_BYTES: usize = 8 * 1024;
/// What a store has to keep of a `jti`.
pub(crate) const MAX_JTI_BYTES: usize = 128;

/// A proof to be made: by the wallet, for one request.
#[derive(Clone, Copy, Debug)]
pub struct NewDpopProof<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// Its URL; query and fragment are left out of the proof.
    pub url: &'a str,
    /// The access token that goes along, at the credential endpoint.
    pub access_token: Option<&'a OpaqueToken>,
    /// The nonce that the server last handed out, if any.
    pub nonce: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: NumericDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

impl NewDpopProof<'_> {
    /// Signs the proof with the DPoP key: the value of the `DPoP` header.
    ///
    /// # Errors
    /// [`DpopError::Target`] where the URL is no http(s) URL; [`DpopError::Sign`].
    pub fn sign(
        &self,
        key: &dyn Signer,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<String, DpopError> {
        let target = HttpUri::parse(self.url).ok_or(DpopError::Target)?;
        let claims = Claims {
            jti: fresh_jti(rng),
            htm: self.method.to_owned(),
            htu: target.as_str().to_owned(),
            iat: NumericDate(now),
            ath: self.access_token.map(token_hash),
            nonce: self.nonce.map(ToOwned::to_owned),
        };
        let header = Header::typ(TYP).with_jwk(key.public().bare());
        Ok(jose::sign(&header, &claims, key)?)
    }
}

/// What a server expects of the proof of one request.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedDpop<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The public URL of the endpoint, as its metadata has it, whatever a proxy made of it.
    pub url: &'a str,
    /// The access token that came along, at a protected resource.
    pub access_token: Option<&'a OpaqueToken>,
    /// The thumbprint of the key that the token is bound to, where that is known beforehand.
    pub key_thumbprint: Option<&'a str>,
    /// How old the proof may be.
    pub window: Window,
    /// The time.
    pub now: Timestamp,
}

/// A verified proof. It is the store's to refuse a second one with the same thumbprint and `jti`
/// before `replay_until`, and the server's to open the nonce where it hands out nonces.
#[derive(Clone, Debug)]
pub struct DpopProof {
    /// The key.
    pub key: Jwk,
    /// Its RFC 7638 thumbprint: what tokens are bound to (`jkt`).
    pub thumbprint: String,
    /// The proof's own identifier, at most 128 bytes.
    pub jti: String,
    /// Until when the identifier must be remembered.
    pub replay_until: Timestamp,
    /// The nonce in the proof, not looked at.
    pub nonce: Option<String>,
}

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DpopError {
    /// Not a JWT of the right type, signed with ES256.
    #[error("the DPoP proof is not a dpop+jwt signed with ES256")]
    Malformed(#[source] JwsError),
    /// No key in the header.
    #[error("the DPoP proof does not carry its public key")]
    Key,
    /// Not signed by the key in the header.
    #[error("the signature of the DPoP proof is wrong")]
    Signature,
    /// Another method.
    #[error("the DPoP proof is for another method")]
    Method,
    /// Another URL, or no URL.
    #[error("the DPoP proof is for another URL")]
    Target,
    /// Too old or from the future.
    #[error("the DPoP proof was not made just now")]
    Time,
    /// Another access token, or none.
    #[error("the DPoP proof is for another access token")]
    AccessToken,
    /// Another key than the token is bound to.
    #[error("the DPoP proof is by another key than the token's")]
    OtherKey,
    /// No identifier, or one too long to remember.
    #[error("the DPoP proof has no usable jti")]
    Identifier,
    /// The store has seen it.
    #[error("the DPoP proof was used before")]
    Replayed,
    /// No proof came.
    #[error("the DPoP proof is missing")]
    Missing,
    /// The server's nonce is missing, unknown or expired.
    #[error("the DPoP proof does not carry the server's nonce")]
    Nonce,
    /// The wallet's key failed.
    #[error("the DPoP proof could not be signed")]
    Sign(#[from] SignError),
}

impl DpopError {
    /// What the client is told. A token of another key is an invalid token at a resource and an
    /// invalid grant at the token endpoint; there the caller knows better.
    #[must_use]
    pub const fn response(&self) -> ErrorResponse {
        let description = match self {
            Self::Nonce => {
                return ErrorResponse::new(
                    ErrorCode::UseDpopNonce,
                    "Sign the proof with the nonce of the DPoP-Nonce header.",
                );
            }
            Self::Sign(_) => {
                return ErrorResponse::new(ErrorCode::ServerError, "The proof was not signed.");
            }
            Self::Missing => "Send one DPoP header with a proof for this request.",
            Self::Malformed(_) | Self::Key => {
                "The proof must be a dpop+jwt signed with ES256 that carries its public key."
            }
            Self::Signature => "The signature of the proof is wrong.",
            Self::Method | Self::Target => "The proof is for another method or URL.",
            Self::Time => "The proof is too old or from the future. Set the clock.",
            Self::AccessToken | Self::OtherKey => "The proof does not go with the access token.",
            Self::Identifier => "The proof must have a jti of at most 128 characters.",
            Self::Replayed => "The proof was used before. Make a new one for each request.",
        };
        ErrorResponse::new(ErrorCode::InvalidDpopProof, description)
    }
}

/// Verifies the proof of one request (RFC 9449 §4.3, checks 2 to 12; check 1 is
/// [`single_header`](super::single_header)'s).
///
/// # Errors
/// [`DpopError`], the first that is found.
pub fn verify(proof: &str, expected: &ExpectedDpop<'_>) -> Result<DpopProof, DpopError> {
    let jws = Jws::parse_up_to(proof, MAX_PROOF_BYTES).map_err(DpopError::Malformed)?;
    jws.expect_typ(TYP).map_err(DpopError::Malformed)?;
    let key = jws.header().jwk.as_ref().ok_or(DpopError::Key)?.bare();
    let thumbprint = key.thumbprint();
    if expected.key_thumbprint.is_some_and(|bound_to| bound_to != thumbprint) {
        return Err(DpopError::OtherKey);
    }
    let verifying_key = VerifyingKey::from_jwk(&key).map_err(|_| DpopError::Key)?;
    let verified = jws.verify(&verifying_key).map_err(|_| DpopError::Signature)?;
    let claims: Claims = verified.claims().map_err(DpopError::Malformed)?;

    if claims.htm != expected.method {
        return Err(DpopError::Method);
    }
    let target = HttpUri::parse(&claims.htu).ok_or(DpopError::Target)?;
    if HttpUri::parse(expected.url) != Some(target) {
        return Err(DpopError::Target);
    }
    expected.window.check(claims.iat.0, expected.now).map_err(|_| DpopError::Time)?;
    if expected.access_token.map(token_hash) != claims.ath {
        return Err(DpopError::AccessToken);
    }
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_BYTES {
        return Err(DpopError::Identifier);
    }
    Ok(DpopProof {
        key,
        thumbprint,
        jti: claims.jti,
        replay_until: expected.window.closes_at(claims.iat.0),
        nonce: claims.nonce,
    })
}

/// The `ath` of a token: the base64url of its SHA-256 (RFC 9449 §4.2).
fn token_hash(token: &OpaqueToken) -> String {
    b64::encode(digest::sha256(token.expose().as_bytes()))
}

/// 128 random bits as base64url.
pub(crate) fn fresh_jti(rng: &mut impl rand::CryptoRng) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    b64::encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{key, later, now, rng};
    use serde_json::json;

    const URL: &str = "https://as.example/oauth/token";

    fn expected() -> ExpectedDpop<'static> {
        ExpectedDpop {
            method: "POST",
            url: URL,
            access_token: None,
            key_thumbprint: None,
            window: Window::DPOP,
            now: now(),
        }
    }

    fn new() -> NewDpopProof<'static> {
        NewDpopProof { method: "POST", url: URL, access_token: None, nonce: Some("n") }
    }

    fn proof() -> String {
        new().sign(&key(1), now(), &mut rng(2)).unwrap()
    }

    /// A proof with members of its header or payload put in by hand.
    fn bent(header: &Header, claims: &serde_json::Value) -> String {
        jose::sign(header, claims, &key(1)).unwrap()
    }

    fn good_header() -> Header {
        Header::typ(TYP).with_jwk(key(1).public().clone())
    }

    fn good_claims() -> serde_json::Value {
        json!({"jti": "j", "htm": "POST", "htu": URL, "iat": now().as_second()})
    }

    fn refusal(proof: &str) -> DpopError {
        verify(proof, &expected()).unwrap_err()
    }

    #[test]
    fn a_fresh_proof_is_taken() {
        let verified = verify(&proof(), &expected()).unwrap();
        assert!(verified.key.same_key(key(1).public()));
        assert_eq!(verified.thumbprint, key(1).public().thumbprint());
        assert_eq!(verified.nonce.as_deref(), Some("n"));
        assert_eq!(verified.replay_until, later(90));
        assert_eq!(verified.jti.len(), 22);
        let other = new().sign(&key(1), now(), &mut rng(3)).unwrap();
        assert_ne!(verify(&other, &expected()).unwrap().jti, verified.jti);
        assert!(verify(&bent(&good_header(), &good_claims()), &expected()).is_ok());
    }

    #[test]
    fn the_specs_example_is_taken_at_its_time() {
        // RFC 9449 §4.1, figure 1, and §7.1, figure 12.
        let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let verified = verify(
            proof,
            &ExpectedDpop {
                url: "https://server.example.com/token",
                now: at(1_562_262_616),
                ..expected()
            },
        )
        .unwrap();
        assert_eq!(verified.jti, "-BwC3ESc6acc2lTc");
        // RFC 9449 §6.1: the thumbprint that the token of the example is bound to.
        assert_eq!(verified.thumbprint, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");

        let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
        let token = OpaqueToken::parse("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU").unwrap();
        let resource = ExpectedDpop {
            method: "GET",
            url: "https://resource.example.org/protectedresource",
            access_token: Some(&token),
            now: at(1_562_262_618),
            ..expected()
        };
        assert!(verify(proof, &resource).is_ok());
    }

    #[test]
    fn another_request_is_refused() {
        let refuse = |changed: ExpectedDpop<'_>| verify(&proof(), &changed).unwrap_err();
        assert_eq!(refuse(ExpectedDpop { method: "GET", ..expected() }), DpopError::Method);
        assert_eq!(
            refuse(ExpectedDpop { url: "https://as.example/openid4vci/credential", ..expected() }),
            DpopError::Target
        );
        assert_eq!(refuse(ExpectedDpop { now: later(91), ..expected() }), DpopError::Time);
        assert_eq!(refuse(ExpectedDpop { now: later(-61), ..expected() }), DpopError::Time);
        assert!(verify(&proof(), &ExpectedDpop { now: later(-60), ..expected() }).is_ok());
        let other = key(9).public().thumbprint();
        assert_eq!(
            refuse(ExpectedDpop { key_thumbprint: Some(&other), ..expected() }),
            DpopError::OtherKey
        );
    }

    #[test]
    fn another_access_token_is_refused() {
        let (token, other) = (OpaqueToken::mint(&mut rng(5)), OpaqueToken::mint(&mut rng(6)));
        let with_token = NewDpopProof { access_token: Some(&token), ..new() }
            .sign(&key(1), now(), &mut rng(2))
            .unwrap();
        let refuse = |proof: &str, access_token| {
            verify(proof, &ExpectedDpop { access_token, ..expected() }).err()
        };
        assert_eq!(refuse(&with_token, Some(&token)), None);
        assert_eq!(refuse(&with_token, Some(&other)), Some(DpopError::AccessToken));
        assert_eq!(refuse(&with_token, None), Some(DpopError::AccessToken));
        assert_eq!(refuse(&proof(), Some(&token)), Some(DpopError::AccessToken));
    }

    #[test]
    fn bad_headers_are_refused() {
        let with = |header: Header| refusal(&bent(&header, &good_claims()));
        let public = key(1).public().clone();
        assert_eq!(with(Header::typ(TYP)), DpopError::Key);
        assert!(matches!(with(Header::typ("jwt").with_jwk(public)), DpopError::Malformed(_)));
        // Signed by a key, carrying another.
        assert_eq!(with(Header::typ(TYP).with_jwk(key(2).public().clone())), DpopError::Signature);
    }

    #[test]
    fn other_algorithms_and_private_keys_are_refused() {
        let raw = |header: serde_json::Value| {
            let signature = proof().rsplit_once('.').unwrap().1.to_owned();
            format!(
                "{}.{}.{signature}",
                b64::encode(header.to_string()),
                b64::encode(good_claims().to_string())
            )
        };
        let jwk = serde_json::to_value(key(1).public()).unwrap();
        for alg in ["none", "HS256", "RS256", "ES384"] {
            let token = raw(json!({"typ": TYP, "alg": alg, "jwk": jwk}));
            assert!(matches!(refusal(&token), DpopError::Malformed(_)), "{alg}");
        }
        let mut private = jwk;
        private["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
        assert!(matches!(
            refusal(&raw(json!({"typ": TYP, "alg": "ES256", "jwk": private}))),
            DpopError::Malformed(_)
        ));
        let symmetric = json!({"kty": "oct", "k": "AAAA"});
        assert!(matches!(
            refusal(&raw(json!({"typ": TYP, "alg": "ES256", "jwk": symmetric}))),
            DpopError::Malformed(_)
        ));
    }

    #[test]
    fn bad_claims_are_refused() {
        let with = |name: &str, value: serde_json::Value| {
            let mut claims = good_claims();
            claims[name] = value;
            refusal(&bent(&good_header(), &claims))
        };
        assert_eq!(with("jti", json!("")), DpopError::Identifier);
        assert_eq!(with("jti", json!("j".repeat(129))), DpopError::Identifier);
        assert_eq!(with("htu", json!("/oauth/token")), DpopError::Target);
        assert_eq!(with("htm", json!("post")), DpopError::Method);
        for name in ["jti", "htm", "htu", "iat"] {
            assert!(matches!(with(name, json!(null)), DpopError::Malformed(_)), "{name}");
        }
        let mut turned = proof().into_bytes();
        let last = turned.len() - 10;
        turned[last] = if turned[last] == b'A' { b'B' } else { b'A' };
        assert_eq!(refusal(std::str::from_utf8(&turned).unwrap()), DpopError::Signature);
        assert!(matches!(refusal(&"a".repeat(9000)), DpopError::Malformed(JwsError::TooLong)));
    }
}
