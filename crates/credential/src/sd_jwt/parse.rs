//! The compact form: `<issuer-signed JWT>~<disclosure>~…~<key binding JWT, if any>`.

use memchr::memchr_iter;
use rand::CryptoRng;
use serde_json::{Map, Value};

use super::SdJwtError;
use super::claims::SdObject;
use super::disclosure::Disclosure;
use super::process::{Processed, process};
use super::seal::Sealing;
use crate::jose::{Compact, Header, JwsError, MAX_TOKEN_BYTES, Signer, VerifyingKey, sign_encoded};
use crate::json;

/// The most disclosures that a token may have.
pub const MAX_DISCLOSURES: usize = 256;

/// An SD-JWT cut into its parts. Nothing is decoded or checked yet.
pub struct SdJwt<'a> {
    issuer_signed: &'a str,
    disclosures: Vec<&'a str>,
    /// Everything up to and including the last `~`: what `sd_hash` covers.
    presented: &'a str,
    key_binding: Option<&'a str>,
}

impl<'a> SdJwt<'a> {
    /// Cuts a token of at most [`MAX_TOKEN_BYTES`] with at most [`MAX_DISCLOSURES`].
    ///
    /// # Errors
    /// [`SdJwtError::Malformed`].
    pub fn parse(token: &'a str) -> Result<Self, SdJwtError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(SdJwtError::Malformed);
        }
        let last = token.rfind('~').ok_or(SdJwtError::Malformed)?;
        let (presented, rest) = token.split_at(last + 1);
        let mut parts = terminated(presented);
        let issuer_signed = parts.next().ok_or(SdJwtError::Malformed)?;
        let disclosures: Vec<_> = parts.take(MAX_DISCLOSURES + 1).collect();
        if disclosures.len() > MAX_DISCLOSURES || disclosures.iter().any(|one| one.is_empty()) {
            return Err(SdJwtError::Malformed);
        }
        let key_binding = (!rest.is_empty()).then_some(rest);
        Ok(Self { issuer_signed, disclosures, presented, key_binding })
    }

    /// The issuer-signed JWT.
    pub fn issuer_signed(&self) -> &'a str {
        self.issuer_signed
    }

    /// The encoded disclosures, in the order in which they came.
    pub fn disclosures(&self) -> &[&'a str] {
        &self.disclosures
    }

    /// What `sd_hash` covers: everything up to and including the last `~`.
    pub fn presented(&self) -> &'a str {
        self.presented
    }

    /// The key binding JWT, if there is one.
    pub fn key_binding(&self) -> Option<&'a str> {
        self.key_binding
    }

    /// Checks the issuer's signature and header, then processes the disclosures into claims.
    ///
    /// The key binding is not looked at: see [`super::ExpectedBinding::check`].
    ///
    /// # Errors
    /// [`SdJwtError`]: each refusal of RFC 9901 section 7.1.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Map<String, Value>, SdJwtError> {
        let compact = Compact::split(self.issuer_signed).map_err(SdJwtError::Issuer)?;
        Header::decode(compact.header).map_err(SdJwtError::Issuer)?;
        self.verify_payload(&compact, key, &[])
    }

    /// As [`SdJwt::verify`], for a header that the caller has already accepted.
    pub(crate) fn verify_payload(
        &self,
        compact: &Compact<'_>,
        key: &VerifyingKey,
        always_visible: &[&str],
    ) -> Result<Map<String, Value>, SdJwtError> {
        compact.verify(key).map_err(SdJwtError::Issuer)?;
        let payload = payload(compact)?;
        process(payload, self.decode_disclosures()?, always_visible, false)
            .map(|processed| processed.claims)
    }

    /// Processes without a signature check and keeps track of places: the holder's view.
    pub(super) fn unverified(&self) -> Result<Processed, SdJwtError> {
        let compact = Compact::split(self.issuer_signed).map_err(SdJwtError::Issuer)?;
        process(payload(&compact)?, self.decode_disclosures()?, &[], true)
    }

    fn decode_disclosures(&self) -> Result<Vec<Disclosure>, SdJwtError> {
        self.disclosures.iter().map(|encoded| Disclosure::decode(encoded)).collect()
    }
}

/// The parts of `text` that end with `~`, found in vectors: a portrait is long.
fn terminated(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    memchr_iter(b'~', text.as_bytes()).map(move |end| {
        let part = &text[start..end];
        start = end + 1;
        part
    })
}

fn payload(compact: &Compact<'_>) -> Result<Map<String, Value>, SdJwtError> {
    let bytes = compact.payload().map_err(SdJwtError::Issuer)?;
    json::parse_object(&bytes).map_err(|_| SdJwtError::Issuer(JwsError::Claims))
}

/// Issues `claims` as an SD-JWT without key binding: `<jwt>~<disclosure>~…~`.
///
/// # Errors
/// [`SdJwtError::Sign`].
pub fn issue(
    header: &Header,
    claims: &SdObject,
    signer: &dyn Signer,
    rng: &mut impl CryptoRng,
) -> Result<String, SdJwtError> {
    let mut sealing = Sealing::new(claims, rng);
    let mut payload = String::from("{");
    sealing.members(claims, &mut payload);
    payload.push_str(if payload.len() > 1 { "," } else { "" });
    payload.push_str("\"_sd_alg\":\"sha-256\"}");
    let spare = sealing.disclosures.len() + 1;
    let mut token = sign_encoded(&header.encode(), payload.as_bytes(), signer, spare)?;
    token.push('~');
    token.push_str(&sealing.disclosures);
    Ok(token)
}
