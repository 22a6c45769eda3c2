//! The one place where the server reads the clock and makes randomness; the core takes both as
//! parameters.

use jiff::Timestamp;
use rand::rngs::{StdRng, ThreadRng};
use rand::{Rng, SeedableRng};

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the server is where the clock is read")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// This thread's generator, seeded and reseeded by the operating system.
#[expect(clippy::disallowed_methods, reason = "the server is where randomness is made")]
pub fn rng() -> ThreadRng {
    rand::rng()
}

/// 128 random bits as 32 hexadecimal digits.
pub fn random_id() -> String {
    let mut bytes = [0_u8; 16];
    rng().fill_bytes(&mut bytes);
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A generator that may be held across waits, seeded from this thread's.
pub fn seeded() -> StdRng {
    StdRng::from_rng(&mut rng())
}
