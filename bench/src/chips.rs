//! Reading a chip: how many commands, and what the terminal computes for them.

use std::collections::VecDeque;
use std::hint::black_box;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_chip::access::{AccessKey, CardAccessNumber};
use tanda_chip::crypto::Curve;
use tanda_chip::passive::CountrySigners;
use tanda_chip::{Terminal, Transport, TransportError, VerifiedReading, wait};
use tanda_sandbox_chip::{Abilities, SandboxChip, SandboxCountry, SandboxPerson};

use crate::cpu::{self, by_turns, median, turn};
use crate::table::Row;

const ROUNDS: usize = 20;
const BATCH: u32 = 5;
const PORTRAIT: usize = 15_000;

/// A card with PACE and chip authentication over brainpoolP256r1 and AES, read by its number.
pub(crate) fn measure() -> Vec<Row> {
    let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
    let country = SandboxCountry::new(Curve::BrainpoolP256r1, now, &mut StdRng::seed_from_u64(1));
    let believed = country.believed().unwrap();
    let rng = StdRng::seed_from_u64(2);
    let card = SandboxChip::personalise(&person(), &country, Abilities::ALL, None, rng).unwrap();
    let mut recorder = Recorder { card, answers: VecDeque::new() };
    let reading = read(&mut recorder, &believed, now);
    let answers = recorder.answers;
    let mut alone = turn(cpu::thread, BATCH, || {
        black_box(read(&mut Replay(answers.clone()), &believed, now));
    });
    let [seconds] = by_turns(ROUNDS, [&mut alone]);
    vec![Row {
        what: format!("read a chip with a portrait of {} kB, terminal alone", PORTRAIT / 1000),
        figure: format!("{:.2} CPU-ms", median(&seconds) * 1e3),
        beside: format!("{} commands", reading.commands),
        ratio: None,
        goal: None,
    }]
}

fn read(
    transport: &mut impl Transport,
    believed: &CountrySigners,
    now: Timestamp,
) -> VerifiedReading {
    let key = AccessKey::Can(CardAccessNumber::parse("271828").unwrap());
    // The same keys every time, so that recorded answers fit.
    let mut rng = StdRng::seed_from_u64(3);
    wait(Terminal { key: &key, believed, now }.read(transport, &mut rng)).unwrap()
}

fn person() -> SandboxPerson {
    SandboxPerson::specimen([vec![0xff, 0xd8, 0xff, 0xe0], vec![0; PORTRAIT - 4]].concat())
}

struct Recorder {
    card: SandboxChip<StdRng>,
    answers: VecDeque<Vec<u8>>,
}

impl Transport for Recorder {
    async fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError> {
        let answer = self.card.answer(command);
        self.answers.push_back(answer.clone());
        Ok(answer)
    }
}

struct Replay(VecDeque<Vec<u8>>);

impl Transport for Replay {
    async fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.0.pop_front().ok_or(TransportError::CardRemoved)
    }
}
