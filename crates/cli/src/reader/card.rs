//! Cards on readers, over PC/SC.

use std::ffi::{CStr, CString};
use std::time::{Duration, Instant};

use pcsc::{Context, Error, Protocols, ReaderState, Scope, ShareMode, State};
use tanda_chip::{Transport, TransportError};

use crate::output;

/// Why there is no card.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReaderError {
    /// No PC/SC.
    #[error("the system's card service doesn't run: install and start pcscd")]
    NoService(#[source] Error),
    /// No reader.
    #[error("no card reader is attached: plug one in")]
    NoReader,
    /// Another reader than the one that is wanted.
    #[error("there is no reader called {wanted}; there is: {}", .there.join(", "))]
    OtherReader { wanted: String, there: Vec<String> },
    /// Nobody came.
    #[error("no card was laid on the reader in time: ask for a new link and try again")]
    NoCard,
    /// The card does not speak, or another program has it.
    #[error("the card on the reader can't be spoken to: take it off and lay it on again")]
    Mute(#[source] Error),
}

/// The readers of this machine.
pub(crate) struct Readers(Context);

/// A card on a reader.
pub(crate) struct Card {
    context: Context,
    card: pcsc::Card,
    reader: CString,
}

/// How often a reader is looked at.
const TICK: Duration = Duration::from_millis(200);
/// How long the card service may take to notice that a card went: pcscd looks about every 400 ms, and
/// later on a busy machine.
const NOTICING: Duration = Duration::from_secs(3);
/// What every answer ends in, in bytes (ISO/IEC 7816-4, section 5.6).
const STATUS_WORD: usize = 2;

impl Readers {
    pub(crate) fn open() -> Result<Self, ReaderError> {
        Context::establish(Scope::User).map(Self).map_err(ReaderError::NoService)
    }

    /// Waits until a card lies on a reader, or on the one that is `wanted`.
    pub(crate) fn wait_for_card(
        &self,
        wanted: Option<&str>,
        patience: Duration,
    ) -> Result<Card, ReaderError> {
        let began = Instant::now();
        let mut asked = false;
        loop {
            let readers = self.named(wanted)?;
            if let Some(reader) = readers.iter().find(|reader| has_card(&self.0, reader)) {
                return self.connect(reader);
            }
            if !asked {
                output::note("Lay the card on the reader.");
                asked = true;
            }
            if began.elapsed() > patience {
                return Err(ReaderError::NoCard);
            }
            std::thread::sleep(TICK);
        }
    }

    /// The readers, or the one that is wanted.
    fn named(&self, wanted: Option<&str>) -> Result<Vec<CString>, ReaderError> {
        let readers = match self.0.list_readers_owned() {
            Ok(readers) => readers,
            Err(Error::NoReadersAvailable) => Vec::new(),
            Err(cause) => return Err(ReaderError::NoService(cause)),
        };
        if readers.is_empty() {
            return Err(ReaderError::NoReader);
        }
        let Some(wanted) = wanted else { return Ok(readers) };
        let names = || readers.iter().map(|reader| reader.to_string_lossy().into_owned());
        let there = names().collect();
        let found: Vec<CString> =
            readers.iter().filter(|it| it.to_string_lossy().contains(wanted)).cloned().collect();
        if found.is_empty() {
            return Err(ReaderError::OtherReader { wanted: wanted.to_owned(), there });
        }
        Ok(found)
    }

    fn connect(&self, reader: &CStr) -> Result<Card, ReaderError> {
        let connect = |mode| self.0.connect(reader, mode, Protocols::ANY);
        // Alone with the card if that is possible: some desktops hold a hand on every card.
        let card = connect(ShareMode::Exclusive)
            .or_else(|_| connect(ShareMode::Shared))
            .map_err(ReaderError::Mute)?;
        Ok(Card { context: self.0.clone(), card, reader: reader.to_owned() })
    }
}

impl Card {
    /// What the reader is called.
    pub(crate) fn reader(&self) -> String {
        self.reader.to_string_lossy().into_owned()
    }

    /// Whether it was the card or the reader that went. What a driver says of it differs, so the
    /// reader is looked at.
    fn what_went(&self, error: Error) -> TransportError {
        match error {
            Error::RemovedCard | Error::NoSmartcard | Error::ResetCard | Error::UnpoweredCard => {
                TransportError::CardRemoved
            }
            Error::Timeout => TransportError::TimedOut,
            _ => {
                let began = Instant::now();
                while began.elapsed() < NOTICING {
                    match state(&self.context, &self.reader) {
                        Some(state) if state.contains(State::EMPTY) => {
                            return TransportError::CardRemoved;
                        }
                        Some(state) if state.contains(State::PRESENT) => {}
                        _ => return TransportError::ReaderGone,
                    }
                    std::thread::sleep(TICK);
                }
                TransportError::TimedOut
            }
        }
    }
}

impl Transport for Card {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        tokio::task::block_in_place(|| {
            let mut buffer = vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED];
            match self.card.transmit(command, &mut buffer) {
                Ok(answer) if answer.len() >= STATUS_WORD => Ok(answer.to_vec()),
                // Some drivers call it a success when the card goes in the midst of an answer.
                Ok(_) => Err(self.what_went(Error::CommDataLost)),
                Err(error) => Err(self.what_went(error)),
            }
        })
    }
}

fn has_card(context: &Context, reader: &CStr) -> bool {
    state(context, reader)
        .is_some_and(|state| state.contains(State::PRESENT) && !state.contains(State::MUTE))
}

/// How a reader stands; `None` if it is gone.
fn state(context: &Context, reader: &CStr) -> Option<State> {
    let mut states = [ReaderState::new(reader, State::UNAWARE)];
    context.get_status_change(Duration::ZERO, &mut states).ok()?;
    let state = states.first()?.event_state();
    let gone = state.intersects(State::UNKNOWN | State::UNAVAILABLE | State::IGNORE);
    (!gone).then_some(state)
}
