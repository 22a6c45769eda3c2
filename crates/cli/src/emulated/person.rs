use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use serde::Deserialize;
use tanda_biometrics::finger::FingerPosition;
use tanda_sandbox_chip::SandboxPerson;
use tanda_sandbox_finger::SimulatedFinger;

/// The six digits on the face of every card of the sandbox's, unless told otherwise.
pub const ACCESS_NUMBER: &str = "271828";

/// Why there is no such person.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// A file can't be read.
    #[error("{0} can't be read")]
    Read(PathBuf, #[source] std::io::Error),
    /// A line of the residents' file that is none.
    #[error("{0} is malformed")]
    Malformed(PathBuf, #[source] serde_json::Error),
    /// Nobody has the number.
    #[error("the sandbox city has no resident with this number")]
    NoSuchResident,
}

/// A resident of the city's file, as far as a card needs one.
#[derive(Deserialize)]
struct Resident {
    number: String,
    family_name: String,
    given_name: String,
    birth_date: Date,
    sex: u8,
    portrait: PathBuf,
}

/// What is printed on the card of the resident with this number, in the city of that folder.
///
/// # Errors
/// [`PersonError`].
pub fn person(
    city: &Path,
    number: &str,
    access_number: &str,
) -> Result<SandboxPerson, PersonError> {
    let path = city.join("city/residents.jsonl");
    let text = read(&path)?;
    for line in String::from_utf8_lossy(&text).lines() {
        let resident: Resident = serde_json::from_str(line)
            .map_err(|error| PersonError::Malformed(path.clone(), error))?;
        if resident.number == number {
            return card_of(city, &resident, access_number);
        }
    }
    Err(PersonError::NoSuchResident)
}

/// The two index fingers of a resident, as they can stand on a chip.
pub fn fingers(number: &str) -> Vec<(u8, Vec<u8>)> {
    [FingerPosition::RightIndex, FingerPosition::LeftIndex]
        .map(|position| {
            let finger = SimulatedFinger::of(number, position.as_str());
            (position.code(), finger.print(1).png())
        })
        .into()
}

fn card_of(
    city: &Path,
    resident: &Resident,
    access_number: &str,
) -> Result<SandboxPerson, PersonError> {
    let tail = resident.number.len().saturating_sub(7);
    Ok(SandboxPerson {
        document_number: format!("SB{}", resident.number.get(tail..).unwrap_or_default()),
        primary_name: in_capitals(&resident.family_name),
        secondary_name: in_capitals(&resident.given_name),
        birth: resident.birth_date,
        sex: match resident.sex {
            1 => 'M',
            2 => 'F',
            _ => '<',
        },
        expiry: date(2036, 12, 31),
        optional: resident.number.clone(),
        access_number: access_number.to_owned(),
        portrait: read(&city.join(&resident.portrait))?,
        fingers: Vec::new(),
    })
}

/// As the machine readable zone has it; what isn't a Latin letter stands for a space.
fn in_capitals(name: &str) -> String {
    let letter = |it: char| if it.is_ascii_alphabetic() { it.to_ascii_uppercase() } else { '<' };
    name.chars().map(letter).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, PersonError> {
    fs::read(path).map_err(|error| PersonError::Read(path.to_owned(), error))
}
