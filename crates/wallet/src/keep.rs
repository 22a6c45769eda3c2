//! Keeping: cards with their one-time copies, and all that a wallet remembers.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tanda_credential::{
    jose::KeyError,
    sd_jwt::{ClaimPath, HeldSdJwt},
    sd_jwt_vc::StatusReference,
};
use tanda_model::{AssuranceLevel, RelyingPartyId};

use crate::{
    Guard, HolderKey,
    deletion::{Deleted, Kept},
    guard::CopyKey,
    looks::KnownLog,
    passkey::SoftPasskey,
};

/// With no more unused copies than this, a card should be refilled.
const LOW_WATER: usize = 3;

/// All that a wallet keeps. Serialises with its private keys: to be stored encrypted.
#[derive(Debug, Serialize, Deserialize)]
pub struct WalletState {
    pub(crate) instance: HolderKey,
    passkeys: Vec<SoftPasskey>,
    pub(crate) cards: Vec<Card>,
    /// A card whose copies were asked for and are not here.
    #[serde(default)]
    expected: Option<Card>,
    /// What a full card's keys are sealed to.
    #[serde(default)]
    pub(crate) guard: Option<Guard>,
    /// The sequence number of the newest trust list that was seen: an older one is a replay.
    pub(crate) trust_sequence: Option<u64>,
    history: Vec<Shown>,
    /// The log of each issuer, as this wallet last found it good.
    #[serde(default)]
    pub(crate) logs: BTreeMap<String, KnownLog>,
}

impl WalletState {
    /// An empty wallet with a fresh instance key.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn new(rng: &mut impl rand::CryptoRng) -> Result<Self, KeyError> {
        Ok(Self {
            instance: HolderKey::generate(rng)?,
            passkeys: Vec::new(),
            cards: Vec::new(),
            expected: None,
            guard: None,
            trust_sequence: None,
            history: Vec::new(),
            logs: BTreeMap::new(),
        })
    }

    /// The key that a provider attests: it stands for this installation.
    #[must_use]
    pub fn instance_key(&self) -> &HolderKey {
        &self.instance
    }

    /// The cards.
    #[must_use]
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// The card with this identifier.
    #[must_use]
    pub fn card(&self, id: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.id == id)
    }

    pub(crate) fn card_mut(&mut self, id: &str) -> Option<&mut Card> {
        self.cards.iter_mut().find(|card| card.id == id)
    }

    /// Keeps a card that was received. A refilled card, or a newer one of the same issuer, takes the
    /// place of the old one, whatever its level: an authority has one card in use for a person, and
    /// what was left of the old one is gone.
    pub fn keep(&mut self, card: Card) {
        self.cards.retain(|old| old.issuer != card.issuer);
        self.cards.push(card);
        self.expected = None;
    }

    /// Keeps what fetches a card's copies while they are on their way. The cards that are there stay: one
    /// may be over already, and none is until the new one is.
    pub fn expect(&mut self, card: Card) {
        match self.card_mut(&card.id) {
            Some(kept) => kept.refresh = card.refresh,
            None => self.expected = Some(card),
        }
    }

    /// A card whose copies were asked for and never came: [`Receiving::refill`](crate::Receiving::refill)
    /// fetches them.
    #[must_use]
    pub fn expected(&self) -> Option<&Card> {
        self.expected.as_ref()
    }

    /// Forgets a card and its keys. Returns whether there was one.
    pub fn forget(&mut self, id: &str) -> bool {
        let before = self.cards.len();
        self.cards.retain(|card| card.id != id);
        self.cards.len() < before
    }

    /// The passkeys for provider accounts.
    #[must_use]
    pub fn passkeys(&self) -> &[SoftPasskey] {
        &self.passkeys
    }

    /// Keeps a passkey.
    pub fn keep_passkey(&mut self, passkey: SoftPasskey) {
        self.passkeys.push(passkey);
    }

    /// What was shown to whom, oldest first.
    #[must_use]
    pub fn history(&self) -> &[Shown] {
        &self.history
    }

    pub(crate) fn remember(&mut self, shown: Shown) {
        self.history.push(shown);
    }

    /// Remembers of the newest showing that something of it is kept.
    pub(crate) fn newest_is_kept(&mut self, kept: Kept) {
        if let Some(shown) = self.history.last_mut().filter(|shown| shown.agreed) {
            shown.kept = Some(kept);
        }
    }

    /// Remembers that what was kept of a showing is deleted. Returns whether anything was kept.
    pub(crate) fn deleted(&mut self, line: usize, deleted: Deleted) -> bool {
        let kept = self.history.get_mut(line).and_then(|shown| shown.kept.as_mut());
        kept.map(|kept| kept.deleted = Some(deleted)).is_some()
    }
}

