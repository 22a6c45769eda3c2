//! Issuing credentials.

use std::fmt::Write;
use std::sync::Arc;

use jiff::Timestamp;
use rand::CryptoRng;
use thiserror::Error;

use super::{REGISTERED, StatusReference, TYP};
use crate::jose::{Header, Jwk, SignError, Signer, sign_encoded};
use crate::sd_jwt::{SdObject, Sealing, write_json_string};

/// Why a credential cannot be issued.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum IssueError {
    /// The signer has no certificate, so nobody could lead its signature to a trust anchor.
    #[error("the issuer's key has no certificate")]
    NoCertificate,
    /// A claim has the name of one that the issuer states itself, such as `exp` or `cnf`.
    #[error("a claim has a registered name")]
    RegisteredName,
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// One copy of a credential.
///
/// Two copies for one holder differ in key, salts and status index by construction. Their times
/// are the caller's: give `iat`, `nbf` and `exp` in whole days or so, lest copies be linked by
/// the second in which they were made.
#[derive(Clone, Copy, Debug)]
pub struct NewCredential<'a> {
    /// The issuer's identifier: a URI among the names of its certificate.
    pub iss: &'a str,
    /// The credential's type.
    pub vct: &'a str,
    /// The hash of the type's metadata document, as [`super::integrity`] makes it.
    pub vct_integrity: Option<&'a str>,
    /// When it is issued, in whole seconds.
    pub iat: Timestamp,
    /// From when it holds.
    pub nbf: Option<Timestamp>,
    /// Until when it holds.
    pub exp: Timestamp,
    /// The holder's key.
    pub holder: &'a Jwk,
    /// Where its status stands.
    pub status: Option<&'a StatusReference>,
    /// The holder's attributes.
    pub claims: &'a SdObject,
}

/// Signs credentials with one key; build it once and share it.
#[derive(Clone, Debug)]
pub struct CredentialIssuer {
    signer: Arc<dyn Signer>,
    encoded_header: String,
}

impl CredentialIssuer {
    /// Issues with this key and its certificates.
    ///
    /// # Errors
    /// [`IssueError::NoCertificate`].
    pub fn new(signer: Arc<dyn Signer>) -> Result<Self, IssueError> {
        if signer.x5c().is_empty() {
            return Err(IssueError::NoCertificate);
        }
        let encoded_header = Header::typ(TYP).with_x5c(signer.x5c()).encode();
        Ok(Self { signer, encoded_header })
    }

    /// Issues one copy: `<jwt>~<disclosure>~…~`.
    ///
    /// # Errors
    /// [`IssueError::RegisteredName`] and [`IssueError::Sign`].
    pub fn issue(
        &self,
        credential: &NewCredential<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<String, IssueError> {
        if credential.claims.names().any(|name| REGISTERED.contains(&name)) {
            return Err(IssueError::RegisteredName);
        }
        let mut sealing = Sealing::new(credential.claims, rng);
        let mut payload = String::with_capacity(2048);
        payload.push_str("{\"iss\":");
        write_json_string(credential.iss, &mut payload);
        number("iat", credential.iat.as_second(), &mut payload);
        if let Some(nbf) = credential.nbf {
            number("nbf", nbf.as_second(), &mut payload);
        }
        number("exp", credential.exp.as_second(), &mut payload);
        payload.push_str(",\"vct\":");
        write_json_string(credential.vct, &mut payload);
        if let Some(integrity) = credential.vct_integrity {
            payload.push_str(",\"vct#integrity\":");
            write_json_string(integrity, &mut payload);
        }
        payload.push_str(",\"cnf\":{\"jwk\":");
        credential.holder.write_bare_json(&mut payload);
        payload.push('}');
        if let Some(status) = credential.status {
            payload.push_str(",\"status\":{\"status_list\":{\"uri\":");
            write_json_string(&status.uri, &mut payload);
            number("idx", status.idx, &mut payload);
            payload.push_str("}}");
        }
        payload.push_str(",\"_sd_alg\":\"sha-256\",");
        sealing.members(credential.claims, &mut payload);
        if payload.ends_with(',') {
            payload.pop();
        }
        payload.push('}');
        let spare = sealing.disclosures.len() + 1;
        let signer = self.signer.as_ref();
        let mut token = sign_encoded(&self.encoded_header, payload.as_bytes(), signer, spare)?;
        token.push('~');
        token.push_str(&sealing.disclosures);
        Ok(token)
    }
}

fn number(name: &str, value: impl std::fmt::Display, out: &mut String) {
    // Writing to a string cannot fail.
    let _infallible = write!(out, ",\"{name}\":{value}");
}
