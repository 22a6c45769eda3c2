use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_biometrics::finger::FingerReference;
use tanda_chip::access::{AccessError, AccessKey};
use tanda_chip::{ReadError, Terminal, Transport, VerifiedReading};
use tanda_model::{AttemptHistory, EnrolmentId, EvidenceKind};
use tanda_storage::authority::chips::ChipReadingRow;
use tanda_storage::authority::enrolment::EnrolmentRow;
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::access::{Tried, settle};
use super::weigh::end_of;
use super::{
    ChipFault, ChipPortrait, ChipReading, FINGERS, OnCard, PORTRAIT, READING, ResidentOutcome,
    fingers,
};
use crate::act::{Act, Actor, Deed};
use crate::enrolment::AttendError;
use crate::enrolment::evidence::EvidenceKey;
use crate::enrolment::gather::hold;
use crate::{Authority, Fault, Officer, SignedIn};

/// The word of a reading that succeeded.
const READ: &str = "read";

/// A dialogue with a chip that may begin now; its ticket is used up.
pub struct ChipDialogue {
    pub(super) row: EnrolmentRow,
    pub(super) access: AccessKey,
    pub(super) before: Option<AttemptHistory>,
}

/// What the last reading for an application came to, for an officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChipOutcome {
    /// What was wrong, if anything was.
    pub fault: Option<ChipFault>,
    /// When it ended.
    pub at: Timestamp,
}

impl ChipOutcome {
    /// What the resident may know of it.
    pub fn for_resident(self) -> ResidentOutcome {
        self.fault.map_or(ResidentOutcome::Read, ChipFault::for_resident)
    }
}

impl ChipDialogue {
    /// The longest that a dialogue may take as a whole, unless [`crate::Config::chip_dialogue`] says otherwise.
    pub const LONGEST: SignedDuration = SignedDuration::from_mins(3);
    /// The longest that one answer may take.
    pub const LONGEST_ANSWER: SignedDuration = SignedDuration::from_secs(15);
}

impl std::fmt::Debug for ChipDialogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChipDialogue").field("enrolment", &self.row.id).finish_non_exhaustive()
    }
}

