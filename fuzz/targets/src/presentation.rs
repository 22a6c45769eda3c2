//! SD-JWT VCs as a verifier checks them: whatever a trusted issuer signed and a holder bound, an
//! accepted credential is of an allowed type, in force, without a registered claim among the
//! holder's, and — as a presentation — bound to this audience, nonce and selection.

use serde_json::Value;
use tanda_credential::sd_jwt::ExpectedBinding;
use tanda_credential::sd_jwt_vc::{verify_issued, verify_presentation};
use tanda_credential::{CLOCK_SKEW, b64, digest, json};

use crate::fixture::{FIXTURE, VCT, has_member, issued, now, signed, text};

/// A card with a few claims.
pub const MAX_LEN: usize = 1024;
/// For whom presentations are made.
pub const AUDIENCE: &str = "x509_hash:relying-party";
/// The nonce of the request.
pub const NONCE: &str = "n-0S6_WzA2Mj";

/// Takes the issuer's payload, a disclosure a line, and behind a line that begins with `!` the key
/// binding's payload. `#1` stands for the digest of the first disclosure, `#` for `sd_hash`.
pub fn run(data: &[u8]) -> Option<()> {
    let data = text(data)?;
    let (credential, binding) = match data.split_once("\n!") {
        Some((credential, binding)) => (credential, Some(binding)),
        None => (data, None),
    };
    let (payload, disclosures) = with_digests(credential.split('\n'));
    let mut token = issued("dc+sd-jwt", payload.as_bytes())? + "~" + &disclosures;
    let Some(binding) = binding else {
        return verify_issued(&token, &FIXTURE.issuers, now()).ok().map(accepted);
    };
    let hash = b64::encode(digest::sha256(&token));
    let binding = binding.replace("\"#\"", &format!("\"{hash}\""));
    let claims = json::parse_object(binding.as_bytes()).ok()?;
    token += &signed(br#"{"alg":"ES256","typ":"kb+jwt"}"#, binding.as_bytes(), &FIXTURE.holder);
    let expected = ExpectedBinding {
        audience: AUDIENCE,
        nonce: NONCE,
        asked_at: now(),
        now: now(),
        transaction_data: &[],
    };
    let credential = verify_presentation(&token, &FIXTURE.issuers, &expected).ok()?;
    assert_eq!((&claims["aud"], &claims["nonce"]), (&AUDIENCE.into(), &NONCE.into()));
    assert_eq!(claims["sd_hash"], *hash);
    let bound_at = credential.bound_at.unwrap();
    assert!(now().duration_since(bound_at).abs() <= CLOCK_SKEW);
    accepted(credential);
    Some(())
}

fn accepted(credential: tanda_credential::sd_jwt_vc::VerifiedCredential) {
    assert_eq!(credential.vct, VCT);
    assert!(credential.exp.is_none_or(|end| now().duration_since(end) <= CLOCK_SKEW));
    for start in [credential.iat, credential.nbf].into_iter().flatten() {
        assert!(start.duration_since(now()) <= CLOCK_SKEW);
    }
    let registered = ["iss", "iat", "nbf", "exp", "vct", "vct#integrity", "cnf", "status"];
    assert!(registered.iter().all(|name| !credential.claims.contains_key(*name)));
    let claims = Value::Object(credential.claims);
    assert!(!has_member(&claims, "_sd") && !has_member(&claims, "..."), "{claims}");
}

/// The payload, and the disclosures encoded with `~` behind each. A disclosure can refer to those
/// that come after it.
pub(crate) fn with_digests<'a>(mut lines: impl Iterator<Item = &'a str>) -> (String, String) {
    let mut payload = lines.next().unwrap_or_default().to_owned();
    let mut texts: Vec<String> = lines.take(16).map(str::to_owned).collect();
    let mut disclosures = String::new();
    for index in (0..texts.len()).rev() {
        let encoded = b64::encode(&texts[index]);
        let place = format!("\"#{}\"", index + 1);
        let digest = format!("\"{}\"", b64::encode(digest::sha256(&encoded)));
        for earlier in texts[..index].iter_mut().chain([&mut payload]) {
            if earlier.contains(&place) {
                *earlier = earlier.replace(&place, &digest);
            }
        }
        disclosures.insert(0, '~');
        disclosures.insert_str(0, &encoded);
    }
    (payload, disclosures)
}
