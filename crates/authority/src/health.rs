//! Whether what the authority needs is there and does its work.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tanda_model::Action;

use crate::{Authority, ReadError, SignedIn};

/// So long may an entry of the log wait for a signature, which is made every few seconds.
const UNSIGNED_FOR: SignedDuration = SignedDuration::from_secs(60);
/// So long ago may housekeeping have come to its end, which is done every minute.
const UNSWEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// The part of the disk that has to be free: one in so many.
const LEAST_ROOM: u64 = 20;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The models that compare faces are there, and are the right ones.
    Models,
    /// The log is signed up to its end.
    Log,
    /// What has passed its time is deleted.
    Housekeeping,
    /// There is room on the disk that the store is on.
    Room,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What.
    pub check: Check,
    /// Whether nobody has to do anything.
    pub good: bool,
    /// When it was last done, or since when it is not; nothing where there is no such moment.
    pub at: Option<Timestamp>,
    /// Bytes that are free, of the room on the disk.
    pub free: Option<u64>,
}

impl Authority {
    /// How the authority is, for officers.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn health(
        &self,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<[Checked; 4], ReadError> {
        officer.may(Action::SeeFigures)?;
        let faces = std::sync::Arc::clone(&self.faces);
        let models = self.workers.run(move || faces.models().is_ok()).await?;
        let room = self.store.room().ok();
        let mut reader = self.store.reader().await?;
        let newest = reader.newest_checkpoint().await?;
        let signed = newest.as_ref().map_or(0, |newest| newest.size);
        let waits_since = reader.first_act_after(signed).await?;
        let swept = self.tallies.swept_at();
        let recent = |at: Timestamp, span| now.duration_since(at) <= span;
        Ok([
            Checked { check: Check::Models, good: models, at: None, free: None },
            Checked {
                check: Check::Log,
                good: waits_since.is_none_or(|since| recent(since, UNSIGNED_FOR)),
                at: waits_since.or_else(|| newest.map(|newest| newest.signed_at)),
                free: None,
            },
            Checked {
                check: Check::Housekeeping,
                good: swept.is_some_and(|swept| recent(swept, UNSWEPT_FOR)),
                at: swept,
                free: None,
            },
            Checked {
                check: Check::Room,
                good: room.is_some_and(|room| room.free >= room.total / LEAST_ROOM),
                at: None,
                free: room.map(|room| room.free),
            },
        ])
    }
}

#[cfg(test)]
mod tests {
    use tanda_model::OfficerRole;

    use super::*;
    use crate::testing::City;

    #[tokio::test]
    async fn a_log_that_nobody_signs_and_a_store_that_nobody_sweeps_are_told() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        city.authority.sign_checkpoint(city.now).await.unwrap();
        city.authority.sweep(city.now).await.unwrap();
        let auditor = SignedIn::just_now(OfficerRole::Auditor, None);
        let good = async |city: &City| {
            let health = city.authority.health(&auditor, city.now).await.unwrap();
            let [models, log, housekeeping, room] = health;
            assert!(room.free.is_some());
            [models, log, housekeeping].map(|one| (one.check, one.good))
        };
        let all = [(Check::Models, true), (Check::Log, true), (Check::Housekeeping, true)];
        assert_eq!(good(&city).await, all);
        // Nothing has happened since: there is nothing to sign, but what has its time is to go.
        city.later(SignedDuration::from_mins(6));
        assert_eq!(good(&city).await, [all[0], all[1], (Check::Housekeeping, false)]);
        city.resident("02", 11, "Wu").await;
        assert_eq!(good(&city).await[1], all[1]);
        city.later(SignedDuration::from_secs(61));
        assert_eq!(good(&city).await[1], (Check::Log, false));
        city.authority.sign_checkpoint(city.now).await.unwrap();
        city.authority.sweep(city.now).await.unwrap();
        assert_eq!(good(&city).await, all);
    }
}
