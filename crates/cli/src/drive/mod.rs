//! Drives a wallet or a desk against any Tanda server.

mod desk;
mod frames;
mod http;
mod relay;
mod wallet;

pub use desk::{Asked, Desk, State};
pub use frames::{Frames, FramesError};
pub use http::{Client, HttpError};
pub use relay::{RelayError, forward};
pub use wallet::{CONSENT, Wallet, WalletError};
