//! The relying party's side: ask, check, decide. No I/O.
//!
//! A relying party [`ask`]s for a registered purpose and gets a [`Session`] to keep and an
//! [`Invitation`] to show. A wallet opens the session, which signs the request for it, and answers:
//! [`receive`] checks all but the status, and [`Pending::decide`] ends it with a [`Verdict`].
//! Whoever calls keeps the session, fetches status lists, and makes sure that of several answers at
//! once only one replaces the stored session.
//!
//! Nothing here reaches the register: a verdict is made of the presentation, the trust list and the
//! status list.

mod ask;
mod order;
mod receipt;
mod receive;
mod record;
mod relying_party;
mod session;
mod staff;
mod verdict;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use ask::{AskError, Asked, Flow, Invitation, Question, Service, ask};
pub use order::{Order, OrderError, Place, Standing, Traveller};
pub use receipt::NoReceipt;
pub use receive::{
    Closing, MAX_STATUS_AGE, Pending, ReceiveError, Received, StatusEvidence, receive,
};
pub use record::{Entry, RecordError, RecordKey, SealedEntry};
pub use relying_party::{RelyingParty, RelyingPartyError};
pub use session::{NotReleased, OpenError, ReleaseError, SameDeviceError, Session, Stage};
pub use staff::{PinHashError, PinKey, StaffRole, UnknownRole};
pub use verdict::{Accepted, CannotTell, Issuer, NotValid, Verdict};
