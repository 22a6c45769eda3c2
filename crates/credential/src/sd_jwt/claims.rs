//! Claims to issue: each in the clear or disclosable, nested as deep as wanted.
//!
//! What does not change between the copies of a batch is encoded once, here: a disclosure is
//! `["<salt>", "<name>",<value>]`, and with its 22-character salt and that one space the part up
//! to the name is 27 bytes, a multiple of three. So the base64url of the rest is known before the
//! salt is, and issuing a copy encodes 27 bytes a claim, however large the portrait.

use rand::CryptoRng;
use serde_json::{Map, Value};

use super::SdJwtError;
use super::path::{ClaimPath, PathStep};
use crate::{b64, digest};

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
    members: Vec<(String, Claim)>,
    decoys: usize,
}

/// A JSON array to issue.
#[derive(Clone, Debug, Default)]
pub struct SdArray {
    elements: Vec<Claim>,
    decoys: usize,
}

#[derive(Clone, Debug)]
enum Claim {
    /// JSON text.
    Plain(String),
    /// The base64url of the disclosure's part behind the salt.
    Disclosable(String),
    Object(Disclosability, SdObject),
    Array(Disclosability, SdArray),
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
        self.with(name.into(), |name| Claim::Disclosable(tail(Some(name), &value.to_string())))
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
        let value = unreserved(value.into())?.to_string();
        self.elements.push(Claim::Disclosable(tail(None, &value)));
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

/// One copy in the making: what has been disclosed so far, and where salts come from.
pub(crate) struct Sealing<'r, R: CryptoRng> {
    rng: &'r mut R,
    /// `<disclosure>~<disclosure>~…`
    pub(crate) disclosures: String,
}

impl<'r, R: CryptoRng> Sealing<'r, R> {
    pub(crate) fn new(rng: &'r mut R) -> Self {
        Self { rng, disclosures: String::with_capacity(2048) }
    }

    /// Writes the members of `object`, comma-separated, without the braces.
    pub(crate) fn members(&mut self, object: &SdObject, out: &mut String) {
        let mut digests = Vec::with_capacity(object.members.len() + object.decoys);
        let mut first = true;
        for (name, claim) in &object.members {
            match self.disclose(Some(name), claim) {
                Some(digest) => digests.push(digest),
                None => {
                    separate(&mut first, out);
                    write_json_string(name, out);
                    out.push(':');
                    self.visible(claim, out);
                }
            }
        }
        digests.extend((0..object.decoys).map(|_| self.decoy()));
        if !digests.is_empty() {
            // Sorted, so that the order says nothing of the claims' order (section 4.2.4.1).
            digests.sort_unstable();
            separate(&mut first, out);
            out.push_str("\"_sd\":[");
            for (index, digest) in digests.iter().enumerate() {
                out.push_str(if index == 0 { "\"" } else { ",\"" });
                b64::encode_into(digest, out);
                out.push('"');
            }
            out.push(']');
        }
    }

    fn elements(&mut self, array: &SdArray, out: &mut String) {
        out.push('[');
        let mut first = true;
        for claim in &array.elements {
            separate(&mut first, out);
            match self.disclose(None, claim) {
                Some(digest) => write_element_digest(&digest, out),
                None => self.visible(claim, out),
            }
        }
        for _ in 0..array.decoys {
            separate(&mut first, out);
            write_element_digest(&self.decoy(), out);
        }
        out.push(']');
    }

    fn visible(&mut self, claim: &Claim, out: &mut String) {
        match claim {
            Claim::Plain(json) => out.push_str(json),
            Claim::Object(_, object) => {
                out.push('{');
                self.members(object, out);
                out.push('}');
            }
            Claim::Array(_, array) => self.elements(array, out),
            Claim::Disclosable(_) => {}
        }
    }

    /// Writes the disclosure of `claim` where it is disclosable, and returns its digest.
    fn disclose(&mut self, name: Option<&str>, claim: &Claim) -> Option<[u8; 32]> {
        match claim {
            Claim::Disclosable(tail) => Some(self.disclosure(tail)),
            Claim::Object(Disclosability::Disclosable, _)
            | Claim::Array(Disclosability::Disclosable, _) => {
                let mut json = String::new();
                self.visible(claim, &mut json);
                let tail = tail(name, &json);
                Some(self.disclosure(&tail))
            }
            _ => None,
        }
    }

    fn disclosure(&mut self, tail: &str) -> [u8; 32] {
        let start = self.disclosures.len();
        let mut head = *br#"["0123456789abcdefghijkl", "#;
        let mut salt = [0; 16];
        self.rng.fill_bytes(&mut salt);
        head[2..24].copy_from_slice(b64::encode(salt).as_bytes());
        b64::encode_into(head, &mut self.disclosures);
        self.disclosures.push_str(tail);
        let digest = digest::sha256(&self.disclosures[start..]);
        self.disclosures.push('~');
        digest
    }

    fn decoy(&mut self) -> [u8; 32] {
        let mut random = [0; 32];
        self.rng.fill_bytes(&mut random);
        digest::sha256(random)
    }
}

/// The base64url of `"<name>",<value>]`, or of `<value>]` for an array's element.
fn tail(name: Option<&str>, value: &str) -> String {
    let mut json = String::with_capacity(value.len() + name.map_or(0, str::len) + 4);
    if let Some(name) = name {
        write_json_string(name, &mut json);
        json.push(',');
    }
    json.push_str(value);
    json.push(']');
    b64::encode(json)
}

fn write_element_digest(digest: &[u8; 32], out: &mut String) {
    out.push_str("{\"...\":\"");
    b64::encode_into(digest, out);
    out.push_str("\"}");
}

fn separate(first: &mut bool, out: &mut String) {
    if !std::mem::take(first) {
        out.push(',');
    }
}

/// Appends `text` as a JSON string.
pub(crate) fn write_json_string(text: &str, out: &mut String) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Value::from(text).to_string());
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
            Claim::Disclosable(tail(name, &unreserved(value)?.to_string()))
        }
    })
}
