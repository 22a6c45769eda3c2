//! What a reader with a secure module signed: a result that is believed is the registered reader's, and
//! for this authority.

use tanda_credential::jose::{Signer as _, VerifyingKey};
use tanda_credential::json;
use tanda_protocol::attested_reading::{AttestedReading, TYP};

use crate::fixture::{FIXTURE, ISSUER, now, signed, text};

/// A result with a portrait of a few bytes.
pub const MAX_LEN: usize = 2048;
/// The one reader that is registered.
pub const READER: &str = "counter-7";

/// Takes a token, or the payload of one that the reader signs.
pub fn run(data: &[u8]) -> Option<()> {
    let key = VerifyingKey::from_jwk(FIXTURE.leaf.public()).unwrap();
    let readers = |name: &str| (name == READER).then_some(&key);
    let read = AttestedReading::verify(&token(data)?, readers, ISSUER, now()).ok()?;
    assert_eq!(read.reader, READER);
    Some(())
}

fn token(data: &[u8]) -> Option<String> {
    match data {
        [b'{', ..] => {
            json::parse_object(data).ok()?;
            let header = format!(r#"{{"alg":"ES256","typ":"{TYP}","kid":"{READER}"}}"#);
            Some(signed(header.as_bytes(), data, &FIXTURE.leaf))
        }
        _ => text(data).map(str::to_owned),
    }
}
