//! Slows guessing in one process: so many failures a window for one key, then a wait.
//!
//! Attempts at identities are counted durably by the authority; this guards what a restart may
//! forget: access codes of a desk and typed codes, both far too long to guess at this rate.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{Timestamp, ToSpan};

/// Failures counted by key over a sliding start of a fixed window.
pub(crate) struct Throttle {
    failures: u32,
    window_s: i64,
    seen: Mutex<HashMap<String, (Timestamp, u32)>>,
}

/// The keys remembered at most; past it the ones whose window has ended are dropped.
const MOST_KEYS: usize = 10_000;

impl Throttle {
    /// Allows `failures` within `window_s` seconds.
    pub(crate) fn new(failures: u32, window_s: i64) -> Self {
        Self { failures, window_s, seen: Mutex::default() }
    }

    /// `Err(seconds)` while the key must wait.
    pub(crate) fn check(&self, key: &str, now: Timestamp) -> Result<(), u64> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(key) {
            Some((since, count)) if *count >= self.failures => {
                let left = self.window_s - (now.as_second() - since.as_second());
                u64::try_from(left).ok().filter(|left| *left > 0).map_or(Ok(()), Err)
            }
            _ => Ok(()),
        }
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, key: &str, now: Timestamp) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let window_began = now - self.window_s.seconds();
        if seen.len() >= MOST_KEYS {
            seen.retain(|_, (since, _)| *since > window_began);
        }
        let entry = seen.entry(key.to_owned()).or_insert((now, 0));
        if entry.0 <= window_began {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_waits_after_too_many_failures_and_only_that_key() {
        let throttle = Throttle::new(2, 60);
        let now = Timestamp::UNIX_EPOCH;
        throttle.failed("a", now);
        assert_eq!(throttle.check("a", now), Ok(()));
        throttle.failed("a", now);
        assert_eq!(throttle.check("a", now + 10.seconds()), Err(50));
        assert_eq!(throttle.check("b", now), Ok(()));
        assert_eq!(throttle.check("a", now + 60.seconds()), Ok(()));
    }
}
