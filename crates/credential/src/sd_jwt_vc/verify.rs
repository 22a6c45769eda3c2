//! Checking credentials, alone or as a presentation.

use jiff::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use super::trusted::{IssuerIdentity, TrustedIssuers, UntrustedError};
use super::{REGISTERED, StatusReference, TYP};
use crate::jose::{Compact, Jwk, JwsError, VerifyingKey};
use crate::sd_jwt::{ExpectedBinding, KeyBindingError, SdJwt, SdJwtError};
use crate::{CLOCK_SKEW, json};

/// Why a credential is refused.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum CredentialError {
    /// The token or its disclosures.
    #[error(transparent)]
    SdJwt(#[from] SdJwtError),
    /// Nobody whom the trust list names signed it.
    #[error(transparent)]
    Untrusted(#[from] UntrustedError),
    /// The presentation is not bound as it has to be.
    #[error(transparent)]
    KeyBinding(#[from] KeyBindingError),
    /// A registered claim is missing or of the wrong shape.
    #[error("the credential lacks a registered claim, or has a malformed one")]
    Claims,
    /// The issuer may not issue this type.
    #[error("the issuer may not issue this type of credential")]
    Type,
    /// Its time has not come.
    #[error("the credential is not yet valid")]
    NotYetValid,
    /// Its time is over.
    #[error("the credential has expired")]
    Expired,
}

/// A credential that was issued by a trusted issuer, holds now, and — as a presentation — was
/// shown by its holder to this asker. Its status is still to be looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedCredential {
    /// Who issued it.
    pub issuer: IssuerIdentity,
    /// Its type.
    pub vct: String,
    /// The hash of its type's metadata document.
    pub vct_integrity: Option<String>,
    /// The disclosed attributes, without the registered claims.
    pub claims: Map<String, Value>,
    /// The holder's key.
    pub holder: Jwk,
    /// Where its status stands.
    pub status: Option<StatusReference>,
    /// When it was issued.
    pub iat: Option<Timestamp>,
    /// From when it holds.
    pub nbf: Option<Timestamp>,
    /// Until when it holds.
    pub exp: Option<Timestamp>,
    /// When the holder bound the presentation, by the holder's clock.
    pub bound_at: Option<Timestamp>,
}

/// Checks a presentation: issuer, disclosures, time, and the holder's signature for this asker.
///
/// # Errors
/// [`CredentialError`].
pub fn verify_presentation(
    token: &str,
    trusted: &TrustedIssuers,
    expected: &ExpectedBinding<'_>,
) -> Result<VerifiedCredential, CredentialError> {
    let parsed = SdJwt::parse(token)?;
    if parsed.key_binding().is_none() {
        return Err(KeyBindingError::Missing.into());
    }
    let (mut credential, holder) = verify(&parsed, trusted, expected.now)?;
    credential.bound_at = Some(expected.check(&parsed, &holder)?.0);
    Ok(credential)
}

/// Checks a credential on receipt: issuer, disclosures and time. It may carry no key binding.
///
/// # Errors
/// [`CredentialError`].
pub fn verify_issued(
    token: &str,
    trusted: &TrustedIssuers,
    now: Timestamp,
) -> Result<VerifiedCredential, CredentialError> {
    let parsed = SdJwt::parse(token)?;
    if parsed.key_binding().is_some() {
        return Err(SdJwtError::Malformed.into());
    }
    verify(&parsed, trusted, now).map(|(credential, _)| credential)
}

fn verify(
    parsed: &SdJwt<'_>,
    trusted: &TrustedIssuers,
    now: Timestamp,
) -> Result<(VerifiedCredential, VerifyingKey), CredentialError> {
    let compact = Compact::split(parsed.issuer_signed()).map_err(SdJwtError::Issuer)?;
    let (signatory, mut claims) = trusted.signed(compact.header, TYP, now, |key| {
        parsed.verify_payload(&compact, key, &REGISTERED).map_err(CredentialError::SdJwt)
    })?;
    let vct = text(claims.remove("vct"))?.ok_or(CredentialError::Claims)?;
    if !trusted.issuer(&signatory).vcts.contains(&vct) {
        return Err(CredentialError::Type);
    }
    let issuer = trusted.identify(&signatory, text(claims.remove("iss"))?)?;
    let [iat, nbf, exp] = ["iat", "nbf", "exp"].map(|name| moment(claims.remove(name)));
    let (iat, nbf, exp) = (iat?, nbf?, exp?);
    for start in [iat, nbf].into_iter().flatten() {
        if start.duration_since(now) > CLOCK_SKEW {
            return Err(CredentialError::NotYetValid);
        }
    }
    if exp.is_some_and(|end| now.duration_since(end) > CLOCK_SKEW) {
        return Err(CredentialError::Expired);
    }
    let holder = holder(claims.get("cnf"))?;
    claims.remove("cnf");
    let credential = VerifiedCredential {
        issuer,
        vct,
        vct_integrity: text(claims.remove("vct#integrity"))?,
        holder: holder.jwk().clone(),
        status: status(claims.remove("status"))?,
        claims,
        iat,
        nbf,
        exp,
        bound_at: None,
    };
    Ok((credential, holder))
}

fn text(value: Option<Value>) -> Result<Option<String>, CredentialError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(CredentialError::Claims),
    }
}

/// A NumericDate (RFC 7519 section 2), whole seconds only.
fn moment(value: Option<Value>) -> Result<Option<Timestamp>, CredentialError> {
    let Some(value) = value else { return Ok(None) };
    let seconds = value.as_i64().ok_or(CredentialError::Claims)?;
    Timestamp::from_second(seconds).map(Some).map_err(|_| CredentialError::Claims)
}

fn holder(cnf: Option<&Value>) -> Result<VerifyingKey, CredentialError> {
    cnf.and_then(|cnf| cnf.get("jwk"))
        .and_then(|jwk| VerifyingKey::from_json(jwk).ok())
        .ok_or(CredentialError::Claims)
}

/// A status that cannot be read is refused: ignoring it would make a revoked card look good.
fn status(value: Option<Value>) -> Result<Option<StatusReference>, CredentialError> {
    match value {
        None => Ok(None),
        Some(Value::Object(mut mechanisms)) => mechanisms
            .remove("status_list")
            .and_then(|reference| json::read(reference).ok())
            .map(Some)
            .ok_or(CredentialError::Claims),
        Some(_) => Err(CredentialError::Claims),
    }
}

impl From<JwsError> for CredentialError {
    fn from(error: JwsError) -> Self {
        Self::SdJwt(SdJwtError::Issuer(error))
    }
}
