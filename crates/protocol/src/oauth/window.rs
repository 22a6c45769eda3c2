//! When a proof is fresh enough.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

/// How far another party's clock may be off, and how old its proof may be by its own clock.
///
/// A proof made at `iat` is taken from `iat - skew` until `iat + max_age + skew`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The tolerance for clocks, both ways.
    pub skew: SignedDuration,
    /// The life of a proof.
    pub max_age: SignedDuration,
}

/// The proof is too old, or from the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the proof was not made just now")]
pub struct OutsideWindow;

impl Window {
    /// For DPoP proofs: they are made for one request.
    pub const DPOP: Self = Self::new(60, 30);
    /// For proofs of possession of an attested key: likewise.
    pub const CLIENT_ATTESTATION_POP: Self = Self::new(60, 30);
    /// For key proofs: a phone signs a batch of them before it sends the first.
    pub const KEY_PROOF: Self = Self::new(60, 60);

    /// A window of so many seconds.
    #[must_use]
    pub const fn new(skew_seconds: i64, max_age_seconds: i64) -> Self {
        Self {
            skew: SignedDuration::from_secs(skew_seconds),
            max_age: SignedDuration::from_secs(max_age_seconds),
        }
    }

    /// Whether something made at `iat` is fresh at `now`.
    ///
    /// # Errors
    /// [`OutsideWindow`] where it is not.
    pub fn check(self, iat: Timestamp, now: Timestamp) -> Result<(), OutsideWindow> {
        let age = now.duration_since(iat);
        if age < -self.skew || age > self.skew + self.max_age {
            return Err(OutsideWindow);
        }
        Ok(())
    }

    /// Until when something made at `iat` would be taken: so long must its replay be remembered.
    #[must_use]
    pub fn closes_at(self, iat: Timestamp) -> Timestamp {
        iat.checked_add(self.skew + self.max_age).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_off_is_taken_and_more_is_not() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        for good in [0, -60, 60, -90] {
            assert_eq!(Window::DPOP.check(at(good), now), Ok(()), "{good}");
        }
        for bad in [61, 3600, -91, -86_400] {
            assert_eq!(Window::DPOP.check(at(bad), now), Err(OutsideWindow), "{bad}");
        }
        assert_eq!(Window::DPOP.closes_at(now), at(90));
        assert_eq!(Window::DPOP.check(Timestamp::MIN, Timestamp::MAX), Err(OutsideWindow));
        assert_eq!(Window::DPOP.closes_at(Timestamp::MAX), Timestamp::MAX);
    }
}
