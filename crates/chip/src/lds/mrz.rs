//! The machine readable zone, as DG1 holds it (Doc 9303-3 section 4, Doc 9303-4 to -6, Doc 9303-10
//! section 4.7.2): every check digit is checked.

use jiff::civil::Date;
use thiserror::Error;

use super::check_digit::check_digit;
use super::{DataGroup, LdsError};
use crate::tlv;

const FILLER: char = '<';

/// Why lines are no machine readable zone.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum MrzError {
    /// Not the file of DG1.
    #[error(transparent)]
    Lds(#[from] LdsError),
    /// Not 90, 72 or 88 characters.
    #[error("the machine readable zone has another length")]
    Length,
    /// A character other than A to Z, 0 to 9 and the filler.
    #[error("the machine readable zone has a character that it can't have")]
    Character,
    /// A check digit that doesn't fit.
    #[error("a check digit of the machine readable zone is wrong: {0:?}")]
    CheckDigit(MrzField),
    /// A field that isn't one.
    #[error("a field of the machine readable zone is malformed: {0:?}")]
    Field(MrzField),
}

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MrzField {
    /// The document's number.
    DocumentNumber,
    /// The date of birth.
    Birth,
    /// M, F or nothing.
    Sex,
    /// The date of expiry.
    Expiry,
    /// A passport's personal number.
    PersonalNumber,
    /// The check digit over them all.
    Composite,
}

/// The size of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MrzFormat {
    /// A card: three lines of 30.
    Td1,
    /// A larger card: two lines of 36.
    Td2,
    /// A passport: two lines of 44.
    Td3,
}

/// The sex, as the document has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MrzSex {
    /// F.
    Female,
    /// M.
    Male,
    /// Not given.
    Unspecified,
}

/// A date of birth with a year of two digits; month and day may be unknown (Doc 9303-3 section 4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BirthDate {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
}

impl BirthDate {
    /// Whether somebody born on `date` may have these digits; what is unknown fits everybody.
    pub fn fits(self, date: Date) -> bool {
        self.year.is_none_or(|year| date.year().rem_euclid(100) == year)
            && self.month.is_none_or(|month| date.month() == month)
            && self.day.is_none_or(|day| date.day() == day)
    }

    /// The year's last two digits, the month and the day, as far as they are known.
    pub const fn parts(self) -> (Option<i16>, Option<i8>, Option<i8>) {
        (self.year, self.month, self.day)
    }
}

/// What the lines say.
#[derive(Clone, PartialEq, Eq)]
pub struct Mrz {
    /// The document's size.
    pub format: MrzFormat,
    /// What kind of document: `P`, `I`, `ID`.
    pub document_code: String,
    /// Who issued it: a state or organisation by three letters (Doc 9303-3 section 5).
    pub issuing_state: String,
    /// The document's number.
    pub document_number: String,
    /// The nationality, by three letters.
    pub nationality: String,
    /// The date of birth.
    pub birth: BirthDate,
    /// The sex.
    pub sex: MrzSex,
    /// The last day on which the document is valid.
    pub expiry: Date,
    /// The primary identifier, transliterated and perhaps cut: not what the register calls somebody.
    pub primary_name: String,
    /// The secondary identifier.
    pub secondary_name: String,
    /// What else the issuer put in: on an identity card often the resident number.
    pub optional: Vec<String>,
}

impl std::fmt::Debug for Mrz {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mrz").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Mrz {
    /// Reads the file of DG1.
    ///
    /// # Errors
    /// [`MrzError`].
    pub fn from_dg1(file: &[u8]) -> Result<Self, MrzError> {
        let content = DataGroup::MRZ.content(file)?;
        Self::parse(tlv::only(content, 0x5f1f).map_err(LdsError::from)?)
    }

    /// Reads the lines, one after another without breaks.
    ///
    /// # Errors
    /// [`MrzError`].
    pub fn parse(lines: &[u8]) -> Result<Self, MrzError> {
        let known = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte == b'<';
        if !lines.iter().all(known) {
            return Err(MrzError::Character);
        }
        let lines = std::str::from_utf8(lines).map_err(|_| MrzError::Character)?;
        match lines.len() {
            90 => Self::td1(lines),
            72 => Self::two_lines(lines, MrzFormat::Td2),
            88 => Self::two_lines(lines, MrzFormat::Td3),
            _ => Err(MrzError::Length),
        }
    }

