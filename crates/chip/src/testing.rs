//! A chip that plays a script, for the tests of protocols.

use std::collections::VecDeque;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::transport::{Transport, TransportError};

/// Expects commands and gives answers, both in hexadecimal.
pub(crate) struct Script(VecDeque<(Option<Vec<u8>>, Vec<u8>)>);

impl Script {
    /// Commands that have to come, with their answers.
    pub(crate) fn new(lines: &[(&str, &str)]) -> Self {
        let bytes = |text: &str| hex::decode(text).unwrap();
        Self(lines.iter().map(|(command, answer)| (Some(bytes(command)), bytes(answer))).collect())
    }

    /// Answers to whatever comes.
    pub(crate) fn answering(answers: &[&str]) -> Self {
        Self(answers.iter().map(|answer| (None, hex::decode(answer).unwrap())).collect())
    }

    /// Whether every line was played.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}

impl Transport for Script {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let (expected, answer) = self.0.pop_front().ok_or(TransportError::CardRemoved)?;
        if let Some(expected) = expected {
            assert_eq!(hex::encode_upper(command), hex::encode_upper(expected));
        }
        Ok(answer)
    }
}

/// The same bytes in every run.
pub(crate) fn rng() -> StdRng {
    StdRng::seed_from_u64(9303)
}
