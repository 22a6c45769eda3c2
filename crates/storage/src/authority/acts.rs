//! What the authority did, in order: appended in the transaction of the act itself, as the entries
//! of a log that proves itself.
//!
//! What the entries and their hashes mean is for the caller. Here they are bytes, kept in order:
//! the entry of number `seq` is the log's leaf `seq - 1`, and has the hashes of all subtrees that it
//! completes beside it, so that one insertion writes entry and tree.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tanda_model::ResidentId;

use crate::{Authority, Reader, StorageError, Tx, column};

/// Numbers that are asked for at once: a tile of the log has so many hashes.
const AT_ONCE: usize = 256;

/// An act to append.
#[derive(Debug, Clone, Copy)]
pub struct NewAct<'a> {
    /// Its number: one more than that of the act before it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What: `card.live`, `enrolment.approved`.
    pub kind: &'a str,
    /// The enrolment, card or resident that it was about.
    pub subject: &'a str,
    /// Whom it was about, if it was about one resident.
    pub resident: Option<ResidentId>,
    /// The whole act as JSON, byte for byte as it is hashed into the log.
    pub entry: &'a str,
    /// The hashes of the subtrees that the entry completes, one after the other.
    pub hashes: &'a [u8],
}

/// An act as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// Its place in the order, from 1.
    pub seq: u64,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: i64,
    /// What.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// About whom, as it stands in the row.
    pub resident: Option<String>,
    /// The whole act, as appended.
    pub entry: String,
    /// The hashes that were appended with it; nothing for an act that is not in the log yet.
    pub hashes: Option<Vec<u8>>,
}

impl Reader<'_, Authority> {
    /// What was done about one subject, in order.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn acts_about(&mut self, subject: &str) -> Result<Vec<ActRow>, StorageError> {
        sqlx::query("SELECT * FROM acts WHERE subject = $1 ORDER BY seq")
            .bind(subject)
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// What was done about one resident, newest first: acts before number `before`, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn acts_about_resident(
        &mut self,
        resident: ResidentId,
        before: u64,
        limit: u32,
    ) -> Result<Vec<ActRow>, StorageError> {
        sqlx::query(
            "SELECT * FROM acts WHERE resident_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
        )
        .bind(resident.to_string())
        .bind(before.cast_signed())
        .bind(limit)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(read)
        .collect()
    }

    /// The acts after number `after`, or from the first row on, at most `limit`, in order.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn acts_after(
        &mut self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<ActRow>, StorageError> {
        sqlx::query("SELECT * FROM acts WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(after.map_or(i64::MIN, u64::cast_signed))
            .bind(limit)
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// How many acts there are: the number of the last.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn count_acts(&mut self) -> Result<u64, StorageError> {
        let count: Option<i64> =
            sqlx::query_scalar("SELECT MAX(seq) FROM acts").fetch_one(self.connection()).await?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// When the first act after the one of this number was; nothing when there is none.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn first_act_after(&mut self, seq: u64) -> Result<Option<Timestamp>, StorageError> {
        sqlx::query("SELECT at FROM acts WHERE seq > $1 ORDER BY seq LIMIT 1")
            .bind(seq.cast_signed())
            .fetch_optional(self.connection())
            .await?
            .map(|row| column::timestamp(&row, "at"))
            .transpose()
    }

    /// The hashes beside the acts of these numbers, as far as there are such acts.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn hashes_of_acts(
        &mut self,
        numbers: &[u64],
    ) -> Result<Vec<(u64, Vec<u8>)>, StorageError> {
        let mut found = Vec::with_capacity(numbers.len());
        for numbers in numbers.chunks(AT_ONCE) {
            let mut query = sqlx::QueryBuilder::new(
                "SELECT seq, hashes FROM acts WHERE hashes IS NOT NULL AND seq IN (",
            );
            let mut list = query.separated(", ");
            for number in numbers {
                list.push_bind(number.cast_signed());
            }
            query.push(")");
            for row in query.build().fetch_all(self.connection()).await? {
                found.push((column::unsigned(&row, "seq")?, row.try_get("hashes")?));
            }
        }
        Ok(found)
    }

    /// The acts that were recorded before there was a log and are not in it yet, at most `limit`,
    /// in order.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn acts_outside_the_log(&mut self, limit: u32) -> Result<Vec<ActRow>, StorageError> {
        sqlx::query("SELECT * FROM acts WHERE hashes IS NULL ORDER BY seq LIMIT $1")
            .bind(limit)
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(read)
            .collect()
    }
}

impl Tx<'_, Authority> {
    /// Appends an act.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails, also when there is an act of this number already.
    pub async fn append_act(&mut self, act: &NewAct<'_>) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO acts (seq, at, kind, subject, resident_id, entry, hashes) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(act.seq.cast_signed())
        .bind(column::millis(act.at))
        .bind(act.kind)
        .bind(act.subject)
        .bind(act.resident.map(|resident| resident.to_string()))
        .bind(act.entry)
        .bind(act.hashes)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes an act that was recorded before there was a log into it, with the entry that the log
    /// has of it. What is in the log already stays as it is.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn take_into_log(
        &mut self,
        seq: u64,
        entry: &str,
        hashes: &[u8],
    ) -> Result<(), StorageError> {
        sqlx::query("UPDATE acts SET entry = $2, hashes = $3 WHERE seq = $1 AND hashes IS NULL")
            .bind(seq.cast_signed())
            .bind(entry)
            .bind(hashes)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<ActRow, StorageError> {
    Ok(ActRow {
        seq: column::unsigned(row, "seq")?,
        at_ms: row.try_get("at")?,
        kind: row.try_get("kind")?,
        subject: row.try_get("subject")?,
        resident: row.try_get("resident_id")?,
        entry: row.try_get("entry")?,
        hashes: row.try_get("hashes")?,
    })
}
