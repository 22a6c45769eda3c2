//! Ports for cities that run beside each other.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Cities of one process start to look at different places, and so do processes.
static NEXT: AtomicU16 = AtomicU16::new(0);

/// How many offsets there are: all ports stay below those that the system gives to connections,
/// so that none is taken between looking and listening.
const OFFSETS: u16 = 3400;

/// An offset to the usual ports at which three neighbours are free.
pub(crate) fn free_offset() -> u16 {
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let process = u16::try_from(std::process::id() % u32::from(OFFSETS)).unwrap();
    let start = process.wrapping_mul(37).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    (0..OFFSETS)
        .map(|step| (start % OFFSETS + step) % OFFSETS * 4 + 10_000)
        .find(|offset| (8600..8603).all(|port| free(port + offset)))
        .expect("three free ports")
}

/// A free port among those, with two free neighbours after it.
pub fn free_port() -> u16 {
    8600 + free_offset()
}
