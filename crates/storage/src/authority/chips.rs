//! Chips of physical cards: relays to them, and what was read, sealed.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::EnrolmentId;

use crate::{Authority, Reader, StorageError, Tx, column};

/// The relay of an application, as it stands.
#[derive(Debug, Clone)]
pub struct ChipRelayRow {
    /// Of which application.
    pub enrolment: EnrolmentId,
    /// The access number, sealed; gone when the reading has ended.
    pub sealed_access_number: Option<Vec<u8>>,
    /// Until when the ticket can be used.
    pub expires_at: Timestamp,
    /// While a reading runs, when it is over at the latest.
    pub busy_until: Option<Timestamp>,
    /// What the last reading came to.
    pub outcome: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl ChipRelayRow {
    /// Whether a reading runs at `now`.
    #[must_use]
    pub fn is_busy_at(&self, now: Timestamp) -> bool {
        self.busy_until.is_some_and(|until| now < until)
    }
}

/// What was read from a chip.
#[derive(Debug, Clone)]
pub struct ChipReadingRow {
    /// What stands on the card.
    pub sealed_reading: Vec<u8>,
    /// The portrait.
    pub sealed_portrait: Vec<u8>,
    /// The reference that its fingers make, if they make one.
    pub sealed_fingers: Option<Vec<u8>>,
    /// When it was read.
    pub read_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// The relay of an application, if there was ever one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn chip_relay(
        &mut self,
        enrolment: EnrolmentId,
    ) -> Result<Option<ChipRelayRow>, StorageError> {
        sqlx::query("SELECT * FROM chip_relays WHERE enrolment_id = $1")
            .bind(enrolment.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| relay(&row))
            .transpose()
    }

    /// The relay that a ticket opens, unless it was used.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn chip_relay_by_ticket(
        &mut self,
        ticket_hash: &[u8],
    ) -> Result<Option<ChipRelayRow>, StorageError> {
        sqlx::query("SELECT * FROM chip_relays WHERE ticket_hash = $1")
            .bind(ticket_hash)
            .fetch_optional(self.connection())
            .await?
            .map(|row| relay(&row))
            .transpose()
    }

    /// What was read for an application, if anything was.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn chip_reading(
        &mut self,
        enrolment: EnrolmentId,
    ) -> Result<Option<ChipReadingRow>, StorageError> {
        sqlx::query("SELECT * FROM chip_readings WHERE enrolment_id = $1")
            .bind(enrolment.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| {
                Ok(ChipReadingRow {
                    sealed_reading: row.try_get("sealed_reading")?,
                    sealed_portrait: row.try_get("sealed_portrait")?,
                    sealed_fingers: row.try_get("sealed_fingers")?,
                    read_at: column::timestamp(&row, "read_at")?,
                })
            })
            .transpose()
    }
}

impl Tx<'_, Authority> {
    /// Opens a relay for an application, in place of one that was not used; without an access number its
    /// ticket is a nonce for a reader that signs.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn open_chip_relay(
        &mut self,
        enrolment: EnrolmentId,
        ticket_hash: &[u8],
        sealed_access_number: Option<&[u8]>,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO chip_relays (enrolment_id, ticket_hash, sealed_access_number, expires_at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (enrolment_id) DO UPDATE SET \
             ticket_hash = excluded.ticket_hash, expires_at = excluded.expires_at, \
             sealed_access_number = excluded.sealed_access_number, busy_until = NULL",
        )
        .bind(enrolment.to_string())
        .bind(ticket_hash)
        .bind(sealed_access_number)
        .bind(column::millis(expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A reading begins: the ticket and the access number are used up.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn begin_chip_reading(
        &mut self,
        enrolment: EnrolmentId,
        busy_until: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE chip_relays SET ticket_hash = NULL, sealed_access_number = NULL, \
             busy_until = $2 WHERE enrolment_id = $1",
        )
        .bind(enrolment.to_string())
        .bind(column::millis(busy_until))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A reading has ended, or was handed in as a whole.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn end_chip_reading(
        &mut self,
        enrolment: EnrolmentId,
        outcome: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO chip_relays (enrolment_id, expires_at, outcome, ended_at) \
             VALUES ($1, $3, $2, $3) ON CONFLICT (enrolment_id) DO UPDATE SET \
             outcome = excluded.outcome, ended_at = excluded.ended_at, busy_until = NULL",
        )
        .bind(enrolment.to_string())
        .bind(outcome)
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keeps what was read, in place of what was read before.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn keep_chip_reading(
        &mut self,
        enrolment: EnrolmentId,
        reading: &ChipReadingRow,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO chip_readings \
             (enrolment_id, sealed_reading, sealed_portrait, sealed_fingers, read_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (enrolment_id) DO UPDATE SET \
             sealed_reading = excluded.sealed_reading, sealed_portrait = excluded.sealed_portrait, \
             sealed_fingers = excluded.sealed_fingers, read_at = excluded.read_at",
        )
        .bind(enrolment.to_string())
        .bind(&reading.sealed_reading)
        .bind(&reading.sealed_portrait)
        .bind(&reading.sealed_fingers)
        .bind(column::millis(reading.read_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn relay(row: &SqliteRow) -> Result<ChipRelayRow, StorageError> {
    Ok(ChipRelayRow {
        enrolment: column::parsed(row, "enrolment_id")?,
        sealed_access_number: row.try_get("sealed_access_number")?,
        expires_at: column::timestamp(row, "expires_at")?,
        busy_until: column::optional_timestamp(row, "busy_until")?,
        outcome: row.try_get("outcome")?,
        ended_at: column::optional_timestamp(row, "ended_at")?,
    })
}
