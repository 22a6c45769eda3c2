//! Secure messaging, the terminal's side (Doc 9303-11 section 9.8, ISO/IEC 7816-4 section 10).

use thiserror::Error;

use crate::apdu::{Command, Response, Status};
use crate::crypto::{Cipher, Key, KeyUse};
use crate::tlv::{self, Reader, TlvError, tlv};

/// Why an answer is not the chip's, or not to this command.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum MessagingError {
    /// The chip, or somebody between, answered without protection.
    #[error("the answer is not protected")]
    Unprotected(Status),
    /// Not the data objects that protect an answer.
    #[error("the protected answer is malformed")]
    Malformed,
    /// Another key, another command, or a changed byte.
    #[error("the protected answer is not authentic")]
    NotAuthentic,
}

impl From<TlvError> for MessagingError {
    fn from(_: TlvError) -> Self {
        Self::Malformed
    }
}

/// The keys of a session, and how many messages it has seen.
pub struct SessionKeys {
    cipher: Cipher,
    encryption: Key,
    authentication: Key,
    counter: Vec<u8>,
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionKeys").field("cipher", &self.cipher).finish_non_exhaustive()
    }
}

impl SessionKeys {
    /// Derives both keys from an agreed secret; the counter begins at zero.
    pub fn derive(cipher: Cipher, secret: &[u8]) -> Self {
        Self {
            cipher,
            encryption: cipher.derive(secret, KeyUse::Encryption),
            authentication: cipher.derive(secret, KeyUse::Authentication),
            counter: vec![0; cipher.block()],
        }
    }

    /// With the counter at `start`, as BAC has it.
    #[must_use]
    pub fn counting_from(self, start: [u8; 8]) -> Self {
        Self { counter: start.to_vec(), ..self }
    }

    /// Counts one message more: every command and every answer is one.
    pub fn advance(&mut self) {
        for digit in self.counter.iter_mut().rev() {
            *digit = digit.wrapping_add(1);
            if *digit != 0 {
                break;
            }
        }
    }

    /// Encrypts, after padding.
    pub fn encrypt(&self, plain: &[u8]) -> Vec<u8> {
        let padded = self.cipher.pad(plain);
        // Padded is whole blocks, and the keys are of the cipher's length.
        self.cipher.encrypt(&self.encryption, &self.iv(), &padded).unwrap_or_default()
    }

    /// Decrypts, and takes the padding off.
    pub fn decrypt(&self, encrypted: &[u8]) -> Option<Vec<u8>> {
        let padded = self.cipher.decrypt(&self.encryption, &self.iv(), encrypted)?;
        self.cipher.unpad(&padded).map(<[u8]>::to_vec)
    }

    /// What authenticates `message` at this count.
    pub fn mac(&self, message: &[u8]) -> [u8; 8] {
        let input = self.mac_input(message);
        self.cipher.mac(&self.authentication, &input).unwrap_or_default()
    }

    /// Whether `mac` authenticates `message` at this count.
    pub fn authentic(&self, message: &[u8], mac: &[u8]) -> bool {
        self.cipher.authentic(&self.authentication, &self.mac_input(message), mac)
    }

    /// Pads a command's header, which is authenticated before its data objects.
    pub fn pad(&self, bytes: &[u8]) -> Vec<u8> {
        self.cipher.pad(bytes)
    }

    fn mac_input(&self, message: &[u8]) -> Vec<u8> {
        let counted = [&self.counter, message].concat();
        // The retail MAC pads by itself; CMAC is taken of what is padded.
        if self.cipher == Cipher::TripleDes { counted } else { self.cipher.pad(&counted) }
    }

    /// Zeros for triple DES; the encrypted counter for AES (Doc 9303-11 section 9.8.7.1).
    fn iv(&self) -> Vec<u8> {
        let zeros = vec![0; self.cipher.block()];
        if self.cipher == Cipher::TripleDes {
            return zeros;
        }
        self.cipher.encrypt(&self.encryption, &zeros, &self.counter).unwrap_or(zeros)
    }

    /// Protects a command.
    pub fn protect(&mut self, command: &Command) -> Command {
        self.advance();
        let class = command.class | 0x0c;
        let header = Command { class, ..command.clone() }.header();
        let mut objects = Vec::new();
        if !command.data.is_empty() {
            let encrypted = self.encrypt(&command.data);
            objects = if command.instruction & 1 == 0 {
                tlv(0x87, &[&[1], &encrypted[..]].concat())
            } else {
                tlv(0x85, &encrypted)
            };
        }
        if let Some(expected) = command.expected {
            let [_, _, long @ ..] = expected.to_be_bytes();
            objects.extend(tlv(0x97, if expected > 256 { &long } else { &long[1..] }));
        }
        let mac = self.mac(&[self.pad(&header), objects.clone()].concat());
        objects.extend(tlv(0x8e, &mac));
        let extended = objects.len() > 255 || command.expected.is_some_and(|count| count > 256);
        Command {
            class,
            data: objects,
            expected: Some(if extended { 65_536 } else { 256 }),
            ..*command
        }
    }

