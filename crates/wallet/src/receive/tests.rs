//! A card from offer to wallet, against an authority made of the protocol's own checking side.

use std::collections::BTreeMap;

use serde_json::json;
use tanda_model::AssuranceLevel;
use tanda_protocol::oauth::client_attestation::{
    self, ATTESTATION_HEADER, AttestationDraft, Attester, Attesters, ExpectedAttestation,
    NewAttestation, POSSESSION_HEADER, Possession,
};
use tanda_protocol::oauth::{
    AuthorizationServerMetadata, ExpectedDpop, Grant, IssuerUrl, NonceMint, NoncePurpose,
    OpaqueToken, TokenRequest, TokenResponse, Window, dpop, dpop_access_token,
};
use tanda_protocol::vci::{
    CredentialConfiguration, CredentialOffer, CredentialRequest, ExpectedKeyProof, proof,
};

use super::{ReceiveError, Receiving, Step};
use crate::fixture::{ISSUER, Pki, World, at, ok, pki, rng};
use crate::http::{Method, Request, Response};
use crate::{Attested, Card, Guard, GuardError, Trust, WalletState};

const PROVIDER: &str = "https://provider.example";
const LIGHT: &str = AssuranceLevel::Light.credential_configuration_id();

/// What the authority does that it should not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    DpopNonce,
    StaleNonce,
    OtherKey,
    OtherType,
    OtherIssuer,
    SameStatus,
    Refuses,
}

struct Authority {
    world: World,
    provider: Pki,
    fault: Fault,
    seen: Vec<String>,
    refresh: OpaqueToken,
    nonces: NonceMint,
    faults_left: u32,
    /// The level of what it has for this wallet.
    level: AssuranceLevel,
}

impl Authority {
    fn new(fault: Fault) -> Self {
        let refresh = OpaqueToken::mint(&mut rng(41));
        let nonces = NonceMint::new(&[7; 32], NoncePurpose::Credential);
        Self {
            world: World::new(),
            provider: pki(600, PROVIDER),
            fault,
            seen: vec![],
            refresh,
            nonces,
            faults_left: 1,
            level: AssuranceLevel::Light,
        }
    }

    fn attested(&self, wallet: &WalletState) -> Attested {
        let key = wallet.instance_key().public().unwrap();
        let attestation = NewAttestation {
            issuer: PROVIDER,
            client_id: "tanda-wallet",
            instance_key: &key,
            account: "a",
            issued_at: at(-10),
            expires_at: at(3600),
        };
        let attestation = attestation.sign(&self.provider.leaf).unwrap();
        Attested::new(wallet, "tanda-wallet", attestation)
    }

    fn offer() -> String {
        Self::offer_at(AssuranceLevel::Light)
    }

    fn offer_at(level: AssuranceLevel) -> String {
        let code = OpaqueToken::mint(&mut rng(40));
        let ids = vec![level.credential_configuration_id().into()];
        CredentialOffer::pre_authorized(IssuerUrl::parse(ISSUER).unwrap(), ids, code).to_uri()
    }

    fn answer(&mut self, request: &Request) -> Response {
        let path = request.url.path().to_owned();
        self.seen.push(path.clone());
        let json = |value: serde_json::Value| ok(value.to_string());
        match path.as_str() {
            "/.well-known/openid-credential-issuer" => json(metadata()),
            "/.well-known/oauth-authorization-server" => {
                let issuer = IssuerUrl::parse(ISSUER).unwrap();
                let token = format!("{ISSUER}/oauth/token").parse().unwrap();
                json(serde_json::to_value(AuthorizationServerMetadata::new(issuer, token)).unwrap())
            }
            "/oauth/token" => self.token(request),
            "/openid4vci/nonce" => {
                let nonce =
                    self.nonces.mint(jiff::SignedDuration::from_mins(5), at(0), &mut rng(42));
                json(json!({ "c_nonce": nonce }))
            }
            "/openid4vci/credential" => self.credential(request),
            other => panic!("no such endpoint: {other}"),
        }
    }

    fn faulty(&mut self, fault: Fault) -> bool {
        let now = self.fault == fault && self.faults_left > 0;
        self.faults_left -= u32::from(now);
        now
    }

