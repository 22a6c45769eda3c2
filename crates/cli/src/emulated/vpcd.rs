//! vsmartcard's virtual reader: two bytes of length, then one byte that is a signal, or a command.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(target_os = "linux")]
use std::os::linux::net::TcpStreamExt as _;

use rand::CryptoRng;
use tanda_sandbox_chip::SandboxChip;

/// A contactless card without historical bytes (ISO/IEC 7816-3 section 8, PC/SC part 3).
const ANSWER_TO_RESET: [u8; 5] = [0x3b, 0x80, 0x80, 0x01, 0x01];

/// A virtual reader of vsmartcard-vpcd's, with room for a card. Dropping it takes the card away.
#[derive(Debug)]
pub struct VirtualReader(TcpStream);

impl VirtualReader {
    /// Goes where vpcd waits for cards.
    ///
    /// # Errors
    /// When nobody waits there.
    pub fn open(address: impl ToSocketAddrs) -> io::Result<Self> {
        TcpStream::connect(address).map(Self)
    }

    /// Lets `card` answer one message; whether it was a command for the chip comes back.
    ///
    /// # Errors
    /// When the reader is gone.
    pub fn serve_once(
        &mut self,
        card: &mut SandboxChip<impl CryptoRng + Send>,
    ) -> io::Result<bool> {
        const POWER_OFF: u8 = 0;
        const POWER_ON: u8 = 1;
        const RESET: u8 = 2;
        const SEND_ANSWER_TO_RESET: u8 = 4;
        let mut length = [0; 2];
        self.0.read_exact(&mut length)?;
        // vpcd writes the length by itself, and the system holds the rest back until it is acknowledged:
        // forty milliseconds a command, unless it is at once.
        #[cfg(target_os = "linux")]
        self.0.set_quickack(true)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut message)?;
        let (answer, is_command) = match message.as_slice() {
            [POWER_OFF | POWER_ON | RESET] => {
                card.reset();
                return Ok(false);
            }
            [SEND_ANSWER_TO_RESET] => (ANSWER_TO_RESET.to_vec(), false),
            command => (card.answer(command), true),
        };
        let length = u16::try_from(answer.len()).unwrap_or_default().to_be_bytes();
        self.0.write_all(&[&length, answer.as_slice()].concat())?;
        Ok(is_command)
    }
}