    /// Takes the protection off an answer. After an error the session is over.
    ///
    /// # Errors
    /// [`MessagingError`].
    pub fn unprotect(&mut self, response: &Response) -> Result<Response, MessagingError> {
        self.advance();
        if response.data.is_empty() {
            return Err(MessagingError::Unprotected(response.status));
        }
        let mut reader = Reader::new(&response.data);
        let padded = reader.optional(0x87)?;
        let plain = if padded.is_none() { reader.optional(0x85)? } else { None };
        let status = reader.expect(0x99)?;
        let (authenticated, _) = response.data.split_at(response.data.len() - reader.rest().len());
        let mac = tlv::only(reader.rest(), 0x8e)?;
        if !self.authentic(authenticated, mac) {
            return Err(MessagingError::NotAuthentic);
        }
        let status =
            Status(u16::from_be_bytes(status.try_into().map_err(|_| MessagingError::Malformed)?));
        if status != response.status {
            return Err(MessagingError::NotAuthentic);
        }
        let encrypted = match padded {
            Some([1, encrypted @ ..]) => Some(encrypted),
            Some(_) => return Err(MessagingError::Malformed),
            None => plain,
        };
        let data = match encrypted {
            Some(encrypted) => self.decrypt(encrypted).ok_or(MessagingError::Malformed)?,
            None => Vec::new(),
        };
        Ok(Response { data, status })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> SessionKeys {
        let secret = hex::decode("0036D272F5C350ACAC50C3F572D23600").unwrap();
        SessionKeys::derive(Cipher::TripleDes, &secret)
            .counting_from(0x8870_2212_0C06_C226_u64.to_be_bytes())
    }

    fn answer(text: &str) -> Response {
        Response::parse(&hex::decode(text).unwrap()).unwrap()
    }

    const ANSWER: &str = "990290008E08FA855A5D4C50A8ED9000";

    /// Doc 9303-11 appendix D.4: select EF.COM, read its first four bytes, read the rest.
    #[test]
    fn messages_are_protected_as_in_the_worked_example() {
        let mut session = session();
        for (command, protected, response, data) in [
            (
                Command::new(0xa4, 2, 0x0c).with_data([1, 0x1e]),
                "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
                ANSWER,
                "",
            ),
            (
                Command::new(0xb0, 0, 0).expecting(4),
                "0CB000000D9701048E08ED6705417E96BA5500",
                "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
                "60145F01",
            ),
            (
                Command::new(0xb0, 0, 4).expecting(0x12),
                "0CB000040D9701128E082EA28A70F3C7B53500",
                "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
                "04303130365F36063034303030305C026175",
            ),
        ] {
            assert_eq!(hex::encode_upper(session.protect(&command).to_bytes()), protected);
            let response = session.unprotect(&answer(response)).unwrap();
            assert_eq!(
                (hex::encode_upper(response.data), response.status),
                (data.into(), Status::OK)
            );
        }
    }

    /// AES: a message of a real session, as another implementation's tests have it (gmrtd,
    /// `secure_messaging_test.go`).
    #[test]
    fn messages_are_protected_under_aes() {
        let key = |text| Key::new(hex::decode(text).unwrap());
        let mut counter = vec![0; 15];
        counter.push(0xba);
        let mut session = SessionKeys {
            cipher: Cipher::Aes128,
            encryption: key("cc86415f2ed7e8fd663b754265695ae1"),
            authentication: key("581e84b8ee06c4d3eee30461498d7fb3"),
            counter,
        };
        let data = hex::decode("800a04007f000702020302028401c3").unwrap();
        let command = Command::new(0x22, 0x41, 0xa4).with_data(data);
        assert_eq!(
            hex::encode(session.protect(&command).to_bytes()),
            "0c2241a41d871101980953d37f67558690045d78a853b18a8e08929767a2cef172e200"
        );
    }

    #[test]
    fn a_changed_answer_is_refused() {
        let fresh = || {
            let mut session = session();
            session.protect(&Command::new(0xa4, 2, 0x0c).with_data([1, 0x1e]));
            session
        };
        assert!(fresh().unprotect(&answer(ANSWER)).is_ok());
        let refused = |text| fresh().unprotect(&answer(text)).unwrap_err();
        // A bit of the MAC, the protected status, the bare status.
        assert_eq!(refused("990290008E08FA855A5D4C50A8EC9000"), MessagingError::NotAuthentic);
        assert_eq!(refused("99026A828E08FA855A5D4C50A8ED6A82"), MessagingError::NotAuthentic);
        assert_eq!(refused("990290008E08FA855A5D4C50A8ED6A82"), MessagingError::NotAuthentic);
        // Cut, without MAC, without protection.
        assert_eq!(refused("990290008E04FA855A5D9000"), MessagingError::NotAuthentic);
        assert_eq!(refused("990290009000"), MessagingError::Malformed);
        assert_eq!(refused("9000"), MessagingError::Unprotected(Status::OK));
    }

    /// How data is padded is said before it (ISO/IEC 7816-4 section 10.4); nothing else is understood.
    #[test]
    fn another_padding_is_refused() {
        let answered = |indicator| {
            // The chip's side: the same keys, a count ahead.
            let mut chip = session();
            chip.advance();
            let data = [&[indicator], &chip.encrypt(&[1, 2])[..]].concat();
            let objects = [tlv(0x87, &data), tlv(0x99, &[0x90, 0])].concat();
            let mac = tlv(0x8e, &chip.mac(&objects));
            let answer = [objects, mac, vec![0x90, 0]].concat();
            session().unprotect(&Response::parse(&answer).unwrap()).map(|answer| answer.data)
        };
        assert_eq!(answered(1), Ok(vec![1, 2]));
        assert_eq!(answered(2), Err(MessagingError::Malformed));
    }

    /// The counter: an answer holds at its place in the dialogue alone.
    #[test]
    fn a_repeated_answer_is_refused() {
        let mut session = session();
        session.protect(&Command::new(0xa4, 2, 0x0c).with_data([1, 0x1e]));
        session.unprotect(&answer(ANSWER)).unwrap();
        session.protect(&Command::new(0xa4, 2, 0x0c).with_data([1, 0x1e]));
        assert_eq!(session.unprotect(&answer(ANSWER)), Err(MessagingError::NotAuthentic));
    }
}
