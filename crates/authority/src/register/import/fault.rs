//! What can be wrong with a row: reason and remedy, without the value.

use core::fmt;
use core::str::FromStr;

use tanda_biometrics::finger::FingersError;
use tanda_biometrics::{DetectError, ImageError};
use tanda_model::{NameError, NumberError};

use super::super::add::{AddError, PortraitError};

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// Where the row begins in the file, from 1.
    pub line: u64,
    /// The field at fault; `row` for the row as a whole.
    pub field: String,
    /// What is wrong.
    pub code: FaultCode,
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, field, code } = self;
        write!(f, "line {line}, {field}: {}; {}", code.reason(), code.remedy())
    }
}

macro_rules! catalogue {
    ($($variant:ident $code:literal $reason:literal $remedy:literal)*) => {
        /// What is wrong with a row.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FaultCode {
            $(#[doc = $reason] $variant,)*
        }

        impl FaultCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code in reports that programs read.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What is wrong.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$variant => $reason,)* }
            }

            /// What to do about it.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

catalogue! {
    RowTooLong "row-too-long" "the row has more than 12 MB, or a quote is never closed"
        "close the quote, or put the portrait into a file of its own"
    NotUtf8 "not-utf8" "the row is not UTF-8 text" "save the file as UTF-8"
    NotJson "not-json" "the row is not a JSON object with the known keys"
        "write one object a line, with the keys that the documentation lists"
    WrongColumns "wrong-columns" "the row has another number of columns than the header"
        "quote the fields that contain commas"
    Quote "quote" "a quote in the middle of a field swallows the lines after it"
        "put the whole field in quotes, and write a quote inside as two"
    Missing "missing" "the field is empty" "fill it in"
    NumberLength "number-length" "a resident number has 18 characters (GB 11643) or 16 digits (NIK)"
        "restore leading zeros that a spreadsheet has cut off"
    NumberCharacter "number-character" "a resident number has digits only, but for an X at the end"
        "write the number in full, not in scientific notation"
    NumberCheckDigit "number-check-digit" "the check digit does not fit the other digits"
        "compare the number with the document"
    NumberRegion "number-region" "the region code was never assigned"
        "compare the first six digits with the document"
    NumberBirthDate "number-birth-date" "the birth date inside the number does not exist"
        "compare the number with the document"
    NumberSerial "number-serial" "the serial inside the number was never assigned"
        "compare the number with the document"
    NumberTwice "number-twice" "an earlier row of the file has the same number"
        "keep one of the two rows"
    NumberTaken "number-taken" "a resident with this number is in the register already"
        "take the row out of the file"
    NameTooLong "name-too-long" "a part of a name has at most 100 characters" "shorten it"
    NameCharacter "name-character" "the name has a character that names do not have"
        "use letters, spaces, hyphens, apostrophes and dots"
    DateFormat "date-format" "this is not a date" "write it as YYYY-MM-DD"
    BirthDateDiffers "birth-date-differs" "the birth date differs from the one in the number"
        "correct the one that is wrong"
    NotBorn "not-born" "the birth date is in the future" "correct the date"
    Sex "sex" "sex is 1 or male, 2 or female, 0 or 9 (ISO/IEC 5218)" "use one of them"
    SexDiffers "sex-differs" "the sex differs from the one in the number"
        "correct the one that is wrong"
    Country "country" "a nationality is two capital letters (ISO 3166-1)"
        "write CN or ID, several with a space between"
    YesOrNo "yes-or-no" "a mark is true or false" "use one of the two, or leave it empty"
    PortraitTwice "portrait-twice" "the row has both portrait and portrait_base64"
        "keep one of the two"
    PortraitOutside "portrait-outside" "the portrait's path leads out of the folder of portraits"
        "move the picture into the folder, and write its path from there"
    PortraitUnreadable "portrait-unreadable" "the portrait's file cannot be read"
        "check the path, which starts at the register file's folder, and who may read it"
    PortraitBase64 "portrait-base64" "this is not base64" "use the standard alphabet with padding"
    PortraitTooBig "portrait-too-big" "the portrait has more than 8 MB or 25 million pixels"
        "make the picture smaller"
    PortraitTooSmall "portrait-too-small" "the portrait or the face in it is too small to compare"
        "take a picture from nearer, of 200 pixels a side or more"
    PortraitNotAPicture "portrait-not-a-picture" "the portrait is not a JPEG, PNG or WebP picture"
        "convert it to JPEG"
    PortraitDamaged "portrait-damaged" "the portrait is damaged or incomplete" "copy it anew"
    PortraitNoFace "portrait-no-face" "no face is to be seen on the portrait"
        "use a picture of the person's face from the front"
    PortraitTwoFaces "portrait-two-faces" "more than one face is to be seen on the portrait"
        "use a picture of the person alone"
    PortraitNotRead "portrait-not-read" "the face models could not read the portrait"
        "convert the picture to JPEG, or run scripts/models.sh"
    FingersTwice "fingers-twice" "the row has both fingers and fingers_base64"
        "keep one of the two"
    FingersOutside "fingers-outside" "the fingers' path leads out of the folder of portraits"
        "move them into the folder, and write the path from there"
    FingersUnreadable "fingers-unreadable" "the fingers' file or folder cannot be read"
        "check the path, which starts at the register file's folder, and who may read it"
    FingersBase64 "fingers-base64" "this is not base64" "use the standard alphabet with padding"
    FingersNotRead "fingers-not-read" "the fingers are no ISO/IEC 19794-2 record, and no pictures"
        "export them anew, or give a folder of PNG, BMP or TIFF pictures"
    FingersUnnamed "fingers-unnamed" "a picture in the folder is not named as a finger is"
        "name it right-index.png, and a second impression right-index-2.png"
    FingersPoor "fingers-poor" "an impression of a finger is not good enough to know it by"
        "take that finger again, flat and dry, or leave the impression out"
    FingersTooFew "fingers-too-few" "there are fewer than two different fingers"
        "enrol two fingers at least, or leave the field empty"
    FingersTooMany "fingers-too-many" "there are more than three impressions of a finger"
        "keep the best three"
    FingersSame "fingers-same" "one finger is there under two names" "take one of them again"
}