    fn token(&mut self, request: &Request) -> Response {
        if self.fault == Fault::Refuses {
            return Response { status: 400, ..ok(r#"{"error":"invalid_grant"}"#) };
        }
        if self.faulty(Fault::DpopNonce) {
            let headers = vec![("DPoP-Nonce".to_owned(), "fresh".to_owned())];
            return Response {
                status: 400,
                headers,
                body: br#"{"error":"use_dpop_nonce"}"#.to_vec(),
            };
        }
        let url = request.url.as_str();
        let expected = ExpectedDpop {
            method: "POST",
            url,
            access_token: None,
            key_thumbprint: None,
            window: Window::DPOP,
            now: at(0),
        };
        let proof = dpop::verify(header(request, "dpop"), &expected).unwrap();
        assert_eq!(proof.nonce.as_deref(), (self.fault == Fault::DpopNonce).then_some("fresh"));
        let certificates = vec![self.provider.anchor.der().to_vec()];
        let attester = Attester { issuer: PROVIDER.into(), certificates };
        let attesters = Attesters::new(vec![attester]).unwrap();
        let parsed = TokenRequest::parse(&request.body).unwrap();
        let expected = ExpectedAttestation {
            draft: AttestationDraft::Draft07,
            attesters: &attesters,
            audience: &IssuerUrl::parse(ISSUER).unwrap(),
            client_id: parsed.client_id.as_deref(),
            window: Window::CLIENT_ATTESTATION_POP,
            now: at(0),
        };
        let possession = Possession::Jwt(header(request, POSSESSION_HEADER));
        client_attestation::verify(header(request, ATTESTATION_HEADER), possession, &expected)
            .unwrap();
        match parsed.grant {
            Grant::PreAuthorizedCode { code, tx_code: None } => {
                assert_eq!(code.expose(), OpaqueToken::mint(&mut rng(40)).expose());
            }
            Grant::RefreshToken(token) => assert_eq!(token.expose(), self.refresh.expose()),
            Grant::PreAuthorizedCode { .. } => panic!("no transaction code was asked"),
        }
        self.refresh = OpaqueToken::mint(&mut rng(43));
        let answer =
            TokenResponse::dpop(OpaqueToken::mint(&mut rng(44)), 300, Some(self.refresh.clone()));
        ok(serde_json::to_string(&answer).unwrap())
    }

    fn credential(&mut self, request: &Request) -> Response {
        if self.faulty(Fault::StaleNonce) {
            return Response { status: 400, ..ok(r#"{"error":"invalid_nonce"}"#) };
        }
        let token = dpop_access_token(header(request, "authorization")).unwrap();
        let url = request.url.as_str();
        let expected = ExpectedDpop {
            method: "POST",
            url,
            access_token: Some(&token),
            key_thumbprint: None,
            window: Window::DPOP,
            now: at(0),
        };
        dpop::verify(header(request, "dpop"), &expected).unwrap();
        let parsed = CredentialRequest::parse(&request.body, 10).unwrap();
        let issuer = IssuerUrl::parse(ISSUER).unwrap();
        let expected = ExpectedKeyProof {
            issuer: &issuer,
            client_id: Some("tanda-wallet"),
            window: Window::KEY_PROOF,
            now: at(0),
        };
        let mut keys = proof::verify_all(&parsed.proofs, &expected).unwrap().keys;
        if self.fault == Fault::OtherKey {
            keys[0] = pki(990, ISSUER).leaf.public_copy();
        }
        let asked = format!("\"{}\"", self.level.credential_configuration_id());
        assert!(String::from_utf8_lossy(&request.body).contains(&asked));
        let level = if self.fault == Fault::OtherType { AssuranceLevel::Full } else { self.level };
        if self.fault == Fault::OtherIssuer {
            self.world.issuer = pki(980, ISSUER);
        }
        let same = self.fault == Fault::SameStatus;
        let cards = keys.iter().zip(0..).map(|(key, idx)| {
            json!({ "credential": self.world.issue(level, key, if same { 0 } else { idx }) })
        });
        ok(json!({ "credentials": cards.collect::<Vec<_>>() }).to_string())
    }
}

trait PublicCopy {
    fn public_copy(&self) -> tanda_credential::jose::Jwk;
}

impl PublicCopy for tanda_credential::jose::SigningKey {
    fn public_copy(&self) -> tanda_credential::jose::Jwk {
        tanda_credential::jose::Signer::public(self).clone()
    }
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    &request.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).unwrap().1
}

fn metadata() -> serde_json::Value {
    let configurations = AssuranceLevel::ALL.map(|level| {
        let described = CredentialConfiguration::sd_jwt_vc(level.vct());
        (level.credential_configuration_id(), described)
    });
    let at = |path: &str| format!("{ISSUER}{path}");
    json!({
        "credential_issuer": ISSUER,
        "credential_endpoint": at("/openid4vci/credential"),
        "nonce_endpoint": at("/openid4vci/nonce"),
        "batch_credential_issuance": {"batch_size": 10},
        "credential_configurations_supported": BTreeMap::from(configurations),
    })
}

fn drive(authority: &mut Authority, mut step: Step, trust: &Trust) -> Result<Card, ReceiveError> {
    for _ in 0..20 {
        match step {
            Step::Done(card) => return Ok(card),
            Step::Send(receiving, request) | Step::Keep(receiving, request, _) => {
                let response = authority.answer(&request);
                step = receiving.next(
                    &response,
                    trust,
                    at(0),
                    &mut rng(50 + authority.seen.len() as u64),
                )?;
            }
        }
    }
    panic!("no end in sight: {:?}", authority.seen);
}

fn run(fault: Fault, copies: usize) -> (Authority, WalletState, Trust, Result<Card, ReceiveError>) {
    let mut authority = Authority::new(fault);
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    let trust = authority.world.trust(&mut wallet);
    let attested = authority.attested(&wallet);
    let step = Receiving::start(&Authority::offer(), &attested, None, copies, &trust, &mut rng(2))
        .unwrap();
    let card = drive(&mut authority, step, &trust);
    (authority, wallet, trust, card)
}

#[test]
fn a_card_from_offer_to_wallet_and_its_refill() {
    let (mut authority, mut wallet, trust, card) = run(Fault::None, 4);
    let card = card.unwrap();
    assert_eq!((card.copies_left(at(0)), card.level()), (4, AssuranceLevel::Light));
    assert_eq!(card.claims().unwrap()["given_name"], "canary-given_name");
    assert!(!card.needs_refill(at(0)));
    let id = card.id().to_owned();
    wallet.keep(card);
    wallet.card_mut(&id).unwrap().take(at(0)).unwrap();
    let card = wallet.card(&id).unwrap();
    assert!(card.needs_refill(at(0)));
    let attested = authority.attested(&wallet);
    let step = Receiving::refill(card, card.level(), &attested, None, 10).unwrap();
    let refilled = drive(&mut authority, step, &trust).unwrap();
    assert_eq!((refilled.id(), refilled.copies_left(at(0))), (id.as_str(), 10));
    wallet.keep(refilled);
    assert_eq!(wallet.cards().len(), 1);
    assert_eq!(wallet.cards()[0].status().unwrap().uri, crate::fixture::LIST);
}

/// Broken off at the worst moment: the code is spent, and the copies were sent and never arrived.
#[test]
fn a_card_that_never_arrived_is_fetched_with_what_was_kept_before() {
    let mut authority = Authority::new(Fault::None);
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    let trust = authority.world.trust(&mut wallet);
    let attested = authority.attested(&wallet);
    let mut step =
        Receiving::start(&Authority::offer(), &attested, None, 2, &trust, &mut rng(2)).unwrap();
    let mut seeds = 3..;
    let id = loop {
        let (receiving, request) = match step {
            Step::Send(receiving, request) => (receiving, request),
            Step::Keep(receiving, request, card) => {
                assert_eq!(card.copies_left(at(0)), 0);
                wallet.expect(card);
                (receiving, request)
            }
            Step::Done(card) => break card.id,
        };
        let response = authority.answer(&request);
        let seed = seeds.next().unwrap();
        step = receiving.next(&response, &trust, at(0), &mut rng(seed)).unwrap();
    };
    let kept = serde_json::to_string(&wallet).unwrap();
    let mut wallet: WalletState = serde_json::from_str(&kept).unwrap();
    assert!(wallet.cards().is_empty(), "no card that can't be shown");
    let expected = wallet.expected().unwrap();
    let step = Receiving::refill(expected, expected.level(), &attested, None, 2).unwrap();
    let card = drive(&mut authority, step, &trust).unwrap();
    assert_eq!((&card.id, card.copies_left(at(0))), (&id, 2));
    wallet.keep(card);
    assert!(wallet.expected().is_none());
    // While more copies of it are on their way, those that are left stay.
    let more = Card { copies: Vec::new(), ..wallet.cards()[0].clone() };
    wallet.expect(more);
    assert_eq!(wallet.cards()[0].copies_left(at(0)), 2);
    assert!(wallet.expected().is_none());
}

#[test]
fn no_more_copies_than_the_authority_gives() {
    assert_eq!(run(Fault::None, 500).3.unwrap().copies_left(at(0)), 10);
    assert_eq!(run(Fault::None, 0).3.unwrap().copies_left(at(0)), 1);
}

#[test]
fn a_fresh_nonce_is_fetched_when_the_server_wants_one() {
    let (authority, _, _, card) = run(Fault::DpopNonce, 2);
    assert!(card.is_ok());
    assert_eq!(authority.seen.iter().filter(|path| *path == "/oauth/token").count(), 2);
    let (authority, _, _, card) = run(Fault::StaleNonce, 2);
    assert!(card.is_ok());
    assert_eq!(authority.seen.iter().filter(|path| *path == "/openid4vci/nonce").count(), 2);
}

#[test]
fn what_was_not_asked_for_is_not_kept() {
    for fault in [Fault::OtherKey, Fault::OtherType, Fault::SameStatus] {
        assert!(matches!(run(fault, 2).3, Err(ReceiveError::OtherCard)));
    }
    assert!(matches!(run(Fault::OtherIssuer, 2).3, Err(ReceiveError::Credential(_))));
    let Err(ReceiveError::Refused(failure)) = run(Fault::Refuses, 2).3 else {
        panic!("not refused")
    };
    assert_eq!((failure.status, failure.code.as_deref()), (400, Some("invalid_grant")));
}

#[test]
fn a_strangers_offer_gets_nothing_sent() {
    let authority = Authority::new(Fault::None);
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    let trust = authority.world.trust(&mut wallet);
    let attested = authority.attested(&wallet);
    let start = |offer: &str| {
        Receiving::start(offer, &attested, None, 1, &trust, &mut rng(2)).map(|_| ()).unwrap_err()
    };
    let stranger = IssuerUrl::parse("https://stranger.example").unwrap();
    let code = OpaqueToken::mint(&mut rng(40));
    let offer = CredentialOffer::pre_authorized(stranger, vec![LIGHT.into()], code).to_uri();
    assert!(matches!(start(&offer), ReceiveError::UnknownIssuer));
    assert!(matches!(start("openid-credential-offer://?x=y"), ReceiveError::Offer(_)));
    let two = Authority::offer().replace(LIGHT, &format!("{LIGHT}%22%2C%22other"));
    assert!(matches!(start(&two), ReceiveError::UnknownConfiguration));
}

#[test]
fn an_offer_by_reference_is_fetched_first() {
    let authority = Authority::new(Fault::None);
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    let trust = authority.world.trust(&mut wallet);
    let attested = authority.attested(&wallet);
    let link = format!("openid-credential-offer://?credential_offer_uri={ISSUER}/offers/1");
    let Step::Send(receiving, request) =
        Receiving::start(&link, &attested, None, 1, &trust, &mut rng(2)).unwrap()
    else {
        panic!("nothing to fetch");
    };
    assert_eq!((request.method, request.url.path()), (Method::Get, "/offers/1"));
    let offer: url::Url = Authority::offer().parse().unwrap();
    let offer = offer.query_pairs().next().unwrap().1.into_owned();
    let next = receiving.next(&ok(offer), &trust, at(0), &mut rng(3)).unwrap();
    assert!(
        matches!(next, Step::Send(_, request) if request.url.path() == "/.well-known/openid-credential-issuer")
    );
}

/// What came of an authority's offer of a full card, to a wallet with this guard.
fn full(guard: Option<&Guard>) -> (Authority, Result<Card, ReceiveError>) {
    let mut authority = Authority::new(Fault::None);
    authority.level = AssuranceLevel::Full;
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    let trust = authority.world.trust(&mut wallet);
    let attested = authority.attested(&wallet);
    let offer = Authority::offer_at(AssuranceLevel::Full);
    let step = Receiving::start(&offer, &attested, guard, 2, &trust, &mut rng(2)).unwrap();
    let card = drive(&mut authority, step, &trust);
    (authority, card)
}

#[test]
fn a_full_cards_keys_are_sealed_before_they_are_kept() {
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    let pin = "480217".parse().unwrap();
    wallet.choose_pin(&pin, None, &mut rng(9)).unwrap();
    let card = full(wallet.guard()).1.unwrap();
    assert_eq!((card.level(), card.copies_left(at(0))), (AssuranceLevel::Full, 2));
    assert!(card.is_sealed());
    let verified = wallet.try_pin(at(0)).unwrap().weigh(&pin, &mut wallet).unwrap();
    for copy in &card.copies {
        assert!(copy.key.open(Some(&verified)).unwrap().signer().is_ok());
    }
}

#[test]
fn without_a_guard_no_full_card_is_fetched_and_nothing_is_spent() {
    let (authority, card) = full(None);
    assert!(matches!(card, Err(ReceiveError::Guard(GuardError::NoPin))));
    assert_eq!(authority.seen, ["/.well-known/openid-credential-issuer"]);
}

#[test]
fn a_card_that_fell_back_is_fetched_at_the_level_that_stands() {
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    wallet.choose_pin(&"480217".parse().unwrap(), None, &mut rng(9)).unwrap();
    let (mut authority, card) = full(wallet.guard());
    let card = card.unwrap();
    authority.level = AssuranceLevel::Light;
    let trust = authority.world.trust(&mut wallet);
    let attested = authority.attested(&wallet);
    let level = AssuranceLevel::Light;
    let step = Receiving::refill(&card, level, &attested, wallet.guard(), 3).unwrap();
    let light = drive(&mut authority, step, &trust).unwrap();
    assert_eq!((light.level(), light.copies_left(at(0))), (AssuranceLevel::Light, 3));
    assert!(!light.needs_pin() && !light.is_sealed(), "it is shown as any light card is");
}
