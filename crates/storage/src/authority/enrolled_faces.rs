//! Faces of enrolled residents, sealed under their keys.

use jiff::Timestamp;
use sqlx::Row as _;
use tanda_model::ResidentId;

use crate::{Authority, Reader, StorageError, Tx, column};

/// An enrolled face, and the key to open it.
#[derive(Debug, Clone)]
pub struct EnrolledFaceRow {
    /// Its place in the order of enrolment.
    pub seq: i64,
    /// Whose.
    pub resident: ResidentId,
    /// The resident's key, wrapped.
    pub wrapped_key: Vec<u8>,
    /// The template, sealed.
    pub sealed_face: Vec<u8>,
}

impl Reader<'_, Authority> {
    /// Faces enrolled after `seq`, at most `limit`, in order.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails or a row is damaged.
    pub async fn enrolled_faces_after(
        &mut self,
        seq: i64,
        limit: u32,
    ) -> Result<Vec<EnrolledFaceRow>, StorageError> {
        sqlx::query(
            "SELECT f.seq, f.resident_id, r.wrapped_key, f.sealed_face FROM enrolled_faces f \
             JOIN residents r ON r.id = f.resident_id WHERE f.seq > $1 ORDER BY f.seq LIMIT $2",
        )
        .bind(seq)
        .bind(limit)
        .fetch_all(self.connection())
        .await?
        .iter()
        .map(|row| {
            Ok(EnrolledFaceRow {
                seq: row.try_get("seq")?,
                resident: column::parsed(row, "resident_id")?,
                wrapped_key: row.try_get("wrapped_key")?,
                sealed_face: row.try_get("sealed_face")?,
            })
        })
        .collect()
    }
}

impl Tx<'_, Authority> {
    /// Keeps a resident's enrolled face in place of an earlier one.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn replace_enrolled_face(
        &mut self,
        resident: ResidentId,
        sealed_face: &[u8],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        // A number of its own, above all others, so that whoever reads on from the last sees it.
        sqlx::query(
            "INSERT INTO enrolled_faces (seq, resident_id, sealed_face, enrolled_at) \
             VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM enrolled_faces), $1, $2, $3) \
             ON CONFLICT (resident_id) DO UPDATE SET seq = excluded.seq, \
             sealed_face = excluded.sealed_face, enrolled_at = excluded.enrolled_at",
        )
        .bind(resident.to_string())
        .bind(sealed_face)
        .bind(column::millis(now))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets the face that a resident enrolled with.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn remove_enrolled_face(&mut self, resident: ResidentId) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM enrolled_faces WHERE resident_id = $1")
            .bind(resident.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
