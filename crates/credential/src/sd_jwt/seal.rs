//! Writing one copy: disclosures with fresh salts, digests, and the payload's JSON.
//!
//! A disclosure is `["<salt>", "<name>",<value>]`, and with its 22-character salt and that one
//! space the part up to the name is 27 bytes, a multiple of three. So the base64url of the rest is
//! known before the salt is, and issuing a copy encodes 27 bytes a claim, however large the
//! portrait.

use rand::CryptoRng;
use serde_json::Value;

use super::claims::{Claim, Disclosability, SdArray, SdObject};
use crate::{b64, digest};

/// One copy in the making: what has been disclosed so far, and where salts come from.
pub(crate) struct Sealing<'r, R: CryptoRng> {
    rng: &'r mut R,
    /// `<disclosure>~<disclosure>~…`
    pub(crate) disclosures: String,
}

impl<'r, R: CryptoRng> Sealing<'r, R> {
    pub(crate) fn new(claims: &SdObject, rng: &'r mut R) -> Self {
        let room = claims.members.iter().map(|(_, claim)| claim.room()).sum();
        Self { rng, disclosures: String::with_capacity(room) }
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
                let tail = tail(name, |json| self.visible(claim, json));
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
        head[2..24].copy_from_slice(&b64::encode_array::<16, 22>(&salt));
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
pub(super) fn tail(name: Option<&str>, write_value: impl FnOnce(&mut String)) -> String {
    let mut json = String::new();
    if let Some(name) = name {
        write_json_string(name, &mut json);
        json.push(',');
    }
    write_value(&mut json);
    json.push(']');
    b64::encode(json)
}

pub(super) fn value_tail(name: Option<&str>, value: &Value) -> String {
    tail(name, |json| match value {
        Value::String(text) => write_json_string(text, json),
        other => json.push_str(&other.to_string()),
    })
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
    // Without an early exit, so that the check of a portrait runs in vectors.
    let special = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    if !text.bytes().fold(false, |found, byte| found | special(byte)) {
        out.reserve(text.len() + 2);
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}
