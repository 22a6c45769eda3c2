//! The holder's side: everything is disclosed to oneself, and a part of it to others.

use serde_json::{Map, Value};

use super::SdJwtError;
use super::key_binding::KeyBinding;
use super::parse::SdJwt;
use super::path::{ClaimPath, PathStep};
use crate::jose::{SignError, Signer};

/// A credential as its holder keeps it.
#[derive(Clone, Debug)]
pub struct HeldSdJwt {
    issuer_signed: String,
    disclosures: Vec<(String, Vec<PathStep>)>,
    claims: Map<String, Value>,
}

impl HeldSdJwt {
    /// Reads a token as it was issued, without key binding. The issuer's signature is not checked
    /// here: do that once, on receipt.
    ///
    /// # Errors
    /// [`SdJwtError`], and [`SdJwtError::Malformed`] where a key binding is attached.
    pub fn parse(token: &str) -> Result<Self, SdJwtError> {
        let parsed = SdJwt::parse(token)?;
        if parsed.key_binding().is_some() {
            return Err(SdJwtError::Malformed);
        }
        let processed = parsed.unverified()?;
        let disclosures = processed
            .placed
            .into_iter()
            .map(|placed| (parsed.disclosures()[placed.disclosure].to_owned(), placed.path))
            .collect();
        Ok(Self {
            issuer_signed: parsed.issuer_signed().to_owned(),
            disclosures,
            claims: processed.claims,
        })
    }

    /// All claims, with everything disclosed.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The paths of all claims that may be left out.
    pub fn disclosable(&self) -> impl Iterator<Item = ClaimPath> {
        self.disclosures.iter().map(|(_, path)| ClaimPath(path.clone()))
    }

    /// Picks what `paths` select, whatever lies below it, and what must be shown to get there:
    /// nothing else.
    ///
    /// # Errors
    /// [`SdJwtError::NoSuchClaim`] where a path selects nothing.
    pub fn present(&self, paths: &[ClaimPath]) -> Result<Presentation, SdJwtError> {
        if paths.iter().any(|path| path.select(&self.claims).is_empty()) {
            return Err(SdJwtError::NoSuchClaim);
        }
        let mut token = self.issuer_signed.clone();
        token.push('~');
        for (disclosure, place) in &self.disclosures {
            if paths.iter().any(|path| path.touches(place)) {
                token.push_str(disclosure);
                token.push('~');
            }
        }
        Ok(Presentation { token })
    }
}

/// A selection of disclosures, to be bound to an asker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    token: String,
}

impl Presentation {
    /// The token without key binding.
    pub fn without_key_binding(self) -> String {
        self.token
    }

    /// Binds the selection to an asker, a nonce and a moment with the holder's key.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn with_key_binding(
        mut self,
        binding: &KeyBinding<'_>,
        holder: &dyn Signer,
    ) -> Result<String, SignError> {
        let key_binding = binding.sign(&self.token, holder)?;
        self.token.push_str(&key_binding);
        Ok(self.token)
    }
}
