//! Files and data groups by number, name and tag (Doc 9303-10 sections 3.11 and 4.6).

use std::fmt;

use thiserror::Error;

use crate::tlv::{self, TlvError};

/// A file that is no such data group.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum LdsError {
    /// Not TLV.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Content that this file doesn't have.
    #[error("a file of the card is malformed")]
    Malformed,
}

/// An elementary file, by its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(pub u16);

impl FileId {
    /// How the chip opens; readable by everybody.
    pub const CARD_ACCESS: Self = Self(0x011c);
    /// Which data groups there are, as the chip says, unsigned.
    pub const COM: Self = Self(0x011e);
    /// What the issuer signed.
    pub const SOD: Self = Self(0x011d);

    /// The most bytes that such a file may have: what a portrait takes, or what certificates take.
    pub const fn limit(self) -> usize {
        match self.0 {
            // DG2 to DG7: images.
            0x0102..=0x0107 => 256 * 1024,
            _ => 32 * 1024,
        }
    }
}

/// One of the sixteen data groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataGroup(u8);

/// The tags of the data groups, in the order of their numbers.
const TAGS: [u8; 16] = [
    0x61, 0x75, 0x63, 0x76, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70,
];

impl DataGroup {
    /// The machine readable zone.
    pub const MRZ: Self = Self(1);
    /// The face.
    pub const FACE: Self = Self(2);
    /// Fingers; on most cards readable only after terminal authentication.
    pub const FINGERS: Self = Self(3);
    /// How the chip proves itself.
    pub const SECURITY: Self = Self(14);
    /// The key of active authentication.
    pub const ACTIVE_AUTHENTICATION: Self = Self(15);

    /// Number 1 to 16.
    pub fn numbered(number: u8) -> Option<Self> {
        (1..=16).contains(&number).then_some(Self(number))
    }

    /// By the tag of its file.
    pub fn tagged(tag: u8) -> Option<Self> {
        let index = TAGS.iter().position(|known| *known == tag)?;
        Self::numbered(u8::try_from(index + 1).ok()?)
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The tag of its file.
    pub fn tag(self) -> u16 {
        TAGS.get(usize::from(self.0) - 1).copied().unwrap_or_default().into()
    }

    /// Its file.
    pub const fn file(self) -> FileId {
        FileId(0x0100 | self.0 as u16)
    }

    /// What is within the file's tag.
    ///
    /// # Errors
    /// [`LdsError::Tlv`].
    pub fn content(self, file: &[u8]) -> Result<&[u8], LdsError> {
        Ok(tlv::only(file, self.tag())?)
    }
}

impl fmt::Debug for DataGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DG{}", self.0)
    }
}

impl fmt::Display for DataGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DG{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_files_are_those_of_the_table() {
        for (number, tag, file) in [(1, 0x61, 0x0101), (2, 0x75, 0x0102), (14, 0x6e, 0x010e)] {
            let group = DataGroup::numbered(number).unwrap();
            assert_eq!((group.tag(), group.file()), (tag, FileId(file)));
            assert_eq!(DataGroup::tagged(u8::try_from(tag).unwrap()), Some(group));
        }
        assert_eq!(DataGroup::numbered(0), None);
        assert_eq!(DataGroup::numbered(17), None);
        assert_eq!(DataGroup::tagged(0x60), None);
    }
}
