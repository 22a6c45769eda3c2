//! Chance that comes out the same every time.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Chance that belongs to these words.
pub(crate) fn chance(words: &[&str]) -> StdRng {
    // FNV-1a (RFC 9923) with 64 bits: nothing here has to be hard to find out.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in words.iter().flat_map(|word| word.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    StdRng::seed_from_u64(hash)
}

/// Around zero, with this deviation, and never further than thrice of it.
pub(crate) fn around_zero(rng: &mut StdRng, deviation: f32) -> f32 {
    let sum: f32 = (0..9).map(|_| rng.random_range(-1.0..1.0_f32)).sum();
    // A sum of nine has a variance of 9/3.
    deviation * sum / 3.0_f32.sqrt()
}
