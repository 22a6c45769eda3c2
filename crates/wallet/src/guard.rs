//! What the private keys of a full card are sealed to: a key pair that follows from the holder's PIN.
//!
//! It is what the passkey is in the wallet page, for a wallet that has none. Sealing takes the
//! public half alone, so that copies are fetched without the PIN; opening takes the PIN, for every
//! showing.
//!
//! In the wallet's file, under `state.guard`: `salt` (16 bytes in base64url), `cost` (what Argon2id,
//! RFC 9106, was given: `memory_kib`, `passes`, `lanes`), `public` (the public key, a JWK), and
//! `tries`, the wrong PINs lately. The private half is the 32 bytes that Argon2id makes of PIN and
//! salt, a P-256 scalar. A copy's key is `{"jwe": …}`: its PKCS#8 DER as a compact JWE (RFC 7516,
//! ECDH-ES with A256GCM) to that public key, with [`PURPOSE`] as `apv`.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::b64;
use tanda_credential::jose::{
    self, ContentEncryption, DecryptionKey, JweError, Jwk, KeyError, Recipient,
};
use tanda_model::{Admission, AssuranceLevel, AttemptHistory, PIN_LADDER, Pin};
use zeroize::Zeroizing;

use crate::{HolderKey, WalletState};

/// What a sealed key is for, so that nothing else that was encrypted to a guard is taken for one.
const PURPOSE: &[u8] = b"tanda full card copy";

/// The public half of what opens a full card's keys, and how the private half follows from the PIN.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Guard {
    public: Jwk,
    salt: String,
    cost: Cost,
    /// Wrong PINs that are not forgotten yet.
    #[serde(default)]
    tries: Option<AttemptHistory>,
}

/// What Argon2id takes: the more, the longer a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// The second recommendation of RFC 9106 section 4.
    const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
}

/// The private key of one copy, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum CopyKey {
    /// Of use to whoever has the wallet: a light card's.
    Open(HolderKey),
    /// Of use only with the PIN: a full card's.
    Sealed {
        /// The key, encrypted to the guard.
        jwe: String,
    },
}

/// The holder has typed their PIN: opens the keys of one showing, and is dropped with it.
pub struct Verified(DecryptionKey);

/// A try with the PIN that has been counted.
#[derive(Debug)]
pub struct PinTry(());

impl Guard {
    fn new(pin: &Pin, rng: &mut impl rand::CryptoRng) -> Result<(Self, Verified), GuardError> {
        let cost = Cost::RECOMMENDED;
        loop {
            let mut salt = [0; 16];
            rng.fill_bytes(&mut salt);
            match derive(pin, &salt, cost) {
                Ok(own) => {
                    let public = own.public().clone();
                    let guard = Self { public, salt: b64::encode(salt), cost, tries: None };
                    return Ok((guard, Verified(own)));
                }
                // One salt in four thousand million makes no scalar of the curve's order.
                Err(GuardError::Key(KeyError::Rejected)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Seals a copy's key.
    pub(crate) fn seal(
        &self,
        key: &HolderKey,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<CopyKey, GuardError> {
        let to = Recipient {
            key: &self.public,
            enc: ContentEncryption::A256Gcm,
            apu: None,
            apv: Some(PURPOSE),
            cty: None,
        };
        Ok(CopyKey::Sealed { jwe: jose::encrypt(&key.to_der(), &to, rng)? })
    }

    fn open(&self, pin: &Pin) -> Result<Verified, GuardError> {
        let salt = b64::decode(&self.salt).map_err(|_| GuardError::Damaged)?;
        let own = derive(pin, &salt, self.cost)?;
        if own.public().same_key(&self.public) { Ok(Verified(own)) } else { Err(GuardError::Wrong) }
    }
}

/// The guard's private half.
fn derive(pin: &Pin, salt: &[u8], cost: Cost) -> Result<DecryptionKey, GuardError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32));
    let argon2 =
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(|_| GuardError::Damaged)?);
    let mut scalar = Zeroizing::new([0; 32]);
    argon2
        .hash_password_into(pin.as_bytes(), salt, scalar.as_mut())
        .map_err(|_| GuardError::Damaged)?;
    Ok(DecryptionKey::from_bytes(scalar.as_ref())?)
}

impl Verified {
    fn unseal(&self, jwe: &str) -> Result<HolderKey, GuardError> {
        let opened = self.0.decrypt(jwe)?;
        if opened.header.apv.as_deref() != Some(PURPOSE) {
            return Err(GuardError::Damaged);
        }
        Ok(HolderKey::from_der(&opened.plaintext))
    }
}

impl CopyKey {
    /// The key, if the holder has been verified where that is needed.
    pub(crate) fn open(&self, verified: Option<&Verified>) -> Result<HolderKey, GuardError> {
        match self {
            Self::Open(key) => Ok(key.clone()),
            Self::Sealed { jwe } => verified.ok_or(GuardError::PinNeeded)?.unseal(jwe),
        }
    }

