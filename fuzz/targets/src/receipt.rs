//! Receipts of checks and of deletions: one that is accepted is a certified relying party's own, and
//! not from the future.

use std::slice;
use std::sync::LazyLock;

use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tanda_credential::jose::{Signer as _, SigningKey};
use tanda_credential::x509::{Certificate, LeafRequest, Subject, Validity, issue_ca, issue_leaf};
use tanda_credential::{CLOCK_SKEW, b64, json};
use tanda_model::RelyingPartyId;
use tanda_protocol::receipt::{CheckReceipt, DeletionReceipt};

use crate::fixture::{now, rng, same_again, signed, text};

/// Either receipt with a few claims, signed.
pub const MAX_LEN: usize = 2048;
/// The handle that the deletion is about.
pub const HANDLE: &str = "fuzzing-handle";
/// The one relying party that is certified.
pub const RELYING_PARTY: &str = "hotel-nansha";

/// The relying-party CA, and the key of the one that it has certified.
static CERTIFIED: LazyLock<(Certificate, SigningKey)> = LazyLock::new(|| {
    let mut rng = rng();
    let mut key = || SigningKey::generate(&mut rng).unwrap();
    let (ca, access) = (key(), key());
    let validity = Validity { from: now() - 24.hours(), until: now() + 24.hours() };
    let subject = Subject::named("Relying-party CA");
    let authority = issue_ca(&subject, validity, &ca, &mut rng).unwrap();
    let request = LeafRequest {
        subject: Subject {
            common_name: "Hotel".to_owned(),
            organization: Some(RELYING_PARTY.to_owned()),
            country: None,
        },
        key: access.public(),
        dns_names: Vec::new(),
        uris: Vec::new(),
        validity,
    };
    let leaf = issue_leaf(&request, &authority, &ca, &mut rng).unwrap();
    (Certificate::from_der(&authority).unwrap(), access.with_x5c(vec![leaf]))
});

/// Takes a token, or the payload of one that the relying party signs, as either kind.
pub fn run(data: &[u8]) -> Option<()> {
    let (anchor, _) = &*CERTIFIED;
    let anchors = slice::from_ref(anchor);
    let check = token("tanda-check-receipt+jwt", data)
        .and_then(|token| CheckReceipt::verify(&token, anchors, now()).ok());
    let deletion = token("tanda-deletion-receipt+jwt", data)
        .and_then(|token| DeletionReceipt::verify(&token, HANDLE, anchors, now()).ok());
    if let Some(receipt) = &check {
        holds(receipt, &receipt.relying_party, receipt.issued_at);
    }
    if let Some(receipt) = &deletion {
        holds(receipt, &receipt.relying_party, receipt.deleted_at);
    }
    (check.is_some() || deletion.is_some()).then_some(())
}

fn holds<R: Serialize + DeserializeOwned>(receipt: &R, party: &RelyingPartyId, at: Timestamp) {
    assert_eq!(party.as_str(), RELYING_PARTY);
    assert!(at.duration_since(now()) <= CLOCK_SKEW);
    same_again(receipt, |written| json::parse_as(written).ok());
}

fn token(typ: &str, data: &[u8]) -> Option<String> {
    let (_, key) = &*CERTIFIED;
    match data {
        [b'{', ..] => {
            json::parse_object(data).ok()?;
            let x5c = b64::encode_standard(&key.x5c()[0]);
            let header = format!(r#"{{"alg":"ES256","typ":"{typ}","x5c":["{x5c}"]}}"#);
            Some(signed(header.as_bytes(), data, key))
        }
        _ => text(data).map(str::to_owned),
    }
}
