//! Keys, certificates and a credential that the tests share.

use std::sync::Arc;

use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use tanda_credential::jose::{Signer, SigningKey};
use tanda_credential::sd_jwt::SdObject;
use tanda_credential::sd_jwt_vc::{
    CredentialIssuer, NewCredential, StatusReference, TrustedIssuer, TrustedIssuers,
};
use tanda_credential::trust_list::Names;
use tanda_credential::x509::{Certificate, LeafRequest, Subject, Validity, issue_ca, issue_leaf};

pub(crate) const ISS: &str = "https://authority.example";
pub(crate) const VCT: &str = "https://authority.example/types/light";

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut rng(seed)).unwrap()
}

pub(crate) fn validity(from: i64, until: i64) -> Validity {
    Validity { from: at(from), until: at(until) }
}

/// The moment at which everything here is valid.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) struct Authority {
    pub(crate) ca: Vec<u8>,
    pub(crate) leaf_key: Arc<SigningKey>,
}

impl Authority {
    pub(crate) fn new(seed: u64) -> Self {
        let ca_key = key(seed);
        let ca = issue_ca(
            &Subject {
                common_name: "CA".into(),
                organization: Some("State".into()),
                country: Some("XX".into()),
            },
            validity(NOW - 1000, NOW + 100_000),
            &ca_key,
            &mut rng(seed),
        )
        .unwrap();
        let leaf_key = key(seed + 1000);
        let leaf = issue_leaf(
            &LeafRequest {
                subject: Subject::named("Issuer"),
                key: leaf_key.public(),
                dns_names: vec![],
                uris: vec![ISS.into()],
                validity: validity(NOW - 500, NOW + 50_000),
            },
            &ca,
            &ca_key,
            &mut rng(seed + 1),
        )
        .unwrap();
        Self { ca, leaf_key: Arc::new(leaf_key.with_x5c(vec![leaf])) }
    }

    pub(crate) fn trusted(&self) -> TrustedIssuers {
        TrustedIssuers::new(vec![TrustedIssuer {
            id: "authority-1".into(),
            names: Names::one("en", "Authority").into(),
            anchors: vec![Certificate::from_der(&self.ca).unwrap()],
            vcts: vec![VCT.into()],
        }])
    }

    pub(crate) fn issuer(&self) -> CredentialIssuer {
        CredentialIssuer::new(self.leaf_key.clone()).unwrap()
    }
}

pub(crate) fn attributes() -> SdObject {
    SdObject::new()
        .disclosable("given_name", "Erika")
        .and_then(|claims| claims.disclosable("family_name", "Muster\"mann"))
        .and_then(|claims| claims.disclosable("birthdate", "1990-01-02"))
        .and_then(|claims| claims.disclosable("portrait", "A".repeat(4000)))
        .and_then(|claims| claims.disclosable("nationalities", json!(["XX", "YY"])))
        .and_then(|claims| claims.plain("level", "light"))
        .unwrap()
}

pub(crate) fn status() -> StatusReference {
    StatusReference { idx: 42, uri: "https://authority.example/status/1".into() }
}

pub(crate) fn credential<'a>(
    holder: &'a SigningKey,
    claims: &'a SdObject,
    status: &'a StatusReference,
) -> NewCredential<'a> {
    NewCredential {
        iss: ISS,
        vct: VCT,
        vct_integrity: Some("sha256-AAAA"),
        iat: at(NOW - 100),
        nbf: None,
        exp: at(NOW + 10_000),
        holder: holder.public(),
        status: Some(status),
        claims,
    }
}
