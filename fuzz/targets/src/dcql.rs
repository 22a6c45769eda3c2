//! DCQL queries: within the limits and the same when written again; what the wallet's side chooses is
//! exactly what the asker's side takes, and nobody's query makes it choose a claim that isn't there.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use tanda_credential::sd_jwt::PathStep;
use tanda_protocol::vp::dcql::{Candidate, DcqlQuery};

use crate::fixture::{VCT, document};

/// A query with alternatives.
pub const MAX_LEN: usize = 768;

static HELD: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let held = json!({
        "given_name": "Dewi", "family_name": "Siregar", "sex": 2,
        "age_equal_or_over": {"16": true, "18": true, "60": false},
        "pseudonyms": {"hotel-nansha": "x"},
        "nationalities": ["ID", "CN"],
        "places": [{"city": "Nansha", "rooms": [1, 2]}, {"city": "Medan"}],
    });
    let Value::Object(held) = held else { return Map::new() };
    held
});

/// Takes a query.
pub fn run(data: &[u8]) -> Option<()> {
    let query = document::<DcqlQuery>(data)?;
    assert!((1..=16).contains(&query.credentials().len()));
    assert!(query.credential_sets().len() <= 32);
    for credential in query.credentials() {
        assert!(credential.claims.len() <= 64 && credential.claim_sets.len() <= 32);
        assert_eq!(query.credential(credential.id.as_str()), Some(credential));
    }
    let candidates =
        [Candidate { vct: "urn:other", claims: &HELD }, Candidate { vct: VCT, claims: &HELD }];
    for pick in query.answer(&candidates).unwrap_or_default() {
        assert!(pick.claims.iter().all(|path| !path.select(&HELD).is_empty()));
        let paths: Vec<&[PathStep]> = pick.claims.iter().map(|path| path.0.as_slice()).collect();
        // Elements that are picked one by one have other places when the others are gone.
        if paths.iter().flat_map(|path| *path).any(|step| matches!(step, PathStep::Index(_))) {
            continue;
        }
        let shown = shown(&Value::Object(HELD.clone()), &paths);
        let credential = query.credential(pick.query.as_str()).unwrap();
        assert_eq!(credential.check_disclosed(shown.as_object().unwrap()), Ok(()), "{shown}");
    }
    Some(())
}

/// What of `value` the paths pick.
fn shown(value: &Value, paths: &[&[PathStep]]) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value.clone();
    }
    let below = |first: &PathStep| -> Vec<&[PathStep]> {
        paths.iter().filter(|path| path[0] == *first).map(|path| &path[1..]).collect()
    };
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, inner)| (name, inner, below(&PathStep::Name(name.clone()))))
            .filter(|(_, _, below)| !below.is_empty())
            .map(|(name, inner, below)| (name.clone(), shown(inner, &below)))
            .collect(),
        Value::Array(items) => {
            let below = below(&PathStep::EVERY);
            items.iter().map(|item| shown(item, &below)).collect()
        }
        other => other.clone(),
    }
}
