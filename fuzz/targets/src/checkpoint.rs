//! Checkpoints of the authority's log: one that is accepted is this log's own, and says what it
//! says in one way.

use std::sync::LazyLock;

use tanda_credential::b64;
use tanda_credential::log::{Checkpoint, LogKey, LogSigner as _, LogVerifier};

use crate::fixture::{rng, text};

/// A head with some lines below it.
pub const MAX_LEN: usize = 512;
/// The log.
pub const ORIGIN: &str = "authority.example/log";

static LOG: LazyLock<(LogKey, LogVerifier)> = LazyLock::new(|| {
    let key = LogKey::generate(&mut rng()).unwrap();
    let verifier = LogVerifier::new(ORIGIN, key.public()).unwrap();
    (key, verifier)
});

/// Takes a note, or the text of one that the log signs.
pub fn run(data: &[u8]) -> Option<()> {
    let (_, verifier) = &*LOG;
    let unsigned = Checkpoint::open(data, verifier);
    assert!(unsigned.is_err(), "nobody else can sign: {unsigned:?}");
    let checkpoint = Checkpoint::open(signed(text(data)?).as_bytes(), verifier).ok()?;
    assert_eq!(checkpoint.origin, ORIGIN);
    let head = format!("{ORIGIN}\n{}\n{}\n", checkpoint.size, checkpoint.root);
    assert!(data.starts_with(head.as_bytes()), "another head is read: {checkpoint:?}");
    Some(())
}

/// The text as the log's note (C2SP signed-note).
fn signed(text: &str) -> String {
    let (key, verifier) = &*LOG;
    // The key's identifier is the middle of its text form, `name+id+key`.
    let id = verifier.to_string();
    let id = u32::from_str_radix(id.split('+').nth(1).unwrap(), 16).unwrap();
    let mut signature = id.to_be_bytes().to_vec();
    signature.extend(key.sign(text.as_bytes()).unwrap());
    format!("{text}\n\u{2014} {ORIGIN} {}\n", b64::encode_standard(signature))
}
