//! What the authority did, in order: appended in the transaction of the act itself.

use jiff::Timestamp;
use sqlx::Row as _;

use crate::{Authority, Reader, StorageError, Tx, column};

/// An act to append.
#[derive(Debug, Clone, Copy)]
pub struct NewAct<'a> {
    /// When.
    pub at: Timestamp,
    /// What: `card.issued`, `enrolment.decided`.
    pub kind: &'a str,
    /// The enrolment, card or resident that it was about.
    pub subject: &'a str,
    /// The whole act as JSON, byte for byte as it will be hashed into the log.
    pub entry: &'a str,
}

/// An act as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// Its place in the order, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// The whole act, as appended.
    pub entry: String,
}

impl Reader<'_, Authority> {
    /// What was done about one subject, in order.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn acts_about(&mut self, subject: &str) -> Result<Vec<ActRow>, StorageError> {
        sqlx::query(
            "SELECT seq, at, kind, subject, entry FROM acts WHERE subject = $1 ORDER BY seq",
        )
        .bind(subject)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| {
            Ok(ActRow {
                seq: row.try_get("seq")?,
                at: column::timestamp(row, "at")?,
                kind: row.try_get("kind")?,
                subject: row.try_get("subject")?,
                entry: row.try_get("entry")?,
            })
        })
        .collect()
    }
}

impl Tx<'_, Authority> {
    /// Appends an act.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn append_act(&mut self, act: &NewAct<'_>) -> Result<(), StorageError> {
        sqlx::query("INSERT INTO acts (at, kind, subject, entry) VALUES ($1, $2, $3, $4)")
            .bind(column::millis(act.at))
            .bind(act.kind)
            .bind(act.subject)
            .bind(act.entry)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
