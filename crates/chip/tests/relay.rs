//! A relay that means ill: whatever it does with what it carries, no reading comes of it.

#![expect(clippy::unwrap_used, reason = "tests; clippy exempts only functions marked as tests")]

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::access::{AccessKey, CardAccessNumber};
use tanda_chip::crypto::Curve;
use tanda_chip::{ReadError, Terminal, Transport, TransportError, VerifiedReading, wait};
use tanda_sandbox_chip::{Abilities, SandboxChip, SandboxCountry, SandboxPerson};

/// What a relay does with its exchanges, by their number.
enum Trick {
    Nothing,
    /// Changes a byte of an answer: the exchange, the byte counted from the end.
    Change(usize, usize),
    /// Changes a byte of a command.
    ChangeCommand(usize),
    /// Cuts an answer in half.
    Cut(usize),
    /// Gives the answer before once more, without asking the card.
    Repeat(usize),
    /// Keeps an answer back and gives it for the next command.
    Late(usize),
    /// Goes on with another card of the same person.
    Swap(usize),
    /// Answers itself, without protection: all is well.
    Pretend(usize),
    /// Says that there is no EF.CardAccess, so that the terminal falls back to BAC.
    HideAccess,
    /// Loses the card.
    Lose(usize),
}

struct Relay {
    card: SandboxChip<StdRng>,
    other: SandboxChip<StdRng>,
    trick: Trick,
    count: usize,
    last: Vec<u8>,
}

impl Transport for Relay {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let at = self.count;
        self.count += 1;
        let mut command = command.to_vec();
        match self.trick {
            Trick::ChangeCommand(it) if it == at => {
                let middle = command.len() / 2;
                command[middle] ^= 1;
            }
            Trick::Repeat(it) if it == at => return Ok(self.last.clone()),
            Trick::Pretend(it) if it == at => return Ok(vec![0x90, 0x00]),
            Trick::HideAccess if at == 0 => return Ok(vec![0x6a, 0x82]),
            Trick::Lose(it) if it == at => return Err(TransportError::CardRemoved),
            Trick::Swap(it) if it == at => std::mem::swap(&mut self.card, &mut self.other),
            _ => {}
        }
        let mut answer = self.card.answer(&command);
        match self.trick {
            Trick::Change(it, byte) if it == at => {
                let index = answer.len().saturating_sub(byte + 1);
                answer[index] ^= 1;
            }
            Trick::Cut(it) if it == at => answer.truncate(answer.len() / 2),
            Trick::Late(it) if at >= it => std::mem::swap(&mut answer, &mut self.last),
            _ => self.last.clone_from(&answer),
        }
        Ok(answer)
    }
}

/// The exchanges until PACE has opened the chip.
const OPENED: usize = 8;

fn now() -> Timestamp {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

fn read_with(key: &AccessKey, trick: Trick) -> (Result<VerifiedReading, ReadError>, usize) {
    let mut rng = StdRng::seed_from_u64(1);
    let country = SandboxCountry::new(Curve::P256, now(), &mut rng);
    let person = SandboxPerson::specimen([&[0xff, 0xd8, 0xff][..], &[7; 600]].concat());
    let card = |seed| {
        let rng = StdRng::seed_from_u64(seed);
        SandboxChip::personalise(&person, &country, Abilities::ALL, None, rng).unwrap()
    };
    let mut relay =
        Relay { card: card(2), other: card(3), trick, count: 0, last: vec![0x90, 0x00] };
    let believed = country.believed().unwrap();
    let terminal = Terminal { key, believed: &believed, now: now() };
    let outcome = wait(terminal.read(&mut relay, &mut rng));
    (outcome, relay.count)
}

fn read(trick: Trick) -> (Result<VerifiedReading, ReadError>, usize) {
    read_with(&AccessKey::Can(CardAccessNumber::parse("271828").unwrap()), trick)
}

#[test]
fn no_trick_of_a_relay_brings_a_reading() {
    let (outcome, exchanges) = read(Trick::Nothing);
    assert_eq!(outcome.unwrap().commands as usize, exchanges);
    for at in 0..exchanges {
        let tricks = [
            ("changes the status", Trick::Change(at, 0)),
            ("changes the MAC or the token", Trick::Change(at, 4)),
            ("changes the data", Trick::Change(at, 20)),
            ("cuts", Trick::Cut(at)),
            ("loses the card", Trick::Lose(at)),
        ];
        for (name, trick) in tricks {
            let (outcome, count) = read(trick);
            assert!(outcome.is_err(), "{name} at exchange {at}");
            // Nothing more is sent once something went wrong.
            // Before the chip is open, what is wrong may show later.
            let most = if at < OPENED { exchanges } else { at + 1 };
            assert!(count <= most, "{name} at exchange {at}");
        }
    }
}

/// From where the chip is open on: before, an answer may be the same as the one before it, and a change to
/// a command may be one that the card doesn't mind.
#[test]
fn commands_and_answers_have_their_place() {
    let (_, exchanges) = read(Trick::Nothing);
    for at in OPENED..exchanges {
        for (name, trick) in [
            ("changes a command", Trick::ChangeCommand(at)),
            ("repeats", Trick::Repeat(at)),
            ("is late", Trick::Late(at)),
            ("swaps the card", Trick::Swap(at)),
            ("pretends", Trick::Pretend(at)),
        ] {
            assert!(read(trick).0.is_err(), "{name} at exchange {at}");
        }
    }
}

/// Whoever hides that a chip has PACE, so as to break weaker BAC, is found out by what was signed.
#[test]
fn the_weaker_protocol_is_not_forced_on_the_terminal() {
    let lines = tanda_chip::access::MrzKey::new("SB1234567", "900307", "340531").unwrap();
    let (outcome, _) = read_with(&AccessKey::Mrz(lines), Trick::HideAccess);
    assert_eq!(outcome.unwrap_err(), ReadError::AccessChanged);
}
