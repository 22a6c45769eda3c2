//! The attestation itself: the provider's word for a wallet instance's key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::CLOCK_SKEW;
use tanda_credential::jose::{self, Header, Jwk, Jws, Signer};

use super::{AttestationDraft, AttestationError, ExpectedAttestation, MAX_LIFE};
use crate::claims::NumericDate;

const TYP: &str = "oauth-client-attestation+jwt";
/// With a certificate chain in its header.
const MAX_BYTES: usize = 16 * 1024;
/// Identifiers get into stores and logs of refusals; these lengths are plenty.
const MAX_NAME_BYTES: usize = 256;

#[derive(Serialize, Deserialize)]
struct Claims {
    // Draft -12 has no use for it, but npm's wallet library wants it there, and other claims are
    // allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iat: Option<NumericDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<NumericDate>,
    exp: NumericDate,
    cnf: Confirmation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Confirmation {
    jwk: Jwk,
}

/// An attestation to be made: by the provider, for one wallet instance.
#[derive(Clone, Copy, Debug)]
pub struct NewAttestation<'a> {
    /// The provider, as the trust list names it.
    pub issuer: &'a str,
    /// The OAuth client: the wallet software.
    pub client_id: &'a str,
    /// The key of the wallet instance.
    pub instance_key: &'a Jwk,
    /// The pairwise identifier of the account at this authority: opaque, and different at each
    /// authority.
    pub account: &'a str,
    /// When the provider looked. Round it down, so that attestations cannot be linked by it
    /// (draft -12 §11.1).
    pub issued_at: Timestamp,
    /// When the provider's word runs out, at most [`MAX_LIFE`] later.
    pub expires_at: Timestamp,
}

impl NewAttestation<'_> {
    /// Signs the attestation. The signer's certificates go into its header: by them the authority
    /// finds the provider in the trust list. What is made is good under every draft.
    ///
    /// # Errors
    /// [`AttestationError::Sign`] where the key fails.
    pub fn sign(&self, signer: &dyn Signer) -> Result<String, AttestationError> {
        let claims = Claims {
            iss: Some(self.issuer.to_owned()),
            sub: self.client_id.to_owned(),
            iat: Some(NumericDate(self.issued_at)),
            nbf: None,
            exp: NumericDate(self.expires_at),
            cnf: Confirmation { jwk: self.instance_key.bare() },
            account: Some(self.account.to_owned()),
        };
        Ok(jose::sign(&Header::typ(TYP).with_x5c(signer.x5c()), &claims, signer)?)
    }
}

/// What a verified attestation says.
pub(super) struct Attested {
    pub(super) attester: String,
    pub(super) client_id: String,
    pub(super) instance_key: Jwk,
    pub(super) account: Option<String>,
    pub(super) expires_at: Timestamp,
}

pub(super) fn verify(
    attestation: &str,
    expected: &ExpectedAttestation<'_>,
) -> Result<Attested, AttestationError> {
    let jws = Jws::parse_up_to(attestation, MAX_BYTES).map_err(AttestationError::Malformed)?;
    jws.expect_typ(TYP).map_err(AttestationError::Malformed)?;
    let (attester, key) = expected.attesters.resolve(&jws.header().x5c, expected.now)?;
    let verified = jws.verify(&key).map_err(|_| AttestationError::Signature)?;
    let claims: Claims = verified.claims().map_err(AttestationError::Malformed)?;

    match (&claims.iss, expected.draft) {
        (Some(iss), _) if iss != attester => return Err(AttestationError::UnknownAttester),
        (None, AttestationDraft::Draft07) => {
            return Err(AttestationError::Malformed(jose::JwsError::Claims));
        }
        _ => {}
    }
    check_times(&claims, expected)?;
    let too_long = |text: &String| text.is_empty() || text.len() > MAX_NAME_BYTES;
    if too_long(&claims.sub) || claims.account.as_ref().is_some_and(too_long) {
        return Err(AttestationError::Malformed(jose::JwsError::Claims));
    }
    Ok(Attested {
        attester: attester.to_owned(),
        client_id: claims.sub,
        instance_key: claims.cnf.jwk.bare(),
        account: claims.account,
        expires_at: claims.exp.0,
    })
}

fn check_times(
    claims: &Claims,
    expected: &ExpectedAttestation<'_>,
) -> Result<(), AttestationError> {
    let until = |date: NumericDate| date.0.duration_since(expected.now);
    let left = until(claims.exp);
    if left <= -CLOCK_SKEW || left > MAX_LIFE + CLOCK_SKEW {
        return Err(AttestationError::NotFresh);
    }
    if claims.iat.is_none() && expected.draft == AttestationDraft::Draft12 {
        return Err(AttestationError::Malformed(jose::JwsError::Claims));
    }
    if [claims.iat, claims.nbf].into_iter().flatten().any(|date| until(date) > CLOCK_SKEW) {
        return Err(AttestationError::NotFresh);
    }
    Ok(())
}
