//! The physical card's chip as evidence of an application.
//!
//! The authority is the terminal (docs/decisions/0022): whoever holds the reader asks for a relay, gets a
//! ticket that opens one dialogue, and forwards what the authority and the chip say to each other.
//! What comes of it is a [`ChipReading`], sealed under the application's key, or a [`ChipFault`].

mod access;
mod attested;
mod compare;
mod fault;
mod fingers;
mod message;
mod read;
mod reading;
mod relay;
#[cfg(test)]
mod tests;
mod trust;
mod weigh;

pub use compare::{Mismatch, mismatches};
pub use fault::{ChipFault, ResidentOutcome};
pub use message::{Ended, MalformedNotice, Notice};
pub use read::{ChipDialogue, ChipOutcome};
pub use reading::{Born, ChipPortrait, ChipReading, NameOnCard, OnCard, ReadingMeans};
pub use relay::{ChipRelay, OpenRelayError, TakeRelayError};
pub use trust::{Brought, ChipTrust, ChipTrustError, Item, TakeError, Taken, Word};

use jiff::Timestamp;
use tanda_model::EnrolmentState;

/// The kinds of what is sealed.
const ACCESS_NUMBER: &str = "evidence.chip-access";
const READING: &str = "evidence.chip";
const PORTRAIT: &str = "evidence.chip-portrait";
const FINGERS: &str = "evidence.chip-fingers";

/// Whether an application that stands there takes a chip now.
fn takes_chip(state: &EnrolmentState, now: Timestamp) -> bool {
    matches!(state, EnrolmentState::Gathering { expires_at, .. } if now < *expires_at)
}
