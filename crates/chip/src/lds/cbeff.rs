//! Biometric files: DG2 and DG3 hold a CBEFF group of templates, and each a record of ISO/IEC 19794
//! (Doc 9303-10 section 4.7.2.1).

use super::{DataGroup, LdsError};
use crate::tlv::Reader;

/// The records in the file of a biometric data group; none where it is empty.
pub(super) fn records(group: DataGroup, file: &[u8]) -> Result<Vec<&[u8]>, LdsError> {
    let mut reader = Reader::new(group.content(file)?);
    let mut templates = Reader::new(reader.expect(0x7f61)?);
    reader.finish()?;
    let count = match templates.expect(0x02)? {
        [] => 0,
        [count] => *count,
        _ => return Err(LdsError::Malformed),
    };
    (0..count).map(|_| record(templates.expect(0x7f60)?)).collect()
}

fn record(template: &[u8]) -> Result<&[u8], LdsError> {
    let mut template = Reader::new(template);
    template.expect(0xa1)?;
    match template.optional(0x5f2e)? {
        Some(record) => Ok(record),
        None => Ok(template.expect(0x7f2e)?),
    }
}

/// Fields of fixed length, big-endian.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// The next bytes; `None` where there are fewer.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next bytes as a number.
    pub(super) fn number(&mut self, bytes: usize) -> Option<usize> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }
}
