//! Commands to a chip and what it answers (ISO/IEC 7816-4 section 5): short and extended lengths.

use std::fmt;

use thiserror::Error;

/// Bytes that are no command or no response.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("these bytes are not an APDU")]
pub struct NotAnApdu;

/// The two bytes at the end of a response: what became of the command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// The command was done.
    pub const OK: Self = Self(0x9000);
    /// The file ended before as much was read as was asked for.
    pub const END_OF_FILE: Self = Self(0x6282);
    /// No such file or application.
    pub const NOT_FOUND: Self = Self(0x6a82);
    /// Access is not granted yet.
    pub const SECURITY_NOT_SATISFIED: Self = Self(0x6982);

    /// Whether it is the lengths of the command or the answer that don't suit the chip
    /// (ISO/IEC 7816-4 section 5.6).
    pub(crate) const fn is_about_length(self) -> bool {
        matches!(self.0 >> 8, 0x67 | 0x6c)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Class: `0x0c` stands for secure messaging, `0x10` for a chain that goes on.
    pub class: u8,
    /// Instruction.
    pub instruction: u8,
    /// P1 and P2.
    pub parameters: [u8; 2],
    /// At most 65,535 bytes.
    pub data: Vec<u8>,
    /// How many bytes are expected at most (Ne); 256 and 65,536 stand for "as many as there are".
    pub expected: Option<u32>,
}

impl Command {
    /// A command of the interindustry class, without data.
    pub const fn new(instruction: u8, p1: u8, p2: u8) -> Self {
        Self { class: 0, instruction, parameters: [p1, p2], data: Vec::new(), expected: None }
    }

    /// With data.
    #[must_use]
    pub fn with_data(self, data: impl Into<Vec<u8>>) -> Self {
        Self { data: data.into(), ..self }
    }

    /// With an answer of at most `count` bytes.
    #[must_use]
    pub fn expecting(self, count: u32) -> Self {
        Self { expected: Some(count), ..self }
    }

    /// The four bytes before the lengths.
    pub fn header(&self) -> [u8; 4] {
        let [p1, p2] = self.parameters;
        [self.class, self.instruction, p1, p2]
    }

    /// The bytes that go to the chip: short lengths where they do, extended ones else.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.header().to_vec();
        let extended = self.data.len() > 255 || self.expected.is_some_and(|count| count > 256);
        if extended {
            out.push(0);
        }
        let skipped = if extended { 2 } else { 3 };
        if !self.data.is_empty() {
            // At most 65,535 bytes.
            let count = u32::try_from(self.data.len()).unwrap_or_default();
            out.extend(count.to_be_bytes().iter().skip(skipped));
            out.extend_from_slice(&self.data);
        }
        if let Some(expected) = self.expected {
            // 256 and 65,536 are written as zeros.
            out.extend(expected.to_be_bytes().iter().skip(skipped));
        }
        out
    }

    /// Reads a command, as a card does.
    ///
    /// # Errors
    /// [`NotAnApdu`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAnApdu> {
        let [class, instruction, p1, p2, body @ ..] = bytes else { return Err(NotAnApdu) };
        let whole = |count: u32, most: u32| if count == 0 { most } else { count };
        let short = |byte: &u8| whole(u32::from(*byte), 256);
        let long =
            |high: &u8, low: &u8| whole(u32::from(u16::from_be_bytes([*high, *low])), 65_536);
        let (data, expected): (&[u8], _) = match body {
            [] => (&[], None),
            [expected] => (&[], Some(short(expected))),
            [0, high, low] => (&[], Some(long(high, low))),
            [0, high, low, rest @ ..] => {
                let count = usize::from(u16::from_be_bytes([*high, *low]));
                let (data, rest) = rest.split_at_checked(count).ok_or(NotAnApdu)?;
                match rest {
                    _ if data.is_empty() => return Err(NotAnApdu),
                    [] => (data, None),
                    [high, low] => (data, Some(long(high, low))),
                    _ => return Err(NotAnApdu),
                }
            }
            [count, rest @ ..] => {
                let (data, rest) = rest.split_at_checked(usize::from(*count)).ok_or(NotAnApdu)?;
                match rest {
                    _ if data.is_empty() => return Err(NotAnApdu),
                    [] => (data, None),
                    [expected] => (data, Some(short(expected))),
                    _ => return Err(NotAnApdu),
                }
            }
        };
        Ok(Self {
            class: *class,
            instruction: *instruction,
            parameters: [*p1, *p2],
            data: data.to_vec(),
            expected,
        })
    }
}

/// What a chip answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// At most 65,536 bytes.
    pub data: Vec<u8>,
    /// What became of the command.
    pub status: Status,
}

impl Response {
    /// The most bytes that a response has: 65,536 of data and the status.
    pub const MAX: usize = 65_538;

    /// A response without data.
    pub const fn of(status: Status) -> Self {
        Self { data: Vec::new(), status }
    }

    /// Reads what came from a chip.
    ///
    /// # Errors
    /// [`NotAnApdu`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAnApdu> {
        if bytes.len() > Self::MAX {
            return Err(NotAnApdu);
        }
        let (data, status) = bytes.split_last_chunk().ok_or(NotAnApdu)?;
        Ok(Self { data: data.to_vec(), status: Status(u16::from_be_bytes(*status)) })
    }

    /// The bytes that a chip sends.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.data[..], &self.status.0.to_be_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_command_is_read_as_it_was_written(
            data in proptest::collection::vec(any::<u8>(), 0..600),
            expected in proptest::option::of(1_u32..=65_536),
        ) {
            let command = Command { expected, ..Command::new(0xb0, 1, 2).with_data(data) };
            prop_assert_eq!(Command::parse(&command.to_bytes()), Ok(command));
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_refused() {
        assert_eq!(Command::parse(&[0, 0xa4, 0]), Err(NotAnApdu));
        assert_eq!(Command::parse(&[0, 0xa4, 0, 0, 2, 1]), Err(NotAnApdu));
        assert_eq!(Command::parse(&[0, 0xa4, 0, 0, 1, 1, 0, 0]), Err(NotAnApdu));
        assert_eq!(Response::parse(&[0x90]), Err(NotAnApdu));
        assert_eq!(Response::parse(&[0; Response::MAX + 1]), Err(NotAnApdu));
    }
}
