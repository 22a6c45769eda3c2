//! Other people's SD-JWT libraries at the same work in the same run, each in a program of its own.
//!
//! See bench/peers/README.md for what such a program is told and answers. scripts/peers.sh installs
//! them; one that isn't there is said to be missing.

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tanda_credential::b64;
use tanda_credential::jose::VerifyingKey;
use tanda_credential::sd_jwt::SdJwt;
use tanda_journeys::root;

use crate::card::{AUDIENCE, Card, ISS, NONCE, SHOWN, VCT};
use crate::cpu::{self, by_turns, turn};
use crate::credentials::{ISSUE, VERIFY, rates};
use crate::table::{Goal, Row};

const ROUNDS: usize = 50;
const BATCH: u32 = 10;

/// A least ratio, and how the table puts it.
type Promise = (f64, &'static str);

/// A library, and what was promised against it.
struct Library {
    name: &'static str,
    /// What there is where it is installed.
    installed: PathBuf,
    command: Vec<PathBuf>,
    verify: Promise,
    issue: Option<Promise>,
}

impl Library {
    fn all() -> [Self; 4] {
        let sources = root().join("bench/peers");
        // target/peers, beside target/release, where this program is.
        let built = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("peers");
        let program = built.join("release/tanda-bench-peer");
        let python = built.join("venv/bin/python");
        let five_times = (5.0, "≥ 5 × the npm and Python ones");
        let npm = |name, cryptography: &str| Self {
            name,
            installed: sources.join("node/node_modules/@sd-jwt/core"),
            command: vec!["node".into(), sources.join("node/peer.mjs"), cryptography.into()],
            verify: five_times,
            issue: None,
        };
        [
            Self {
                name: "sd-jwt-rs",
                installed: program.clone(),
                command: vec![program],
                verify: (1.15, "≥ 1.15 × sd-jwt-rs"),
                issue: Some((1.6, "≥ 1.6 × sd-jwt-rs")),
            },
            npm("@sd-jwt/core with @sd-jwt/crypto-nodejs", "crypto-nodejs"),
            npm("@sd-jwt/core with node:crypto", "node:crypto"),
            Self {
                name: "sd-jwt (Python)",
                installed: built.join("venv/installed"),
                command: vec![python, sources.join("python/peer.py")],
                verify: five_times,
                issue: None,
            },
        ]
    }
}

/// Each library at this card: its presentation verified, and copies issued.
pub(crate) fn measure(card: &Card) -> Vec<Row> {
    Library::all().iter().flat_map(|library| beside(card, library)).collect()
}

fn beside(card: &Card, library: &Library) -> [Row; 2] {
    let Some((mut peer, name)) = Peer::start(library, card) else {
        return missing(card, library);
    };
    let mut verify = turn(cpu::thread, BATCH, || {
        black_box(card.verify());
    });
    let verify = by_turns(ROUNDS, [&mut verify, &mut || peer.turn("verify")]);
    let mut rng = StdRng::seed_from_u64(3);
    let mut issue = turn(cpu::thread, BATCH, || {
        black_box(card.issue(&mut rng));
    });
    let issue = by_turns(ROUNDS, [&mut issue, &mut || peer.turn("issue")]);
    let row = |act, [ours, theirs]: &[Vec<f64>; 2], promise: Option<Promise>| {
        let goal = |ratio| promise.and_then(|(least, text)| Goal::at_least(ratio, least, text));
        rates(card, act, ours, theirs, &name, goal)
    };
    [row(VERIFY, &verify, Some(library.verify)), row(ISSUE, &issue, library.issue)]
}

fn missing(card: &Card, library: &Library) -> [Row; 2] {
    let row = |act, promise: Option<Promise>| Row {
        what: format!("{act}: {}", card.what),
        figure: String::new(),
        beside: format!("{}: not available", library.name),
        ratio: None,
        goal: promise.and_then(|(_, text)| Goal::unmeasured(text)),
    };
    [row(VERIFY, Some(library.verify)), row(ISSUE, library.issue)]
}

/// A library's program, which works when it is asked to.
struct Peer {
    process: Child,
    asked: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// What a library made of the card.
#[derive(Deserialize)]
struct Proof {
    /// Its name and version.
    library: String,
    /// What it read from the presentation.
    claims: Map<String, Value>,
    /// A copy that it issued.
    issued: String,
}

impl Peer {
    /// Starts a library's program and makes sure that it does the work. None where it isn't there.
    fn start(library: &Library, card: &Card) -> Option<(Self, String)> {
        if !library.installed.exists() {
            return None;
        }
        let (program, arguments) = library.command.split_first()?;
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let asked = process.stdin.take()?;
        let answers = BufReader::new(process.stdout.take()?).lines();
        let mut peer = Self { process, asked, answers };
        let proof: Proof = serde_json::from_value(peer.ask(&job(card))?).unwrap();
        for name in SHOWN {
            assert_eq!(proof.claims.get(name), card.attributes.get(name), "it verifies");
        }
        let key = VerifyingKey::from_jwk(&card.issuer_public).unwrap();
        let issued = SdJwt::parse(&proof.issued).unwrap().verify(&key).unwrap();
        for (name, value) in &card.attributes {
            assert_eq!(issued.get(name), Some(value), "it issues");
        }
        assert!(issued.contains_key("cnf"), "it binds to the holder");
        Some((peer, proof.library))
    }

    /// The seconds of the processor that one run of `act` takes it.
    fn turn(&mut self, act: &str) -> f64 {
        let seconds = self.ask(&json!({ "act": act, "runs": BATCH }));
        seconds.as_ref().and_then(Value::as_f64).unwrap()
    }

    fn ask(&mut self, what: &Value) -> Option<Value> {
        writeln!(self.asked, "{what}").ok()?;
        let answer = self.answers.next()?.ok()?;
        Some(serde_json::from_str(&answer).unwrap())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// All that a library is told.
fn job(card: &Card) -> Value {
    json!({
        "presentation": card.presentation,
        "audience": AUDIENCE,
        "nonce": NONCE,
        "issuer": card.issuer_public,
        "issuer_pkcs8": b64::encode_standard(&card.issuer_pkcs8),
        "holder": card.holder(),
        "visible": {
            "iss": ISS,
            "vct": VCT,
            "iat": card.issued_at.as_second(),
            "exp": card.expires_at.as_second(),
            "status": { "status_list": card.status },
        },
        "disclosable": card.attributes,
    })
}
