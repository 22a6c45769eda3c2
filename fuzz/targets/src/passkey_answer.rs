//! What an authenticator hands over when a passkey is made (an attestation object, in CBOR): one that
//! is accepted brings its own credential along.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tanda_credential::b64;
use tanda_passkey::{PasskeyRegistration, Passkeys};
use url::Url;
use uuid::Uuid;

/// An attestation object without an attestation statement, with room for one.
pub const MAX_LEN: usize = 1024;
/// The site.
pub const ORIGIN: &str = "https://wallet.provider.example/";

/// The site, a registration that is under way, and what a browser says of it.
static UNDER_WAY: LazyLock<(Passkeys, PasskeyRegistration, String)> = LazyLock::new(|| {
    let passkeys = Passkeys::new(&Url::parse(ORIGIN).unwrap(), "Fuzzing").unwrap();
    let (challenge, state) = passkeys.start_registration(Uuid::from_u128(1), "somebody").unwrap();
    let challenge = serde_json::to_value(challenge).unwrap();
    let client_data = json!({
        "type": "webauthn.create",
        "challenge": challenge["publicKey"]["challenge"],
        "origin": ORIGIN.trim_end_matches('/'),
    });
    (passkeys, state, b64::encode(client_data.to_string()))
});

/// Takes an attestation object.
pub fn run(data: &[u8]) -> Option<()> {
    let (passkeys, state, client_data) = &*UNDER_WAY;
    let answer: Value = json!({
        "id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "response": { "attestationObject": b64::encode(data), "clientDataJSON": client_data },
    });
    let answer = serde_json::from_value(answer).unwrap();
    let passkey = passkeys.finish_registration(state, &answer).ok()?;
    let own = passkey.credential_id;
    assert!(!own.is_empty() && data.windows(own.len()).any(|window| window == own));
    Some(())
}
