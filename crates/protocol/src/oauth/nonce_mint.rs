//! Nonces that cost the server nothing until they are used.
//!
//! The nonce endpoint asks for no credentials (OpenID4VCI 1.0 §7), so a store that kept every
//! nonce that it handed out could be filled by anyone. A nonce therefore carries its own expiry
//! and a MAC; the store hears of it first when it comes back valid, and remembers it until then:
//! single use by one insertion that must be new.

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use tanda_credential::b64;
use thiserror::Error;

use super::{ErrorCode, ErrorResponse};

const ID: usize = 16;
const EXPIRY: usize = 8;
const TAG: usize = 32;

/// What a nonce is for: one minted for one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoncePurpose {
    /// The `c_nonce` of key proofs.
    Credential,
    /// The nonce of DPoP proofs (RFC 9449 §8).
    Dpop,
    /// The challenge of client attestations.
    AttestationChallenge,
}

impl NoncePurpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Credential => b"tanda c_nonce 1\0",
            Self::Dpop => b"tanda dpop nonce 1\0",
            Self::AttestationChallenge => b"tanda attestation challenge 1\0",
        }
    }
}

/// Makes and opens nonces of one purpose under one key.
///
/// A nonce is base64url of 128 random bits, the expiry in seconds since the epoch (64 bits, big
/// endian) and an HMAC-SHA-256 over purpose, random bits and expiry.
#[derive(Debug)]
pub struct NonceMint {
    key: hmac::Key,
    purpose: NoncePurpose,
}

/// A nonce that this server minted for this purpose and that has not expired; whether it was used
/// before, the store says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedNonce {
    /// What the store inserts; already there means used.
    pub id: [u8; ID],
    /// From when on the store may forget it.
    pub expires_at: Timestamp,
}

/// Why a nonce was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NonceError {
    /// Not minted by this server for this purpose.
    #[error("the nonce is not one of this server's")]
    Unknown,
    /// Too old.
    #[error("the nonce has expired")]
    Expired,
    /// The store has it as used.
    #[error("the nonce was used before")]
    Used,
}

impl NonceError {
    /// What the client is told about a `c_nonce`: to fetch a new one.
    #[must_use]
    pub const fn response(&self) -> ErrorResponse {
        ErrorResponse::new(
            ErrorCode::InvalidNonce,
            "The c_nonce is unknown, expired or used. Fetch a new one from the nonce endpoint.",
        )
    }
}

impl NonceMint {
    /// A mint under a 256-bit key, which all processes of the role share.
    #[must_use]
    pub fn new(key: &[u8; 32], purpose: NoncePurpose) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), purpose }
    }

    /// A new nonce that is good for `life` from now.
    #[must_use]
    pub fn mint(
        &self,
        life: SignedDuration,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> String {
        let expires_at = now.checked_add(life).unwrap_or(Timestamp::MAX);
        let mut nonce = [0; ID + EXPIRY + TAG];
        rng.fill_bytes(&mut nonce[..ID]);
        nonce[ID..ID + EXPIRY].copy_from_slice(&expires_at.as_second().to_be_bytes());
        let tag = hmac::sign(&self.key, &self.authenticated(&nonce[..ID + EXPIRY]));
        nonce[ID + EXPIRY..].copy_from_slice(tag.as_ref());
        b64::encode(nonce)
    }

    /// Opens a nonce that came back.
    ///
    /// # Errors
    /// [`NonceError::Unknown`] and [`NonceError::Expired`]; used ones are the store's to refuse.
    pub fn open(&self, nonce: &str, now: Timestamp) -> Result<OpenedNonce, NonceError> {
        let bytes = b64::decode(nonce).map_err(|_| NonceError::Unknown)?;
        let (content, tag) = bytes.split_at_checked(ID + EXPIRY).ok_or(NonceError::Unknown)?;
        hmac::verify(&self.key, &self.authenticated(content), tag)
            .map_err(|_| NonceError::Unknown)?;
        let (id, expiry) = content.split_first_chunk::<ID>().ok_or(NonceError::Unknown)?;
        let expiry: [u8; EXPIRY] = expiry.try_into().map_err(|_| NonceError::Unknown)?;
        let expires_at =
            Timestamp::from_second(i64::from_be_bytes(expiry)).map_err(|_| NonceError::Unknown)?;
        if now >= expires_at {
            return Err(NonceError::Expired);
        }
        Ok(OpenedNonce { id: *id, expires_at })
    }

    fn authenticated(&self, content: &[u8]) -> Vec<u8> {
        [self.purpose.label(), content].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{now, rng};

    const LIFE: SignedDuration = SignedDuration::from_mins(5);

    #[test]
    fn opens_what_it_minted() {
        let mint = NonceMint::new(&[7; 32], NoncePurpose::Credential);
        let mut rng = rng(3);
        let (one, other) = (mint.mint(LIFE, now(), &mut rng), mint.mint(LIFE, now(), &mut rng));
        let opened = mint.open(&one, now()).unwrap();
        assert_eq!(opened.expires_at, now() + LIFE);
        assert_ne!(opened.id, mint.open(&other, now()).unwrap().id);
        assert_eq!(mint.open(&one, now()), Ok(opened));
    }

    #[test]
    fn refuses_the_rest() {
        let mint = NonceMint::new(&[7; 32], NoncePurpose::Credential);
        let nonce = mint.mint(LIFE, now(), &mut rng(3));
        assert_eq!(mint.open(&nonce, now() + LIFE), Err(NonceError::Expired));
        let other_key = NonceMint::new(&[8; 32], NoncePurpose::Credential);
        assert_eq!(other_key.open(&nonce, now()), Err(NonceError::Unknown));
        let other_purpose = NonceMint::new(&[7; 32], NoncePurpose::Dpop);
        assert_eq!(other_purpose.open(&nonce, now()), Err(NonceError::Unknown));
        for bad in
            ["", "a", "LarRGSbmUPYtRYO6BQ4yn8", &nonce[..nonce.len() - 4], &format!("{nonce}AAAA")]
        {
            assert_eq!(mint.open(bad, now()), Err(NonceError::Unknown), "{bad}");
        }
    }

    #[test]
    fn refuses_a_nonce_with_any_bit_turned() {
        let mint = NonceMint::new(&[7; 32], NoncePurpose::Credential);
        let bytes = b64::decode(mint.mint(LIFE, now(), &mut rng(3))).unwrap();
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 1;
            assert_eq!(mint.open(&b64::encode(&bent), now()), Err(NonceError::Unknown), "{at}");
        }
    }
}
