//! A small world for the tests: an authority that issues cards, a registrar, a hotel and a café,
//! and a holder who can be made to cheat.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Map, Value, json};
use tanda_credential::{
    jose::{Signer, SigningKey},
    sd_jwt::{ClaimPath, Disclosability, HeldSdJwt, KeyBinding, SdObject},
    sd_jwt_vc::{CredentialIssuer, NewCredential, StatusReference, TrustedIssuer, TrustedIssuers},
    status_list::{self, Bits, Status, StatusList, StatusListClaims, StatusListToken},
    trust_list::Names,
    x509::{Certificate, LeafRequest, Subject, Validity, issue_ca, issue_leaf},
};
use tanda_model::{AssuranceLevel, PurposeId};
use tanda_protocol::{
    receipt::AtDesk,
    registration::{LocalText, Registration},
    vp::{
        Expected, VerifiedRequest,
        client_id::ClientId,
        request::AuthorizationRequest,
        response::{VpToken, encrypt},
        uri::RequestUri,
    },
};

use crate::{Asked, Flow, Question, RecordKey, RelyingParty, Service, Session, ask};

pub(crate) const ISSUER: &str = "https://authority.example";
pub(crate) const LIST: &str = "https://authority.example/status-lists/1";
pub(crate) const BROWSER: &str = "the browser that asked";

pub(crate) fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_392_000 + seconds).unwrap()
}

/// An authority of certificates with a leaf under it.
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

/// Asks for all that is registered, in another device's wallet.
pub(crate) fn question(purpose: &str) -> Question<'_> {
    Question {
        purpose,
        claims: None,
        level: None,
        flow: Flow::CrossDevice,
        order: None,
        browser_session: BROWSER,
        desk: AtDesk { device: "3f9c21d7".into(), staff: "mei".parse().unwrap() },
        status_list: None,
    }
}

pub(crate) struct World {
    pub(crate) issuer: Pki,
    pub(crate) trusted: TrustedIssuers,
    access: Pki,
    registrar: Pki,
    pub(crate) hotel: RelyingParty,
    pub(crate) cafe: RelyingParty,
    pub(crate) bank: RelyingParty,
    pub(crate) service: Service,
}

impl World {
    pub(crate) fn new() -> Self {
        let (issuer, access, registrar) =
            (pki(100, ISSUER), pki(200, "https://hotel.example"), pki(300, ISSUER));
        let party = |id: &str, purpose| registered(&access, &registrar, id, purpose);
        Self {
            trusted: trusted(&issuer, &AssuranceLevel::ALL.map(AssuranceLevel::vct)),
            hotel: party("hotel-nansha", PurposeId::HotelCheckIn),
            cafe: party("cafe-comet", PurposeId::CafeSignUp),
            bank: party("bank-harbour", PurposeId::BankAccount),
            issuer,
            access,
            registrar,
            service: Service {
                public_url: "https://hotel.example/".parse().unwrap(),
                wallet_url: "https://wallet.example/".parse().unwrap(),
                code_prefix: "H1".parse().unwrap(),
            },
        }
    }

    /// Who certifies relying parties.
    pub(crate) fn access_anchor(&self) -> &Certificate {
        &self.access.anchor
    }

    /// A relying party that is registered for a purpose.
    pub(crate) fn party(&self, id: &str, purpose: PurposeId) -> RelyingParty {
        self.party_of(&self.access, id, purpose)
    }

    /// A relying party with an access certificate of its own.
    pub(crate) fn party_of(&self, access: &Pki, id: &str, purpose: PurposeId) -> RelyingParty {
        registered(access, &self.registrar, id, purpose)
    }

    pub(crate) fn ask(&self, party: &RelyingParty, purpose: &str, flow: Flow) -> Asked {
        let question = Question { flow, ..question(purpose) };
        ask(party, &question, &self.service, at(0), &mut rng(1)).unwrap()
    }

