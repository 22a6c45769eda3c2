//! The card's chip (ICAO Doc 9303 parts 10 to 12): APDUs in, a verified reading out.
//!
//! Nothing here does I/O, reads a clock or makes its own randomness. Whoever reads is the terminal and
//! draws every key and challenge; between it and the chip stands a [`Transport`] that only carries
//! bytes: a reader on the same machine, or somebody's phone at the other end of a WebSocket. What comes
//! over it is foreign, every byte.
//!
//! | module | standard |
//! |---|---|
//! | [`tlv`], [`apdu`] | ISO/IEC 7816-4 |
//! | [`access`] | Doc 9303-11 section 4: PACE, BAC |
//! | [`messaging`] | Doc 9303-11 section 9.8: secure messaging |

pub mod access;
pub mod active;
pub mod apdu;
mod channel;
pub mod chip_authentication;
pub mod crypto;
mod files;
pub mod lds;
pub mod messaging;
pub mod passive;
mod read;
#[cfg(test)]
mod testing;
pub mod tlv;
mod transport;

pub use channel::{Channel, ChannelError};
pub use files::{FileError, read_file, select_application};
pub use read::{ChipProof, ReadError, Terminal, VerifiedReading};
pub use transport::{Transport, TransportError, wait};
