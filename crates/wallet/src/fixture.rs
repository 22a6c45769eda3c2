//! An authority, a hotel and a café for the tests, all real but the network.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::{SeedableRng, rngs::StdRng};
use tanda_credential::{
    jose::{Jwk, Signer, SigningKey},
    log::{LogKey, LogSigner as _, LogVerifier},
    sd_jwt::{Disclosability, SdObject},
    sd_jwt_vc::{CredentialIssuer, NewCredential, StatusReference},
    trust_list::{self, Entity, Names, Service, ServiceKind, TrustList},
    x509::{Certificate, LeafRequest, Subject, Validity, issue_ca, issue_leaf},
};
use tanda_model::{AssuranceLevel, Claim, PurposeId};
use tanda_protocol::{
    receipt::AtDesk,
    registration::{LocalText, Registration},
    vp::client_id::ClientId,
};
use tanda_verifier::{Flow, Invitation, Question, RecordKey, RelyingParty, Session, ask};

use crate::{Card, HolderKey, Trust, WalletState, guard::CopyKey, http::Response, keep::CardCopy};

pub(crate) const ISSUER: &str = "https://authority.example";
pub(crate) const LIST: &str = "https://authority.example/status-lists/1";
pub(crate) const BROWSER: &str = "the browser that asked";

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_392_000 + seconds).unwrap()
}

pub(crate) struct Pki {
    pub(crate) anchor: Certificate,
    pub(crate) leaf: SigningKey,
}

pub(crate) fn pki(seed: u64, uri: &str) -> Pki {
    let key = SigningKey::generate(&mut rng(seed)).unwrap();
    let validity = Validity { from: at(-86_400), until: at(86_400 * 365) };
    let ca = issue_ca(&Subject::named("CA"), validity, &key, &mut rng(seed + 1)).unwrap();
    let leaf = SigningKey::generate(&mut rng(seed + 2)).unwrap();
    let request = LeafRequest {
        subject: Subject {
            organization: Some("hotel-nansha".to_owned()),
            ..Subject::named("Leaf")
        },
        key: leaf.public(),
        dns_names: Vec::new(),
        uris: vec![uri.to_owned()],
        validity,
    };
    let der = issue_leaf(&request, &ca, &key, &mut rng(seed + 3)).unwrap();
    Pki { anchor: Certificate::from_der(&ca).unwrap(), leaf: leaf.with_x5c(vec![der]) }
}

pub(crate) fn copy_of(key: &SigningKey) -> SigningKey {
    SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap().with_x5c(key.x5c().to_vec())
}

pub(crate) struct World {
    pub(crate) issuer: Pki,
    pub(crate) operator: Pki,
    pub(crate) access: Pki,
    pub(crate) registrar: Pki,
    pub(crate) service: tanda_verifier::Service,
    pub(crate) log: (LogKey, LogVerifier),
}