    /// Asks, and has the holder's wallet open and verify the request.
    pub(crate) fn opened(
        &self,
        party: &RelyingParty,
        purpose: &str,
        flow: Flow,
    ) -> (Session, AuthorizationRequest) {
        let Asked { session, invitation } = self.ask(party, purpose, flow);
        let uri = RequestUri::parse(&invitation.openid4vp_uri).unwrap();
        self.open(session, party, uri.client_id, 1)
    }

    /// Has the holder's wallet open and verify a request.
    pub(crate) fn open(
        &self,
        session: Session,
        party: &RelyingParty,
        client_id: ClientId,
        second: i64,
    ) -> (Session, AuthorizationRequest) {
        let (session, object) =
            session.open(party, Some("wallet-nonce"), None, at(second)).unwrap();
        let expected = Expected {
            client_id,
            wallet_nonce: Some(&"wallet-nonce".parse().unwrap()),
            access_anchors: std::slice::from_ref(&self.access.anchor),
            now: at(second),
        };
        (session, VerifiedRequest::parse(&object, &expected).unwrap().request)
    }

    pub(crate) fn card(&self) -> Card<'_> {
        Card {
            issuer: &self.issuer,
            level: AssuranceLevel::Light,
            name: "canary".to_owned(),
            adult: true,
            exp: at(86_400 * 30),
            iat: at(-86_400),
            status: Some(StatusReference { idx: 7, uri: LIST.to_owned() }),
            holder: SigningKey::generate(&mut rng(900)).unwrap(),
        }
    }

    pub(crate) fn list(&self, status: Status) -> StatusListToken {
        self.list_by(&self.issuer, LIST, status, at(0))
    }

    pub(crate) fn list_at(&self, status: Status, issued_at: Timestamp) -> StatusListToken {
        self.list_by(&self.issuer, LIST, status, issued_at)
    }

    pub(crate) fn list_by(
        &self,
        signer: &Pki,
        uri: &str,
        status: Status,
        issued_at: Timestamp,
    ) -> StatusListToken {
        let mut list = StatusList::new(Bits::Two, 64);
        list.set(7, status).unwrap();
        let expires_at = Some(issued_at + SignedDuration::from_mins(5));
        let claims = StatusListClaims { uri: uri.to_owned(), issued_at, expires_at, ttl: Some(15) };
        let token = status_list::sign(&claims, &list.encode().unwrap(), &signer.leaf).unwrap();
        let trusted = TrustedIssuers::new(vec![
            self.trusted.issuers()[0].clone(),
            TrustedIssuer {
                id: "https://other.example".into(),
                names: Arc::default(),
                anchors: vec![signer.anchor.clone()],
                vcts: vec![],
            },
        ]);
        status_list::verify(&token, uri, &trusted, issued_at).unwrap()
    }
}

fn registered(access: &Pki, registrar: &Pki, id: &str, purpose: PurposeId) -> RelyingParty {
    let client = ClientId::of_der(&access.leaf.x5c()[0]);
    let name = LocalText { en: id.into(), id: id.into(), zh: id.into() };
    let times = (at(-3600), at(86_400));
    let registration =
        Registration::for_purpose(purpose, id.parse().unwrap(), name, client, ISSUER, times);
    let token = registration.sign(&registrar.leaf).unwrap();
    let (key, anchors) = (Arc::new(copy_of(&access.leaf)), std::slice::from_ref(&registrar.anchor));
    let party = RelyingParty::new(id, key, &[token], anchors, at(0)).unwrap();
    party.with_record_key(record_key().public().clone())
}

/// What opens every relying party's record.
pub(crate) fn record_key() -> RecordKey {
    RecordKey::generate(&mut rng(600)).unwrap()
}

pub(crate) fn copy_of(key: &SigningKey) -> SigningKey {
    SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap().with_x5c(key.x5c().to_vec())
}

/// What the trust list calls the authority. Its cards call it something else.
pub(crate) fn listed_names() -> Names {
    Names([("en".into(), "Listed City".into()), ("id".into(), "Kota Terdaftar".into())].into())
}

pub(crate) fn trusted(issuer: &Pki, vcts: &[&str]) -> TrustedIssuers {
    let vcts = vcts.iter().map(|vct| (*vct).to_owned()).collect();
    TrustedIssuers::new(vec![TrustedIssuer {
        id: ISSUER.to_owned(),
        names: Arc::new(listed_names()),
        anchors: vec![issuer.anchor.clone()],
        vcts,
    }])
}

