//! Secure messaging, the card's side (Doc 9303-11 section 9.8).

use tanda_chip::apdu::{Command, Response};
use tanda_chip::messaging::SessionKeys;
use tanda_chip::tlv::{Reader, tlv};

/// Takes the protection off a command; `None` if it isn't authentic.
pub(crate) fn open(keys: &mut SessionKeys, command: &Command) -> Option<Command> {
    keys.advance();
    let mut reader = Reader::new(&command.data);
    let padded = reader.optional(0x87).ok()?;
    let bare = reader.optional(0x85).ok()?;
    let expected = reader.optional(0x97).ok()?;
    let covered = command.data.get(..command.data.len() - reader.rest().len())?;
    let mac = reader.expect(0x8e).ok()?;
    reader.finish().ok()?;
    if !keys.authentic(&[&keys.pad(&command.header()), covered].concat(), mac) {
        return None;
    }
    let data = match (padded, bare) {
        (Some([1, encrypted @ ..]), None) | (None, Some(encrypted)) => keys.decrypt(encrypted)?,
        (None, None) => Vec::new(),
        _ => return None,
    };
    let expected = match expected {
        None => None,
        Some([0]) => Some(256),
        Some([0, 0]) => Some(65_536),
        Some(digits) => Some(digits.iter().fold(0, |count, digit| count << 8 | u32::from(*digit))),
    };
    Some(Command { class: command.class & !0x0c, data, expected, ..*command })
}

/// Protects an answer.
pub(crate) fn seal(keys: &mut SessionKeys, response: &Response) -> Response {
    keys.advance();
    let mut data = Vec::new();
    if !response.data.is_empty() {
        data = tlv(0x87, &[&[1], keys.encrypt(&response.data).as_slice()].concat());
    }
    data.extend(tlv(0x99, &response.status.0.to_be_bytes()));
    let mac = keys.mac(&data);
    data.extend(tlv(0x8e, &mac));
    Response { data, status: response.status }
}
