//! What the tests of this crate share: a clock that stands still, seeded randomness, keys.

use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tanda_credential::jose::SigningKey;

/// 2026-11-23T00:00:00Z.
pub(crate) fn now() -> Timestamp {
    later(0)
}

/// So many seconds after [`now`], or before.
pub(crate) fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_392_000 + seconds).unwrap()
}

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub(crate) fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut rng(seed)).unwrap()
}
