//! A dialogue with one chip: in the clear until there are keys, protected from then on.

use thiserror::Error;

use crate::apdu::{Command, Response, Status};
use crate::messaging::{MessagingError, SessionKeys};
use crate::transport::{Transport, TransportError};

/// Why a dialogue can't go on.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ChannelError {
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// What came back is no answer of a chip.
    #[error("the card's answer is no response")]
    NotAResponse,
    /// An answer that isn't the chip's, or not to this command.
    #[error(transparent)]
    Messaging(#[from] MessagingError),
    /// The chip refuses the command.
    #[error("the card refuses, with status {0}")]
    Refused(Status),
    /// Something failed before: nothing more is sent.
    #[error("the dialogue with the card is over")]
    Over,
}

enum State {
    Clear,
    Protected(SessionKeys),
    Over,
}

/// A dialogue with one chip over a transport.
pub struct Channel<'t, T> {
    transport: &'t mut T,
    state: State,
    commands: u32,
}

impl<'t, T: Transport> Channel<'t, T> {
    /// A dialogue in the clear.
    pub const fn new(transport: &'t mut T) -> Self {
        Self { transport, state: State::Clear, commands: 0 }
    }

    /// Everything from here on goes under `keys`.
    pub fn protect(&mut self, keys: SessionKeys) {
        // A dialogue that is over stays so.
        if !matches!(self.state, State::Over) {
            self.state = State::Protected(keys);
        }
    }

    /// How many commands were sent.
    pub const fn commands(&self) -> u32 {
        self.commands
    }

    /// Sends a command and brings the chip's answer, whatever its status.
    ///
    /// # Errors
    /// [`ChannelError`]; the dialogue is over then.
    pub async fn transmit(&mut self, command: Command) -> Result<Response, ChannelError> {
        let outcome = self.exchange(&command).await;
        if outcome.is_err() {
            self.state = State::Over;
        }
        outcome
    }

    async fn exchange(&mut self, command: &Command) -> Result<Response, ChannelError> {
        let bytes = match &mut self.state {
            State::Clear => command.to_bytes(),
            State::Protected(keys) => keys.protect(command).to_bytes(),
            State::Over => return Err(ChannelError::Over),
        };
        self.commands += 1;
        let answer = self.transport.transmit(&bytes).await?;
        let response = Response::parse(&answer).map_err(|_| ChannelError::NotAResponse)?;
        match &mut self.state {
            State::Protected(keys) => Ok(keys.unprotect(&response)?),
            _ => Ok(response),
        }
    }

    /// Sends a command that has to succeed, and brings its data.
    ///
    /// # Errors
    /// [`ChannelError::Refused`] with the chip's status, after which the dialogue goes on; else as
    /// [`Channel::transmit`].
    pub async fn succeed(&mut self, command: Command) -> Result<Vec<u8>, ChannelError> {
        let response = self.transmit(command).await?;
        if response.status == Status::OK {
            Ok(response.data)
        } else {
            Err(ChannelError::Refused(response.status))
        }
    }
}

impl<T> std::fmt::Debug for Channel<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel").field("commands", &self.commands).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Cipher;
    use crate::testing::Script;
    use crate::transport::wait;

    #[test]
    fn nothing_is_sent_after_an_error() {
        let keys = || SessionKeys::derive(Cipher::Aes128, &[7; 32]);
        let mut script = Script::answering(&["9000", "9000"]);
        wait(async {
            let mut channel = Channel::new(&mut script);
            channel.protect(keys());
            let command = || Command::new(0xb0, 0, 0).expecting(4);
            let unprotected = MessagingError::Unprotected(Status::OK);
            assert_eq!(channel.transmit(command()).await, Err(unprotected.into()));
            assert_eq!(channel.transmit(command()).await, Err(ChannelError::Over));
            // New keys bring it back to life as little.
            channel.protect(keys());
            assert_eq!(channel.transmit(command()).await, Err(ChannelError::Over));
        });
        assert!(!script.is_over(), "one answer was not asked for");
    }

    /// A status that refuses is an answer as any other.
    #[test]
    fn a_refusal_ends_nothing() {
        let mut script = Script::answering(&["6a82", "9000"]);
        wait(async {
            let mut channel = Channel::new(&mut script);
            let command = || Command::new(0xa4, 2, 0x0c);
            let refused = channel.succeed(command()).await;
            assert_eq!(refused, Err(ChannelError::Refused(Status::NOT_FOUND)));
            assert_eq!(channel.succeed(command()).await, Ok(Vec::new()));
        });
    }
}
