use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// By what failed attempts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// The provider account that applies: slowed first, and stopped for a day.
    Account,
    /// The resident number applied for: slowed, but never for longer than a quarter of an hour, and
    /// not for the account that has its card, because whoever fails may be a stranger who wants the
    /// resident locked out.
    Number,
    /// The network that the application comes from: many people may share it.
    Source,
    /// The account whose physical card is being opened: wrong access numbers, and no other failure.
    AccessNumber,
}

impl Counter {
    /// The counter's name, as in columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Number => "number",
            Self::Source => "source",
            Self::AccessNumber => "access_number",
        }
    }
}

/// What is remembered of failed attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptHistory {
    /// Failures that are not forgotten yet.
    pub failures: u32,
    /// The latest one.
    pub last_failure: Timestamp,
}

/// Whether an attempt may be made. The longer wait is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// Now.
    Allowed,
    /// Not before this moment. Asking early costs nothing and does not move it.
    WaitUntil(Timestamp),
}

/// How waiting grows with failures: none for the first few, then doubling up to a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Failures without any wait.
    pub free: u32,
    /// The wait after the first failure beyond those.
    pub first_wait: SignedDuration,
    /// The longest wait.
    pub longest_wait: SignedDuration,
    /// A failure-free time after which everything is forgotten.
    pub forgotten_after: SignedDuration,
}

/// The ladders of the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottlePolicy {
    /// For [`Counter::Account`].
    pub account: Ladder,
    /// For [`Counter::Number`].
    pub number: Ladder,
    /// For [`Counter::Source`].
    pub source: Ladder,
    /// For [`Counter::AccessNumber`].
    pub access_number: Ladder,
}

impl Default for ThrottlePolicy {
    /// The shipped policy: an account has 3 attempts, then 1, 2, 4, … minutes, at last a day; a
    /// number 5, then half a minute up to 15; a source 20, then half a minute up to an hour; after five
    /// wrong access numbers a card is left alone for a quarter of an hour, then for longer, up to a day.
    fn default() -> Self {
        let ladder = |free, first, longest, forgotten| Ladder {
            free,
            first_wait: SignedDuration::from_secs(first),
            longest_wait: SignedDuration::from_mins(longest),
            forgotten_after: SignedDuration::from_hours(forgotten),
        };
        Self {
            account: ladder(3, 60, 24 * 60, 48),
            number: ladder(5, 30, 15, 2),
            source: ladder(20, 30, 60, 4),
            access_number: ladder(4, 15 * 60, 24 * 60, 48),
        }
    }
}

impl Ladder {
    /// How long to wait after so many failures.
    pub fn wait_after(&self, failures: u32) -> SignedDuration {
        let Some(beyond) = failures.checked_sub(self.free + 1) else {
            return SignedDuration::ZERO;
        };
        // Past 2^20 first waits every cap is reached.
        self.first_wait
            .checked_mul(1 << beyond.min(20))
            .map_or(self.longest_wait, |wait| wait.min(self.longest_wait))
    }

    /// Whether an attempt may be made now.
    pub fn admit(&self, history: Option<AttemptHistory>, now: Timestamp) -> Admission {
        self.remembered(history, now)
            .map(|history| history.last_failure + self.wait_after(history.failures))
            .filter(|until| *until > now)
            .map_or(Admission::Allowed, Admission::WaitUntil)
    }

    /// What to remember after one more failure.
    pub fn after_failure(&self, history: Option<AttemptHistory>, now: Timestamp) -> AttemptHistory {
        let before = self.remembered(history, now).map_or(0, |history| history.failures);
        AttemptHistory { failures: before.saturating_add(1), last_failure: now }
    }

    fn remembered(
        &self,
        history: Option<AttemptHistory>,
        now: Timestamp,
    ) -> Option<AttemptHistory> {
        history.filter(|history| now < history.last_failure + self.forgotten_after)
    }
}

impl ThrottlePolicy {
    /// The ladder of a counter.
    pub const fn ladder(&self, counter: Counter) -> &Ladder {
        match counter {
            Counter::Account => &self.account,
            Counter::Number => &self.number,
            Counter::Source => &self.source,
            Counter::AccessNumber => &self.access_number,
        }
    }

    /// Whether an attempt may be made now: every counter must agree, and the longest wait counts.
    pub fn admit(
        &self,
        histories: impl IntoIterator<Item = (Counter, Option<AttemptHistory>)>,
        now: Timestamp,
    ) -> Admission {
        histories
            .into_iter()
            .map(|(counter, history)| self.ladder(counter).admit(history, now))
            .max()
            .unwrap_or(Admission::Allowed)
    }

