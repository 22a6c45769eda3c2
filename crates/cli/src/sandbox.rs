//! `tanda sandbox`: what only a sandbox has.

mod finger;

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};
use tanda_chip::crypto::Curve;
use tanda_sandbox_chip::{Abilities, Fault, SandboxChip, SandboxCountry, SandboxPerson};
use tanda_server::clock;

use crate::output;

/// What only a sandbox has.
#[derive(Subcommand)]
pub(crate) enum Sandbox {
    /// Lay an emulated identity card of a synthetic resident on a virtual reader
    ///
    /// The reader is Debian's vsmartcard-vpcd, by way of pcscd: any program that reads cards over PC/SC
    /// reads this one. The card is signed by a country signer of the sandbox's own, in the folder of
    /// --country, which nobody should trust outside of a sandbox.
    Chip(Chip),
    /// Put a simulated finger of a synthetic resident on a scanner that isn't there
    ///
    /// Writes the picture that a scanner of 500 dots an inch would take, as PNG. The same resident,
    /// finger and impression give the same picture; the register of the sandbox city knows the right
    /// and the left index finger of each of its residents.
    Finger(finger::Finger),
}

/// An emulated card.
#[derive(Args)]
pub(crate) struct Chip {
    /// The number of a resident of the sandbox city
    #[arg(long, value_name = "NUMBER")]
    resident: String,
    /// What is wrong with the card: tampered-dg2, clone, wrong-csca, expired-signer, revoked-signer
    #[arg(long, value_parser = Fault::from_str, value_name = "FAULT")]
    fault: Option<Fault>,
    /// The six digits on the card's face
    #[arg(long, default_value = "271828", value_name = "DIGITS")]
    access_number: String,
    /// The sandbox city's folder
    #[arg(long, default_value = "sandbox", value_name = "FOLDER")]
    city: PathBuf,
    /// Where the country signer is kept; it is made if it isn't there
    #[arg(long, default_value = "data/sandbox-country", value_name = "FOLDER")]
    country: PathBuf,
    /// Where vpcd waits for cards
    #[arg(long, default_value = "127.0.0.1:35963", value_name = "ADDRESS")]
    vpcd: String,
}