    pub(crate) const fn is_sealed(&self) -> bool {
        matches!(self, Self::Sealed { .. })
    }
}

impl WalletState {
    /// What a full card's keys are sealed to, if a PIN has been chosen.
    #[must_use]
    pub fn guard(&self) -> Option<&Guard> {
        self.guard.as_ref()
    }

    /// Begins a try with the PIN. It counts from now on: store the wallet before it is weighed, so
    /// that nobody is spared the wait by ending the process.
    ///
    /// # Errors
    /// [`GuardError::NoPin`], [`GuardError::TooMany`].
    pub fn try_pin(&mut self, now: Timestamp) -> Result<PinTry, GuardError> {
        let guard = self.guard.as_mut().ok_or(GuardError::NoPin)?;
        if let Admission::WaitUntil(until) = PIN_LADDER.admit(guard.tries, now) {
            return Err(GuardError::TooMany(until));
        }
        guard.tries = Some(PIN_LADDER.after_failure(guard.tries, now));
        Ok(PinTry(()))
    }

    /// Seals a full card's keys to a PIN: the first one, or, with the holder verified by the one
    /// until now, another. On an error nothing has changed.
    ///
    /// # Errors
    /// [`GuardError::PinNeeded`] where there is a PIN and the holder is not verified.
    pub fn choose_pin(
        &mut self,
        pin: &Pin,
        verified: Option<&Verified>,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<(), GuardError> {
        if self.guard.is_some() && verified.is_none() {
            return Err(GuardError::PinNeeded);
        }
        let (guard, _) = Guard::new(pin, rng)?;
        let mut cards = self.cards.clone();
        for card in cards.iter_mut().filter(|card| card.level() == AssuranceLevel::Full) {
            for copy in &mut card.copies {
                copy.key = guard.seal(&copy.key.open(verified)?, rng)?;
            }
        }
        self.cards = cards;
        self.guard = Some(guard);
        Ok(())
    }
}

impl PinTry {
    /// Weighs the PIN. Slow by design: some tenths of a second. Store the wallet afterwards: what
    /// was counted against a right PIN is forgotten.
    ///
    /// # Errors
    /// [`GuardError::Wrong`].
    pub fn weigh(self, pin: &Pin, wallet: &mut WalletState) -> Result<Verified, GuardError> {
        let guard = wallet.guard.as_mut().ok_or(GuardError::NoPin)?;
        let verified = guard.open(pin)?;
        guard.tries = None;
        Ok(verified)
    }
}

impl fmt::Debug for CopyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyKey")
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verified")
    }
}

/// Why a full card's keys stay sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// No PIN was chosen yet.
    #[error("a full card's keys are sealed to a PIN: choose one first")]
    NoPin,
    /// Each showing takes the PIN.
    #[error("a full card is shown with its PIN alone")]
    PinNeeded,
    /// It is another PIN.
    #[error("this is not the PIN; nothing was shown")]
    Wrong,
    /// Too many were wrong lately.
    #[error("too many wrong PINs: the next can be tried at {0}")]
    TooMany(Timestamp),
    /// What is stored can't be read.
    #[error("what guards the full card's keys is damaged: apply for the card anew")]
    Damaged,
    /// A sealed key is not for this guard, or was changed.
    #[error("a sealed key: {0}")]
    Sealed(#[from] JweError),
    /// The key pair can't be made.
    #[error("the guard's key: {0}")]
    Key(#[from] KeyError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::rng;

    #[test]
    fn what_was_encrypted_to_a_guard_for_another_purpose_is_no_key() {
        let (guard, verified) = Guard::new(&"480217".parse().unwrap(), &mut rng(1)).unwrap();
        let key = HolderKey::generate(&mut rng(2)).unwrap();
        let sealed = |apv, seed| {
            let enc = ContentEncryption::A256Gcm;
            let to = Recipient { key: &guard.public, enc, apu: None, apv, cty: None };
            verified.unseal(&jose::encrypt(&key.to_der(), &to, &mut rng(seed)).unwrap())
        };
        assert!(sealed(Some(PURPOSE), 3).is_ok());
        for other in [None, Some(&b"another purpose"[..])] {
            assert_eq!(sealed(other, 4).unwrap_err(), GuardError::Damaged);
        }
    }
}
