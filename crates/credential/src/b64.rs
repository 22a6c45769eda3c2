//! base64url without padding (RFC 7515 section 2), canonical forms only.

use base64_simd::{AsOut, STANDARD, URL_SAFE_NO_PAD};
use thiserror::Error;

/// The text is not canonical base64: a foreign character, padding, or non-zero trailing bits.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("not canonical base64")]
pub struct NotBase64;

/// Encodes as base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Appends the base64url form of `bytes` to `out`.
pub fn encode_into(bytes: impl AsRef<[u8]>, out: &mut String) {
    URL_SAFE_NO_PAD.encode_append(bytes, out);
}

/// Encodes `M` bytes as base64url without padding, which takes `N` characters.
pub(crate) fn encode_array<const M: usize, const N: usize>(bytes: &[u8; M]) -> [u8; N] {
    const { assert!(N == (M * 4).div_ceil(3), "base64url of M bytes has another length than N") };
    let mut text = [0; N];
    let _ = URL_SAFE_NO_PAD.encode(bytes, text.as_mut_slice().as_out());
    text
}

/// Decodes base64url without padding.
///
/// # Errors
/// Padding, characters outside of the alphabet, and non-zero trailing bits are refused, so that
/// two different texts never stand for the same bytes.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, NotBase64> {
    URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| NotBase64)
}

/// Decodes base64url that must stand for exactly `N` bytes.
///
/// # Errors
/// As [`decode`], and any other length.
pub fn decode_array<const N: usize>(text: impl AsRef<[u8]>) -> Result<[u8; N], NotBase64> {
    let text = text.as_ref();
    if text.len() != (N * 4).div_ceil(3) {
        return Err(NotBase64);
    }
    let mut bytes = [0; N];
    let written = URL_SAFE_NO_PAD.decode(text, bytes.as_mut_slice().as_out());
    match written {
        Ok(written) if written.len() == N => Ok(bytes),
        _ => Err(NotBase64),
    }
}

/// Encodes as padded standard base64, as `x5c` and the trust list have it (RFC 4648 section 4).
pub fn encode_standard(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode_to_string(bytes)
}

/// Decodes padded standard base64 (RFC 4648 section 4).
///
/// # Errors
/// Anything that is not canonical.
pub fn decode_standard(text: impl AsRef<[u8]>) -> Result<Vec<u8>, NotBase64> {
    STANDARD.decode_to_vec(text).map_err(|_| NotBase64)
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
        assert_eq!(encode_array::<32, 43>(&[7; 32]), encode([7; 32]).as_bytes());
    }

    #[test]
    fn agrees_with_the_vectors_of_rfc_4648() {
        for (bytes, padded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode_standard(bytes), padded);
            assert_eq!(decode_standard(padded).as_deref(), Ok(bytes.as_bytes()));
            assert_eq!(encode(bytes), padded.trim_end_matches('='));
        }
        assert_eq!(encode([0xfb, 0xff]), "-_8");
        assert_eq!(decode_standard("Zh=="), Err(NotBase64));
        assert_eq!(decode_standard("Zg"), Err(NotBase64));
        assert_eq!(decode_standard("Zg=="), Ok(vec![b'f']));
        assert_eq!(decode_standard("Zg==\n"), Err(NotBase64));
    }

    proptest! {
        #[test]
        fn there_and_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decode(encode(&bytes)), Ok(bytes.clone()));
            prop_assert_eq!(decode_standard(encode_standard(&bytes)), Ok(bytes.clone()));
            // A byte that does not belong is noticed wherever it stands, past any vector width.
            let mut text = encode(&bytes).into_bytes();
            for place in 0..text.len() {
                let kept = std::mem::replace(&mut text[place], b'+');
                prop_assert_eq!(decode(&text), Err(NotBase64));
                text[place] = kept;
            }
        }

        #[test]
        fn one_text_for_one_value(text in "[A-Za-z0-9_-]{0,60}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }
    }
}
