//! Enrolled devices, and who is at them.

use jiff::Timestamp;
use sqlx::Row as _;

use crate::column::{millis, parsed, timestamp};
use crate::{Reader, StorageError, Tx, Verifier};
use tanda_model::StaffId;

/// Somebody at a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftRow {
    /// Who.
    pub staff: StaffId,
    /// What they may do.
    pub role: String,
    /// Until when at the latest.
    pub expires_at: Timestamp,
}

impl Reader<'_, Verifier> {
    /// The relying party whose device has this token, if the enrolment hasn't ended.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn device(
        &mut self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StorageError> {
        let row = sqlx::query(
            "SELECT relying_party FROM desk_devices WHERE hash = $1 AND expires_at > $2",
        )
        .bind(hash)
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| row.try_get("relying_party")).transpose()?)
    }

    /// The shift with this token at this device, if it hasn't ended and its staff hasn't left.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn shift(
        &mut self,
        hash: &str,
        device: &str,
        now: Timestamp,
    ) -> Result<Option<ShiftRow>, StorageError> {
        let row = sqlx::query(
            "SELECT s.staff AS staff, p.role AS role, s.expires_at AS expires_at \
             FROM desk_shifts s JOIN desk_staff p \
             ON p.relying_party = s.relying_party AND p.id = s.staff \
             WHERE s.hash = $1 AND s.device = $2 AND s.expires_at > $3 AND p.left_at IS NULL",
        )
        .bind(hash)
        .bind(device)
        .bind(millis(now))
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(ShiftRow {
                staff: parsed(&row, "staff")?,
                role: row.try_get("role")?,
                expires_at: timestamp(&row, "expires_at")?,
            })
        })
        .transpose()
    }
}

impl Tx<'_, Verifier> {
    /// Enrols a device.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn add_device(
        &mut self,
        hash: &str,
        relying_party: &str,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "INSERT INTO desk_devices (hash, relying_party, expires_at) VALUES ($1, $2, $3)",
        )
        .bind(hash)
        .bind(relying_party)
        .bind(millis(expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a device's enrolment, and the shift at it.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn delete_device(&mut self, hash: &str) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM desk_devices WHERE hash = $1")
            .bind(hash)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Begins a shift at a device. Whoever was there before is not any more.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn begin_shift(
        &mut self,
        hash: &str,
        device: &str,
        relying_party: &str,
        shift: &ShiftRow,
    ) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM desk_shifts WHERE device = $1")
            .bind(device)
            .execute(self.connection())
            .await?;
        sqlx::query(
            "INSERT INTO desk_shifts (hash, device, relying_party, staff, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(hash)
        .bind(device)
        .bind(relying_party)
        .bind(shift.staff.as_str())
        .bind(millis(shift.expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a shift.
    ///
    /// # Errors
    /// [`StorageError`] when the store fails.
    pub async fn end_shift(&mut self, hash: &str) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM desk_shifts WHERE hash = $1")
            .bind(hash)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::verifier::StaffRow;
    use crate::{Store, StoreOptions};

    #[tokio::test]
    async fn a_shift_is_of_its_device_and_both_end() {
        let folder = tempfile::tempdir().unwrap();
        let store: Store<Verifier> =
            Store::open(&folder.path().join("store.db"), &StoreOptions::default()).await.unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let later = move |seconds| now + SignedDuration::from_secs(seconds);
        let mei: StaffId = "mei".parse().unwrap();
        let shift =
            ShiftRow { staff: mei.clone(), role: "clerk".to_owned(), expires_at: later(60) };
        let (row, begun) = (shift.clone(), shift.clone());
        let wrote: Result<(), StorageError> = store
            .write(move |mut tx| {
                Box::pin(async move {
                    for device in ["front", "back"] {
                        tx.add_device(device, "hotel", later(90)).await?;
                    }
                    let staff = StaffRow {
                        id: row.staff,
                        role: row.role,
                        pin_hash: String::new(),
                        attempts: None,
                        added_at: now,
                    };
                    tx.add_staff("hotel", &staff).await?;
                    tx.begin_shift("token", "front", "hotel", &begun).await
                })
            })
            .await;
        wrote.unwrap();
        let mut reader = store.reader().await.unwrap();
        assert_eq!(reader.shift("token", "front", now).await.unwrap(), Some(shift));
        for (token, device, then) in
            [("token", "back", now), ("other", "front", now), ("token", "front", later(60))]
        {
            assert_eq!(reader.shift(token, device, then).await.unwrap(), None, "{token} {device}");
        }
        assert_eq!(reader.device("front", later(89)).await.unwrap().as_deref(), Some("hotel"));
        assert_eq!(reader.device("front", later(90)).await.unwrap(), None);
        drop(reader);
        store
            .write(move |mut tx| Box::pin(async move { tx.end_staff("hotel", &mei, now).await }))
            .await
            .unwrap();
        let mut reader = store.reader().await.unwrap();
        assert_eq!(reader.shift("token", "front", now).await.unwrap(), None, "they have left");
    }
}