#[derive(Debug, thiserror::Error)]
enum SandboxError {
    #[error("{0} can't be read")]
    Read(PathBuf, #[source] std::io::Error),
    #[error("{0} can't be written")]
    Write(PathBuf, #[source] std::io::Error),
    #[error("{0} is malformed")]
    Malformed(PathBuf, #[source] serde_json::Error),
    #[error("the sandbox city has no resident with this number")]
    NoSuchResident,
    #[error("this can't be printed on a card: an access number has six digits")]
    Unprintable,
    #[error("no virtual reader at {0}; install vsmartcard-vpcd and start pcscd")]
    NoReader(String, #[source] std::io::Error),
    #[error("the virtual reader is gone")]
    ReaderGone(#[source] std::io::Error),
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

/// A country's seed: what makes the same keys again.
#[derive(Serialize, Deserialize)]
struct Seed {
    made: Timestamp,
    seed: [u8; 32],
}

impl Sandbox {
    /// Runs it.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Chip(chip) => Ok(chip.run()?),
            Self::Finger(finger) => Ok(finger.run()?),
        }
    }
}

impl Chip {
    fn run(self) -> Result<(), SandboxError> {
        let person = self.person()?;
        let country = country(&self.country)?;
        let rng = clock::seeded();
        let card = SandboxChip::personalise(&person, &country, Abilities::ALL, self.fault, rng)
            .ok_or(SandboxError::Unprintable)?;
        let mut reader = TcpStream::connect(&self.vpcd)
            .map_err(|error| SandboxError::NoReader(self.vpcd.clone(), error))?;
        output::note("An emulated card of the sandbox's is on the reader. Ctrl-C takes it away.");
        output::line(lines(&person.machine_readable_zone()));
        output::line(format!("Card access number: {}", self.access_number));
        serve(card, &mut reader)
    }

    fn person(&self) -> Result<SandboxPerson, SandboxError> {
        let path = self.city.join("city/residents.jsonl");
        let text = read(&path)?;
        let text = String::from_utf8_lossy(&text);
        let residents = text.lines().map(serde_json::from_str::<Resident>);
        for resident in residents {
            let resident =
                resident.map_err(|error| SandboxError::Malformed(path.clone(), error))?;
            if resident.number == self.resident {
                return self.card_of(&resident);
            }
        }
        Err(SandboxError::NoSuchResident)
    }

    fn card_of(&self, resident: &Resident) -> Result<SandboxPerson, SandboxError> {
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
            access_number: self.access_number.clone(),
            portrait: read(&self.city.join(&resident.portrait))?,
        })
    }
}

/// As the machine readable zone has it; what isn't a Latin letter stands for a space.
fn in_capitals(name: &str) -> String {
    let letter = |it: char| if it.is_ascii_alphabetic() { it.to_ascii_uppercase() } else { '<' };
    name.chars().map(letter).collect()
}

/// A card's three lines.
fn lines(zone: &str) -> String {
    let line = |at: usize| zone.get(at..at + 30).unwrap_or_default();
    [line(0), line(30), line(60)].join("\n")
}

/// The country of `folder`, with its certificate and revocation list in files beside its seed.
fn country(folder: &Path) -> Result<SandboxCountry, SandboxError> {
    let path = folder.join("seed.json");
    let seed = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| SandboxError::Malformed(path.clone(), error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut seed = Seed { made: clock::now(), seed: [0; 32] };
            clock::rng().fill_bytes(&mut seed.seed);
            fs::create_dir_all(folder)
                .map_err(|error| SandboxError::Write(folder.to_owned(), error))?;
            let json = serde_json::to_vec(&seed)
                .map_err(|error| SandboxError::Malformed(path.clone(), error))?;
            write_secret(&path, &json)?;
            seed
        }
        Err(error) => return Err(SandboxError::Read(path, error)),
    };
    let mut rng = StdRng::from_seed(seed.seed);
    let country = SandboxCountry::new(Curve::BrainpoolP256r1, seed.made, &mut rng);
    write(&folder.join("country.der"), country.certificate())?;
    write(&folder.join("country.crl"), country.revocations())?;
    Ok(country)
}

fn read(path: &Path) -> Result<Vec<u8>, SandboxError> {
    fs::read(path).map_err(|error| SandboxError::Read(path.to_owned(), error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SandboxError> {
    fs::write(path, bytes).map_err(|error| SandboxError::Write(path.to_owned(), error))
}

/// For the owner's eyes alone, and only where nothing is.
fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), SandboxError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| SandboxError::Write(path.to_owned(), error))
}

/// A contactless card without historical bytes (ISO/IEC 7816-3 section 8, PC/SC part 3).
const ANSWER_TO_RESET: [u8; 5] = [0x3b, 0x80, 0x80, 0x01, 0x01];

/// vpcd's protocol: two bytes of length, then one byte that is a signal, or a command.
fn serve(mut card: SandboxChip<StdRng>, reader: &mut TcpStream) -> Result<(), SandboxError> {
    const POWER_OFF: u8 = 0;
    const POWER_ON: u8 = 1;
    const RESET: u8 = 2;
    const SEND_ANSWER_TO_RESET: u8 = 4;
    loop {
        let mut length = [0; 2];
        reader.read_exact(&mut length).map_err(SandboxError::ReaderGone)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        reader.read_exact(&mut message).map_err(SandboxError::ReaderGone)?;
        let answer = match message.as_slice() {
            [POWER_OFF | POWER_ON | RESET] => {
                card.reset();
                continue;
            }
            [SEND_ANSWER_TO_RESET] => ANSWER_TO_RESET.to_vec(),
            command => card.answer(command),
        };
        let length = u16::try_from(answer.len()).unwrap_or_default().to_be_bytes();
        reader
            .write_all(&[&length, answer.as_slice()].concat())
            .map_err(SandboxError::ReaderGone)?;
    }
}