impl FromStr for FaultCode {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(UnknownFault)
    }
}

/// The text is no code of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such fault")]
pub struct UnknownFault;

/// A fault in one field, before its row is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) field: &'static str,
    pub(super) code: FaultCode,
}

impl FaultCode {
    pub(super) const fn of(self, field: &'static str) -> Fault {
        Fault { field, code: self }
    }
}

impl From<NumberError> for FaultCode {
    fn from(error: NumberError) -> Self {
        match error {
            NumberError::Length => Self::NumberLength,
            NumberError::Character => Self::NumberCharacter,
            NumberError::CheckDigit => Self::NumberCheckDigit,
            NumberError::Region => Self::NumberRegion,
            NumberError::BirthDate => Self::NumberBirthDate,
            NumberError::Serial => Self::NumberSerial,
        }
    }
}

impl From<NameError> for FaultCode {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Missing => Self::Missing,
            NameError::TooLong => Self::NameTooLong,
            NameError::Unprintable => Self::NameCharacter,
        }
    }
}

impl From<PortraitError> for FaultCode {
    fn from(error: PortraitError) -> Self {
        match error {
            PortraitError::Picture(ImageError::TooManyBytes | ImageError::TooManyPixels) => {
                Self::PortraitTooBig
            }
            PortraitError::Picture(ImageError::TooSmall)
            | PortraitError::Face(DetectError::TooSmall) => Self::PortraitTooSmall,
            PortraitError::Picture(ImageError::NotAPicture) => Self::PortraitNotAPicture,
            PortraitError::Picture(_) => Self::PortraitDamaged,
            PortraitError::Face(DetectError::NoFace) => Self::PortraitNoFace,
            PortraitError::Face(DetectError::TooManyFaces) => Self::PortraitTwoFaces,
            PortraitError::Face(_) => Self::PortraitNotRead,
        }
    }
}

impl From<FingersError> for FaultCode {
    fn from(error: FingersError) -> Self {
        match error {
            FingersError::TooFewFingers => Self::FingersTooFew,
            FingersError::TooManyImpressions(_) => Self::FingersTooMany,
            FingersError::SameFinger(..) => Self::FingersSame,
        }
    }
}

/// The faults that adding one person and importing many have in common.
pub(super) fn of_person(error: &AddError) -> Fault {
    match error {
        AddError::NotBorn => FaultCode::NotBorn.of("birth_date"),
        AddError::SexDiffers => FaultCode::SexDiffers.of("sex"),
        _ => FaultCode::BirthDateDiffers.of("birth_date"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_text_and_ends_without_a_stop() {
        for code in FaultCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            assert!(!code.reason().ends_with('.') && !code.remedy().ends_with('.'));
        }
    }
}
