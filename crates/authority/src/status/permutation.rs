//! A keyed permutation over a small range, so that a plain counter yields indices that look drawn
//! by lot and yet never repeat.
//!
//! A Feistel network over the next even number of bits, walked until it lands inside the range
//! (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002). Whoever does not hold the
//! key learns nothing from one index about its neighbours; whoever does needs no table of the used
//! ones.

use aws_lc_rs::hmac;

/// Rounds of the network. The halves are small, so this is well over the four that suffice for
/// large ones.
const ROUNDS: u8 = 10;

/// A permutation of `0..size`, one for every key and tweak.
#[derive(Debug)]
pub(crate) struct Permutation<'k> {
    key: &'k hmac::Key,
    tweak: u64,
    size: u64,
    half_bits: u32,
}

impl<'k> Permutation<'k> {
    /// A permutation of `0..size`; `size` is at least 1 and at most 2^62.
    pub(crate) fn new(key: &'k hmac::Key, tweak: u64, size: u64) -> Self {
        debug_assert!((1..=1 << 62).contains(&size));
        let bits = u64::BITS - size.saturating_sub(1).leading_zeros();
        Self { key, tweak, size, half_bits: bits.div_ceil(2).max(1) }
    }

    /// Where `input` (below `size`) goes.
    pub(crate) fn apply(&self, input: u64) -> u64 {
        debug_assert!(input < self.size);
        let mut value = self.network(input);
        // The network is a permutation of a range at most four times as large: following its cycle
        // from inside the range must come back into it.
        while value >= self.size {
            value = self.network(value);
        }
        value
    }

    fn network(&self, input: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (input >> self.half_bits, input & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (self.round(round, right) & mask));
        }
        (left << self.half_bits) | right
    }

    fn round(&self, round: u8, half: u64) -> u64 {
        let mut context = hmac::Context::with_key(self.key);
        context.update(&self.tweak.to_be_bytes());
        context.update(&self.size.to_be_bytes());
        context.update(&[round]);
        context.update(&half.to_be_bytes());
        let tag = context.sign();
        let mut first = [0; 8];
        first.copy_from_slice(&tag.as_ref()[..8]);
        u64::from_be_bytes(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32])
    }

    #[test]
    fn every_value_is_hit_exactly_once() {
        let key = key(1);
        for size in [1, 2, 3, 5, 64, 100, 1000, 4096, 5000] {
            let permutation = Permutation::new(&key, 7, size);
            let mut hit = vec![false; usize::try_from(size).unwrap()];
            for input in 0..size {
                let output = usize::try_from(permutation.apply(input)).unwrap();
                assert!(!hit[output], "{output} twice in a range of {size}");
                hit[output] = true;
            }
        }
    }

    #[test]
    fn another_key_or_tweak_gives_another_order() {
        let (one, other) = (key(1), key(2));
        let order = |permutation: Permutation<'_>| {
            (0..64).map(|i| permutation.apply(i)).collect::<Vec<_>>()
        };
        let base = order(Permutation::new(&one, 0, 1 << 20));
        assert_ne!(base, order(Permutation::new(&other, 0, 1 << 20)));
        assert_ne!(base, order(Permutation::new(&one, 1, 1 << 20)));
    }

    #[test]
    fn neighbours_land_apart() {
        let key = key(3);
        let permutation = Permutation::new(&key, 0, 1 << 20);
        let close = (0..1000_u64)
            .filter(|i| permutation.apply(*i).abs_diff(permutation.apply(i + 1)) < 1 << 10)
            .count();
        assert!(close < 20, "{close} of 1000 neighbours stayed close");
    }
}