/// One line of the history: whom, why, which claims; never their values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// When.
    pub at: Timestamp,
    /// To whom: the registered name, in English.
    pub relying_party: String,
    /// Why: the registered purpose, in English.
    pub purpose: String,
    /// Which claims.
    pub claims: Vec<ClaimPath>,
    /// For how many days they may be kept.
    pub retention_days: u16,
    /// Whether the holder agreed.
    pub agreed: bool,
    /// The relying party's identifier.
    #[serde(default)]
    pub relying_party_id: Option<RelyingPartyId>,
    /// What is kept of it for the relying party's record, if anything.
    #[serde(default)]
    pub kept: Option<Kept>,
}

/// A card: one status at its authority, several copies that nobody can link.
#[derive(Clone, Serialize, Deserialize)]
pub struct Card {
    pub(crate) id: String,
    pub(crate) issuer: String,
    pub(crate) configuration: String,
    pub(crate) vct: String,
    pub(crate) level: AssuranceLevel,
    pub(crate) copies: Vec<CardCopy>,
    pub(crate) refresh: Option<Refresh>,
    pub(crate) received_at: Timestamp,
}

/// What fetches the next copies.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Refresh {
    pub(crate) token: String,
    pub(crate) dpop: HolderKey,
}

/// One copy, with its own key, salts and place in a status list.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CardCopy {
    pub(crate) token: String,
    pub(crate) key: CopyKey,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) status: StatusReference,
    pub(crate) used: bool,
}

impl Card {
    /// Its name within the wallet.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The authority's address.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// How sure the authority was.
    #[must_use]
    pub fn level(&self) -> AssuranceLevel {
        self.level
    }

    /// The credential type.
    #[must_use]
    pub fn vct(&self) -> &str {
        &self.vct
    }

    /// Whether it is shown with the holder's PIN alone.
    #[must_use]
    pub fn needs_pin(&self) -> bool {
        self.level == AssuranceLevel::Full
    }

    /// Whether all of its keys are sealed, as a full card's have to be.
    pub(crate) fn is_sealed(&self) -> bool {
        self.copies.iter().all(|copy| copy.key.is_sealed())
    }

    /// When it was received, or last refilled.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// How many copies can still be shown.
    #[must_use]
    pub fn copies_left(&self, now: Timestamp) -> usize {
        self.copies.iter().filter(|copy| copy.fresh(now)).count()
    }

    /// Whether it is time to fetch further copies, and there is a way to.
    #[must_use]
    pub fn needs_refill(&self, now: Timestamp) -> bool {
        self.refresh.is_some() && self.copies_left(now) <= LOW_WATER
    }

    /// Until when the newest copy holds.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.copies.iter().filter_map(|copy| copy.expires_at).max()
    }

    /// All that the card says of its holder.
    ///
    /// # Errors
    /// [`KeepError::Damaged`] where what is stored is no card.
    pub fn claims(&self) -> Result<Map<String, Value>, KeepError> {
        let copy = self.copies.first().ok_or(KeepError::NoCopyLeft)?;
        let held = HeldSdJwt::parse(&copy.token).map_err(|_| KeepError::Damaged)?;
        Ok(held.claims().clone())
    }

    /// Where the status of one copy stands, for the holder's own look at it.
    #[must_use]
    pub fn status(&self) -> Option<&StatusReference> {
        self.copies.first().map(|copy| &copy.status)
    }

    /// Takes a copy out for showing: it counts as used from now on, whatever becomes of the
    /// showing, since two askers who saw the same copy could link the holder.
    ///
    /// # Errors
    /// [`KeepError::NoCopyLeft`]: fetch further copies first.
    pub(crate) fn take(&mut self, now: Timestamp) -> Result<CardCopy, KeepError> {
        let copy =
            self.copies.iter_mut().find(|copy| copy.fresh(now)).ok_or(KeepError::NoCopyLeft)?;
        copy.used = true;
        Ok(copy.clone())
    }
}

impl CardCopy {
    fn fresh(&self, now: Timestamp) -> bool {
        !self.used && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A card holds personal data: only its kind is shown.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("level", &self.level)
            .field("copies", &self.copies.len())
            .finish_non_exhaustive()
    }
}

/// Why a card can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// Every copy has been shown or has expired.
    #[error("the card has no unused copy left: fetch further copies from its authority")]
    NoCopyLeft,
    /// What is stored can't be read.
    #[error("the stored card is damaged: have it issued again")]
    Damaged,
}
