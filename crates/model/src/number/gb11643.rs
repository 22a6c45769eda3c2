//! GB 11643-1999: region (6), birth date (8), serial (3, odd for men), check (1, ISO 7064
//! MOD 11-2).

use jiff::civil::Date;

use super::{NumberError, divisions, value};
use crate::Sex;

/// Checks eighteen characters.
pub(super) fn check(text: &str) -> Result<(), NumberError> {
    let bytes = text.as_bytes();
    let (Some(body), Some(last)) = (bytes.get(..17), bytes.get(17)) else {
        return Err(NumberError::Character);
    };
    if !text.is_ascii()
        || !body.iter().all(u8::is_ascii_digit)
        || !(last.is_ascii_digit() || *last == b'X')
    {
        return Err(NumberError::Character);
    }
    if check_character(body) != *last {
        return Err(NumberError::CheckDigit);
    }
    if !divisions::gb2260_knows(value(&text[..6])) {
        return Err(NumberError::Region);
    }
    if birth_date(text).is_none() {
        return Err(NumberError::BirthDate);
    }
    if &text[14..17] == "000" {
        return Err(NumberError::Serial);
    }
    Ok(())
}

/// The check character of seventeen digits: ISO 7064 MOD 11-2, the pure system's recursive method.
fn check_character(body: &[u8]) -> u8 {
    let sum = body.iter().fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    match (12 - sum) % 11 {
        10 => b'X',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    }
}

pub(super) fn birth_date(text: &str) -> Option<Date> {
    let year = i16::try_from(value(&text[6..10])).ok()?;
    let month = i8::try_from(value(&text[10..12])).ok()?;
    let day = i8::try_from(value(&text[12..14])).ok()?;
    // The scheme began in 1984; nobody then alive was born before 1850.
    if year < 1850 { None } else { Date::new(year, month, day).ok() }
}

pub(super) fn sex(text: &str) -> Sex {
    if value(&text[16..17]) % 2 == 1 { Sex::Male } else { Sex::Female }
}

/// The number that a person of this region, birth date and serial (1 to 999, odd for men) has:
/// for making synthetic residents.
///
/// # Errors
/// When the scheme has no such number.
pub fn compose(
    region: u32,
    birth_date: Date,
    serial: u16,
) -> Result<super::ResidentNumber, NumberError> {
    let body = format!("{region:06}{}{serial:03}", birth_date.strftime("%Y%m%d"));
    if body.len() != 17 {
        return Err(NumberError::Length);
    }
    let check = char::from(check_character(body.as_bytes()));
    format!("{body}{check}").parse()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::ResidentNumber;
    use super::*;

    #[test]
    fn the_examples_of_the_standard_pass() {
        // GB 11643-1999, annex A.
        let woman: ResidentNumber = "11010519491231002X".parse().unwrap();
        assert_eq!(woman.sex(), Sex::Female);
        assert!(woman.fits_birth_date(date(1949, 12, 31)));
        let man: ResidentNumber = "440524188001010014".parse().unwrap();
        assert_eq!(man.sex(), Sex::Male);
        assert_eq!(man.birth_date(date(2026, 1, 1)), Some(date(1880, 1, 1)));
    }

    #[test]
    fn each_part_is_checked() {
        let refused = |text: &str| text.parse::<ResidentNumber>().unwrap_err();
        assert_eq!(refused("110105194912310021"), NumberError::CheckDigit);
        assert_eq!(refused("X1010519491231002X"), NumberError::Character);
        assert_eq!(compose(990_105, date(1990, 1, 1), 1), Err(NumberError::Region));
        assert_eq!(compose(110_105, date(1990, 1, 1), 0), Err(NumberError::Serial));
        assert_eq!(compose(110_105, date(1790, 1, 1), 1), Err(NumberError::BirthDate));
        let body = "11010519900230001";
        let no_such_day = format!("{body}{}", char::from(check_character(body.as_bytes())));
        assert_eq!(refused(&no_such_day), NumberError::BirthDate);
    }

    proptest! {
        #[test]
        fn any_one_wrong_digit_and_any_two_swapped_are_noticed(
            days in 0_i32..40_000, serial in 1_u16..1000, at in 0_usize..17, other in 0_u8..10,
        ) {
            let born = date(1900, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let number = compose(440_115, born, serial).unwrap();
            let mut mistyped = number.as_str().as_bytes().to_vec();
            prop_assume!(mistyped[at] != b'0' + other);
            mistyped[at] = b'0' + other;
            let mistyped = String::from_utf8(mistyped).unwrap();
            prop_assert_eq!(mistyped.parse::<ResidentNumber>(), Err(NumberError::CheckDigit));
            let mut swapped = number.as_str().as_bytes().to_vec();
            prop_assume!(at < 16 && swapped[at] != swapped[at + 1]);
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            prop_assert_eq!(swapped.parse::<ResidentNumber>(), Err(NumberError::CheckDigit));
        }
    }
}
