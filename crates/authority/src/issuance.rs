//! From an approved application to a card in the wallet: offer, token, nonce, copies (OpenID4VCI
//! 1.0 with a pre-authorized code, DPoP and wallet attestation).
//!
//! The order of things in [`Authority::issue_copies`](crate::Authority::issue_copies) is what makes
//! a crash harmless; docs/decisions/0010-issuance-cycle.md tells it.

mod claims;
mod exchange;
mod issue;
mod metadata;
mod nonce;
mod offer;
mod recover;

pub(crate) use claims::{day, start_of};
pub use exchange::TokenError;
#[cfg(test)]
pub(crate) use issue::Intent;
pub use issue::IssueError;
pub(crate) use issue::{Entitlement, Planning, retire_earlier};

use jiff::SignedDuration;

/// Copies that are issued at once, at most.
pub const BATCH_SIZE: usize = 10;
/// How long an offer can be redeemed.
const OFFER_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// How long an access token is good.
const ACCESS_TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Batches that an access token fetches: one, and one more in case the answer was lost.
const BATCHES_A_TOKEN: u8 = 2;
/// How long a refresh token is good: longer than copies live, so that a wallet that is opened once
/// a month keeps its card.
const REFRESH_TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(24 * 60);
/// How long a nonce is good.
const NONCE_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// Batches of a card within a day.
const BATCHES_A_DAY: i64 = 24;
/// How long a copy is good, in days from the day of its issuance.
const COPY_DAYS: i32 = 30;
/// How long a card is good at the longest, in days from the day of its issuance.
pub(crate) const CARD_DAYS: i32 = 365;
/// A batch that is unsettled for so long was cut off by a crash.
const SETTLING_TIME: SignedDuration = SignedDuration::from_mins(5);
