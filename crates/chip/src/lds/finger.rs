//! DG3, fingers (Doc 9303-10 section 4.7.3.3): CBEFF templates around records of ISO/IEC 19794-4:2005.
//!
//! Most issuers keep this file behind terminal authentication; what is read here are the cards of those
//! who don't.

use thiserror::Error;
use zeroize::Zeroizing;

use super::cbeff::{Fields, records};
use super::{DataGroup, LdsError};

/// Why DG3 is not taken.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum FingerError {
    /// Not the file of DG3.
    #[error(transparent)]
    Lds(#[from] LdsError),
    /// A record that isn't one of ISO/IEC 19794-4, or whose lengths contradict each other.
    #[error("a finger record is malformed")]
    Record,
}

/// How a finger's image is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FingerFormat {
    /// Not at all: a byte a pixel, row by row, 0 black.
    Grey {
        /// Pixels a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// PNG.
    Png,
    /// Another: packed bits, WSQ, JPEG or JPEG 2000.
    Other,
}

/// A finger's image.
#[derive(Clone, PartialEq, Eq)]
pub struct FingerImage {
    /// Which finger: 1, the right thumb, to 10, the left little finger; 0 where that is not known.
    pub position: u8,
    /// How fine it is.
    pub dots_an_inch: u32,
    /// How it is compressed.
    pub format: FingerFormat,
    /// The image; wiped when it is dropped.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for FingerImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FingerImage").field("format", &self.format).finish_non_exhaustive()
    }
}

impl FingerImage {
    /// Every finger of the file of DG3; none where the issuer took none.
    ///
    /// # Errors
    /// [`FingerError`].
    pub fn from_dg3(file: &[u8]) -> Result<Vec<Self>, FingerError> {
        let mut fingers = Vec::new();
        for record in records(DataGroup::FINGERS, file)? {
            fingers.extend(Self::from_record(record).ok_or(FingerError::Record)?);
        }
        Ok(fingers)
    }