    /// Doc 9303-5 section 4.2.
    fn td1(lines: &str) -> Result<Self, MrzError> {
        let (first, rest) = lines.split_at(30);
        let (second, names) = rest.split_at(30);
        let composite = [&first[5..], &second[..7], &second[8..15], &second[18..29]].concat();
        checked(&composite, &second[29..], MrzField::Composite)?;
        let (document_number, rest) = number(&first[5..14], &first[14..15], &first[15..])?;
        Ok(Self {
            format: MrzFormat::Td1,
            optional: [rest, text(&second[18..29])]
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect(),
            ..Self::fields(
                first,
                document_number,
                &second[15..18],
                [&second[..7], &second[7..8], &second[8..15]],
                names,
            )?
        })
    }

    /// Doc 9303-6 section 4.2 and Doc 9303-4 section 4.2, which differ in the lines' length, and in the
    /// check digit that a passport's personal number has.
    fn two_lines(lines: &str, format: MrzFormat) -> Result<Self, MrzError> {
        let (first, second) = lines.split_at(lines.len() / 2);
        let (second, composite) = second.split_at(second.len() - 1);
        let covered = [&second[..10], &second[13..20], &second[21..]].concat();
        checked(&covered, composite, MrzField::Composite)?;
        let rest = &second[28..];
        let (document_number, optional) = if format == MrzFormat::Td2 {
            number(&second[..9], &second[9..10], rest)?
        } else {
            let (personal, digit) = rest.split_at(rest.len() - 1);
            let unused = digit == "<" && personal.bytes().all(|byte| byte == b'<');
            if !unused {
                checked(personal, digit, MrzField::PersonalNumber)?;
            }
            (number(&second[..9], &second[9..10], "")?.0, text(personal))
        };
        Ok(Self {
            format,
            optional: Some(optional).into_iter().filter(|it| !it.is_empty()).collect(),
            ..Self::fields(
                first,
                document_number,
                &second[10..13],
                [&second[13..20], &second[20..21], &second[21..28]],
                &first[5..],
            )?
        })
    }

    /// What all sizes have; `dates` are birth, sex and expiry, dates with their check digits.
    fn fields(
        first: &str,
        document_number: String,
        nationality: &str,
        [birth, sex, expiry]: [&str; 3],
        names: &str,
    ) -> Result<Self, MrzError> {
        let (birth, digit) = birth.split_at(6);
        checked(birth, digit, MrzField::Birth)?;
        let (expiry, digit) = expiry.split_at(6);
        checked(expiry, digit, MrzField::Expiry)?;
        let (primary, secondary) = names.split_once("<<").unwrap_or((names, ""));
        Ok(Self {
            format: MrzFormat::Td1,
            document_code: text(&first[..2]),
            issuing_state: text(&first[2..5]),
            document_number,
            nationality: text(nationality),
            birth: birth_date(birth).ok_or(MrzError::Field(MrzField::Birth))?,
            sex: match sex {
                "F" => MrzSex::Female,
                "M" => MrzSex::Male,
                "<" => MrzSex::Unspecified,
                _ => return Err(MrzError::Field(MrzField::Sex)),
            },
            expiry: expiry_date(expiry).ok_or(MrzError::Field(MrzField::Expiry))?,
            primary_name: text(primary),
            secondary_name: text(secondary),
            optional: Vec::new(),
        })
    }
}

/// A field without its fillers at the end; those within stand for spaces.
fn text(field: &str) -> String {
    field.trim_end_matches(FILLER).replace(FILLER, " ")
}

fn checked(field: &str, digit: &str, which: MrzField) -> Result<(), MrzError> {
    if digit.as_bytes() == [check_digit(field.as_bytes())] {
        Ok(())
    } else {
        Err(MrzError::CheckDigit(which))
    }
}

/// The document number and what is left of the optional data: a number longer than nine characters goes
/// on there, with its check digit at its end (Doc 9303-5 section 4.2.2.1, note j).
fn number(start: &str, digit: &str, optional: &str) -> Result<(String, String), MrzError> {
    let field = MrzField::DocumentNumber;
    if digit != "<" {
        checked(start, digit, field)?;
        return Ok((text(start), text(optional)));
    }
    let (more, rest) = optional.split_once(FILLER).unwrap_or((optional, ""));
    let (more, digit) =
        more.split_at_checked(more.len().wrapping_sub(1)).ok_or(MrzError::Field(field))?;
    let whole = [start, more].concat();
    checked(&whole, digit, field)?;
    Ok((text(&whole), text(rest)))
}

