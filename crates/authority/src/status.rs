//! The published status lists: who is suspended or revoked (Token Status List).
//!
//! A list has 131,072 entries of 2 bits. Eight lists make a volume; a counter over all copies ever
//! issued walks through a volume in an order that a keyed permutation gives, so that neither the
//! list nor the position of a copy tells which copies belong to one card, and no index is ever
//! given out twice. Lists are not kept: they are made of the copies' rows when asked for, which
//! `tanda_storage::authority::status` explains.

mod permutation;
mod publish;

use aws_lc_rs::hmac;
use tanda_model::CardState;
use tanda_storage::authority::batches::Place;

pub(crate) use publish::PublishedLists;
pub use publish::StatusListError;

use permutation::Permutation;

/// Entries of a list.
pub const LIST_LENGTH: u32 = 1 << 17;
/// Lists of a volume.
pub const LISTS: u32 = 8;
/// Entries of a volume.
const VOLUME: u64 = LIST_LENGTH as u64 * LISTS as u64;

/// The status that copies of revoked and replaced cards have.
pub(crate) const INVALID: u8 = 1;
/// The status that copies of suspended cards have.
pub(crate) const SUSPENDED: u8 = 2;
/// The status that copies have at first.
pub(crate) const VALID: u8 = 0;

/// The status that copies of a card in this state have.
pub(crate) const fn status_of(state: &CardState) -> u8 {
    match state {
        CardState::Intended { .. } | CardState::Live { .. } => VALID,
        CardState::Suspended { .. } => SUSPENDED,
        CardState::Revoked { .. } | CardState::Retired { .. } | CardState::Expired { .. } => {
            INVALID
        }
    }
}

/// The places of `count` copies, given the first of their numbers.
pub(crate) fn places(key: &hmac::Key, first: u64, count: u32) -> Vec<Place> {
    (first..first + u64::from(count)).map(|number| place(key, number)).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "below the number of lists and positions")]
fn place(key: &hmac::Key, number: u64) -> Place {
    let volume = number / VOLUME;
    let spot = Permutation::new(key, volume, VOLUME).apply(number % VOLUME);
    let list = volume * u64::from(LISTS) + spot / u64::from(LIST_LENGTH);
    Place { list: list as u32, position: (spot % u64::from(LIST_LENGTH)) as u32 }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn copies_of_a_card_are_spread_over_the_volume() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
        let places = places(&key, VOLUME - 5, 10);
        let volumes: Vec<u32> = places.iter().map(|place| place.list / LISTS).collect();
        assert_eq!(volumes, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        let lists: HashSet<u32> = places.iter().map(|place| place.list).collect();
        assert!(lists.len() > 3, "{lists:?}");
        assert!(places.iter().all(|place| place.position < LIST_LENGTH));
    }
}