    /// The images of a record (ISO/IEC 19794-4 section 7); `None` where it is malformed.
    fn from_record(record: &[u8]) -> Option<Vec<Self>> {
        let mut fields = Fields(record);
        let [magic, version] = [fields.take(4)?, fields.take(4)?];
        let length = fields.number(6)?;
        if magic != b"FIR\0" || version != b"010\0" || length != record.len() {
            return None;
        }
        // Device, and at which level the image was taken.
        fields.take(4)?;
        let (count, unit) = (fields.number(1)?, fields.number(1)?);
        // How fine the scanner is; the image may be coarser.
        fields.take(4)?;
        let [across, down] = [fields.number(2)?, fields.number(2)?];
        let dots_an_inch = match unit {
            1 if across == down => u32::try_from(across).ok()?,
            2 if across == down => u32::try_from((across * 254 + 50) / 100).ok()?,
            _ => return None,
        };
        let (depth, compression) = (fields.number(1)?, fields.number(1)?);
        fields.take(2)?;
        let mut fingers = Vec::new();
        for _ in 0..count {
            let length = fields.0;
            let length = Fields(length).number(4)?;
            let mut view = Fields(fields.take(length)?);
            view.take(4)?;
            let position = u8::try_from(view.number(1)?).ok()?;
            // How many views of this finger, which this is, its quality, and how it was taken.
            view.take(4)?;
            let [width, height] = [view.number(2)?, view.number(2)?];
            view.take(1)?;
            let format = match compression {
                0 if depth == 8 && width * height == view.0.len() => {
                    FingerFormat::Grey { width, height }
                }
                0 => return None,
                5 => FingerFormat::Png,
                _ => FingerFormat::Other,
            };
            fingers.push(Self {
                position,
                dots_an_inch,
                format,
                bytes: Zeroizing::new(view.0.to_vec()),
            });
        }
        fields.0.is_empty().then_some(fingers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlv::tlv;

    /// A record with one image of two rows of three pixels.
    fn record(compression: u8, image: &[u8]) -> Vec<u8> {
        let view = 14 + u32::try_from(image.len()).unwrap();
        let mut out = b"FIR\x00010\x00\0\0".to_vec();
        out.extend((32 + view).to_be_bytes());
        out.extend([0, 0, 0, 31, 1, 1]);
        out.extend([500_u16; 4].iter().flat_map(|it| it.to_be_bytes()));
        out.extend([8, compression, 0, 0]);
        out.extend(view.to_be_bytes());
        // The left index finger, the only view of one, good, a live scan.
        out.extend([7, 1, 1, 80, 0, 0, 3, 0, 2, 0]);
        out.extend(image);
        out
    }

    fn dg3(records: &[Vec<u8>]) -> Vec<u8> {
        let mut group = tlv(0x02, &[u8::try_from(records.len()).unwrap()]);
        for record in records {
            group.extend(tlv(0x7f60, &[tlv(0xa1, &[]), tlv(0x5f2e, record)].concat()));
        }
        tlv(0x63, &tlv(0x7f61, &group))
    }

    #[test]
    fn every_finger_is_taken_out() {
        let raw = record(0, &[1, 2, 3, 4, 5, 6]);
        let png = record(5, b"\x89PNG");
        let fingers = FingerImage::from_dg3(&dg3(&[raw, png, record(2, b"WSQ")])).unwrap();
        let formats: Vec<_> = fingers.iter().map(|one| one.format).collect();
        let grey = FingerFormat::Grey { width: 3, height: 2 };
        assert_eq!(formats, [grey, FingerFormat::Png, FingerFormat::Other]);
        assert_eq!((fingers[0].position, fingers[0].dots_an_inch), (7, 500));
        assert_eq!(*fingers[0].bytes, [1, 2, 3, 4, 5, 6]);
        assert_eq!(*fingers[1].bytes, b"\x89PNG");
        assert_eq!(FingerImage::from_dg3(&dg3(&[])), Ok(Vec::new()));
    }

    #[test]
    fn dots_a_centimetre_are_brought_to_an_inch() {
        let mut metric = record(5, b"\x89PNG");
        metric[19] = 2;
        metric[24..28].copy_from_slice(&[0, 197, 0, 197]);
        assert_eq!(FingerImage::from_dg3(&dg3(&[metric])).unwrap()[0].dots_an_inch, 500);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let good = record(0, &[1, 2, 3, 4, 5, 6]);
        // The magic, the version, the length, the count, the unit, the two resolutions, the depth, the view's length,
        // and the width.
        for byte in [2, 6, 13, 18, 19, 25, 28, 35, 42] {
            let mut changed = good.clone();
            changed[byte] ^= 0x40;
            let refused = FingerImage::from_dg3(&dg3(&[changed]));
            assert_eq!(refused, Err(FingerError::Record), "byte {byte}");
        }
        // In centimetres too a finger is as fine across as down.
        let mut metric = record(5, b"\x89PNG");
        (metric[19], metric[25]) = (2, 197);
        assert_eq!(FingerImage::from_dg3(&dg3(&[metric])), Err(FingerError::Record));
        let mut longer = good;
        longer.push(0);
        assert_eq!(FingerImage::from_dg3(&dg3(&[longer.clone()])), Err(FingerError::Record));
        // And with the length that it has.
        longer[13] += 1;
        assert_eq!(FingerImage::from_dg3(&dg3(&[longer])), Err(FingerError::Record));
    }

    #[test]
    fn a_file_is_one_group_and_has_the_number_of_its_templates() {
        let file = |content: &[u8]| FingerImage::from_dg3(&tlv(0x63, content)).map(|all| all.len());
        let none = |count: &[u8]| tlv(0x7f61, &tlv(0x02, count));
        assert_eq!((file(&none(&[])), file(&none(&[0]))), (Ok(0), Ok(0)));
        assert_eq!(file(&none(&[0, 0])), Err(LdsError::Malformed.into()));
        assert!(file(&none(&[1])).is_err());
        let twice = [none(&[0]), none(&[0])].concat();
        assert!(matches!(file(&twice), Err(FingerError::Lds(LdsError::Tlv(_)))));
    }
}
