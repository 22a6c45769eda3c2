//! base64url without padding (RFC 7515 section 2), canonical forms only.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use thiserror::Error;

/// The text is not canonical base64: a foreign character, padding, or non-zero trailing bits.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("not canonical base64")]
pub struct NotBase64;

/// Encodes as base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends the base64url form of `bytes` to `out`.
pub fn encode_into(bytes: impl AsRef<[u8]>, out: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// Decodes base64url without padding.
///
/// # Errors
/// Padding, characters outside of the alphabet, and non-zero trailing bits are refused, so that
/// two different texts never stand for the same bytes.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, NotBase64> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBase64)
}

/// Decodes base64url that must stand for exactly `N` bytes.
///
/// # Errors
/// As [`decode`], and any other length.
pub fn decode_array<const N: usize>(text: impl AsRef<[u8]>) -> Result<[u8; N], NotBase64> {
    let text = text.as_ref();
    // The decoder wants room for its estimate, which may be a few bytes more than the value.
    let mut buffer = [0_u8; 96];
    if N > 90 || text.len() != (N * 4).div_ceil(3) {
        return Err(NotBase64);
    }
    let written = URL_SAFE_NO_PAD.decode_slice(text, &mut buffer).map_err(|_| NotBase64)?;
    buffer.get(..written).and_then(|bytes| bytes.try_into().ok()).ok_or(NotBase64)
}

/// Encodes as padded standard base64, as `x5c` and the trust list have it (RFC 4648 section 4).
pub fn encode_standard(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// Decodes padded standard base64 (RFC 4648 section 4).
///
/// # Errors
/// Anything that is not canonical.
pub fn decode_standard(text: impl AsRef<[u8]>) -> Result<Vec<u8>, NotBase64> {
    STANDARD.decode(text).map_err(|_| NotBase64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_padding_and_trailing_bits() {
        assert_eq!(decode("AA"), Ok(vec![0]));
        assert_eq!(decode("AA=="), Err(NotBase64));
        assert_eq!(decode("AB"), Err(NotBase64));
        assert_eq!(decode("A+"), Err(NotBase64));
        assert_eq!(decode("A A"), Err(NotBase64));
    }

    #[test]
    fn an_array_has_exactly_its_length() {
        assert_eq!(decode_array::<3>("AAAA"), Ok([0; 3]));
        assert_eq!(decode_array::<2>("AAAA"), Err(NotBase64));
        assert_eq!(decode_array::<64>(encode([7; 64])), Ok([7; 64]));
        assert_eq!(decode_array::<64>(encode([7; 65])), Err(NotBase64));
    }

    proptest! {
        #[test]
        fn one_text_for_one_value(text in "[A-Za-z0-9_-]{0,60}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }
    }
}
