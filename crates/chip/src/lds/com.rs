//! EF.COM: which data groups a chip says that it has (Doc 9303-10 section 4.7.1).
//!
//! Nobody signs it. What is on the chip is what EF.SOD lists; this file only says how to read it.

use thiserror::Error;

use super::DataGroup;
use crate::tlv::{self, Reader, TlvError};

/// Why EF.COM is not taken.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum CommonError {
    /// Not TLV.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// A version that isn't digits, a tag that is no data group's, or one twice.
    #[error("the card's list of its files is malformed")]
    Malformed,
}

/// What EF.COM says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Common {
    /// The version of the logical data structure: `0107`, `0108`.
    pub version: [u8; 4],
    /// The data groups, in the order of the file.
    pub groups: Vec<DataGroup>,
}

impl Common {
    /// Reads the file.
    ///
    /// # Errors
    /// [`CommonError`].
    pub fn parse(file: &[u8]) -> Result<Self, CommonError> {
        let mut reader = Reader::new(tlv::only(file, 0x60)?);
        let version = reader.expect(0x5f01)?;
        let unicode = reader.expect(0x5f36)?;
        let tags = reader.expect(0x5c)?;
        reader.finish()?;
        if unicode.len() != 6 || !version.iter().chain(unicode).all(u8::is_ascii_digit) {
            return Err(CommonError::Malformed);
        }
        let mut groups = Vec::with_capacity(tags.len().min(16));
        for tag in tags {
            let group = DataGroup::tagged(*tag).ok_or(CommonError::Malformed)?;
            if groups.contains(&group) {
                return Err(CommonError::Malformed);
            }
            groups.push(group);
        }
        let version = version.try_into().map_err(|_| CommonError::Malformed)?;
        Ok(Self { version, groups })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Doc 9303-11 appendix D.4: the file that the worked example reads.
    #[test]
    fn the_file_of_the_worked_example_is_read() {
        let file = hex::decode("60145F0104303130365F36063034303030305C026175").unwrap();
        let common = Common::parse(&file).unwrap();
        assert_eq!(&common.version, b"0106");
        assert_eq!(common.groups, [DataGroup::MRZ, DataGroup::FACE]);
    }

    #[test]
    fn a_group_that_there_is_not_is_refused() {
        let parse = |list: &str| {
            Common::parse(
                &hex::decode(format!("60145F0104303130365F3606303430303030{list}")).unwrap(),
            )
        };
        assert!(parse("5C026175").is_ok());
        assert_eq!(parse("5C026160"), Err(CommonError::Malformed));
        assert_eq!(parse("5C026161"), Err(CommonError::Malformed));
    }
}