    /// What to remember after one more failure.
    pub fn after_failure(
        &self,
        counter: Counter,
        history: Option<AttemptHistory>,
        now: Timestamp,
    ) -> AttemptHistory {
        self.ladder(counter).after_failure(history, now)
    }

    /// What to remember after a success: the person's own counters begin anew, while a source
    /// keeps its count, or one good account would launder many bad ones.
    pub fn after_success(
        &self,
        counter: Counter,
        history: Option<AttemptHistory>,
        now: Timestamp,
    ) -> Option<AttemptHistory> {
        match counter {
            Counter::Account | Counter::Number | Counter::AccessNumber => None,
            Counter::Source => self.source.remembered(history, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn waits_double_after_the_free_attempts() {
        let policy = ThrottlePolicy::default();
        let waits: Vec<i64> =
            [0, 3, 4, 5, 6, 100].map(|n| policy.account.wait_after(n).as_secs()).to_vec();
        assert_eq!(waits, [0, 0, 60, 120, 240, 86_400]);
    }

    #[test]
    fn the_fifth_wrong_access_number_is_the_last_for_a_while() {
        let ladder = ThrottlePolicy::default().access_number;
        let waits = [4, 5, 6, 100].map(|failures| ladder.wait_after(failures).as_secs());
        assert_eq!(waits, [0, 900, 1800, 86_400]);
    }

    #[test]
    fn every_counter_must_agree_and_the_longest_wait_counts() {
        let policy = ThrottlePolicy::default();
        let failed = |failures| Some(AttemptHistory { failures, last_failure: noon() });
        let now = noon() + SignedDuration::from_secs(1);
        assert_eq!(
            policy.admit([(Counter::Account, failed(3)), (Counter::Number, None)], now),
            Admission::Allowed
        );
        let all =
            [(Counter::Account, failed(5)), (Counter::Number, failed(6)), (Counter::Source, None)];
        assert_eq!(
            policy.admit(all, now),
            Admission::WaitUntil(noon() + SignedDuration::from_secs(120))
        );
        assert_eq!(policy.admit(all, noon() + SignedDuration::from_secs(120)), Admission::Allowed);
    }

    #[test]
    fn time_and_success_forget() {
        let policy = ThrottlePolicy::default();
        let history = Some(AttemptHistory { failures: 40, last_failure: noon() });
        let later = noon() + SignedDuration::from_hours(48);
        assert_eq!(policy.after_failure(Counter::Account, history, later).failures, 1);
        assert_eq!(policy.after_success(Counter::Account, history, noon()), None);
        assert_eq!(policy.after_success(Counter::Source, history, noon()), history);
    }

    proptest! {
        /// However often and from wherever strangers fail, the resident's number is free again
        /// within fifteen minutes of the last failure.
        #[test]
        fn no_stranger_locks_a_number_for_longer_than_a_quarter_of_an_hour(gaps in prop::collection::vec(0_i64..4000, 1..200)) {
            let policy = ThrottlePolicy::default();
            let (mut now, mut history) = (noon(), None);
            for gap in gaps {
                now += SignedDuration::from_secs(gap);
                history = Some(policy.after_failure(Counter::Number, history, now));
            }
            let quarter = now + SignedDuration::from_mins(15);
            prop_assert_eq!(policy.admit([(Counter::Number, history)], quarter), Admission::Allowed);
        }

        /// A wait never shrinks with one more failure, and an account guesses at most a few dozen
        /// times a week.
        #[test]
        fn an_account_that_only_fails_is_stopped(patience in 0_i64..3600) {
            let policy = ThrottlePolicy::default();
            let (start, mut now, mut history, mut tries) = (noon(), noon(), None, 0);
            while now < start + SignedDuration::from_hours(24 * 7) {
                match policy.admit([(Counter::Account, history)], now) {
                    Admission::Allowed => {
                        let next = policy.after_failure(Counter::Account, history, now);
                        prop_assert!(policy.account.wait_after(next.failures) >= history.map_or(SignedDuration::ZERO, |h: AttemptHistory| policy.account.wait_after(h.failures)));
                        history = Some(next);
                        tries += 1;
                    }
                    Admission::WaitUntil(until) => now = until + SignedDuration::from_secs(patience),
                }
            }
            prop_assert!(tries <= 24, "{}", tries);
        }
    }
}