/// The key of the authority's log.
pub(crate) fn log(seed: u8) -> (LogKey, LogVerifier) {
    let key = LogKey::from_seed(&[seed; 32]).unwrap();
    let verifier = LogVerifier::new("authority.example/log", key.public()).unwrap();
    (key, verifier)
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            issuer: pki(100, ISSUER),
            access: pki(200, "https://hotel.example"),
            registrar: pki(300, ISSUER),
            operator: pki(400, ISSUER),
            log: log(1),
            service: tanda_verifier::Service {
                public_url: "https://hotel.example/".parse().unwrap(),
                wallet_url: "https://wallet.example/".parse().unwrap(),
                code_prefix: "H1".parse().unwrap(),
            },
        }
    }

    pub(crate) fn trust_list(&self, sequence: u64) -> String {
        let service = |kind: ServiceKind, certificates: Vec<Certificate>| Service {
            names: Names::one("en", "service"),
            kind,
            certificates,
            granted: true,
            since: at(-86_400),
        };
        let vcts = AssuranceLevel::ALL.map(|level| level.vct().to_owned()).to_vec();
        let services = vec![
            service(
                ServiceKind::CredentialIssuer { id: ISSUER.into(), vcts },
                vec![self.issuer.anchor.clone()],
            ),
            service(ServiceKind::AccessCertificateAuthority, vec![self.access.anchor.clone()]),
            service(ServiceKind::Registrar, vec![self.registrar.anchor.clone()]),
            service(
                ServiceKind::VerifierService {
                    url: "https://hotel.example/".into(),
                    code_prefix: "H1".into(),
                },
                Vec::new(),
            ),
            service(
                ServiceKind::Log { url: format!("{ISSUER}/log"), key: self.log.1.clone() },
                Vec::new(),
            ),
        ];
        let names = Names::one("en", "Authority");
        let list = TrustList {
            operator: names.clone(),
            territory: Some("CN".into()),
            sequence,
            issued_at: at(-60),
            next_update: at(86_400),
            entities: vec![Entity { names, url: ISSUER.into(), services }],
        };
        trust_list::sign(&list, &self.operator.leaf).unwrap()
    }

    pub(crate) fn trust(&self, wallet: &mut WalletState) -> Trust {
        let operator = std::slice::from_ref(&self.operator.anchor);
        Trust::verify(&self.trust_list(1), operator, wallet, at(0)).unwrap()
    }

    /// One copy of a card for this key.
    pub(crate) fn issue(&self, level: AssuranceLevel, holder: &Jwk, idx: u64) -> String {
        let ages =
            SdObject::new().disclosable("18", true).unwrap().disclosable("21", true).unwrap();
        let names = SdObject::new().disclosable("cafe-comet", "c0").unwrap();
        let mut claims = SdObject::new();
        let plain = Claim::all()
            .filter(|claim| !matches!(claim, Claim::AgeEqualOrOver(_) | Claim::Pseudonym));
        for name in plain.map(Claim::name) {
            claims = claims.disclosable(name, format!("canary-{name}")).unwrap();
        }
        let claims = claims
            .object("age_equal_or_over", Disclosability::Disclosable, ages)
            .unwrap()
            .object("pseudonyms", Disclosability::Disclosable, names)
            .unwrap();
        let status = StatusReference { idx, uri: LIST.to_owned() };
        let credential = NewCredential {
            iss: ISSUER,
            vct: level.vct(),
            vct_integrity: None,
            iat: at(-86_400),
            nbf: None,
            exp: at(86_400 * 30),
            holder,
            status: Some(&status),
            claims: &claims,
        };
        let signer: Arc<dyn Signer> = Arc::new(copy_of(&self.issuer.leaf));
        CredentialIssuer::new(signer).unwrap().issue(&credential, &mut rng(idx)).unwrap()
    }

    /// A card as it is after having been received.
    pub(crate) fn card(&self, level: AssuranceLevel, copies: u64) -> Card {
        let copies = (0..copies).map(|idx| {
            let key = HolderKey::generate(&mut rng(500 + idx)).unwrap();
            CardCopy {
                token: self.issue(level, &key.public().unwrap(), idx),
                key: CopyKey::Open(key),
                expires_at: Some(at(86_400 * 30)),
                status: StatusReference { idx, uri: LIST.to_owned() },
                used: false,
            }
        });
        Card {
            id: level.as_str().to_owned(),
            issuer: ISSUER.to_owned(),
            configuration: level.credential_configuration_id().to_owned(),
            vct: level.vct().to_owned(),
            level,
            copies: copies.collect(),
            refresh: None,
            received_at: at(0),
        }
    }

    pub(crate) fn wallet(&self, copies: u64) -> WalletState {
        let mut wallet = WalletState::new(&mut rng(1)).unwrap();
        wallet.keep(self.card(AssuranceLevel::Light, copies));
        wallet
    }

    pub(crate) fn registration(&self, id: &str, purpose: PurposeId) -> Registration {
        let client = ClientId::of_der(&self.access.leaf.x5c()[0]);
        let name =
            LocalText {
                en: "Nansha Harbour Hotel".into(), id: "Hotel".into(), zh: "酒店".into()
            };
        let times = (at(-3600), at(86_400));
        Registration::for_purpose(purpose, id.parse().unwrap(), name, client, ISSUER, times)
    }

    /// What opens the relying parties' records.
    pub(crate) fn record_key(&self) -> RecordKey {
        RecordKey::generate(&mut rng(600)).unwrap()
    }

    pub(crate) fn relying_party(&self, registration: &Registration) -> RelyingParty {
        let token = registration.sign(&self.registrar.leaf).unwrap();
        let key = Arc::new(copy_of(&self.access.leaf));
        let anchors = std::slice::from_ref(&self.registrar.anchor);
        RelyingParty::new(registration.relying_party.as_str(), key, &[token], anchors, at(0))
            .unwrap()
            .with_record_key(self.record_key().public().clone())
    }

    pub(crate) fn ask(&self, party: &RelyingParty, flow: Flow) -> (Session, Invitation) {
        let purpose = party.purposes().next().unwrap().purpose.id.clone();
        let question = Question {
            purpose: &purpose,
            claims: None,
            level: None,
            flow,
            order: None,
            browser_session: BROWSER,
            desk: AtDesk { device: "3f9c21d7".into(), staff: "mei".parse().unwrap() },
            status_list: None,
        };
        let asked = ask(party, &question, &self.service, at(0), &mut rng(2)).unwrap();
        (asked.session, asked.invitation)
    }
}

pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Response {
    Response { status: 200, headers: Vec::new(), body: body.into() }
}

pub(crate) const MONTH: SignedDuration = SignedDuration::from_hours(24 * 30);
