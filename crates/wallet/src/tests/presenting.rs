//! The wallet and the verifier, each with its own crate's code, over an imaginary network.

use serde_json::{Value, json};
use tanda_credential::b64;
use tanda_credential::jose::{self, Header, Signer as _};
use tanda_credential::sd_jwt::ClaimPath;
use tanda_credential::status_list::{self, Bits, StatusList, StatusListClaims};
use tanda_model::{AssuranceLevel, Claim, PurposeId};
use tanda_protocol::registration::{OverAsking, RegistrationError};
use tanda_protocol::vp::request::{AuthorizationRequest, REQUEST_TYP};
use tanda_protocol::vp::{RequestError, uri::RequestUri};
use tanda_verifier::{Closing, Flow, Received, Session, Stage, StatusEvidence, Verdict, receive};

use crate::consent::{self, Refusal, Why};
use crate::fixture::{BROWSER, LIST, World, at, ok, rng};
use crate::http::{Method, Request, Response};
use crate::present::{PresentError, decline, present};
use crate::{Consent, KeepError, Trust, WalletState};

/// Scans the invitation, fetches the request from the verifier, and reads it.
pub(super) fn look(
    world: &World,
    wallet: &mut WalletState,
    purpose: PurposeId,
    flow: Flow,
) -> (Session, Result<Consent, Box<Refusal>>) {
    let party = world.relying_party(&world.registration("hotel-nansha", purpose));
    let (session, invitation) = world.ask(&party, flow);
    let trust = world.trust(wallet);
    let uri = RequestUri::parse(invitation.wallet_link.as_str()).unwrap();
    let (fetching, request) = consent::fetch(&uri, &mut rng(3));
    assert_eq!(request.method, Method::Post);
    let form = String::from_utf8(request.body).unwrap();
    let nonce = form.strip_prefix("wallet_nonce=").unwrap();
    let (session, object) = session.open(&party, Some(nonce), None, at(1)).unwrap();
    (session, fetching.read(&ok(object), &trust, wallet, at(2)))
}

pub(super) fn deliver(
    world: &World,
    wallet: &mut WalletState,
    session: Session,
    request: &Request,
) -> (Closing, Response) {
    let trust = world.trust(wallet);
    assert!(request.url.as_str().starts_with("https://hotel.example/openid4vp/responses/"));
    let closing = take(world, &trust, session, request, 5);
    let mut body = json!({});
    let uris = [
        ("redirect_uri", &closing.redirect_uri),
        ("deletion_receipt_uri", &closing.deletion_receipt_uri),
    ];
    for (name, uri) in uris {
        if let Some(uri) = uri {
            body[name] = uri.as_str().into();
        }
    }
    (closing, ok(body.to_string()))
}

/// What the verifier makes of an answer.
pub(super) fn take(
    world: &World,
    trust: &Trust,
    session: Session,
    request: &Request,
    seed: u64,
) -> Closing {
    match receive(session, &request.body, &trust.issuers, at(4), &mut rng(seed)).unwrap() {
        Received::Closed(closing) => closing,
        Received::NeedsStatus(pending) => {
            let list = StatusList::new(Bits::Two, 64).encode().unwrap();
            let claims = StatusListClaims {
                uri: LIST.into(),
                issued_at: at(3),
                expires_at: None,
                ttl: Some(15),
            };
            let token = status_list::sign(&claims, &list, &world.issuer.leaf).unwrap();
            let list =
                status_list::verify(&token, &pending.status().uri, &trust.issuers, at(4)).unwrap();
            pending
                .decide(
                    StatusEvidence::List { token: &list, fetched_at: at(4) },
                    at(4),
                    &mut rng(seed),
                )
                .unwrap()
        }
    }
}

