//! DG2, the face (Doc 9303-10 section 4.7.3): a CBEFF template around an ISO/IEC 19794-5:2005 record.
//! The records of ISO/IEC 39794-5, which issuers may write from 2026 on, are not read yet.

use thiserror::Error;

use super::cbeff::{Fields, records};
use super::{DataGroup, LdsError};

/// Why DG2 is not taken.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum FaceError {
    /// Not the file of DG2.
    #[error(transparent)]
    Lds(#[from] LdsError),
    /// A record that isn't one of ISO/IEC 19794-5, or whose lengths contradict each other.
    #[error("the face record is malformed")]
    Record,
    /// No face within.
    #[error("the card holds no face")]
    Empty,
    /// Neither JPEG nor JPEG 2000.
    #[error("the portrait's format is unknown")]
    Format,
}

/// How a portrait is compressed, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortraitFormat {
    /// JPEG.
    Jpeg,
    /// JPEG 2000, with or without its container.
    Jpeg2000,
}

impl PortraitFormat {
    /// The format of an image; `None` if it is neither.
    pub fn of(image: &[u8]) -> Option<Self> {
        match image {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0, 0, 0, 0x0c, b'j', b'P', b' ', b' ', ..] | [0xff, 0x4f, 0xff, 0x51, ..] => {
                Some(Self::Jpeg2000)
            }
            _ => None,
        }
    }
}

/// The portrait.
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait {
    /// How it is compressed.
    pub format: PortraitFormat,
    /// The image.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Portrait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Portrait").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Portrait {
    /// The first face of the file of DG2.
    ///
    /// # Errors
    /// [`FaceError`].
    pub fn from_dg2(file: &[u8]) -> Result<Self, FaceError> {
        let record = *records(DataGroup::FACE, file)?.first().ok_or(FaceError::Empty)?;
        let (faces, bytes) = first_face(record).ok_or(FaceError::Record)?;
        if faces == 0 {
            return Err(FaceError::Empty);
        }
        let bytes = bytes.ok_or(FaceError::Record)?.to_vec();
        let format = PortraitFormat::of(&bytes).ok_or(FaceError::Format)?;
        Ok(Self { format, bytes })
    }
}

/// How many faces a record has (ISO/IEC 19794-5 section 5), and the first one's image; `None` where the
/// record is malformed.
fn first_face(record: &[u8]) -> Option<(usize, Option<&[u8]>)> {
    let mut fields = Fields(record);
    let [magic, version] = [fields.take(4)?, fields.take(4)?];
    let length = fields.number(4)?;
    let faces = fields.number(2)?;
    let known = magic == b"FAC\0" && version == b"010\0" && length == record.len();
    known.then(|| (faces, image(fields.0)))
}

/// The image of the face whose block begins here.
fn image(block: &[u8]) -> Option<&[u8]> {
    // The block's length counts from its start.
    let mut fields = Fields(block);
    let length = fields.number(4)?;
    let mut fields = Fields(block.get(4..length)?);
    let points = fields.number(2)?;
    fields.take(14)?;
    fields.take(points * 8)?;
    // Image information: type, compression, size, colour, source, device, quality.
    fields.take(12)?;
    Some(fields.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlv::tlv;

    fn record(image: &[u8]) -> Vec<u8> {
        let block = 20 + 12 + u32::try_from(image.len()).unwrap();
        let mut out = b"FAC\x00010\x00".to_vec();
        out.extend((14 + block).to_be_bytes());
        out.extend([0, 1]);
        out.extend(block.to_be_bytes());
        out.extend([0; 16 + 12]);
        out.extend(image);
        out
    }

    fn dg2(record: &[u8]) -> Vec<u8> {
        let template = [tlv(0xa1, &[]), tlv(0x5f2e, record)].concat();
        let group = [tlv(0x02, &[1]), tlv(0x7f60, &template)].concat();
        tlv(0x75, &tlv(0x7f61, &group))
    }

    #[test]
    fn the_image_is_taken_out() {
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3];
        let portrait = Portrait::from_dg2(&dg2(&record(&jpeg))).unwrap();
        assert_eq!((portrait.format, portrait.bytes.as_slice()), (PortraitFormat::Jpeg, &jpeg[..]));
        let codestream = [0xff, 0x4f, 0xff, 0x51, 0];
        let portrait = Portrait::from_dg2(&dg2(&record(&codestream))).unwrap();
        assert_eq!(portrait.format, PortraitFormat::Jpeg2000);
    }

    #[test]
    fn lengths_that_contradict_each_other_are_refused() {
        let good = record(&[0xff, 0xd8, 0xff]);
        for (index, error) in [
            (3, FaceError::Record),
            (11, FaceError::Record),
            (17, FaceError::Record),
            // As many feature points as would reach past the end.
            (18, FaceError::Record),
        ] {
            let mut changed = good.clone();
            changed[index] ^= 0x40;
            assert_eq!(Portrait::from_dg2(&dg2(&changed)), Err(error), "byte {index}");
        }
        let mut none = good;
        none[13] = 0;
        assert_eq!(Portrait::from_dg2(&dg2(&none)), Err(FaceError::Empty));
        assert_eq!(Portrait::from_dg2(&dg2(&record(b"GIF89a"))), Err(FaceError::Format));
    }
}
