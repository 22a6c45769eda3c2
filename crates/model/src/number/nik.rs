//! The NIK (Nomor Induk Kependudukan; Presidential Regulation 96/2018, article 37 of Law 24/2013):
//! region (6: province, regency, district), birth date DDMMYY with 40 added to the day for women,
//! serial (4). It has no check digit.

use jiff::civil::Date;

use super::{NumberError, divisions, value};
use crate::Sex;

/// Checks sixteen characters.
pub(super) fn check(text: &str) -> Result<(), NumberError> {
    if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberError::Character);
    }
    // The districts (kecamatan) change every year, so of them only zero is known to be wrong.
    if !divisions::indonesia_knows(value(&text[..4])) || &text[4..6] == "00" {
        return Err(NumberError::Region);
    }
    if born_in(text, 1900).or(born_in(text, 2000)).is_none() {
        return Err(NumberError::BirthDate);
    }
    if &text[12..] == "0000" {
        return Err(NumberError::Serial);
    }
    Ok(())
}

fn born_in(text: &str, century: i16) -> Option<Date> {
    let day = match value(&text[6..8]) {
        day @ 1..=31 => day,
        day @ 41..=71 => day - 40,
        _ => return None,
    };
    let month = i8::try_from(value(&text[8..10])).ok()?;
    let year = century + i16::try_from(value(&text[10..12])).ok()?;
    Date::new(year, month, i8::try_from(day).ok()?).ok()
}

pub(super) fn birth_date(text: &str, today: Date) -> Option<Date> {
    [2100, 2000, 1900]
        .into_iter()
        .filter_map(|century| born_in(text, century))
        .find(|born| *born <= today)
}

pub(super) fn fits_birth_date(text: &str, date: Date) -> bool {
    born_in(text, date.year() - date.year().rem_euclid(100)) == Some(date)
}

pub(super) fn sex(text: &str) -> Sex {
    if value(&text[6..8]) > 40 { Sex::Female } else { Sex::Male }
}

/// The number that a person of this region (six digits), birth date, sex and serial (1 to 9999)
/// has: for making synthetic residents.
///
/// # Errors
/// When the scheme has no such number.
pub fn compose(
    region: u32,
    birth_date: Date,
    sex: Sex,
    serial: u16,
) -> Result<super::ResidentNumber, NumberError> {
    let day = birth_date.day() + if sex == Sex::Female { 40 } else { 0 };
    let (month, year) = (birth_date.month(), birth_date.year().rem_euclid(100));
    format!("{region:06}{day:02}{month:02}{year:02}{serial:04}").parse()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::ResidentNumber;
    use super::*;

    #[test]
    fn a_woman_has_forty_added_to_her_day() {
        let number: ResidentNumber = "3273014101900001".parse().unwrap();
        assert_eq!(number.sex(), Sex::Female);
        assert_eq!(number.birth_date(date(2026, 1, 1)), Some(date(1990, 1, 1)));
        assert!(number.fits_birth_date(date(1890, 1, 1)));
        assert!(!number.fits_birth_date(date(1990, 1, 2)));
    }

    #[test]
    fn two_digits_of_a_year_mean_the_youngest_already_born() {
        let number = compose(327_301, date(2026, 11, 24), Sex::Male, 1).unwrap();
        assert_eq!(number.birth_date(date(2026, 11, 24)), Some(date(2026, 11, 24)));
        assert_eq!(number.birth_date(date(2026, 11, 23)), Some(date(1926, 11, 24)));
        // 29 February 1900 never was, that of 2000 was.
        let leap: ResidentNumber = "3273012902000001".parse().unwrap();
        assert_eq!(leap.birth_date(date(2026, 1, 1)), Some(date(2000, 2, 29)));
    }

    #[test]
    fn each_part_is_checked() {
        let refused = |text: &str| text.parse::<ResidentNumber>().unwrap_err();
        assert_eq!(refused("9973014101900001"), NumberError::Region);
        assert_eq!(refused("3273004101900001"), NumberError::Region);
        assert_eq!(refused("3273013601900001"), NumberError::BirthDate);
        assert_eq!(refused("3273017201900001"), NumberError::BirthDate);
        assert_eq!(refused("3273013002900001"), NumberError::BirthDate);
        assert_eq!(refused("3273014101900000"), NumberError::Serial);
        assert_eq!(refused("327301410190000X"), NumberError::Character);
    }

    proptest! {
        #[test]
        fn what_is_composed_says_what_it_was_made_of(
            days in 0_i32..36_000, serial in 1_u16..10_000, female: bool,
        ) {
            let born = date(1928, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let sex = if female { Sex::Female } else { Sex::Male };
            let number = compose(317_401, born, sex, serial).unwrap();
            prop_assert_eq!(number.sex(), sex);
            prop_assert!(number.fits_birth_date(born));
            let later = born.checked_add(jiff::Span::new().years(99)).unwrap();
            prop_assert_eq!(number.birth_date(later), Some(born));
        }
    }
}