#[test]
fn ask_consent_present_verdict() {
    let world = World::new();
    let mut wallet = world.wallet(2);
    let (session, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
    let consent = consent.unwrap();
    let registration = consent.registration();
    assert_eq!(registration.name.en, "Nansha Harbour Hotel");
    assert_eq!(registration.purpose.text.en, "Hotel check-in");
    assert_eq!((registration.retention_days, consent.response_host()), (30, "hotel.example"));
    let items = consent.items(&wallet);
    assert_eq!(items.len(), 4);
    assert!(items.contains(&(ClaimPath::name("family_name"), Value::from("canary-family_name"))));
    let (sent, request) = present(&mut wallet, consent, at(3), &mut rng(4)).unwrap();
    assert!(!format!("{request:?}{wallet:?}").contains("canary"));
    let (closing, response) = deliver(&world, &mut wallet, session, &request);
    let session = closing.session;
    assert_eq!(sent.outcome(&response, &mut wallet), Ok(None));
    let Ok(Verdict::Valid(accepted)) = session.verdict(BROWSER) else { panic!("{session:?}") };
    assert_eq!(accepted.claims["given_name"], "canary-given_name");
    assert_eq!(accepted.claims.len(), 4);
    let shown = &wallet.history()[0];
    assert!(
        shown.agreed && shown.claims.len() == 4 && shown.relying_party == "Nansha Harbour Hotel"
    );
    assert!(!serde_json::to_string(wallet.history()).unwrap().contains("canary"));
}

#[test]
fn a_name_that_the_request_claims_is_shown_nowhere() {
    let world = World::new();
    let mut wallet = world.wallet(1);
    let registration = world.registration("hotel-nansha", PurposeId::HotelCheckIn);
    let party = world.relying_party(&registration);
    let (session, invitation) = world.ask(&party, Flow::CrossDevice);
    let trust = world.trust(&mut wallet);
    let uri = RequestUri::parse(invitation.wallet_link.as_str()).unwrap();
    let (fetching, request) = consent::fetch(&uri, &mut rng(3));
    let form = String::from_utf8(request.body).unwrap();
    let nonce = form.strip_prefix("wallet_nonce=").unwrap();
    let (_, object) = session.open(&party, Some(nonce), None, at(1)).unwrap();
    // The same request, signed by the same key, under a bank's name.
    let payload = b64::decode(object.split('.').nth(1).unwrap()).unwrap();
    let mut payload: Value = serde_json::from_slice(&payload).unwrap();
    payload["client_metadata"]["client_name"] = "Your Bank".into();
    payload["client_metadata"]["logo_uri"] = "https://your-bank.example/logo.png".into();
    let header = Header::typ(REQUEST_TYP).with_x5c(world.access.leaf.x5c());
    let object = jose::sign(&header, &payload, &world.access.leaf).unwrap();

    let consent = fetching.read(&ok(object), &trust, &wallet, at(2)).unwrap();
    assert_eq!(consent.registration().name.en, "Nansha Harbour Hotel");
    present(&mut wallet, consent, at(3), &mut rng(4)).unwrap();
    let history = serde_json::to_string(wallet.history()).unwrap();
    assert!(history.contains("Nansha Harbour Hotel"), "{history}");
    for claimed in ["Your Bank", "your-bank"] {
        assert!(!history.contains(claimed), "{history}");
    }
}

#[test]
fn on_the_same_device_the_holder_is_led_back() {
    let world = World::new();
    let mut wallet = world.wallet(1);
    let (session, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::SameDevice);
    let (sent, request) = present(&mut wallet, consent.unwrap(), at(3), &mut rng(4)).unwrap();
    let (closing, response) = deliver(&world, &mut wallet, session, &request);
    let session = closing.session;
    assert!(closing.entry.is_none(), "nothing is kept before the desk has seen anything");
    assert!(session.verdict(BROWSER).is_err());
    let back = sent.outcome(&response, &mut wallet).unwrap().unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "response_code").unwrap().1.into_owned();
    let (session, entry) = session.release(&code, BROWSER, at(5)).unwrap();
    assert!(session.verdict(BROWSER).is_ok() && entry.is_some());
    let answered = |response: &Response| {
        let mut wallet = world.wallet(1);
        let (_, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
        let (sent, _) = present(&mut wallet, consent.unwrap(), at(3), &mut rng(4)).unwrap();
        sent.outcome(response, &mut wallet)
    };
    assert_eq!(answered(&ok(r#"{"redirect_uri":"http://elsewhere.example/"}"#)), Ok(None));
    let refused = Response { status: 400, ..ok(r#"{"error":"invalid_request"}"#) };
    assert!(answered(&refused).is_err());
}

#[test]
fn no_copy_is_shown_twice() {
    let world = World::new();
    let mut wallet = world.wallet(2);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (_, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
        let used = wallet.cards()[0].copies.iter().filter(|copy| copy.used).count();
        seen.push(used);
        present(&mut wallet, consent.unwrap(), at(3), &mut rng(4)).unwrap();
    }
    assert_eq!(seen, [0, 1]);
    assert_eq!(wallet.cards()[0].copies_left(at(3)), 0);
    let (_, refusal) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
    assert!(matches!(refusal.unwrap_err().why, Why::NoCopyLeft));
}

#[test]
fn a_copy_that_went_missing_meanwhile_is_noticed() {
    let world = World::new();
    let mut wallet = world.wallet(1);
    let (_, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
    let consent = consent.unwrap();
    wallet.card_mut("light").unwrap().take(at(3)).unwrap();
    let error = present(&mut wallet, consent, at(3), &mut rng(4)).unwrap_err();
    assert_eq!(error, PresentError::Keep(KeepError::NoCopyLeft));
    let (_, consent) =
        look(&world, &mut world.wallet(1), PurposeId::HotelCheckIn, Flow::CrossDevice);
    assert!(wallet.forget("light"));
    assert_eq!(
        present(&mut wallet, consent.unwrap(), at(3), &mut rng(4)).unwrap_err(),
        PresentError::CardGone
    );
}

#[test]
fn saying_no_ends_the_session_and_shows_nothing() {
    let world = World::new();
    let mut wallet = world.wallet(1);
    let (session, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
    let request = decline(&mut wallet, &consent.unwrap(), at(3));
    assert!(request.body.starts_with(b"error=access_denied&state="));
    let (closing, _) = deliver(&world, &mut wallet, session, &request);
    assert_eq!(closing.session.stage(), Stage::Declined);
    assert_eq!(wallet.cards()[0].copies_left(at(3)), 1);
    assert!(!wallet.history()[0].agreed);
}

/// A relying party that asks what its own verifier would not have let it ask.
fn cheating(change: impl FnOnce(&mut AuthorizationRequest, &World)) -> Box<Refusal> {
    registered_for(PurposeId::HotelCheckIn, change).unwrap_err()
}

/// What the wallet makes of a request that was changed after its own verifier had let it pass.
fn registered_for(
    purpose: PurposeId,
    change: impl FnOnce(&mut AuthorizationRequest, &World),
) -> Result<Consent, Box<Refusal>> {
    let world = World::new();
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    wallet.keep(world.card(purpose.purpose().level, 1));
    let party = world.relying_party(&world.registration("hotel-nansha", purpose));
    let (session, invitation) = world.ask(&party, Flow::CrossDevice);
    let trust = world.trust(&mut wallet);
    let uri = RequestUri::parse(&invitation.openid4vp_uri).unwrap();
    let (fetching, sent) = consent::fetch(&uri, &mut rng(3));
    let form = String::from_utf8(sent.body).unwrap();
    let (_, object) =
        session.open(&party, form.strip_prefix("wallet_nonce="), None, at(1)).unwrap();
    let payload = tanda_credential::b64::decode(object.split('.').nth(1).unwrap()).unwrap();
    let mut request: AuthorizationRequest = serde_json::from_slice(&payload).unwrap();
    change(&mut request, &world);
    let object = request.sign(&world.access.leaf).unwrap();
    fetching.read(&ok(object), &trust, &wallet, at(2))
}

fn query(types: &[&str], claims: &[ClaimPath]) -> tanda_protocol::vp::dcql::DcqlQuery {
    tanda_protocol::vp::dcql::DcqlQuery::card(types, claims).unwrap()
}

#[test]
fn asking_too_much_is_refused_by_name_and_the_asker_is_told() {
    let light = AssuranceLevel::Light.vct();
    let refusal =
        cheating(|request, _| request.dcql_query = query(&[light], &[ClaimPath::name("sex")]));
    let Why::OverAsking { who, over } = &refusal.why else { panic!("{refusal}") };
    assert_eq!(
        (who.as_str(), over),
        ("Nansha Harbour Hotel", &OverAsking::Claim(ClaimPath::name("sex")))
    );
    assert!(refusal.to_string().contains("sex"));
    let answer = refusal.answer.unwrap();
    assert!(answer.body.starts_with(b"error=invalid_request&state="));
    let refusal =
        cheating(|request, _| request.dcql_query = query(&[AssuranceLevel::Full.vct()], &[]));
    assert!(matches!(refusal.why, Why::OverAsking { over: OverAsking::Level { .. }, .. }));
    let others = ClaimPath::names(["pseudonyms", "cafe-comet"]);
    let refusal = cheating(|request, _| request.dcql_query = query(&[light], &[others]));
    assert!(matches!(refusal.why, Why::OverAsking { over: OverAsking::Pseudonym(_), .. }));
}

/// Whatever a verifier lets pass, the wallet holds every purpose to its registration.
#[test]
fn each_purpose_is_held_to_its_claims_and_its_level() {
    let party = "hotel-nansha".parse().unwrap();
    for id in PurposeId::ALL {
        let purpose = id.purpose();
        for claim in Claim::all() {
            let path = ClaimPath::names(claim.path(&party));
            let asks = query(&purpose.level.accepted_vcts(), std::slice::from_ref(&path));
            let read = registered_for(id, |request, _| request.dcql_query = asks);
            if purpose.claims.contains(&claim) {
                // The card of the tests knows no pseudonym for this one.
                assert!(claim == Claim::Pseudonym || read.is_ok(), "{id}: {claim}");
            } else {
                let refusal = read.unwrap_err();
                assert!(matches!(refusal.why, Why::OverAsking { .. }), "{id}: {claim}: {refusal}");
                assert!(refusal.to_string().contains(claim.name()), "{refusal}");
            }
        }
        for level in AssuranceLevel::ALL {
            let read = registered_for(id, |request, _| {
                request.dcql_query = query(&[level.vct()], &[]);
            });
            let over = matches!(
                read.map_err(|refusal| refusal.why),
                Err(Why::OverAsking { over: OverAsking::Level { .. }, .. })
            );
            assert_eq!(over, level > purpose.level, "{id}: {level}");
        }
    }
}

#[test]
fn unregistered_asking_is_refused() {
    let refusal = cheating(|request, _| request.verifier_info.clear());
    assert!(matches!(refusal.why, Why::Registration(RegistrationError::Missing)));
    let doubled =
        cheating(|request, _| request.verifier_info.push(request.verifier_info[0].clone()));
    assert!(matches!(doubled.why, Why::Registration(RegistrationError::Missing)));
    let own = cheating(|request, world| {
        let registration = world.registration("hotel-nansha", PurposeId::BankAccount);
        let token = registration.sign(&world.access.leaf).unwrap();
        request.verifier_info[0].data = token.into();
    });
    assert!(matches!(own.why, Why::Registration(_)));
    let signing = cheating(|request, _| {
        let kind = tanda_protocol::vp::transaction::Transaction::Agreement {
            title: "t".into(),
            text: "x".into(),
        };
        let data = tanda_protocol::vp::transaction::TransactionData::new(kind, vec!["card".into()])
            .unwrap();
        request.transaction_data = Some(vec![data.encoded]);
    });
    assert!(matches!(signing.why, Why::Transaction));
}

#[test]
fn a_request_that_is_not_for_this_wallet_is_not_answered_at_all() {
    let replayed =
        cheating(|request, _| request.wallet_nonce = Some("another-wallets".parse().unwrap()));
    assert!(matches!(replayed.why, Why::Request(RequestError::WalletNonce)));
    assert!(replayed.answer.is_none());
    let expired = cheating(|request, _| request.exp = at(-59));
    assert!(matches!(expired.why, Why::Request(RequestError::Expired)));
}

#[test]
fn without_a_fitting_card_the_asker_is_told_and_nobody_is_asked() {
    let world = World::new();
    let mut empty = WalletState::new(&mut rng(1)).unwrap();
    let (_, refusal) = look(&world, &mut empty, PurposeId::HotelCheckIn, Flow::CrossDevice);
    let refusal = refusal.unwrap_err();
    assert!(matches!(refusal.why, Why::NoCard(_)));
    assert!(refusal.answer.unwrap().body.starts_with(b"error=access_denied"));
}

#[test]
fn a_card_of_too_low_a_level_is_named_by_its_level() {
    for purpose in [PurposeId::BankAccount, PurposeId::BusinessRegistration] {
        let world = World::new();
        let (_, refusal) = look(&world, &mut world.wallet(1), purpose, Flow::CrossDevice);
        let refusal = refusal.unwrap_err();
        let (needed, held) = (AssuranceLevel::Full, AssuranceLevel::Light);
        assert!(
            matches!(&refusal.why, Why::LevelTooLow { needed: n, held: h, .. } if (*n, *h) == (needed, held))
        );
        let sentence = refusal.to_string();
        assert!(sentence.contains("needs the full card") && sentence.contains("the light one"));
        assert!(refusal.answer.unwrap().body.starts_with(b"error=access_denied"));
        let mut wallet = WalletState::new(&mut rng(1)).unwrap();
        wallet.keep(world.card(AssuranceLevel::Full, 1));
        let full = look(&world, &mut wallet, purpose, Flow::CrossDevice).1;
        assert_eq!(full.unwrap().cards()[0].level, AssuranceLevel::Full);
    }
}

#[test]
fn the_lowest_level_that_will_do_is_shown() {
    let world = World::new();
    let mut wallet = WalletState::new(&mut rng(1)).unwrap();
    wallet.keep(world.card(AssuranceLevel::Full, 1));
    let mut other = world.card(AssuranceLevel::Light, 1);
    other.issuer = "https://other-city.example".to_owned();
    wallet.keep(other);
    let (_, consent) = look(&world, &mut wallet, PurposeId::HotelCheckIn, Flow::CrossDevice);
    assert_eq!(consent.unwrap().cards()[0].level, AssuranceLevel::Light);
}
