use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::crypto::Hash;

/// What a certificate is known by where people compare: SHA-256 over its DER.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

/// Not a fingerprint.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("a fingerprint is SHA-256 in hexadecimal: 64 digits, with or without colons")]
pub struct NotAFingerprint;

impl Fingerprint {
    pub(super) fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().zip(Hash::Sha256.digest(der)) {
            *place = byte;
        }
        Self(bytes)
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let digits: String = text.chars().filter(|it| *it != ':' && *it != ' ').collect();
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NotAFingerprint)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_others_write_it() {
        let fingerprint = Fingerprint::of(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(fingerprint.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(fingerprint));
        let pairs: Vec<&str> = (0..32).map(|at| &text[2 * at..2 * at + 2]).collect();
        assert_eq!(pairs.join(":").parse(), Ok(fingerprint));
        for wrong in ["", &text[1..], &text[2..], &format!("{text}00"), &text.replace('a', "g")] {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(NotAFingerprint), "{wrong}");
        }
    }
}
