//! Passkey challenges that the terminal's wallet answers: only for the site it is at, with exactly the
//! challenge that came, in client data that any JSON reader reads alike.

use serde_json::Value;
use tanda_credential::{b64, json};
use tanda_wallet::passkey::register;
use url::Url;

use crate::fixture::rng;

/// A challenge of webauthn-rs.
pub const MAX_LEN: usize = 640;

/// Takes a challenge to create a passkey.
pub fn run(data: &[u8]) -> Option<()> {
    let challenge = json::parse(data).ok()?;
    let origin = Url::parse("https://wallet.provider.example:8443/").unwrap();
    let (passkey, answer) = register(&challenge, &origin, &mut rng()).ok()?;
    let site = passkey.relying_party_id();
    assert!(["wallet.provider.example", "provider.example"].contains(&site), "{site}");
    let asked = &challenge["publicKey"]["challenge"];
    check_client_data(&answer, "webauthn.create", asked);
    let object = answer["response"]["attestationObject"].as_str().unwrap();
    assert!(b64::decode(object).is_ok());

    let sign_in = serde_json::json!({"publicKey": {"challenge": asked, "rpId": site}});
    let answer = passkey.authenticate(&sign_in, &origin).unwrap();
    check_client_data(&answer, "webauthn.get", asked);
    Some(())
}

fn check_client_data(answer: &Value, kind: &str, challenge: &Value) {
    let encoded = answer["response"]["clientDataJSON"].as_str().unwrap();
    let data = json::parse(&b64::decode(encoded).unwrap()).unwrap();
    assert_eq!((&data["type"], &data["challenge"]), (&kind.into(), challenge));
    assert_eq!(data["origin"], "https://wallet.provider.example:8443");
}
