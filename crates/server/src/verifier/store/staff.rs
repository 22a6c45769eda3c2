//! Devices, staff and shifts.

use jiff::Timestamp;
use tanda_model::{Admission, PIN_LADDER, StaffId};
use tanda_storage::StorageError;
use tanda_storage::verifier::{ShiftRow, StaffRow};
use tanda_verifier::StaffRole;

use super::Kept;

/// Why a change of the staff is not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StaffError {
    /// The name is or was somebody's.
    #[error("the name is taken")]
    Taken,
    /// There is nobody of this name.
    #[error("nobody of this name")]
    Unknown,
    /// They are the last manager.
    #[error("the last manager stays")]
    LastManager,
    /// Somebody took the first manager's place.
    #[error("there is staff already")]
    NotFirst,
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Kept {
    pub(crate) async fn add_device(
        &self,
        hash: &str,
        relying_party: &str,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        let (hash, party) = (hash.to_owned(), relying_party.to_owned());
        self.0
            .write(move |mut tx| {
                Box::pin(async move { tx.add_device(&hash, &party, expires_at).await })
            })
            .await
    }

    pub(crate) async fn device(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StorageError> {
        self.0.reader().await?.device(hash, now).await
    }

    pub(crate) async fn delete_device(&self, hash: &str) -> Result<(), StorageError> {
        let hash = hash.to_owned();
        self.0.write(|mut tx| Box::pin(async move { tx.delete_device(&hash).await })).await
    }

    pub(crate) async fn staff(&self, relying_party: &str) -> Result<Vec<StaffRow>, StorageError> {
        self.0.reader().await?.staff(relying_party).await
    }

    /// Takes somebody on; the first of all only while there is nobody.
    pub(crate) async fn add_staff(
        &self,
        relying_party: &str,
        row: StaffRow,
        first: bool,
    ) -> Result<(), StaffError> {
        let party = relying_party.to_owned();
        self.0
            .write(move |mut tx| {
                Box::pin(async move {
                    if first && !tx.staff(&party).await?.is_empty() {
                        return Err(StaffError::NotFirst);
                    }
                    tx.add_staff(&party, &row).await.map_err(|error| {
                        if error.is_duplicate() { StaffError::Taken } else { error.into() }
                    })
                })
            })
            .await
    }

    pub(crate) async fn change_pin(
        &self,
        relying_party: &str,
        id: &StaffId,
        pin_hash: String,
    ) -> Result<(), StaffError> {
        let (party, id) = (relying_party.to_owned(), id.clone());
        self.0
            .write(move |mut tx| {
                Box::pin(async move {
                    tx.staff_member(&party, &id).await?.ok_or(StaffError::Unknown)?;
                    Ok(tx.change_pin(&party, &id, &pin_hash).await?)
                })
            })
            .await
    }

    pub(crate) async fn end_staff(
        &self,
        relying_party: &str,
        id: &StaffId,
        now: Timestamp,
    ) -> Result<(), StaffError> {
        let (party, id) = (relying_party.to_owned(), id.clone());
        self.0
            .write(move |mut tx| {
                Box::pin(async move {
                    let staff = tx.staff(&party).await?;
                    let is_manager = |row: &&StaffRow| row.role == StaffRole::Manager.as_str();
                    if !staff.iter().any(|row| row.id == id) {
                        return Err(StaffError::Unknown);
                    }
                    if !staff.iter().filter(is_manager).any(|row| row.id != id) {
                        return Err(StaffError::LastManager);
                    }
                    Ok(tx.end_staff(&party, &id, now).await?)
                })
            })
            .await
    }

    /// Counts an attempt at somebody's PIN as a failure, unless they must wait; whether they must,
    /// and what is kept of them. Nothing where there is nobody of that name.
    pub(crate) async fn count_pin_attempt(
        &self,
        relying_party: &str,
        id: &StaffId,
        now: Timestamp,
    ) -> Result<Option<(Admission, StaffRow)>, StorageError> {
        let (party, id) = (relying_party.to_owned(), id.clone());
        self.0
            .write(move |mut tx| {
                Box::pin(async move {
                    let Some(row) = tx.staff_member(&party, &id).await? else { return Ok(None) };
                    let admission = PIN_LADDER.admit(row.attempts, now);
                    if admission == Admission::Allowed {
                        let failed = PIN_LADDER.after_failure(row.attempts, now);
                        tx.remember_pin_attempts(&party, &id, Some(failed)).await?;
                    }
                    Ok(Some((admission, row)))
                })
            })
            .await
    }

    /// Begins a shift: the PIN was right, so the wrong ones before it are forgotten.
    pub(crate) async fn begin_shift(
        &self,
        hash: &str,
        device: &str,
        relying_party: &str,
        shift: &ShiftRow,
    ) -> Result<(), StorageError> {
        let (hash, device) = (hash.to_owned(), device.to_owned());
        let (party, shift) = (relying_party.to_owned(), shift.clone());
        self.0
            .write(move |mut tx| {
                Box::pin(async move {
                    tx.remember_pin_attempts(&party, &shift.staff, None).await?;
                    tx.begin_shift(&hash, &device, &party, &shift).await
                })
            })
            .await
    }

    pub(crate) async fn shift(
        &self,
        hash: &str,
        device: &str,
        now: Timestamp,
    ) -> Result<Option<ShiftRow>, StorageError> {
        self.0.reader().await?.shift(hash, device, now).await
    }

    pub(crate) async fn end_shift(&self, hash: &str) -> Result<(), StorageError> {
        let hash = hash.to_owned();
        self.0.write(|mut tx| Box::pin(async move { tx.end_shift(&hash).await })).await
    }
}
