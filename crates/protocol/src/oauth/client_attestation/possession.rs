//! The wallet's proof that it holds the attested key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::jose::{self, Header, Jws, JwsError, Signer, VerifyingKey};

use super::attestation::Attested;
use super::{AttestationDraft, AttestationError, ExpectedAttestation, Replay};
use crate::claims::{Audience, NumericDate};
use crate::oauth::DpopProof;
use crate::oauth::dpop::{MAX_JTI_BYTES, fresh_jti};

const TYP: &str = "oauth-client-attestation-pop+jwt";
const MAX_BYTES: usize = 8 * 1024;

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    aud: Audience,
    jti: String,
    iat: NumericDate,
    // Before draft -06 it was required, and npm's wallet library still sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exp: Option<NumericDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<NumericDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    challenge: Option<String>,
}

/// A proof of possession to be made: by the wallet, for one request.
#[derive(Clone, Copy, Debug)]
pub struct NewPossession<'a> {
    /// The OAuth client, as the attestation names it.
    pub client_id: &'a str,
    /// The authorization server's issuer identifier.
    pub audience: &'a str,
    /// The challenge that the server last handed out, if any.
    pub challenge: Option<&'a str>,
}

impl NewPossession<'_> {
    /// Signs the proof with the key of the wallet instance.
    ///
    /// # Errors
    /// [`AttestationError::Sign`] where the key fails.
    pub fn sign(
        &self,
        draft: AttestationDraft,
        key: &dyn Signer,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<String, AttestationError> {
        let claims = Claims {
            iss: (draft == AttestationDraft::Draft07).then(|| self.client_id.to_owned()),
            aud: Audience::One(self.audience.to_owned()),
            jti: fresh_jti(rng),
            iat: NumericDate(now),
            exp: None,
            nbf: None,
            challenge: self.challenge.map(ToOwned::to_owned),
        };
        Ok(jose::sign(&Header::typ(TYP), &claims, key)?)
    }
}

/// How the wallet proves that it holds the attested key.
#[derive(Clone, Copy, Debug)]
pub enum Possession<'a> {
    /// By the JWT of the `OAuth-Client-Attestation-PoP` header.
    Jwt(&'a str),
    /// By the request's DPoP proof, already verified, where there is no such header (draft -12
    /// §5.2).
    Dpop(&'a DpopProof),
}

pub(super) fn verify(
    possession: Possession<'_>,
    attested: &Attested,
    expected: &ExpectedAttestation<'_>,
) -> Result<(Option<Replay>, Option<String>), AttestationError> {
    match possession {
        Possession::Jwt(token) => {
            let (replay, challenge) = verify_jwt(token, attested, expected)?;
            Ok((Some(replay), challenge))
        }
        Possession::Dpop(_) if expected.draft == AttestationDraft::Draft07 => {
            Err(AttestationError::DpopNotTaken)
        }
        Possession::Dpop(proof) if proof.key.same_key(&attested.instance_key) => Ok((None, None)),
        Possession::Dpop(_) => Err(AttestationError::PossessionSignature),
    }
}

fn verify_jwt(
    token: &str,
    attested: &Attested,
    expected: &ExpectedAttestation<'_>,
) -> Result<(Replay, Option<String>), AttestationError> {
    let malformed = AttestationError::MalformedPossession;
    let jws = Jws::parse_up_to(token, MAX_BYTES).map_err(malformed)?;
    jws.expect_typ(TYP).map_err(malformed)?;
    let key = VerifyingKey::from_jwk(&attested.instance_key)
        .map_err(|_| AttestationError::PossessionSignature)?;
    let verified = jws.verify(&key).map_err(|_| AttestationError::PossessionSignature)?;
    let claims: Claims = verified.claims().map_err(malformed)?;

    match (&claims.iss, expected.draft) {
        (Some(iss), _) if *iss != attested.client_id => return Err(AttestationError::OtherClient),
        (None, AttestationDraft::Draft07) => return Err(malformed(JwsError::Claims)),
        _ => {}
    }
    if !claims.aud.is_only(expected.audience.as_str()) {
        return Err(AttestationError::Audience);
    }
    let in_time = expected.window.check(claims.iat.0, expected.now).is_ok()
        && claims.exp.is_none_or(|exp| expected.now.duration_since(exp.0) < expected.window.skew)
        && claims.nbf.is_none_or(|nbf| nbf.0.duration_since(expected.now) <= expected.window.skew);
    if !in_time {
        return Err(AttestationError::Time);
    }
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_BYTES {
        return Err(AttestationError::Identifier);
    }
    let replay = Replay { jti: claims.jti, until: expected.window.closes_at(claims.iat.0) };
    Ok((replay, claims.challenge))
}