impl Authority {
    /// Reads the chip at the other end of `transport`, as the terminal, and keeps what was read, or what
    /// was wrong. The transport keeps the times, of the dialogue and of an answer; nothing here has a
    /// clock.
    ///
    /// # Errors
    /// [`Fault`]; a fault of the card is no error.
    pub async fn read_chip<T: Transport>(
        &self,
        dialogue: ChipDialogue,
        transport: &mut T,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ResidentOutcome, Fault> {
        let chips = self.chips();
        let terminal = Terminal { key: &dialogue.access, believed: chips.believed(), now };
        let read = terminal.read(transport, rng).await;
        let tried = tried(&read);
        let weighed = match read {
            Ok(read) => {
                let reading = ChipReading::of(&read, chips.is_sandbox(&read.state), now);
                let VerifiedReading { portrait, fingers: images, .. } = read;
                let seen = self.workers.run(move || {
                    (ChipPortrait::taken(portrait.bytes), fingers::reference(&images))
                });
                let (portrait, fingers) = seen.await?;
                let card = OnCard { reading, portrait, fingers };
                self.weighed(&dialogue.row, &card, now, rng).await?
            }
            Err(error) => Err(ChipFault::from(error)),
        };
        // Whoever holds another card knows its number: that is no guess at the resident's.
        let tried = if weighed.is_err() && tried == Tried::Right { Tried::Nothing } else { tried };
        let attempt = Some((dialogue.before, tried));
        self.end_reading(dialogue.row, attempt, weighed, None, now).await
    }

    /// What a genuine card is evidence of, sealed to be kept; or what speaks against it.
    pub(super) async fn weighed(
        &self,
        row: &EnrolmentRow,
        card: &OnCard,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Result<Held, ChipFault>, Fault> {
        let kinds = match self.weigh_chip(row, card, now).await? {
            Ok(kinds) => kinds,
            Err(fault) => return Ok(Err(fault)),
        };
        let key = EvidenceKey::of(&self.sealing, row)?;
        let kept = ChipReadingRow {
            sealed_reading: key.seal_json(READING, 0, &card.reading, rng)?,
            sealed_portrait: key.seal(PORTRAIT, 0, &card.portrait.to_bytes(), rng),
            sealed_fingers: card
                .fingers
                .as_ref()
                .map(|it| key.seal(FINGERS, 0, &it.to_bytes(), rng)),
            read_at: now,
        };
        Ok(Ok(Held { kinds, kept, expires_at: card.reading.expiry.and_then(end_of) }))
    }

    /// Records what a reading came to: a card that is evidence holds from then on, and no other is kept. That
    /// a card spoke against its applicant is recorded as well: a later reading doesn't undo it.
    pub(super) async fn end_reading(
        &self,
        row: EnrolmentRow,
        attempt: Option<(Option<AttemptHistory>, Tried)>,
        weighed: Result<Held, ChipFault>,
        officer: Option<&Officer>,
        now: Timestamp,
    ) -> Result<ResidentOutcome, Fault> {
        let (id, account, resident) = (row.id, row.tags.account, row.resident);
        let officer = officer.cloned();
        let ended = self.store.write(move |mut tx| {
            Box::pin(async move {
                if let Some((before, tried)) = attempt {
                    settle(&mut tx, &account, before, tried).await?;
                }
                let actor = officer.as_ref().map_or(Actor::Policy, Actor::Officer);
                let outcome = match weighed {
                    Err(fault) => Err(fault),
                    // The application has lapsed, or was decided, meanwhile.
                    Ok(held) if !keep(&mut tx, id, &held, actor, now).await? => {
                        Err(ChipFault::TimedOut)
                    }
                    Ok(_) => Ok(()),
                };
                if outcome.is_err_and(ChipFault::speaks_against_the_card) {
                    let deed = Deed::EvidenceFailed { enrolment: id, evidence: EvidenceKind::Chip };
                    Act { at: now, actor, resident, deed }.record(&mut tx).await?;
                }
                let word = outcome.map_or_else(ChipFault::as_str, |()| READ);
                tx.end_chip_reading(id, word, now).await?;
                Ok::<_, StorageError>(outcome)
            })
        });
        Ok(ended.await?.map_or_else(ChipFault::for_resident, |()| ResidentOutcome::Read))
    }

    /// What the last reading for an application came to; `None` if there was none.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub(crate) async fn chip_outcome(&self, id: EnrolmentId) -> Result<Option<ChipOutcome>, Fault> {
        let Some(relay) = self.store.reader().await?.chip_relay(id).await? else { return Ok(None) };
        let (Some(word), Some(at)) = (relay.outcome, relay.ended_at) else { return Ok(None) };
        if word == READ {
            return Ok(Some(ChipOutcome { fault: None, at }));
        }
        let fault = word.parse().map_err(|()| Fault::Contradiction("an outcome without a name"))?;
        Ok(Some(ChipOutcome { fault: Some(fault), at }))
    }

    /// What the chip of the applicant's card says, for the officer who attends to them; `None` where
    /// nothing holds.
    ///
    /// # Errors
    /// [`AttendError`]
    pub async fn attended_chip(
        &self,
        id: EnrolmentId,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<Option<OnCard>, AttendError> {
        self.attended_progress(id, officer, now).await?;
        Ok(self.chip_reading(id).await?)
    }

    /// What was read from the physical card's chip for an application; `None` if nothing holds.
    ///
    /// # Errors
    /// [`Fault`] when the store fails, or what is stored does not open.
    pub(crate) async fn chip_reading(&self, id: EnrolmentId) -> Result<Option<OnCard>, Fault> {
        let mut reader = self.store.reader().await?;
        let (row, kept) = (reader.find_enrolment(id).await?, reader.chip_reading(id).await?);
        let Some((row, kept)) = row.zip(kept) else { return Ok(None) };
        let key = EvidenceKey::of(&self.sealing, &row)?;
        let reading = key.open_json(READING, 0, &kept.sealed_reading)?;
        let portrait = key.open(PORTRAIT, 0, &kept.sealed_portrait)?;
        let portrait = ChipPortrait::from_bytes(&portrait);
        let portrait = portrait.ok_or(Fault::Contradiction("a portrait without a format"))?;
        let fingers = match kept.sealed_fingers {
            Some(sealed) => Some(
                FingerReference::from_bytes(&key.open(FINGERS, 0, &sealed)?)
                    .map_err(|_| Fault::Contradiction("fingers of a chip that are no reference"))?,
            ),
            None => None,
        };
        Ok(Some(OnCard { reading, portrait, fingers }))
    }
}

/// Evidence that is to hold.
pub(super) struct Held {
    kinds: Vec<EvidenceKind>,
    kept: ChipReadingRow,
    /// When the physical card expires.
    expires_at: Option<Timestamp>,
}

/// Lets evidence hold. Says whether the application still took it.
async fn keep(
    tx: &mut Tx<'_, Role>,
    id: EnrolmentId,
    held: &Held,
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let Some(row) = tx.find_enrolment(id).await? else { return Ok(false) };
    let row = match tx.chip_reading(id).await? {
        // Fingers may have been compared with those of the card before.
        Some(before) => {
            let compared = before.sealed_fingers.map(|_| EvidenceKind::Fingers);
            let state = row.state.clone().without_the_card(compared.as_slice());
            EnrolmentRow { state, ..row }
        }
        None => row,
    };
    if row.wrapped_key.is_none() || !hold(tx, &row, &held.kinds, actor, now).await? {
        return Ok(false);
    }
    tx.keep_chip_reading(id, &held.kept).await?;
    if let Some(expires_at) = held.expires_at {
        tx.note_document_expiry(id, expires_at).await?;
    }
    Ok(true)
}

/// What became of the access number. Whoever carries the dialogue sees the chip's own verdict before
/// the authority does: breaking off while the number is tried counts like a wrong one. Only a genuine
/// card makes up for failures: a chip that agrees to any number is easily made.
const fn tried(read: &Result<VerifiedReading, ReadError>) -> Tried {
    match read {
        Ok(_) => Tried::Right,
        Err(ReadError::Access(AccessError::NoProtocol)) => Tried::Nothing,
        Err(ReadError::Access(_)) => Tried::Wrong,
        Err(_) => Tried::Nothing,
    }
}
