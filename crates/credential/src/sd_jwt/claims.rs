//! Claims to issue: each in the clear or disclosable, nested as deep as wanted.
//!
//! What does not change between the copies of a batch is encoded once, here; see
//! [`super::seal`] for how.

use serde_json::{Map, Value};

use super::SdJwtError;
use super::path::{ClaimPath, PathStep};
use super::seal::value_tail;

/// Whether the holder may leave a claim out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosability {
    /// Always visible.
    Plain,
    /// Shown only where the holder discloses it.
    Disclosable,
}

/// A JSON object to issue.
#[derive(Clone, Debug, Default)]
pub struct SdObject {
    pub(super) members: Vec<(String, Claim)>,
    pub(super) decoys: usize,
}

/// A JSON array to issue.
#[derive(Clone, Debug, Default)]
pub struct SdArray {
    pub(super) elements: Vec<Claim>,
    pub(super) decoys: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Claim {
    /// JSON text.
    Plain(String),
    /// The base64url of the disclosure's part behind the salt.
    Disclosable(String),
    Object(Disclosability, SdObject),
    Array(Disclosability, SdArray),
}

impl Claim {
    /// About how many bytes the disclosures will take.
    pub(super) fn room(&self) -> usize {
        match self {
            Self::Plain(_) => 0,
            Self::Disclosable(tail) => tail.len() + 37,
            Self::Object(_, _) | Self::Array(_, _) => 512,
        }
    }
}

impl SdObject {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a claim that is always visible.
    ///
    /// # Errors
    /// [`SdJwtError::ReservedName`], [`SdJwtError::Collision`]; the value's own members may not
    /// have reserved names either.
    pub fn plain(
        self,
        name: impl Into<String>,
        value: impl Into<Value>,
    ) -> Result<Self, SdJwtError> {
        let value = unreserved(value.into())?;
        self.with(name.into(), |_| Claim::Plain(value.to_string()))
    }

    /// Adds a claim that the holder may leave out, as a whole.
    ///
    /// # Errors
    /// As [`SdObject::plain`].
    pub fn disclosable(
        self,
        name: impl Into<String>,
        value: impl Into<Value>,
    ) -> Result<Self, SdJwtError> {
        let value = unreserved(value.into())?;
        self.with(name.into(), |name| Claim::Disclosable(value_tail(Some(name), &value)))
    }

    /// Adds an object with disclosable claims of its own.
    ///
    /// # Errors
    /// As [`SdObject::plain`].
    pub fn object(
        self,
        name: impl Into<String>,
        disclosability: Disclosability,
        object: Self,
    ) -> Result<Self, SdJwtError> {
        self.with(name.into(), |_| Claim::Object(disclosability, object))
    }

    /// Adds an array with disclosable elements.
    ///
    /// # Errors
    /// As [`SdObject::plain`].
    pub fn array(
        self,
        name: impl Into<String>,
        disclosability: Disclosability,
        array: SdArray,
    ) -> Result<Self, SdJwtError> {
        self.with(name.into(), |_| Claim::Array(disclosability, array))
    }

    /// Adds digests that stand for nothing, to hide how many claims there are
    /// (RFC 9901 section 4.2.5).
    #[must_use]
    pub fn decoys(mut self, decoys: usize) -> Self {
        self.decoys = decoys;
        self
    }

    /// Takes plain claims and makes those disclosable that a path selects, at any depth.
    ///
    /// # Errors
    /// [`SdJwtError::ReservedName`], and [`SdJwtError::NoSuchClaim`] where a path selects nothing.
    pub fn from_claims(
        claims: Map<String, Value>,
        disclosable: &[ClaimPath],
    ) -> Result<Self, SdJwtError> {
        if disclosable.iter().any(|path| path.select(&claims).is_empty()) {
            return Err(SdJwtError::NoSuchClaim);
        }
        object_from(claims, disclosable, &mut Vec::new())
    }

