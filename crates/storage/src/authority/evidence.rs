//! What was captured, sealed, until its time has come.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::EnrolmentId;

use crate::{Authority, Reader, StorageError, Tx, column};

/// One accepted step: the picture, and the figures and template taken from it, both sealed.
#[derive(Debug, Clone)]
pub struct EvidenceRow {
    /// The index of the step in the challenge.
    pub step: u32,
    /// The picture.
    pub sealed_frame: Vec<u8>,
    /// Figures and template.
    pub sealed_shot: Vec<u8>,
}

impl Reader<'_, Authority> {
    /// The sealed figures and templates of an application, in the order of the steps.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn sealed_shots(
        &mut self,
        enrolment: EnrolmentId,
    ) -> Result<Vec<Vec<u8>>, StorageError> {
        sqlx::query("SELECT sealed_shot FROM evidence WHERE enrolment_id = $1 ORDER BY step")
            .bind(enrolment.to_string())
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(|row| Ok(row.try_get("sealed_shot")?))
            .collect()
    }

    /// All evidence of an application, in the order of the steps.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn evidence_of(
        &mut self,
        enrolment: EnrolmentId,
    ) -> Result<Vec<EvidenceRow>, StorageError> {
        sqlx::query(
            "SELECT step, sealed_frame, sealed_shot FROM evidence WHERE enrolment_id = $1 \
             ORDER BY step",
        )
        .bind(enrolment.to_string())
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| {
            Ok(EvidenceRow {
                step: row.try_get("step")?,
                sealed_frame: row.try_get("sealed_frame")?,
                sealed_shot: row.try_get("sealed_shot")?,
            })
        })
        .collect()
    }
}

impl Tx<'_, Authority> {
    /// Adds an accepted step.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails, also when the step is there already.
    pub async fn insert_evidence(
        &mut self,
        enrolment: EnrolmentId,
        evidence: &EvidenceRow,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO evidence (enrolment_id, step, sealed_frame, sealed_shot, captured_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(enrolment.to_string())
        .bind(evidence.step)
        .bind(&evidence.sealed_frame)
        .bind(&evidence.sealed_shot)
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Erases evidence whose time has come, and the keys that it was sealed with. Says of how many
    /// applications.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn erase_evidence(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        /// Empties a table of what belongs to applications whose evidence has had its time.
        macro_rules! erase {
            ($table:literal) => {
                concat!(
                    "DELETE FROM ",
                    $table,
                    " WHERE enrolment_id IN (SELECT id FROM enrolments \
                     WHERE wrapped_key IS NOT NULL AND erase_evidence_at <= $1)"
                )
            };
        }
        for statement in [
            erase!("evidence"),
            erase!("chip_readings"),
            erase!("chip_relays"),
            erase!("finger_evidence"),
        ] {
            sqlx::query(statement).bind(column::millis(now)).execute(self.connection()).await?;
        }
        let done = sqlx::query(
            "UPDATE enrolments SET wrapped_key = NULL, sealed_application = NULL, \
             revision = revision + 1 WHERE wrapped_key IS NOT NULL AND erase_evidence_at <= $1",
        )
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }
}
