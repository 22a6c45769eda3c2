use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_chip::access::{AccessKey, AccessKeyError, CardAccessNumber};
use tanda_model::{Admission, EnrolmentId};
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::StorageError;
use tanda_storage::authority::enrolment::EnrolmentRow;

use super::{ACCESS_NUMBER, ChipDialogue, access, takes_chip};
use crate::enrolment::AttendError;
use crate::enrolment::evidence::EvidenceKey;
use crate::tallies::Attack;
use crate::{Authority, Fault, Officer};

/// How long a ticket waits to be used.
const TICKET_LIFE: SignedDuration = SignedDuration::from_mins(3);

/// A relay that may be opened, once.
#[derive(Debug)]
pub struct ChipRelay {
    /// What opens it.
    pub ticket: OpaqueToken,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Why there is no relay.
#[derive(Debug, thiserror::Error)]
pub enum OpenRelayError {
    /// No such application, or not this token: which of the two is not told.
    #[error("no such application, or not its token")]
    Unknown,
    /// Not the officer's to attend to.
    #[error(transparent)]
    Attend(#[from] AttendError),
    /// Not the digits of an access number.
    #[error(transparent)]
    AccessNumber(#[from] AccessKeyError),
    /// The application takes no chip, or no more.
    #[error("the application takes no chip now")]
    NotNow,
    /// Its chip is being read just now.
    #[error("a reading for this application is under way")]
    Busy,
    /// Too many wrong access numbers.
    #[error("too many wrong access numbers")]
    TooManyAttempts {
        /// When to try again.
        try_again_after: Timestamp,
    },
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why a ticket opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum TakeRelayError {
    /// Never handed out, used, replaced or too old.
    #[error("the ticket opens nothing, or nothing any more")]
    Spent,
    /// Too many wrong access numbers meanwhile.
    #[error("too many wrong access numbers")]
    TooManyAttempts {
        /// When to try again.
        try_again_after: Timestamp,
    },
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for OpenRelayError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<StorageError> for TakeRelayError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Opens a relay to the applicant's own card, for whoever holds the application's token.
    ///
    /// # Errors
    /// [`OpenRelayError`]
    pub async fn open_chip_relay(
        &self,
        id: EnrolmentId,
        token: &str,
        access_number: &str,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ChipRelay, OpenRelayError> {
        let row = self.opened(id, token).await?.ok_or(OpenRelayError::Unknown)?;
        self.open_dialogue(row, Some(access_number), now, rng).await
    }

    /// The same at a counter, for an officer who attends to the application.
    ///
    /// # Errors
    /// [`OpenRelayError`]
    pub async fn open_chip_relay_at_counter(
        &self,
        id: EnrolmentId,
        access_number: &str,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ChipRelay, OpenRelayError> {
        let row = self.attended(id, officer, now).await?;
        self.open_dialogue(row, Some(access_number), now, rng).await
    }

    /// A ticket for a relay with this access number, or without one the nonce for a reader to sign.
    pub(super) async fn open_dialogue(
        &self,
        row: EnrolmentRow,
        access_number: Option<&str>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<ChipRelay, OpenRelayError> {
        access_number.map(CardAccessNumber::parse).transpose()?;
        if !takes_chip(&row.state, now) || row.wrapped_key.is_none() {
            return Err(OpenRelayError::NotNow);
        }
        let key = EvidenceKey::of(&self.sealing, &row)?;
        let sealed = access_number.map(|digits| key.seal(ACCESS_NUMBER, 0, digits.as_bytes(), rng));
        let ticket = OpaqueToken::mint(rng);
        let hash = *ticket.hash().as_bytes();
        let expires_at = now + TICKET_LIFE;
        let (id, account, policy) = (row.id, row.tags.account, self.config.throttle);
        let opened = self.store.write(move |mut tx| {
            Box::pin(async move {
                if let Admission::WaitUntil(try_again_after) =
                    access::admission(&mut tx, &policy, &account, now).await?
                {
                    return Err(OpenRelayError::TooManyAttempts { try_again_after });
                }
                let before = tx.chip_relay(id).await?;
                if before.is_some_and(|row| row.is_busy_at(now)) {
                    return Err(OpenRelayError::Busy);
                }
                Ok(tx.open_chip_relay(id, &hash, sealed.as_deref(), expires_at).await?)
            })
        });
        let opened = opened.await;
        if let Err(OpenRelayError::TooManyAttempts { .. }) = &opened {
            self.tallies.turned_away(Attack::Slowed, now);
        }
        opened.map(|()| ChipRelay { ticket, expires_at })
    }

    /// Uses a ticket up, and counts the try that it is for. The dialogue that comes back is read with
    /// [`Authority::read_chip`], and is over at `now` and [`crate::Config::chip_dialogue`] at the latest.
    ///
    /// # Errors
    /// [`TakeRelayError`]
    pub async fn take_chip_relay(
        &self,
        ticket: &str,
        now: Timestamp,
    ) -> Result<ChipDialogue, TakeRelayError> {
        let ticket = OpaqueToken::parse(ticket).map_err(|_| TakeRelayError::Spent)?;
        let (hash, policy) = (*ticket.hash().as_bytes(), self.config.throttle);
        let until = now + self.config.chip_dialogue;
        let taken = self.store.write(move |mut tx| {
            Box::pin(async move {
                let relay = tx.chip_relay_by_ticket(&hash).await?;
                let relay = relay
                    .filter(|relay| now < relay.expires_at && relay.sealed_access_number.is_some());
                let relay = relay.ok_or(TakeRelayError::Spent)?;
                let row = tx.find_enrolment(relay.enrolment).await?;
                let row =
                    row.filter(|row| takes_chip(&row.state, now) && row.wrapped_key.is_some());
                let row = row.ok_or(TakeRelayError::Spent)?;
                let account = &row.tags.account;
                if let Admission::WaitUntil(try_again_after) =
                    access::admission(&mut tx, &policy, account, now).await?
                {
                    return Err(TakeRelayError::TooManyAttempts { try_again_after });
                }
                let before = access::count(&mut tx, &policy, account, now).await?;
                tx.begin_chip_reading(row.id, until).await?;
                Ok((row, relay.sealed_access_number, before))
            })
        });
        let (row, sealed, before) = taken.await?;
        let key = EvidenceKey::of(&self.sealing, &row)?;
        let sealed = sealed.ok_or(Fault::Contradiction("a relay without an access number"))?;
        let digits = key.open(ACCESS_NUMBER, 0, &sealed)?;
        let digits = std::str::from_utf8(&digits).unwrap_or_default();
        let number = CardAccessNumber::parse(digits)
            .map_err(|_| Fault::Contradiction("an access number that is none"))?;
        Ok(ChipDialogue { row, access: AccessKey::Can(number), before })
    }
}
