//! Wallets and desks over HTTP, for the command line, the journeys and the load generator: the
//! protocols are the libraries', this is the network.

pub mod drive;
pub mod emulated;
