//! `tanda sandbox`: what only a sandbox has.

mod attested_reader;
mod finger;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use clap::{Args, Subcommand};
use tanda_cli::emulated::{self, ACCESS_NUMBER, CountryError, PersonError, VirtualReader};
use tanda_sandbox_chip::{Abilities, Fault, SandboxChip};
use tanda_server::clock;

use crate::output;
use crate::reader::carry;

/// What only a sandbox has.
#[derive(Subcommand)]
pub(crate) enum Sandbox {
    /// Lay an emulated identity card of a synthetic resident on a virtual reader
    ///
    /// The reader is Debian's vsmartcard-vpcd, by way of pcscd: any program that reads cards over PC/SC
    /// reads this one. The card is signed by a country signer of the sandbox's own, in the folder of
    /// --country, which nobody should trust outside of a sandbox.
    Chip(Chip),
    /// Play a card reader with a secure module of its own, which signs what it reads
    ///
    /// For physical cards whose chip is closed to others. It has no module, and says so: what it signs
    /// is believed in a sandbox alone. Prints the signed result, for `tanda wallet chip-attested`.
    AttestedReader(attested_reader::AttestedReader),
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
    /// Put the two index fingers that the register knows on the chip too, readable without a
    /// certificate
    #[arg(long)]
    fingers: bool,
    /// The six digits on the card's face
    #[arg(long, default_value = ACCESS_NUMBER, value_name = "DIGITS")]
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
    /// Forward to this relay at once, past any reader: the link that the page shows
    #[arg(long, conflicts_with = "vpcd", value_name = "LINK")]
    relay: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum SandboxError {
    #[error(transparent)]
    Country(#[from] CountryError),
    #[error(transparent)]
    Person(#[from] PersonError),
    #[error("{0} can't be written")]
    Write(PathBuf, #[source] std::io::Error),
    #[error("this is no question for a reader: a JSON object with authority, enrolment and nonce")]
    Question,
    #[error("the reader can't sign")]
    Sign,
    #[error("this can't be printed on a card: an access number has six digits")]
    Unprintable,
    #[error("no virtual reader at {0}; install vsmartcard-vpcd and start pcscd")]
    NoReader(String, #[source] std::io::Error),
    #[error("the virtual reader is gone")]
    ReaderGone(#[source] std::io::Error),
}

impl Sandbox {
    /// Runs it.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Chip(chip) => chip.run(),
            Self::AttestedReader(reader) => Ok(reader.run()?),
            Self::Finger(finger) => Ok(finger.run()?),
        }
    }
}

impl Chip {
    fn run(self) -> Result<(), Box<dyn Error>> {
        let mut person = emulated::person(&self.city, &self.resident, &self.access_number)?;
        if self.fingers {
            person.fingers = emulated::fingers(&self.resident);
        }
        let country = emulated::country(&self.country)?;
        let rng = clock::seeded();
        let mut card = SandboxChip::personalise(&person, &country, Abilities::ALL, self.fault, rng)
            .ok_or(SandboxError::Unprintable)?;
        if let Some(link) = &self.relay {
            return carry(link, &mut card);
        }
        let mut reader = VirtualReader::open(&self.vpcd)
            .map_err(|error| SandboxError::NoReader(self.vpcd.clone(), error))?;
        output::note("An emulated card of the sandbox's is on the reader. Ctrl-C takes it away.");
        output::line(lines(&person.machine_readable_zone()));
        output::line(format!("Card access number: {}", self.access_number));
        loop {
            reader.serve_once(&mut card).map_err(SandboxError::ReaderGone)?;
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SandboxError> {
    fs::write(path, bytes).map_err(|error| SandboxError::Write(path.to_owned(), error))
}

/// A card's three lines.
fn lines(zone: &str) -> String {
    let line = |at: usize| zone.get(at..at + 30).unwrap_or_default();
    [line(0), line(30), line(60)].join("\n")
}
