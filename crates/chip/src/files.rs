//! Selecting and reading files (Doc 9303-10 section 3.6, ISO/IEC 7816-4 section 11).

use thiserror::Error;

use crate::apdu::{Command, Status};
use crate::channel::{Channel, ChannelError};
use crate::lds::FileId;
use crate::tlv::{Header, TlvError, only, tlv};
use crate::transport::Transport;

const SELECT: u8 = 0xa4;
const READ_BINARY: u8 = 0xb0;
const READ_BINARY_FAR: u8 = 0xb1;

/// The application of travel documents (Doc 9303-10 section 3.2).
const APPLICATION: [u8; 7] = [0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

/// As many bytes as fit into one protected answer with a length of one byte, whatever the cipher.
const CHUNK: usize = 0xdf;

/// Tag and length of the data object that far bytes come in, at most.
const FAR_HEADER: usize = 3;

/// The first offset that the fifteen bits of P1 and P2 can't tell.
const FAR: usize = 0x8000;

/// Why a file was not read.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum FileError {
    /// The dialogue failed.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// There is no such file.
    #[error("the card has no such file")]
    Missing,
    /// The file's own length isn't one.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Longer than such a file can be.
    #[error("a file of the card is too long")]
    TooLong,
    /// The chip gives nothing, or more than was asked for.
    #[error("the card does not give the file that it announces")]
    Cut,
}

/// Selects the application of travel documents.
///
/// # Errors
/// [`FileError::Missing`] if the card has none.
pub async fn select_application<T: Transport>(
    channel: &mut Channel<'_, T>,
) -> Result<(), FileError> {
    let select = Command::new(SELECT, 0x04, 0x0c).with_data(APPLICATION);
    channel.succeed(select).await.map_err(missing)?;
    Ok(())
}

/// Reads a file as a whole: as long as the element at its start says.
///
/// # Errors
/// [`FileError`].
pub async fn read_file<T: Transport>(
    channel: &mut Channel<'_, T>,
    file: FileId,
) -> Result<Vec<u8>, FileError> {
    let select = Command::new(SELECT, 0x02, 0x0c).with_data(file.0.to_be_bytes());
    channel.succeed(select).await.map_err(missing)?;
    let mut bytes = read(channel, 0, Header::MAX).await?;
    let header = Header::parse(&bytes)?;
    let length = header.bytes + header.content;
    if length > file.limit() {
        return Err(FileError::TooLong);
    }
    while bytes.len() < length {
        let room = if bytes.len() < FAR { CHUNK } else { CHUNK - FAR_HEADER };
        let count = room.min(length - bytes.len());
        bytes.extend(read(channel, bytes.len(), count).await?);
    }
    // The first read may reach past the end of a very short file.
    bytes.truncate(length);
    Ok(bytes)
}

/// At least one byte and at most `count` from `offset`.
async fn read<T: Transport>(
    channel: &mut Channel<'_, T>,
    offset: usize,
    count: usize,
) -> Result<Vec<u8>, FileError> {
    let place = u32::try_from(offset).map_err(|_| FileError::TooLong)?.to_be_bytes();
    let expected = |count| u32::try_from(count).map_err(|_| FileError::TooLong);
    let [_, _, high, low] = place;
    let far = offset >= FAR;
    let command = if far {
        // An offset data object goes in; what comes out is a data object, and counted as a whole.
        Command::new(READ_BINARY_FAR, 0, 0)
            .with_data(tlv(0x54, place.get(1..).unwrap_or_default()))
            .expecting(expected(count + FAR_HEADER)?)
    } else {
        Command::new(READ_BINARY, high, low).expecting(expected(count)?)
    };
    let mut response = channel.transmit(command).await?;
    match response.status {
        Status::OK | Status::END_OF_FILE => {}
        status => return Err(ChannelError::Refused(status).into()),
    }
    if far {
        response.data = only(&response.data, 0x53)?.to_vec();
        // Where the header takes a byte less than it may, one more byte of the file has room.
        response.data.truncate(count);
    }
    if response.data.is_empty() || response.data.len() > count {
        return Err(FileError::Cut);
    }
    Ok(response.data)
}

fn missing(error: ChannelError) -> FileError {
    match error {
        ChannelError::Refused(Status::NOT_FOUND) => FileError::Missing,
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Script;
    use crate::transport::wait;

    fn read_dg1(lines: &[(&str, &str)]) -> Result<Vec<u8>, FileError> {
        let mut script = Script::new(lines);
        wait(async { read_file(&mut Channel::new(&mut script), FileId(0x0101)).await })
    }

    const SELECT_DG1: (&str, &str) = ("00A4020C020101", "9000");

    #[test]
    fn a_file_is_read_as_long_as_it_says() {
        let file = read_dg1(&[
            SELECT_DG1,
            ("00B0000006", "6108010203049000"),
            // The chip may give less than was asked for.
            ("00B0000604", "0506079000"),
            ("00B0000901", "089000"),
        ]);
        assert_eq!(file, Ok(vec![0x61, 8, 1, 2, 3, 4, 5, 6, 7, 8]));
    }

    /// ISO/IEC 7816-4 section 11.3.3: an offset in data object 54, bytes in data object 53, which counts
    /// as a whole; here its header takes two bytes, and the file has more.
    #[test]
    fn far_bytes_come_without_their_header() {
        let far = |answer: &str| {
            let mut script = Script::new(&[("00B1000005540300800008", answer)]);
            wait(async { read(&mut Channel::new(&mut script), FAR, 5).await })
        };
        assert_eq!(far("53060102030405069000"), Ok(vec![1, 2, 3, 4, 5]));
        assert_eq!(far("530201026282"), Ok(vec![1, 2]), "at the file's end");
        assert_eq!(far("53009000"), Err(FileError::Cut));
        assert!(far("01029000").is_err());
    }

    #[test]
    fn a_chip_that_never_ends_is_refused() {
        let first = |answer| [SELECT_DG1, ("00B0000006", answer)];
        assert_eq!(read_dg1(&first("6183010000019000")), Err(FileError::TooLong));
        assert_eq!(read_dg1(&first("9000")), Err(FileError::Cut));
        assert_eq!(read_dg1(&first("610801020304059000")), Err(FileError::Cut));
        assert_eq!(read_dg1(&[("00A4020C020101", "6A82")]), Err(FileError::Missing));
        // Refused, whatever comes along.
        let refused = FileError::Channel(ChannelError::Refused(Status(0x6982)));
        assert_eq!(read_dg1(&first("6104010203046982")), Err(refused));
    }
}
