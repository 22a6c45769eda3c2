//! What is counted by the hour beside the log: how often, and of nobody. Counted in memory and added
//! to the store every minute; what a process that is killed has counted since is lost.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tanda_biometrics::Guidance;
use tanda_storage::authority::figures::HourlyCount;
use tanda_storage::{Authority as Role, StorageError, Store};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tally {
    /// An application was begun.
    Begun,
    /// A picture was looked at, and this was said of it.
    Picture(Guidance),
    /// What came was no picture.
    NotAPicture,
    /// An attack was turned away.
    Attack(Attack),
}

/// What is turned away before there is anything to weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attack {
    /// Somebody goes on after failures, and has to wait.
    Slowed,
    /// A proof that was used before.
    Replayed,
    /// A token that was used before: its grant is ended.
    TokenReused,
    /// A passkey that is no officer's.
    PasskeyRefused,
}

impl Attack {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::Slowed, Self::Replayed, Self::TokenReused, Self::PasskeyRefused];

    /// The word for it in columns.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Slowed => "slowed",
            Self::Replayed => "replayed",
            Self::TokenReused => "token-reused",
            Self::PasskeyRefused => "passkey-refused",
        }
    }
}

impl Tally {
    /// The words for it in columns.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Begun => "begun".to_owned(),
            Self::Picture(guidance) => format!("picture {}", guidance.as_str()),
            Self::NotAPicture => "picture none".to_owned(),
            Self::Attack(attack) => format!("attack {}", attack.as_str()),
        }
    }
}

/// The hour of a moment: hours since 1970-01-01T00:00:00Z.
pub(crate) fn hour(moment: Timestamp) -> i64 {
    moment.as_second().div_euclid(3600)
}

/// What this process has counted and not yet added to the store.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    counted: Mutex<HashMap<(i64, Tally), u64>>,
    swept_at: Mutex<Option<Timestamp>>,
}

impl Tallies {
    /// Counts one.
    pub(crate) fn count(&self, what: Tally, now: Timestamp) {
        *self.counted().entry((hour(now), what)).or_default() += 1;
    }

    /// Counts one attack.
    pub(crate) fn turned_away(&self, attack: Attack, now: Timestamp) {
        self.count(Tally::Attack(attack), now);
    }

    /// Adds what was counted to the store. Where that fails it is counted on.
    pub(crate) async fn store(&self, store: &Store<Role>) -> Result<(), StorageError> {
        let counted = std::mem::take(&mut *self.counted());
        if counted.is_empty() {
            return Ok(());
        }
        let rows: Vec<HourlyCount> = counted
            .iter()
            .map(|((hour, what), count)| HourlyCount {
                hour: *hour,
                kind: what.words(),
                count: *count,
            })
            .collect();
        let added = store.write(move |mut tx| {
            Box::pin(async move {
                for row in &rows {
                    tx.add_to_tally(row).await?;
                }
                Ok::<_, StorageError>(())
            })
        });
        let added = added.await;
        if added.is_err() {
            let mut again = self.counted();
            for (what, count) in counted {
                *again.entry(what).or_default() += count;
            }
        }
        added
    }

    /// Notes that a sweep has come to its end.
    pub(crate) fn note_swept(&self, now: Timestamp) {
        *self.swept_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// When a sweep has last come to its end in this process.
    pub(crate) fn swept_at(&self) -> Option<Timestamp> {
        *self.swept_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counted(&self) -> std::sync::MutexGuard<'_, HashMap<(i64, Tally), u64>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
