//! Counts of what was done lately: of acts and applications, never of anybody's data.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::{Authority, Reader, StorageError, column};

/// How often something was so within one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourlyCount {
    /// The hour: hours since 1970-01-01T00:00:00Z.
    pub hour: i64,
    /// What: the kind of an act, or of what is counted beside the log.
    pub kind: String,
    /// How many.
    pub count: u64,
}

impl HourlyCount {
    pub(super) fn read(row: &SqliteRow) -> Result<Self, StorageError> {
        Ok(Self {
            hour: row.try_get("hour")?,
            kind: row.try_get("kind")?,
            count: column::unsigned(row, "count")?,
        })
    }
}

impl Reader<'_, Authority> {
    /// The number of the last act before a moment; 0 when there is none. Reads the acts since, from
    /// the newest on.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn last_act_before(&mut self, moment: Timestamp) -> Result<u64, StorageError> {
        let seq: Option<i64> =
            sqlx::query_scalar("SELECT seq FROM acts WHERE at < $1 ORDER BY seq DESC LIMIT 1")
                .bind(column::millis(moment))
                .fetch_optional(self.connection())
                .await?;
        Ok(seq.unwrap_or(0).unsigned_abs())
    }

    /// What came of applications, and how often a token was used twice, hour by hour, from the act after number `after` on.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn outcomes_after(&mut self, after: u64) -> Result<Vec<HourlyCount>, StorageError> {
        sqlx::query(
            "SELECT at / 3600000 AS hour, kind, COUNT(*) AS count FROM acts WHERE seq > $1 \
             AND kind IN ('enrolment.approved', 'enrolment.referred', 'enrolment.refused', \
             'grant.reuse-detected') \
             GROUP BY hour, kind ORDER BY hour",
        )
        .bind(after.cast_signed())
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(HourlyCount::read)
        .collect()
    }

    /// How long each application that was decided after act number `after` had waited for an
    /// officer, in milliseconds, the shortest first.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn waits_after(&mut self, after: u64) -> Result<Vec<u64>, StorageError> {
        sqlx::query(
            "SELECT decided.at - referred.at AS wait FROM acts decided \
             JOIN acts referred ON referred.subject = decided.subject \
             AND referred.kind = 'enrolment.referred' \
             WHERE decided.seq > $1 \
             AND decided.kind IN ('enrolment.approved', 'enrolment.refused') ORDER BY wait",
        )
        .bind(after.cast_signed())
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| column::unsigned(row, "wait"))
        .collect()
    }

    /// The states of the applications that were refused after act number `after`, at most `limit`:
    /// why is in them, and for whom is not.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn refusals_after(
        &mut self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<tanda_model::EnrolmentState>, StorageError> {
        sqlx::query(
            "SELECT enrolments.state_json FROM acts \
             JOIN enrolments ON enrolments.id = acts.subject \
             WHERE acts.seq > $1 AND acts.kind = 'enrolment.refused' \
             ORDER BY acts.seq DESC LIMIT $2",
        )
        .bind(after.cast_signed())
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| column::json(row, "state_json"))
        .collect()
    }
}
