//! A PIN: what a person types to be known again where there is no passkey.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Ladder;

/// How wrong PINs slow down whoever types them: five at once, then half a minute, a minute, … up to a
/// day. Guessed on without a pause, that is about a dozen PINs in the first day and one a day after.
pub const PIN_LADDER: Ladder = Ladder {
    free: 5,
    first_wait: SignedDuration::from_secs(30),
    longest_wait: SignedDuration::from_hours(24),
    forgotten_after: SignedDuration::from_hours(7 * 24),
};

/// Six to twelve digits that are not the first that anybody would try. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Pin(String);

/// Why digits are no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not six to twelve digits.
    #[error("a PIN is six to twelve digits")]
    Form,
    /// The same digit again and again, digits in a row, or a short pattern that repeats.
    #[error("this PIN is among the first that anybody would try")]
    Simple,
}

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        let digits = text.as_bytes();
        if !(6..=12).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(PinError::Form);
        }
        if is_row(digits) || (1..=3).any(|length| repeats(digits, length)) {
            return Err(PinError::Simple);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether each digit is the one before plus the same step: 123456, 987654, 024680.
fn is_row(digits: &[u8]) -> bool {
    let step = |pair: &[u8]| (pair[1] + 10 - pair[0]) % 10;
    digits.windows(2).all(|pair| step(pair) == step(&digits[..2]))
}

/// Whether it is one beginning of that length over and over: 111111, 121212, 123123.
fn repeats(digits: &[u8], length: usize) -> bool {
    digits.iter().zip(&digits[length..]).all(|(before, after)| before == after)
}

impl Pin {
    /// The digits, for a hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{Admission, AttemptHistory};

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_first_that_anybody_would_try_is_no_pin() {
        for simple in ["000000", "123456", "987654", "890123", "024680", "121212", "482482"] {
            assert_eq!(simple.parse::<Pin>(), Err(PinError::Simple), "{simple}");
        }
        for form in ["", "48261", "4826173950284", "48261a", "４８２６１７", " 482617"] {
            assert_eq!(form.parse::<Pin>(), Err(PinError::Form), "{form}");
        }
        assert!("482617".parse::<Pin>().is_ok() && "112233445566".parse::<Pin>().is_ok());
        assert_eq!(format!("{:?}", "482617".parse::<Pin>()), "Ok(Pin)");
    }

    proptest! {
        /// Whoever guesses as fast as the ladder lets them has tried a few dozen in a month.
        #[test]
        fn guessing_gets_nowhere(patience in 0_i64..7200) {
            let (start, mut now): (Timestamp, Timestamp) = (noon(), noon());
            let mut history: Option<AttemptHistory> = None;
            let mut tries = 0;
            while now < start + SignedDuration::from_hours(24 * 30) {
                match PIN_LADDER.admit(history, now) {
                    Admission::Allowed => {
                        history = Some(PIN_LADDER.after_failure(history, now));
                        tries += 1;
                    }
                    Admission::WaitUntil(until) => now = until + SignedDuration::from_secs(patience),
                }
            }
            prop_assert!(tries <= 50, "{}", tries);
        }

        /// No input makes the parser panic, and what it takes is digits.
        #[test]
        fn a_pin_is_digits(text in "\\PC{0,16}") {
            if text.parse::<Pin>().is_ok() {
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() >= 6);
            }
        }
    }
}
