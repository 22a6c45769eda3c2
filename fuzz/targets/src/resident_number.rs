//! Resident numbers: however one is typed, it has one form, which reads as itself; it fits the birth
//! date that it says, and masked it shows five characters.

use jiff::civil::date;
use tanda_model::{NumberScheme, ResidentNumber};

use crate::fixture::text;

/// A number with much between its digits.
pub const MAX_LEN: usize = 96;

/// Takes what was typed.
pub fn run(data: &[u8]) -> Option<()> {
    let number: ResidentNumber = text(data)?.parse().ok()?;
    assert_eq!(number.as_str().parse().as_ref(), Ok(&number));
    let length = match number.scheme() {
        NumberScheme::Gb11643 => 18,
        NumberScheme::Nik => 16,
    };
    assert_eq!((number.as_str().len(), number.masked().chars().count()), (length, length));
    assert!(number.as_str().ends_with(number.tail()) && number.tail().len() == 4);
    let hidden = number.masked().chars().filter(|shown| *shown == '•').count();
    assert_eq!(hidden, length - 5);
    let _ = number.sex();
    if let Some(born) = number.birth_date(date(2026, 11, 23)) {
        assert!(number.fits_birth_date(born));
    }
    Some(())
}
