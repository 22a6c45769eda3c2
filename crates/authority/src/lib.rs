//! The state's side: register, enrolment, issuance, revocation. One file a use case.
//!
//! [`Authority`] holds what the use cases need: the store, the keys, the face models. Every use
//! case takes the time and the randomness as parameters and runs its own transactions. What takes
//! long (inference, search, signing a batch) is moved off the caller's thread by the use case
//! itself, at most one piece a core at a time, so a server only has to await.
//!
//! The journey of a card: [`enrolment`] (begin, capture, complete, decide), [`issuance`] (offer,
//! token, nonce, copies), [`cards`] (suspend, restore, revoke), [`status`] (the published lists).
//! Everything that is done is an entry of the [`log`].

mod act;
mod attempts;
mod authority;
pub mod cards;
mod client;
mod config;
pub mod enrolment;
mod evidence_file;
mod faces;
mod fault;
pub mod figures;
pub mod health;
pub mod holder;
pub mod issuance;
pub mod keys;
pub mod log;
mod officer;
pub mod officers;
mod physical_card;
pub mod proposals;
pub mod register;
pub mod relying_parties;
pub mod reports;
pub mod sandbox;
pub mod sealing;
pub mod sheets;
pub mod status;
mod sweep;
mod tallies;
#[cfg(test)]
mod testing;
pub mod trust;
pub mod uploads;
mod workers;

pub use authority::Authority;
pub use client::{ClientError, ClientHeaders};
pub use config::{Config, WalletProvider};
pub use evidence_file::{NotAnEvidencePolicy, evidence_policy, shipped_evidence_policy};
pub use fault::Fault;
pub use keys::{KeyOwner, Keys, KeysError};
pub use officer::{NotAllowed, Officer, ReadError, SignedIn};
pub use sweep::Swept;
