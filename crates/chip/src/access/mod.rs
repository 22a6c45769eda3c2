//! Getting into the chip with what is printed on the card (Doc 9303-11 section 4).

mod bac;
mod key;
mod pace;

use thiserror::Error;

pub use bac::basic_access;
pub use key::{AccessKey, AccessKeyError, CardAccessNumber, MrzKey};
pub use pace::{PaceProtocol, authentication_token, establish, is_supported};

use crate::channel::ChannelError;

/// Why the chip did not open.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum AccessError {
    /// The dialogue failed.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The chip does not know this number or these lines: mistyped, or another card.
    #[error("the card does not open with this access number or these lines")]
    WrongKey,
    /// The chip's part of the protocol is malformed or impossible.
    #[error("the card does not follow the access protocol")]
    Protocol,
    /// Nothing that both sides can do with this kind of key.
    #[error("the card has no access protocol that is supported with this key")]
    NoProtocol,
}
