//! The holder's side as a library: keep, consent, present. No I/O.
//!
//! Every step is a value: what to send as an [`http::Request`], what came back as an
//! [`http::Response`], and a [`WalletState`] to store. [`receive`] gets a card, [`consent`] looks
//! at a request, [`present`] answers it, a full card's with the PIN that its keys are [`guard`]ed by, [`deletion`] asks what became of what was kept, [`looks`]
//! asks who looked at the holder's record, [`standing`] locks the card.

mod attested;
pub mod consent;
pub mod deletion;
pub mod enrol;
pub mod guard;
pub mod http;
mod keep;
mod keys;
pub mod looks;
pub mod passkey;
pub mod present;
pub mod receive;
pub mod report;
pub mod standing;
pub mod status;
mod trust;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use attested::Attested;
pub use consent::{Consent, Refusal};
pub use guard::{Guard, GuardError, Verified};
pub use keep::{Card, KeepError, Shown, WalletState};
pub use keys::HolderKey;
pub use trust::{Trust, TrustError};
