//! What a relying party keeps for its record: sealed the moment it arrives, opened by whoever holds
//! the record key, and gone when the registered time is over.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tanda_credential::{
    jose::{ContentEncryption, DecryptionKey, JweError, Jwk, KeyError, Recipient, encrypt},
    json,
    sd_jwt::{ClaimPath, PathStep},
};
use tanda_model::{AssuranceLevel, RelyingPartyId};
use tanda_protocol::{
    receipt::{AtDesk, DeletionReceipt, handle_hash},
    registration::Registration,
    vp::request::Nonce,
};
use zeroize::Zeroizing;

use crate::RelyingParty;

/// The key that opens a relying party's record. Its public half is enough to seal: whoever stands at
/// the desk can't read what others have sealed there.
pub struct RecordKey(DecryptionKey);

impl RecordKey {
    /// A fresh key.
    ///
    /// # Errors
    /// When none can be made.
    pub fn generate(rng: &mut impl rand::CryptoRng) -> Result<Self, KeyError> {
        DecryptionKey::generate(rng).map(Self)
    }

    /// The key of these bytes.
    ///
    /// # Errors
    /// When they are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        DecryptionKey::from_bytes(bytes).map(Self)
    }

    /// The bytes, to be kept where only the server reads them.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.to_bytes()
    }

    /// What seals to it.
    #[must_use]
    pub fn public(&self) -> &Jwk {
        self.0.public()
    }

    /// Opens an entry of this relying party's record.
    ///
    /// # Errors
    /// When it was sealed to another key, changed, or moved.
    pub fn open(
        &self,
        entry: &SealedEntry,
        relying_party: &RelyingPartyId,
    ) -> Result<Entry, RecordError> {
        let opened = self.0.decrypt(&entry.sealed)?;
        let bound = (relying_party.as_str().as_bytes(), entry.handle.as_bytes());
        if (opened.header.apu.as_deref(), opened.header.apv.as_deref())
            != (Some(bound.0), Some(bound.1))
        {
            return Err(RecordError::Moved);
        }
        json::parse_as(&opened.plaintext).map_err(|_| RecordError::Malformed)
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey")
    }
}

/// An entry of the record as it is stored: what is in it only the record key tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedEntry {
    /// The hash of the handle that the wallet was given.
    pub handle: String,
    /// Why it is kept.
    pub purpose: String,
    /// Which claims are in it.
    pub claims: Vec<ClaimPath>,
    /// Since when.
    pub kept_at: Timestamp,
    /// Until when.
    pub delete_at: Timestamp,
    /// The entry, a JWE to the record key.
    pub sealed: String,
}

/// An opened entry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When the card was checked.
    pub at: Timestamp,
    /// The card's level.
    pub level: AssuranceLevel,
    /// Where, and by whom.
    pub desk: AtDesk,
    /// What is kept.
    pub claims: Map<String, Value>,
}

/// Claims are personal: their number is shown.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("claims", &self.claims.len()).finish_non_exhaustive()
    }
}

/// What of an answer is to be kept, and how it is sealed; fixed when it is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Keeping {
    claims: Vec<ClaimPath>,
    days: u16,
    key: Jwk,
}

impl Keeping {
    /// What the registration lets be kept of the claims that are asked. Only whole claims are: a path
    /// that leads into one is no claim of the record.
    pub(crate) fn of(
        registration: &Registration,
        asked: &[ClaimPath],
        key: Option<&Jwk>,
    ) -> Option<Self> {
        let whole = |path: &&ClaimPath| matches!(path.0.as_slice(), [PathStep::Name(_)]);
        let kept = registration.record.iter().filter(whole).filter(|path| asked.contains(path));
        let claims: Vec<_> = kept.cloned().collect();
        let days = registration.retention_days;
        (!claims.is_empty() && days > 0).then_some(())?;
        Some(Self { claims, days, key: key?.clone() })
    }

    /// Takes what is to be kept out of the claims.
    pub(crate) fn split(
        &self,
        mut claims: Map<String, Value>,
    ) -> (Map<String, Value>, Map<String, Value>) {
        let mut kept = Map::new();
        for path in &self.claims {
            if let Some(PathStep::Name(name)) = path.0.first()
                && let Some(value) = claims.remove(name)
            {
                kept.insert(name.clone(), value);
            }
        }
        (kept, claims)
    }

    /// Seals an entry, under a handle that is made for it alone.
    pub(crate) fn seal(
        self,
        purpose: &str,
        relying_party: &RelyingPartyId,
        entry: &Entry,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<(SealedEntry, Nonce), RecordError> {
        let secret = Nonce::mint(rng);
        let handle = handle_hash(secret.as_str());
        let plaintext =
            Zeroizing::new(serde_json::to_vec(entry).map_err(|_| RecordError::Malformed)?);
        let to = Recipient {
            key: &self.key,
            enc: ContentEncryption::A256Gcm,
            apu: Some(relying_party.as_str().as_bytes()),
            apv: Some(handle.as_bytes()),
            cty: Some("application/json"),
        };
        let sealed = encrypt(&plaintext, &to, rng)?;
        let delete_at = entry.at + SignedDuration::from_hours(24 * i64::from(self.days));
        let (kept_at, purpose) = (entry.at, purpose.to_owned());
        let entry =
            SealedEntry { handle, purpose, claims: self.claims, kept_at, delete_at, sealed };
        Ok((entry, secret))
    }
}

impl RelyingParty {
    /// Says, for the holder's wallet, that an entry has been deleted.
    ///
    /// # Errors
    /// When the access key can't sign.
    pub fn deletion_receipt(
        &self,
        entry: &SealedEntry,
        now: Timestamp,
    ) -> Result<String, RecordError> {
        let receipt = DeletionReceipt {
            relying_party: self.id().clone(),
            name: self.name().clone(),
            handle: entry.handle.clone(),
            purpose: entry.purpose.clone(),
            claims: entry.claims.clone(),
            kept_at: entry.kept_at,
            delete_by: entry.delete_at,
            deleted_at: now,
        };
        receipt.sign(self.access_key()).map_err(|_| RecordError::Sign)
    }
}

/// Why an entry can't be sealed, opened, or be signed to have been deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It can't be sealed, or does not open: another key's, or changed.
    #[error("an entry of the record: {0}")]
    Seal(#[from] JweError),
    /// It was sealed for another relying party, or for another place.
    #[error("an entry of the record is not where it was put")]
    Moved,
    /// It opens, and is no entry.
    #[error("an entry of the record is damaged")]
    Malformed,
    /// The access key can't sign.
    #[error("the deletion receipt can't be signed")]
    Sign,
}
