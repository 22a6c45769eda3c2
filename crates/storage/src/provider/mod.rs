//! The provider's tables: accounts, passkeys, sessions.

mod accounts;
mod sessions;

pub use accounts::{AccountRow, NewAccount, PasskeyRow};
