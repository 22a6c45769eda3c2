//! Between terminal and chip: something that carries bytes.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use thiserror::Error;

/// Why a command brought no answer.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum TransportError {
    /// The card was taken away.
    #[error("the card was removed")]
    CardRemoved,
    /// The reader, or who relays to it, is gone.
    #[error("the reader is gone")]
    ReaderGone,
    /// No answer came in time.
    #[error("the card did not answer in time")]
    TimedOut,
}

/// Carries commands to one chip, and its answers back: over PC/SC, over a WebSocket that somebody
/// forwards, or to an emulated card. It is not trusted: it may delay, repeat, cut or change what it
/// carries, or talk to another card, and all of it comes out.
///
/// It has to give up by itself with [`TransportError::TimedOut`]; the terminal has no clock.
pub trait Transport: Send {
    /// Sends `command` and brings the answer, data and status.
    fn transmit(
        &mut self,
        command: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, TransportError>> + Send;
}

/// Runs a reading to its end on this thread: for transports that block within `transmit`, as PC/SC does,
/// and for emulated cards. One that waits for others belongs to an async runtime.
pub fn wait<T>(reading: impl Future<Output = T>) -> T {
    let mut reading = pin!(reading);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(outcome) = reading.as_mut().poll(&mut context) {
            return outcome;
        }
        std::thread::yield_now();
    }
}
