//! SD-JWT as its holder reads it: the parts are the whole token, nothing of the mechanism is left in
//! the claims, all disclosures together show all claims, and without them the disclosable ones are
//! gone.

use serde_json::Value;
use tanda_credential::b64;
use tanda_credential::sd_jwt::{ClaimPath, HeldSdJwt, MAX_DISCLOSURES, PathStep, SdJwt};

use crate::fixture::{has_member, text};
use crate::presentation::with_digests;

/// A few claims with their disclosures.
pub const MAX_LEN: usize = 768;

/// Takes a token; or, where it begins with a brace, the payload and below it a disclosure a line,
/// where a text `#1` in what comes before stands for the digest of the first disclosure.
pub fn run(data: &[u8]) -> Option<()> {
    let token = match data {
        [b'{', ..] => unsigned(text(data)?),
        _ => text(data)?.to_owned(),
    };
    let parsed = SdJwt::parse(&token).ok()?;
    let joined: String = std::iter::once(parsed.issuer_signed())
        .chain(parsed.disclosures().iter().copied())
        .flat_map(|part| [part, "~"])
        .collect();
    assert_eq!(joined, parsed.presented());
    assert_eq!(joined + parsed.key_binding().unwrap_or_default(), token);
    assert!(parsed.disclosures().len() <= MAX_DISCLOSURES);

    let held = HeldSdJwt::parse(&token).ok()?;
    let claims = Value::Object(held.claims().clone());
    assert!(!has_member(&claims, "_sd") && !has_member(&claims, "..."), "{claims}");
    let paths: Vec<ClaimPath> = held.disclosable().collect();
    assert_eq!(paths.len(), parsed.disclosures().len());
    let all = held.present(&paths).unwrap().without_key_binding();
    assert_eq!(HeldSdJwt::parse(&all).unwrap().claims(), held.claims());
    let none = HeldSdJwt::parse(&held.present(&[]).unwrap().without_key_binding()).unwrap();
    assert_eq!(none.disclosable().count(), 0);
    for path in &paths {
        // Elements move up where others are left out.
        if path.0.iter().all(|step| matches!(step, PathStep::Name(_))) {
            assert!(path.select(none.claims()).is_empty(), "{path:?}");
        }
    }
    Some(())
}

fn unsigned(text: &str) -> String {
    let (payload, disclosures) = with_digests(text.split('\n'));
    let signature = b64::encode([0; 64]);
    format!(
        "{}.{}.{signature}~{disclosures}",
        b64::encode(r#"{"alg":"ES256"}"#),
        b64::encode(payload)
    )
}
