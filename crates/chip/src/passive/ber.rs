//! Indefinite lengths and strings in pieces, as some issuers' software writes CMS (X.690 section 8),
//! brought into the one form that everything else here reads.

use thiserror::Error;

use crate::tlv::tlv;

/// The most levels that elements may be nested in: CMS and certificates need about a dozen.
const MAX_DEPTH: u8 = 32;

/// Why bytes are not BER, or not in bounds.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum BerError {
    /// The bytes end before the element does, or something stands after it.
    #[error("an element is cut off, or not the last")]
    Length,
    /// A tag or length that is not used in CMS.
    #[error("a tag or a length is not acceptable")]
    Header,
    /// More than 32 levels.
    #[error("elements are nested too deep")]
    Depth,
}

/// Rewrites one element: definite lengths throughout, octet strings in one piece. What is in that form
/// already stays as it is, byte for byte, so that what was signed stays so.
///
/// # Errors
/// [`BerError`].
pub fn to_der(bytes: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut rest = bytes;
    let element = element(&mut rest, MAX_DEPTH)?;
    if rest.is_empty() { Ok(element) } else { Err(BerError::Length) }
}

const CONSTRUCTED: u8 = 0x20;
const OCTET_STRING_IN_PIECES: u16 = 0x24;
const OCTET_STRING: u16 = 0x04;

fn element(rest: &mut &[u8], depth: u8) -> Result<Vec<u8>, BerError> {
    let depth = depth.checked_sub(1).ok_or(BerError::Depth)?;
    let whole = *rest;
    let (tag, constructed) = tag(rest)?;
    let length = length(rest)?;
    match length {
        Some(length) => {
            let content = take(rest, length)?;
            if !constructed {
                return Ok(whole.get(..whole.len() - rest.len()).unwrap_or_default().to_vec());
            }
            let mut inner = content;
            let mut children = Vec::with_capacity(content.len());
            let mut pieces = Vec::new();
            while !inner.is_empty() {
                let child = element(&mut inner, depth)?;
                collect(tag, &child, &mut pieces)?;
                children.extend(child);
            }
            if tag == OCTET_STRING_IN_PIECES {
                return Ok(tlv(OCTET_STRING, &pieces));
            }
            if children == content {
                return Ok(whole.get(..whole.len() - rest.len()).unwrap_or_default().to_vec());
            }
            Ok(tlv(tag, &children))
        }
        None if constructed => {
            let mut children = Vec::new();
            let mut pieces = Vec::new();
            loop {
                if let Some(after) = rest.strip_prefix(&[0, 0]) {
                    *rest = after;
                    break;
                }
                let child = element(rest, depth)?;
                collect(tag, &child, &mut pieces)?;
                children.extend(child);
            }
            if tag == OCTET_STRING_IN_PIECES {
                return Ok(tlv(OCTET_STRING, &pieces));
            }
            Ok(tlv(tag, &children))
        }
        None => Err(BerError::Header),
    }
}

/// Adds a piece of an octet string, which has to be an octet string.
fn collect(tag: u16, child: &[u8], pieces: &mut Vec<u8>) -> Result<(), BerError> {
    if tag == OCTET_STRING_IN_PIECES {
        // Children come in the form that `only` takes, but for lengths with too many digits.
        let mut rest = child;
        self::tag(&mut rest)?;
        self::length(&mut rest)?;
        if child.first() != Some(&4) {
            return Err(BerError::Header);
        }
        pieces.extend_from_slice(rest);
    }
    Ok(())
}

fn tag(rest: &mut &[u8]) -> Result<(u16, bool), BerError> {
    let [first] = take(rest, 1)? else { return Err(BerError::Length) };
    let constructed = first & CONSTRUCTED != 0;
    if *first == 0 {
        return Err(BerError::Header);
    }
    if first & 0x1f != 0x1f {
        return Ok((u16::from(*first), constructed));
    }
    match take(rest, 1)? {
        [second @ 0x1f..0x80] => Ok((u16::from_be_bytes([*first, *second]), constructed)),
        _ => Err(BerError::Header),
    }
}

/// `None` for an indefinite length.
fn length(rest: &mut &[u8]) -> Result<Option<usize>, BerError> {
    let [first] = take(rest, 1)? else { return Err(BerError::Length) };
    match first {
        0..0x80 => Ok(Some(usize::from(*first))),
        0x80 => Ok(None),
        0x81..=0x84 => {
            let digits = take(rest, usize::from(first & 0x7f))?;
            Ok(Some(digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))))
        }
        _ => Err(BerError::Header),
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], BerError> {
    let (taken, after) = rest.split_at_checked(count).ok_or(BerError::Length)?;
    *rest = after;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(text: &str) -> Result<String, BerError> {
        to_der(&hex::decode(text).unwrap()).map(hex::encode)
    }

    #[test]
    fn indefinite_lengths_become_definite() {
        assert_eq!(der("308002012a0000").as_deref(), Ok("300302012a"));
        assert_eq!(der("3080308002012a00000000").as_deref(), Ok("3005300302012a"));
        // An octet string in pieces, as CMS wraps its content.
        assert_eq!(
            der("a080248004010104020203000 00000".replace(' ', "").as_str()).as_deref(),
            Ok("a0050403010203")
        );
        assert_eq!(
            der("2407040101040202 03".replace(' ', "").as_str()).as_deref(),
            Ok("0403010203")
        );
    }

    #[test]
    fn what_is_der_stays_as_it_is() {
        for text in ["300302012a", "0500", "a0050403010203", "30810302012a"] {
            assert_eq!(der(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn nesting_and_nonsense_are_refused() {
        assert_eq!(to_der(&[0x30, 0x80].repeat(100_000)), Err(BerError::Depth));
        assert_eq!(to_der(&[0x30, 0x80].repeat(10)), Err(BerError::Length));
        assert_eq!(der("0480"), Err(BerError::Header));
        assert_eq!(der("2480020101 0000".replace(' ', "").as_str()), Err(BerError::Header));
        assert_eq!(der("05000500"), Err(BerError::Length));
        assert_eq!(der("3085000000000 0".replace(' ', "").as_str()), Err(BerError::Header));
    }
}