/// A card to be issued and shown, rightly or wrongly.
pub(crate) struct Card<'a> {
    pub(crate) issuer: &'a Pki,
    pub(crate) level: AssuranceLevel,
    pub(crate) name: String,
    pub(crate) adult: bool,
    pub(crate) iat: Timestamp,
    pub(crate) exp: Timestamp,
    pub(crate) status: Option<StatusReference>,
    pub(crate) holder: SigningKey,
}

impl Card<'_> {
    pub(crate) fn issue(&self) -> String {
        let ages = SdObject::new()
            .disclosable("18", self.adult)
            .unwrap()
            .disclosable("21", false)
            .unwrap();
        let names = SdObject::new()
            .disclosable("cafe-comet", "c0")
            .unwrap()
            .disclosable("cafe-orbit", "c1")
            .unwrap();
        let plain = [
            "family_name",
            "given_name",
            "personal_administrative_number",
            "personal_administrative_number_tail",
            "picture",
            "birthdate",
            "sex",
            "issuing_authority",
        ];
        let mut claims = SdObject::new();
        for name in plain {
            claims = claims.disclosable(name, format!("{}-{name}", self.name)).unwrap();
        }
        let claims = claims
            .disclosable("nationalities", json!(["CN"]))
            .unwrap()
            .object("age_equal_or_over", Disclosability::Plain, ages)
            .unwrap()
            .object("pseudonyms", Disclosability::Disclosable, names)
            .unwrap();
        let credential = NewCredential {
            iss: ISSUER,
            vct: self.level.vct(),
            vct_integrity: None,
            iat: self.iat,
            nbf: None,
            exp: self.exp,
            holder: self.holder.public(),
            status: self.status.as_ref(),
            claims: &claims,
        };
        let signer: Arc<dyn Signer> = Arc::new(copy_of(&self.issuer.leaf));
        CredentialIssuer::new(signer).unwrap().issue(&credential, &mut rng(901)).unwrap()
    }

    /// Shows exactly what is asked.
    pub(crate) fn answer(&self, request: &AuthorizationRequest) -> Vec<u8> {
        self.answer_at(request, 2)
    }

    pub(crate) fn answer_at(&self, request: &AuthorizationRequest, second: i64) -> Vec<u8> {
        let binding = Binding { now: at(second), ..Binding::honest(request) };
        self.show(request, &asked(request), &binding, &self.holder)
    }

    /// Shows these claims, with this binding, by this key.
    pub(crate) fn show(
        &self,
        request: &AuthorizationRequest,
        claims: &[ClaimPath],
        binding: &Binding,
        by: &SigningKey,
    ) -> Vec<u8> {
        let held = HeldSdJwt::parse(&self.issue()).unwrap();
        let binding = KeyBinding {
            audience: &binding.audience,
            nonce: &binding.nonce,
            now: binding.now,
            transaction_data: &[],
        };
        let token = held.present(claims).unwrap().with_key_binding(&binding, by).unwrap();
        encrypted(request, &token)
    }
}

/// What the holder's proof says.
pub(crate) struct Binding {
    pub(crate) audience: String,
    pub(crate) nonce: String,
    pub(crate) now: Timestamp,
}

impl Binding {
    pub(crate) fn honest(request: &AuthorizationRequest) -> Self {
        let nonce = request.nonce.as_str().to_owned();
        Self { audience: request.client_id.to_string(), nonce, now: at(2) }
    }
}

pub(crate) fn asked(request: &AuthorizationRequest) -> Vec<ClaimPath> {
    request.dcql_query.credentials()[0].claims.iter().map(|claim| claim.path.clone()).collect()
}

pub(crate) fn encrypted(request: &AuthorizationRequest, presentation: &str) -> Vec<u8> {
    let token = VpToken::new([("card".to_owned(), presentation.to_owned())]);
    encrypt(request, token, &mut rng(5)).unwrap().into_bytes()
}

pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}