    /// The names at the top.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    fn with(mut self, name: String, claim: impl FnOnce(&str) -> Claim) -> Result<Self, SdJwtError> {
        if reserved(&name) {
            return Err(SdJwtError::ReservedName);
        }
        if self.members.iter().any(|(other, _)| *other == name) {
            return Err(SdJwtError::Collision);
        }
        let claim = claim(&name);
        self.members.push((name, claim));
        Ok(self)
    }
}

impl SdArray {
    /// An empty array.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an element that is always visible.
    ///
    /// # Errors
    /// [`SdJwtError::ReservedName`] where the value has a member of such a name.
    pub fn plain(mut self, value: impl Into<Value>) -> Result<Self, SdJwtError> {
        self.elements.push(Claim::Plain(unreserved(value.into())?.to_string()));
        Ok(self)
    }

    /// Adds an element that the holder may leave out.
    ///
    /// # Errors
    /// As [`SdArray::plain`].
    pub fn disclosable(mut self, value: impl Into<Value>) -> Result<Self, SdJwtError> {
        let value = unreserved(value.into())?;
        self.elements.push(Claim::Disclosable(value_tail(None, &value)));
        Ok(self)
    }

    /// Adds an object with disclosable claims of its own.
    #[must_use]
    pub fn object(mut self, disclosability: Disclosability, object: SdObject) -> Self {
        self.elements.push(Claim::Object(disclosability, object));
        self
    }

    /// Adds an array with disclosable elements of its own.
    #[must_use]
    pub fn array(mut self, disclosability: Disclosability, array: Self) -> Self {
        self.elements.push(Claim::Array(disclosability, array));
        self
    }

    /// Adds digests that stand for nothing.
    #[must_use]
    pub fn decoys(mut self, decoys: usize) -> Self {
        self.decoys = decoys;
        self
    }
}

pub(super) fn reserved(name: &str) -> bool {
    matches!(name, "_sd" | "_sd_alg" | "...")
}

fn unreserved(value: Value) -> Result<Value, SdJwtError> {
    if has_reserved(&value) { Err(SdJwtError::ReservedName) } else { Ok(value) }
}

fn has_reserved(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(name, inner)| reserved(name) || has_reserved(inner)),
        Value::Array(items) => items.iter().any(has_reserved),
        _ => false,
    }
}

fn object_from(
    claims: Map<String, Value>,
    paths: &[ClaimPath],
    place: &mut Vec<PathStep>,
) -> Result<SdObject, SdJwtError> {
    let mut object = SdObject::new();
    for (name, value) in claims {
        place.push(PathStep::Name(name.clone()));
        let claim = claim_from(Some(&name), value, paths, place)?;
        place.pop();
        object = object.with(name, |_| claim)?;
    }
    Ok(object)
}

fn claim_from(
    name: Option<&str>,
    value: Value,
    paths: &[ClaimPath],
    place: &mut Vec<PathStep>,
) -> Result<Claim, SdJwtError> {
    let disclosability = if paths.iter().any(|path| path.covers(place)) {
        Disclosability::Disclosable
    } else {
        Disclosability::Plain
    };
    let below = paths.iter().any(|path| path.0.len() > place.len() && path.touches(place));
    Ok(match (value, disclosability) {
        (Value::Object(members), _) if below => {
            Claim::Object(disclosability, object_from(members, paths, place)?)
        }
        (Value::Array(items), _) if below => {
            let mut array = SdArray::new();
            for (index, item) in items.into_iter().enumerate() {
                place.push(PathStep::Index(index));
                array.elements.push(claim_from(None, item, paths, place)?);
                place.pop();
            }
            Claim::Array(disclosability, array)
        }
        (value, Disclosability::Plain) => Claim::Plain(unreserved(value)?.to_string()),
        (value, Disclosability::Disclosable) => {
            Claim::Disclosable(value_tail(name, &unreserved(value)?))
        }
    })
}
