//! Putting disclosures into their places (RFC 9901 section 7.1), with every refusal it lists.

use serde_json::{Map, Value};

use super::SdJwtError;
use super::disclosure::Disclosure;
use super::path::PathStep;
use crate::json::MAX_DEPTH;

/// The processed claims, and where each disclosure ended up.
pub(super) struct Processed {
    pub(super) claims: Map<String, Value>,
    /// In the order of discovery; empty unless asked for.
    pub(super) placed: Vec<Placed>,
}

/// A disclosure and the path of its claim.
pub(super) struct Placed {
    pub(super) disclosure: usize,
    pub(super) path: Vec<PathStep>,
}

/// Replaces digests by what `disclosures` say, and removes what remains of the mechanism.
/// Members at the top that are `always_visible` may not come from a disclosure.
pub(super) fn process(
    mut payload: Map<String, Value>,
    disclosures: Vec<Disclosure>,
    always_visible: &[&str],
    with_places: bool,
) -> Result<Processed, SdJwtError> {
    match payload.remove("_sd_alg") {
        None => {}
        Some(Value::String(name)) if name == "sha-256" => {}
        Some(_) => return Err(SdJwtError::DigestAlgorithm),
    }
    let mut walk = Walk {
        disclosures,
        always_visible,
        seen: Vec::with_capacity(16),
        place: with_places.then(Vec::new),
        placed: Vec::new(),
    };
    walk.refuse_duplicate_disclosures()?;
    walk.object(&mut payload, 0)?;
    walk.finish()?;
    Ok(Processed { claims: payload, placed: walk.placed })
}

struct Walk<'a> {
    disclosures: Vec<Disclosure>,
    always_visible: &'a [&'a str],
    /// Every digest met, referred to by a disclosure or not.
    seen: Vec<String>,
    place: Option<Vec<PathStep>>,
    placed: Vec<Placed>,
}

impl Walk<'_> {
    fn refuse_duplicate_disclosures(&self) -> Result<(), SdJwtError> {
        let mut digests: Vec<_> = self.disclosures.iter().map(|one| &one.digest).collect();
        digests.sort_unstable();
        let twice = digests.windows(2).any(|pair| pair[0] == pair[1]);
        if twice { Err(SdJwtError::DuplicateDigest) } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<(), SdJwtError> {
        if self.disclosures.iter().any(|disclosure| disclosure.value.is_some()) {
            return Err(SdJwtError::Unreferenced);
        }
        self.seen.sort_unstable();
        let twice = self.seen.windows(2).any(|pair| pair[0] == pair[1]);
        if twice { Err(SdJwtError::DuplicateDigest) } else { Ok(()) }
    }

    /// The disclosure that `digest` refers to, its value taken out.
    fn take(&mut self, digest: String) -> Result<Option<(usize, Value)>, SdJwtError> {
        let found =
            self.disclosures.iter().position(|disclosure| digest.as_bytes() == disclosure.digest);
        self.seen.push(digest);
        let Some(index) = found else { return Ok(None) };
        // Its value is gone where the same digest was met before.
        let value = self.disclosures[index].value.take().ok_or(SdJwtError::DuplicateDigest)?;
        Ok(Some((index, value)))
    }

    fn object(&mut self, object: &mut Map<String, Value>, depth: usize) -> Result<(), SdJwtError> {
        if depth > MAX_DEPTH {
            return Err(SdJwtError::Malformed);
        }
        if object.contains_key("...") {
            return Err(SdJwtError::Digests);
        }
        let digests = object.remove("_sd");
        for (name, value) in object.iter_mut() {
            if matches!(value, Value::Object(_) | Value::Array(_)) {
                self.enter(|| PathStep::Name(name.clone()));
                self.value(value, depth + 1)?;
                self.leave();
            }
        }
        let digests = match digests {
            None => return Ok(()),
            Some(Value::Array(digests)) => digests,
            Some(_) => return Err(SdJwtError::Digests),
        };
        for digest in digests {
            let Value::String(digest) = digest else { return Err(SdJwtError::Digests) };
            let Some((index, mut value)) = self.take(digest)? else { continue };
            let name = self.disclosures[index].name.take().ok_or(SdJwtError::WrongKind)?;
            if object.contains_key(&name) {
                return Err(SdJwtError::Collision);
            }
            if depth == 0 && self.always_visible.contains(&name.as_str()) {
                return Err(SdJwtError::ReservedName);
            }
            self.enter(|| PathStep::Name(name.clone()));
            self.note(index);
            self.value(&mut value, depth + 1)?;
            self.leave();
            object.insert(name, value);
        }
        Ok(())
    }

    fn array(&mut self, array: &mut Vec<Value>, depth: usize) -> Result<(), SdJwtError> {
        let mut kept = Vec::with_capacity(array.len());
        for mut item in std::mem::take(array) {
            let place = kept.len();
            self.enter(|| PathStep::Index(place));
            match element_digest(&mut item)? {
                None => {
                    self.value(&mut item, depth + 1)?;
                    kept.push(item);
                }
                Some(digest) => {
                    if let Some((index, mut value)) = self.take(digest)? {
                        if self.disclosures[index].name.is_some() {
                            return Err(SdJwtError::WrongKind);
                        }
                        self.note(index);
                        self.value(&mut value, depth + 1)?;
                        kept.push(value);
                    }
                }
            }
            self.leave();
        }
        *array = kept;
        Ok(())
    }

    fn value(&mut self, value: &mut Value, depth: usize) -> Result<(), SdJwtError> {
        if depth > MAX_DEPTH {
            return Err(SdJwtError::Malformed);
        }
        match value {
            Value::Object(object) => self.object(object, depth),
            Value::Array(array) => self.array(array, depth),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, step: impl FnOnce() -> PathStep) {
        if let Some(place) = &mut self.place {
            place.push(step());
        }
    }

    fn leave(&mut self) {
        if let Some(place) = &mut self.place {
            place.pop();
        }
    }

    fn note(&mut self, disclosure: usize) {
        if let Some(place) = &self.place {
            self.placed.push(Placed { disclosure, path: place.clone() });
        }
    }
}

/// The digest of an element that is `{"...": "<digest>"}`.
fn element_digest(item: &mut Value) -> Result<Option<String>, SdJwtError> {
    let Value::Object(object) = item else { return Ok(None) };
    match object.remove("...") {
        None => Ok(None),
        Some(Value::String(digest)) if object.is_empty() => Ok(Some(digest)),
        Some(_) => Err(SdJwtError::Digests),
    }
}
