//! Appointments at counters.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::EnrolmentId;

use crate::{Authority, Reader, StorageError, Tx, column};

/// When and where an applicant comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentRow {
    /// Whose application.
    pub enrolment: EnrolmentId,
    /// At which office.
    pub office: String,
    /// When it begins.
    pub starts_at: Timestamp,
}

impl Reader<'_, Authority> {
    /// An application's appointment.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or the row is damaged.
    pub async fn appointment_of(
        &mut self,
        enrolment: EnrolmentId,
    ) -> Result<Option<AppointmentRow>, StorageError> {
        sqlx::query("SELECT * FROM appointments WHERE enrolment_id = $1")
            .bind(enrolment.to_string())
            .fetch_optional(self.connection())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The appointments at an office that begin from `from` on and before `until`, the earliest first.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn appointments_at(
        &mut self,
        office: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<AppointmentRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM appointments WHERE office = $1 AND starts_at >= $2 AND starts_at < $3 \
             ORDER BY starts_at, enrolment_id",
        )
        .bind(office)
        .bind(column::millis(from))
        .bind(column::millis(until))
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(read)
        .collect()
    }
}

impl Tx<'_, Authority> {
    /// Books an appointment, in the place of the one that the application had, unless `places` others
    /// come at the time. Says whether it did.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn book(
        &mut self,
        appointment: &AppointmentRow,
        places: u32,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "INSERT INTO appointments (enrolment_id, office, starts_at) SELECT $1, $2, $3 \
             WHERE (SELECT COUNT(*) FROM appointments WHERE office = $2 AND starts_at = $3 \
             AND enrolment_id <> $1) < $4 \
             ON CONFLICT (enrolment_id) DO UPDATE SET office = excluded.office, \
             starts_at = excluded.starts_at",
        )
        .bind(appointment.enrolment.to_string())
        .bind(&appointment.office)
        .bind(column::millis(appointment.starts_at))
        .bind(places)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives up an application's appointment, if it has one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn cancel_appointment(&mut self, enrolment: EnrolmentId) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM appointments WHERE enrolment_id = $1")
            .bind(enrolment.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<AppointmentRow, StorageError> {
    Ok(AppointmentRow {
        enrolment: column::parsed(row, "enrolment_id")?,
        office: row.try_get("office")?,
        starts_at: column::timestamp(row, "starts_at")?,
    })
}
