use std::slice::from_ref;

use jiff::SignedDuration;
use proptest::prelude::*;
use tanda_credential::jose::{JwsError, Signer as _, SigningKey};
use tanda_credential::sd_jwt::ClaimPath;
use tanda_credential::x509::{
    Certificate, ChainError, LeafRequest, Subject, Validity, issue_ca, issue_leaf,
};
use tanda_credential::{b64, jose};
use tanda_model::AssuranceLevel;

use super::{AtDesk, CheckOutcome, CheckReceipt, ReceiptError};
use crate::registration::{LocalText, RegisteredPurpose};
use crate::testing::{key, later, now, rng};

/// An authority that certifies relying parties, and one of them.
struct Certified {
    anchor: Certificate,
    ca: (Vec<u8>, SigningKey),
}

impl Certified {
    fn new(seed: u64) -> Self {
        let ca_key = key(seed);
        let validity = Validity { from: later(-86_400), until: later(86_400 * 900) };
        let subject = Subject::named("Relying-party CA");
        let der = issue_ca(&subject, validity, &ca_key, &mut rng(seed + 1)).unwrap();
        Self { anchor: Certificate::from_der(&der).unwrap(), ca: (der, ca_key) }
    }

    fn access_key(&self, relying_party: &str) -> SigningKey {
        let leaf = key(60);
        let request = LeafRequest {
            subject: Subject {
                common_name: "Nansha Harbour Hotel".into(),
                organization: Some(relying_party.to_owned()),
                country: None,
            },
            key: leaf.public(),
            dns_names: Vec::new(),
            uris: Vec::new(),
            validity: Validity { from: later(-3600), until: later(86_400) },
        };
        let der = issue_leaf(&request, &self.ca.0, &self.ca.1, &mut rng(61)).unwrap();
        leaf.with_x5c(vec![der])
    }
}

fn receipt() -> CheckReceipt {
    let text = |en: &str| LocalText { en: en.into(), id: en.into(), zh: en.into() };
    CheckReceipt {
        relying_party: "hotel-nansha".parse().unwrap(),
        name: text("Nansha Harbour Hotel"),
        id: "r-1".into(),
        issued_at: now(),
        purpose: RegisteredPurpose { id: "hotel-check-in".into(), text: text("Hotel check-in") },
        claims: vec![ClaimPath::name("family_name"), ClaimPath::name("picture")],
        level: AssuranceLevel::Light,
        outcome: CheckOutcome::NotValid,
        reason: Some("revoked".into()),
        checked_at: later(-2),
        status_age_s: None,
        desk: AtDesk { device: "3f9c21d7".into(), staff: "mei".parse().unwrap() },
    }
}

#[test]
fn a_receipt_is_read_long_after_its_certificate_has_ended() {
    let world = Certified::new(50);
    let token = receipt().sign(&world.access_key("hotel-nansha")).unwrap();
    let years_later = now() + SignedDuration::from_hours(24 * 800);
    for moment in [now(), years_later] {
        let read = CheckReceipt::verify(&token, from_ref(&world.anchor), moment);
        assert_eq!(read, Ok(receipt()));
    }
}

#[test]
fn a_forged_receipt_is_refused_and_says_why() {
    let world = Certified::new(50);
    let anchors = from_ref(&world.anchor);
    let own = world.access_key("hotel-nansha");
    let token = receipt().sign(&own).unwrap();
    let read = |token: &str| CheckReceipt::verify(token, anchors, now()).unwrap_err();

    let better = CheckReceipt { outcome: CheckOutcome::Valid, reason: None, ..receipt() };
    let payload = b64::encode(serde_json::to_vec(&better).unwrap());
    let parts: Vec<&str> = token.split('.').collect();
    let altered = [parts[0], &payload, parts[2]].join(".");
    assert_eq!(read(&altered), JwsError::Signature.into());

    let stranger = receipt().sign(&Certified::new(70).access_key("hotel-nansha")).unwrap();
    assert_eq!(read(&stranger), ChainError::Untrusted.into());
    let neighbour = receipt().sign(&world.access_key("cafe-comet")).unwrap();
    assert_eq!(read(&neighbour), ReceiptError::OtherRelyingParty);
    let early = CheckReceipt { issued_at: later(120), ..receipt() }.sign(&own).unwrap();
    assert_eq!(read(&early), ReceiptError::NotYet);
    let before = CheckReceipt { issued_at: later(-7200), ..receipt() }.sign(&own).unwrap();
    assert_eq!(read(&before), ChainError::Expired.into());
    let other_typ = jose::Header::typ("JWT").with_x5c(own.x5c());
    assert_eq!(read(&jose::sign(&other_typ, &receipt(), &own).unwrap()), JwsError::Type.into());
    assert_eq!(read("not a receipt"), JwsError::Malformed.into());
}

#[test]
fn a_receipt_has_no_place_for_a_value() {
    let members = serde_json::to_value(receipt()).unwrap();
    let names: Vec<_> = members.as_object().unwrap().keys().map(String::as_str).collect();
    let known = [
        "checked_at",
        "claims",
        "desk",
        "iat",
        "iss",
        "jti",
        "level",
        "name",
        "outcome",
        "purpose",
        "reason",
    ];
    assert_eq!(names, known);
}

proptest! {
    /// Whatever comes in is answered, and nothing that nobody signed is taken.
    #[test]
    fn nothing_unsigned_is_a_receipt(text in "\\PC{0,200}", cut in 0_usize..400, flip in 0_usize..400) {
        let world = Certified::new(50);
        let anchors = from_ref(&world.anchor);
        prop_assert!(CheckReceipt::verify(&text, anchors, now()).is_err());
        let token = receipt().sign(&world.access_key("hotel-nansha")).unwrap();
        prop_assert!(CheckReceipt::verify(&token[..token.len() - 1 - cut % token.len()], anchors, now()).is_err());
        let mut bytes = token.into_bytes();
        let at = flip % bytes.len();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(CheckReceipt::verify(&changed, anchors, now()).is_err());
    }
}
