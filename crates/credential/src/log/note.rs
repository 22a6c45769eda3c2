//! Signed notes (C2SP signed-note): a text, an empty line, and a line a signature.

use super::{LogSigner, LogVerifier};
use crate::b64;
use crate::jose::SignError;

/// The most bytes of a note: a checkpoint with many witnesses' signatures is far below it.
const MOST_BYTES: usize = 64 << 10;
/// The most signatures that are looked at.
const MOST_SIGNATURES: usize = 64;
/// What a signature's line begins with.
const DASH: &str = "\u{2014} ";

/// Signs a text, which ends in a newline.
pub(super) fn sign(
    text: &str,
    verifier: &LogVerifier,
    signer: &dyn LogSigner,
) -> Result<String, SignError> {
    let mut signature = verifier.id().to_vec();
    signature.extend(signer.sign(text.as_bytes())?);
    let signature = b64::encode_standard(signature);
    Ok(format!("{text}\n{DASH}{} {signature}\n", verifier.name()))
}

/// What is wrong with a note.
pub(super) enum NoteFault {
    /// It is no note.
    Malformed,
    /// The key did not sign it.
    Unsigned,
    /// What claims to be the key's signature is not.
    Forged,
}

/// The text of a note that this key signed. Other keys' signatures are ignored.
pub(super) fn open<'a>(note: &'a [u8], verifier: &LogVerifier) -> Result<&'a str, NoteFault> {
    let (text, signatures) = split(note).ok_or(NoteFault::Malformed)?;
    let mut signed = false;
    for Signature { name, bytes } in signatures {
        if name == verifier.name() && bytes.starts_with(&verifier.id()) {
            verifier.verify(text.as_bytes(), &bytes[4..]).map_err(|_| NoteFault::Forged)?;
            signed = true;
        }
    }
    if signed { Ok(text) } else { Err(NoteFault::Unsigned) }
}

/// A line under the text: whose signature, and the key's identifier with the signature itself.
struct Signature<'a> {
    name: &'a str,
    bytes: Vec<u8>,
}

/// The text with its final newline, and the signatures under it.
fn split(note: &[u8]) -> Option<(&str, Vec<Signature<'_>>)> {
    if note.len() > MOST_BYTES || note.iter().any(|byte| *byte < b' ' && *byte != b'\n') {
        return None;
    }
    let note = std::str::from_utf8(note).ok()?;
    // The last empty line separates: a text may have empty lines of its own.
    let at = note.rfind("\n\n")?;
    let (text, signatures) = (&note[..=at], note[at + 2..].strip_suffix('\n')?);
    let signatures: Vec<_> = signatures.split('\n').map(signature).collect::<Option<_>>()?;
    (signatures.len() <= MOST_SIGNATURES).then_some((text, signatures))
}

fn signature(line: &str) -> Option<Signature<'_>> {
    let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
    let named = !name.is_empty() && !name.contains(|c: char| c == '+' || c.is_whitespace());
    let bytes = b64::decode_standard(encoded).ok()?;
    (named && bytes.len() > 4).then_some(Signature { name, bytes })
}
