//! A relying party and a registrar with real certificates, for the tests.

use jiff::Timestamp;
use tanda_credential::{
    jose::{DecryptionKey, Signer, SigningKey},
    sd_jwt::ClaimPath,
    x509::{Certificate, LeafRequest, Subject, Validity, issue_ca, issue_leaf},
};
use tanda_model::PurposeId;

use super::{
    client_id::ClientId,
    dcql::DcqlQuery,
    request::{
        ANY_WALLET, AuthorizationRequest, ClientMetadata, Nonce, ResponseMode, ResponseType,
        VerifierInfo,
    },
};
use crate::{
    registration::{LocalText, Registration},
    testing::{key, later, now, rng},
};

pub(crate) const REGISTRAR: &str = "https://authority.example";

/// An authority with one leaf under it.
pub(crate) struct Pki {
    pub(crate) anchor: Certificate,
    pub(crate) ca: (Vec<u8>, SigningKey),
    pub(crate) leaf: SigningKey,
}

impl Pki {
    pub(crate) fn new(seed: u64, uris: &[&str]) -> Self {
        let ca_key = key(seed);
        let validity = Validity { from: later(-86_400), until: later(86_400 * 30) };
        let der =
            issue_ca(&Subject::named("Authority"), validity, &ca_key, &mut rng(seed + 1)).unwrap();
        let leaf = leaf_under(&der, &ca_key, seed + 2, uris);
        Self { anchor: Certificate::from_der(&der).unwrap(), ca: (der, ca_key), leaf }
    }

    pub(crate) fn client(&self) -> ClientId {
        ClientId::of_der(&self.leaf.x5c()[0])
    }
}

pub(crate) fn leaf_under(ca: &[u8], ca_key: &SigningKey, seed: u64, uris: &[&str]) -> SigningKey {
    let leaf = key(seed);
    let request = LeafRequest {
        subject: Subject::named("Nansha Harbour Hotel"),
        key: leaf.public(),
        dns_names: Vec::new(),
        uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
        validity: Validity { from: later(-3600), until: later(86_400) },
    };
    let der = issue_leaf(&request, ca, ca_key, &mut rng(seed)).unwrap();
    leaf.with_x5c(vec![der])
}

pub(crate) fn registration(
    purpose: PurposeId,
    relying_party: &str,
    client: ClientId,
) -> Registration {
    let name = LocalText {
        en: "Nansha Harbour Hotel".into(),
        id: "Hotel Pelabuhan Nansha".into(),
        zh: "南沙海港酒店".into(),
    };
    let times: (Timestamp, Timestamp) = (later(-60), later(86_400));
    Registration::for_purpose(
        purpose,
        relying_party.parse().unwrap(),
        name,
        client,
        REGISTRAR,
        times,
    )
}

pub(crate) fn request(client_id: ClientId, registration: &str) -> AuthorizationRequest {
    let encryption = DecryptionKey::generate(&mut rng(77)).unwrap();
    AuthorizationRequest {
        response_type: ResponseType::VpToken,
        response_mode: ResponseMode::DirectPostJwt,
        client_id,
        response_uri: "https://hotel.example/openid4vp/responses/1".parse().unwrap(),
        nonce: Nonce::mint(&mut rng(5)),
        state: Some(Nonce::mint(&mut rng(6))),
        aud: ANY_WALLET.to_owned(),
        dcql_query: DcqlQuery::card(&["urn:tanda:card:light:1"], &[ClaimPath::name("given_name")])
            .unwrap(),
        client_metadata: ClientMetadata::encrypting_to(encryption.public()).unwrap(),
        verifier_info: vec![VerifierInfo::registration(registration)],
        transaction_data: None,
        wallet_nonce: None,
        iat: now(),
        exp: later(300),
    }
}
