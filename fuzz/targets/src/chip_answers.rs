//! A whole dialogue with a chip: whatever answers, the terminal does not panic and comes to an end, and a
//! reading comes of nothing but what the sandbox's country signed.

use std::sync::LazyLock;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::access::{AccessKey, CardAccessNumber, MrzKey};
use tanda_chip::crypto::Curve;
use tanda_chip::passive::CountrySigners;
use tanda_chip::{Terminal, Transport, TransportError, wait};
use tanda_sandbox_chip::{Abilities, SandboxChip, SandboxCountry, SandboxPerson};

/// A dialogue with a card whose portrait is a few bytes, by PACE or by BAC.
pub const MAX_LEN: usize = 8192;

/// The moment at which everything here is read.
pub static NOW: LazyLock<Timestamp> = LazyLock::new(|| "2026-11-27T12:00:00Z".parse().unwrap());

/// The country that signs, the same in every run.
pub static COUNTRY: LazyLock<SandboxCountry> =
    LazyLock::new(|| SandboxCountry::new(Curve::P256, *NOW, &mut StdRng::seed_from_u64(22)));

/// Who believes it.
pub static BELIEVED: LazyLock<CountrySigners> = LazyLock::new(|| COUNTRY.believed().unwrap());

/// A card of this country's: with PACE, or with BAC and active authentication.
pub fn card(modern: bool) -> SandboxChip<StdRng> {
    let person = SandboxPerson::specimen(vec![0xff, 0xd8, 0xff, 0xe0]);
    let abilities = if modern {
        Abilities::ALL
    } else {
        Abilities { pace: None, chip_authentication: false, ..Abilities::ALL }
    };
    let rng = StdRng::seed_from_u64(23);
    SandboxChip::personalise(&person, &COUNTRY, abilities, None, rng).unwrap()
}

/// Gives answers out of what fuzzing made up: two bytes of length, then as many bytes.
struct Answers<'a>(&'a [u8]);

impl Transport for Answers<'_> {
    async fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransportError> {
        let gone = TransportError::CardRemoved;
        let (length, rest) = self.0.split_first_chunk().ok_or(gone)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (answer, rest) = rest.split_at_checked(length).ok_or(gone)?;
        self.0 = rest;
        Ok(answer.to_vec())
    }
}

/// Reads over `transport` with the same keys and challenges every time.
pub fn read(transport: &mut impl Transport, modern: bool) -> Option<()> {
    let key = if modern {
        AccessKey::Can(CardAccessNumber::parse("271828").unwrap())
    } else {
        AccessKey::Mrz(MrzKey::new("SB1234567", "900307", "340531").unwrap())
    };
    let terminal = Terminal { key: &key, believed: &BELIEVED, now: *NOW };
    let reading = wait(terminal.read(transport, &mut StdRng::seed_from_u64(24))).ok()?;
    assert_eq!(reading.mrz.document_number, "SB1234567", "forged");
    assert_eq!(reading.portrait.bytes, [0xff, 0xd8, 0xff, 0xe0], "forged");
    Some(())
}

/// The first byte says with what to open the chip.
pub fn run(data: &[u8]) -> Option<()> {
    let (modern, answers) = data.split_first()?;
    read(&mut Answers(answers), *modern == 1)
}