fn birth_date(field: &str) -> Option<BirthDate> {
    let part = |digits: &str| match digits {
        "<<" => Some(None),
        digits => digits.parse::<i8>().ok().map(Some),
    };
    let (year, month, day) = (part(&field[..2])?, part(&field[2..4])?, part(&field[4..])?);
    let real = month.is_none_or(|it| (1..=12).contains(&it))
        && day.is_none_or(|it| (1..=31).contains(&it));
    real.then_some(BirthDate { year: year.map(i16::from), month, day })
}

/// A day of this century.
fn expiry_date(field: &str) -> Option<Date> {
    let part = |digits: &str| digits.parse::<i8>().ok();
    let year = 2000 + i16::from(part(&field[..2])?);
    Date::new(year, part(&field[2..4])?, part(&field[4..])?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TD1: &str = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6\
        ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
    const TD2: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6";
    const TD3: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\
        L898902C36UTO7408122F1204159ZE184226B<<<<<10";

    fn parse(lines: &str) -> Result<Mrz, MrzError> {
        Mrz::parse(lines.as_bytes())
    }

    /// Doc 9303-4, -5 and -6: the specimens.
    #[test]
    fn the_specimens_are_read() {
        for (lines, format, number, optional) in [
            (TD1, MrzFormat::Td1, "D23145890", vec![]),
            (TD2, MrzFormat::Td2, "D23145890", vec![]),
            (TD3, MrzFormat::Td3, "L898902C3", vec!["ZE184226B".to_owned()]),
        ] {
            let mrz = parse(lines).unwrap();
            assert_eq!((mrz.format, mrz.document_number.as_str()), (format, number));
            assert_eq!((mrz.issuing_state.as_str(), mrz.nationality.as_str()), ("UTO", "UTO"));
            assert_eq!(mrz.primary_name, "ERIKSSON");
            assert_eq!(mrz.secondary_name, "ANNA MARIA");
            assert!(mrz.birth.fits(date(1974, 8, 12)) && !mrz.birth.fits(date(1974, 8, 13)));
            assert_eq!((mrz.sex, mrz.expiry), (MrzSex::Female, date(2012, 4, 15)));
            assert_eq!(mrz.optional, optional);
        }
    }

    #[test]
    fn a_long_number_goes_on_in_the_optional_data() {
        // D23145890734, whose check digit is 9.
        let first = "I<UTOD23145890<7349<<<<<<<<<<<";
        let second = "3407127M9507122UTO<<<<<<<<<<<";
        let composite = [&first[5..], &second[..7], &second[8..15], &second[18..29]].concat();
        let digit = char::from(check_digit(composite.as_bytes()));
        let lines = format!("{first}{second}{digit}STEVENSON<<PETER<JOHN<<<<<<<<<");
        let mrz = parse(&lines).unwrap();
        assert_eq!((mrz.document_number.as_str(), mrz.optional), ("D23145890734", vec![]));
    }

    /// Each digit by itself, and the one over them all.
    #[test]
    fn a_wrong_digit_is_told_by_its_field() {
        let changed = |lines: &str, index: usize, with: &str| {
            let mut lines = lines.to_owned();
            lines.replace_range(index..=index, with);
            parse(&lines).unwrap_err()
        };
        assert_eq!(changed(TD3, 44 + 43, "1"), MrzError::CheckDigit(MrzField::Composite));
        assert_eq!(changed(TD1, 59, "7"), MrzError::CheckDigit(MrzField::Composite));
        // A field and its digit are within the composite too: mend that one to get to the field.
        let mended = |index: usize, with: &str| {
            let mut lines = TD3.to_owned();
            lines.replace_range(44 + index..=44 + index, with);
            let second = &lines[44..];
            let covered = [&second[..10], &second[13..20], &second[21..43]].concat();
            let digit = char::from(check_digit(covered.as_bytes())).to_string();
            lines.replace_range(87.., &digit);
            parse(&lines).unwrap_err()
        };
        assert_eq!(mended(9, "7"), MrzError::CheckDigit(MrzField::DocumentNumber));
        assert_eq!(mended(19, "3"), MrzError::CheckDigit(MrzField::Birth));
        assert_eq!(mended(27, "8"), MrzError::CheckDigit(MrzField::Expiry));
        assert_eq!(mended(42, "2"), MrzError::CheckDigit(MrzField::PersonalNumber));
    }

    #[test]
    fn what_no_document_prints_is_refused() {
        assert_eq!(parse(""), Err(MrzError::Length));
        assert_eq!(parse(&TD1[..89]), Err(MrzError::Length));
        assert_eq!(parse(&TD1.replace('I', "i")), Err(MrzError::Character));
        assert_eq!(parse(&TD1.replace("F1204", "X1204")), Err(MrzError::Field(MrzField::Sex)));
    }
}
