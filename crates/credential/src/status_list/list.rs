//! The list itself: a compressed array of one, two, four or eight bits a token (section 4).

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::b64;

/// The most bytes that a list may unfold to: 4 MiB, sixteen million statuses of two bits.
pub const MAX_LIST_BYTES: usize = 4 << 20;

/// Why a list, or a place in it, is refused.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ListError {
    /// Not canonical base64url of one whole zlib stream, or a width that does not exist.
    #[error("the status list is malformed")]
    Malformed,
    /// It unfolds to more than [`MAX_LIST_BYTES`].
    #[error("the status list is too long")]
    TooLong,
    /// There is no such entry.
    #[error("the status list has no such entry")]
    OutOfRange,
    /// The status does not fit into the list's width.
    #[error("the status does not fit into the list")]
    TooWide,
}

/// The status of one token (section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// 0: it holds.
    Valid,
    /// 1: it was revoked, for good.
    Invalid,
    /// 2: it is suspended, for a while.
    Suspended,
    /// Anything else: what it means is up to the issuer.
    Other(u8),
}

impl Status {
    /// The number in the list.
    pub fn value(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::Other(value) => value,
        }
    }

    /// What the number in the list means.
    pub fn from_value(value: u8) -> Self {
        match value {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            other => Self::Other(other),
        }
    }
}

/// How many bits an entry takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Bits {
    /// Valid or not.
    One,
    /// Valid, invalid, suspended, and one more.
    Two,
    /// Sixteen statuses.
    Four,
    /// A byte each.
    Eight,
}

impl From<Bits> for u8 {
    fn from(bits: Bits) -> Self {
        match bits {
            Bits::One => 1,
            Bits::Two => 2,
            Bits::Four => 4,
            Bits::Eight => 8,
        }
    }
}

impl TryFrom<u8> for Bits {
    type Error = ListError;

    fn try_from(bits: u8) -> Result<Self, ListError> {
        match bits {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            4 => Ok(Self::Four),
            8 => Ok(Self::Eight),
            _ => Err(ListError::Malformed),
        }
    }
}

impl Bits {
    fn per_byte(self) -> usize {
        8 / usize::from(u8::from(self))
    }

    fn mask(self) -> u8 {
        u8::MAX >> (8 - u8::from(self))
    }
}

/// An array of statuses, packed: entry 0 is in the lowest bits of the first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    bits: Bits,
    packed: Vec<u8>,
}

/// A list as it stands in a token: its width, and base64url of its zlib stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodedStatusList {
    /// How many bits an entry takes.
    pub bits: Bits,
    /// The compressed array.
    pub lst: String,
    /// Where all lists of the issuer are named (section 9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation_uri: Option<String>,
}

impl StatusList {
    /// At least `len` entries, all valid; the last byte is filled up.
    pub fn new(bits: Bits, len: usize) -> Self {
        Self { bits, packed: vec![0; len.div_ceil(bits.per_byte())] }
    }

    /// A list of these statuses; the last byte is filled up with valid ones.
    ///
    /// # Errors
    /// [`ListError::TooWide`].
    pub fn from_statuses(
        bits: Bits,
        statuses: impl IntoIterator<Item = Status>,
    ) -> Result<Self, ListError> {
        let mut packed = Vec::new();
        for (index, status) in statuses.into_iter().enumerate() {
            if index % bits.per_byte() == 0 {
                packed.push(0);
            }
            let last = packed.last_mut().ok_or(ListError::OutOfRange)?;
            *last |= shifted(bits, index, status)?;
        }
        Ok(Self { bits, packed })
    }

    /// How many bits an entry takes.
    pub fn bits(&self) -> Bits {
        self.bits
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.packed.len() * self.bits.per_byte()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// The status of entry `idx`.
    ///
    /// # Errors
    /// [`ListError::OutOfRange`].
    pub fn status(&self, idx: u64) -> Result<Status, ListError> {
        let index = usize::try_from(idx).map_err(|_| ListError::OutOfRange)?;
        let byte = self.packed.get(index / self.bits.per_byte()).ok_or(ListError::OutOfRange)?;
        Ok(Status::from_value(byte >> shift(self.bits, index) & self.bits.mask()))
    }

    /// Sets the status of entry `idx`.
    ///
    /// # Errors
    /// [`ListError::OutOfRange`] and [`ListError::TooWide`].
    pub fn set(&mut self, idx: u64, status: Status) -> Result<(), ListError> {
        let index = usize::try_from(idx).map_err(|_| ListError::OutOfRange)?;
        let value = shifted(self.bits, index, status)?;
        let place = index / self.bits.per_byte();
        let byte = self.packed.get_mut(place).ok_or(ListError::OutOfRange)?;
        *byte = *byte & !(self.bits.mask() << shift(self.bits, index)) | value;
        Ok(())
    }

    /// Compresses the list.
    ///
    /// # Errors
    /// [`ListError::TooLong`] for more than [`MAX_LIST_BYTES`].
    pub fn encode(&self) -> Result<EncodedStatusList, ListError> {
        if self.packed.len() > MAX_LIST_BYTES {
            return Err(ListError::TooLong);
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        // Writing to memory cannot fail.
        let stream = encoder.write_all(&self.packed).and_then(|()| encoder.finish());
        let lst = b64::encode(stream.map_err(|_| ListError::Malformed)?);
        Ok(EncodedStatusList { bits: self.bits, lst, aggregation_uri: None })
    }

    /// Unfolds a list of at most [`MAX_LIST_BYTES`].
    ///
    /// # Errors
    /// [`ListError::Malformed`] and [`ListError::TooLong`].
    pub fn decode(encoded: &EncodedStatusList) -> Result<Self, ListError> {
        let stream = b64::decode(&encoded.lst).map_err(|_| ListError::Malformed)?;
        let mut decoder = ZlibDecoder::new(stream.as_slice());
        let mut packed = Vec::new();
        let limit = MAX_LIST_BYTES as u64;
        (&mut decoder)
            .take(limit + 1)
            .read_to_end(&mut packed)
            .map_err(|_| ListError::Malformed)?;
        if packed.len() > MAX_LIST_BYTES {
            return Err(ListError::TooLong);
        }
        if decoder.total_in() != stream.len() as u64 {
            return Err(ListError::Malformed);
        }
        Ok(Self { bits: encoded.bits, packed })
    }
}

fn shift(bits: Bits, index: usize) -> usize {
    index % bits.per_byte() * usize::from(u8::from(bits))
}

fn shifted(bits: Bits, index: usize, status: Status) -> Result<u8, ListError> {
    if status.value() > bits.mask() {
        return Err(ListError::TooWide);
    }
    Ok(status.value() << shift(bits, index))
}
