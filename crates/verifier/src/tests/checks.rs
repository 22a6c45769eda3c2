//! Each check, and an answer that only this check refuses.

use serde_json::{Map, Value};
use tanda_credential::b64;
use tanda_credential::jose::{Signer as _, SigningKey};
use tanda_credential::sd_jwt::{ClaimPath, HeldSdJwt, KeyBinding};
use tanda_credential::sd_jwt_vc::TrustedIssuers;
use tanda_credential::status_list::Status;
use tanda_model::AssuranceLevel;
use tanda_protocol::vp::request::AuthorizationRequest;

use crate::fixture::{
    BROWSER, Binding, Card, LIST, World, asked, at, encrypted, pki, rng, trusted,
};
use crate::{
    CannotTell, Flow, MAX_STATUS_AGE, NotValid, Pending, ReceiveError, Received, RelyingParty,
    Session, StatusEvidence, Verdict, receive,
};

fn hotel(world: &World) -> (Session, AuthorizationRequest) {
    world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice)
}

fn received(world: &World, session: Session, form: &[u8], now: i64) -> Received {
    receive(session, form, &world.trusted, at(now), &mut rng(9)).unwrap()
}

/// The reason for which an answer is refused before its status matters.
fn reason(outcome: Received) -> NotValid {
    match outcome {
        Received::Closed(closing) => match closing.session.verdict(BROWSER) {
            Ok(Verdict::NotValid { reason, .. }) => *reason,
            other => panic!("{other:?}"),
        },
        Received::NeedsStatus(_) => panic!("the answer passed"),
    }
}

fn refused(world: &World, answer: impl FnOnce(&AuthorizationRequest) -> Vec<u8>) -> NotValid {
    let (session, request) = hotel(world);
    reason(received(world, session, &answer(&request), 3))
}

fn pending(world: &World) -> Box<Pending> {
    let (session, request) = hotel(world);
    match received(world, session, &world.card().answer(&request), 3) {
        Received::NeedsStatus(pending) => pending,
        Received::Closed(closing) => panic!("{closing:?}"),
    }
}

#[test]
fn who_issued_it() {
    let world = World::new();
    let stranger = pki(700, crate::fixture::ISSUER);
    assert_eq!(
        refused(&world, |request| Card { issuer: &stranger, ..world.card() }.answer(request)),
        NotValid::IssuerNotTrusted
    );
    let (session, request) = hotel(&world);
    let light_only = trusted(&world.issuer, &["urn:tanda:card:light:1"]);
    let full = Card { level: AssuranceLevel::Full, ..world.card() }.answer(&request);
    let outcome = receive(session, &full, &light_only, at(3), &mut rng(9)).unwrap();
    assert_eq!(reason(outcome), NotValid::IssuerNotTrustedForLevel);
    let (session, request) = hotel(&world);
    let nobody = receive(
        session,
        &world.card().answer(&request),
        &TrustedIssuers::default(),
        at(3),
        &mut rng(9),
    );
    assert_eq!(reason(nobody.unwrap()), NotValid::IssuerNotTrusted);
}

#[test]
fn who_shows_it() {
    let world = World::new();
    let thief = SigningKey::generate(&mut rng(901)).unwrap();
    let stolen = |request: &AuthorizationRequest| {
        world.card().show(request, &asked(request), &Binding::honest(request), &thief)
    };
    assert_eq!(refused(&world, stolen), NotValid::HolderNotProven);
    let bare = |request: &AuthorizationRequest| {
        let held = HeldSdJwt::parse(&world.card().issue()).unwrap();
        encrypted(request, &held.present(&asked(request)).unwrap().without_key_binding())
    };
    assert_eq!(refused(&world, bare), NotValid::HolderNotProven);
}

fn bound(change: impl FnOnce(&mut Binding)) -> Received {
    let world = World::new();
    let (session, request) = hotel(&world);
    let card = world.card();
    let mut binding = Binding::honest(&request);
    change(&mut binding);
    received(&world, session, &card.show(&request, &asked(&request), &binding, &card.holder), 3)
}

#[test]
fn for_whom_for_what_and_when_it_was_made() {
    assert_eq!(
        reason(bound(|binding| binding.audience = "x509_hash:other".into())),
        NotValid::OtherAudience
    );
    assert_eq!(
        reason(bound(|binding| binding.nonce = "another-request".into())),
        NotValid::OtherRequest
    );
    assert_eq!(reason(bound(|binding| binding.now = at(64))), NotValid::OtherTime);
    assert_eq!(reason(bound(|binding| binding.now = at(-61))), NotValid::OtherTime);
    for allowed in [63, -60] {
        assert!(
            matches!(bound(|binding| binding.now = at(allowed)), Received::NeedsStatus(_)),
            "{allowed}"
        );
    }
}

#[test]
fn what_was_changed_on_the_way() {
    let world = World::new();
    let altered = |request: &AuthorizationRequest, change: &dyn Fn(&str) -> String| {
        let card = world.card();
        let held = HeldSdJwt::parse(&card.issue()).unwrap();
        let binding = Binding::honest(request);
        let binding = tanda_credential::sd_jwt::KeyBinding {
            audience: &binding.audience,
            nonce: &binding.nonce,
            now: binding.now,
            transaction_data: &[],
        };
        let token = held
            .present(&asked(request))
            .unwrap()
            .with_key_binding(&binding, &card.holder)
            .unwrap();
        encrypted(request, &change(&token))
    };
    // One disclosure taken out after signing.
    let fewer = |token: &str| {
        let mut parts: Vec<_> = token.split('~').collect();
        parts.remove(1);
        parts.join("~")
    };
    assert_eq!(refused(&world, |request| altered(request, &fewer)), NotValid::Altered);
    // The issuer's payload under another signature: that of another card by the same issuer.
    let other = Card { adult: false, ..world.card() }.issue();
    let resigned = |token: &str| {
        let foreign = other.split('~').next().unwrap().rsplit('.').next().unwrap();
        let (jwt, rest) = token.split_once('~').unwrap();
        let (signed, _) = jwt.rsplit_once('.').unwrap();
        format!("{signed}.{foreign}~{rest}")
    };
    assert_eq!(refused(&world, |request| altered(request, &resigned)), NotValid::Forged);
    let doubled = |token: &str| {
        let mut parts: Vec<_> = token.split('~').collect();
        parts.insert(1, parts[1]);
        parts.join("~")
    };
    assert_eq!(refused(&world, |request| altered(request, &doubled)), NotValid::Malformed);
    assert_eq!(refused(&world, |request| encrypted(request, "nonsense")), NotValid::Malformed);
}

#[test]
fn which_level_it_is() {
    let world = World::new();
    let (session, request) = world.opened(&world.bank, "bank-account", Flow::CrossDevice);
    let light = received(&world, session, &world.card().answer(&request), 3);
    assert_eq!(reason(light), NotValid::LevelTooLow);
    let (session, request) = world.opened(&world.bank, "bank-account", Flow::CrossDevice);
    let full = Card { level: AssuranceLevel::Full, ..world.card() }.answer(&request);
    assert!(matches!(received(&world, session, &full, 3), Received::NeedsStatus(_)));
}

#[test]
fn when_it_holds() {
    let world = World::new();
    let expired = Card { exp: at(-60), ..world.card() };
    assert_eq!(refused(&world, |request| expired.answer(request)), NotValid::Expired);
    let early = Card { iat: at(64), ..world.card() };
    assert_eq!(refused(&world, |request| early.answer(request)), NotValid::NotYetValid);
    let unlisted = Card { status: None, ..world.card() };
    assert_eq!(refused(&world, |request| unlisted.answer(request)), NotValid::NoStatus);
}

#[test]
fn a_card_without_an_end_is_none() {
    let world = World::new();
    let card = world.card();
    let issued = card.issue();
    let (jwt, disclosures) = issued.split_once('~').unwrap();
    let [header, payload, _] = jwt.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let mut claims: Map<String, Value> =
        serde_json::from_slice(&b64::decode(payload).unwrap()).unwrap();
    claims.remove("exp").unwrap();
    let signed = format!("{header}.{}", b64::encode(serde_json::to_vec(&claims).unwrap()));
    let signature = b64::encode(world.issuer.leaf.sign(signed.as_bytes()).unwrap());
    let endless = HeldSdJwt::parse(&format!("{signed}.{signature}~{disclosures}")).unwrap();
    let answer = |request: &AuthorizationRequest| {
        let Binding { audience, nonce, now } = Binding::honest(request);
        let binding = KeyBinding { audience: &audience, nonce: &nonce, now, transaction_data: &[] };
        let shown = endless.present(&asked(request)).unwrap();
        encrypted(request, &shown.with_key_binding(&binding, &card.holder).unwrap())
    };
    assert_eq!(refused(&world, answer), NotValid::Malformed);
}

#[test]
fn exactly_what_was_asked() {
    let world = World::new();
    let show = |claims: Vec<ClaimPath>| {
        refused(&world, |request| {
            let card = world.card();
            card.show(request, &claims, &Binding::honest(request), &card.holder)
        })
    };
    let all = asked(&hotel(&world).1);
    assert_eq!(show(all[1..].to_vec()), NotValid::Incomplete);
    for more in [
        ClaimPath::name("sex"),
        ClaimPath::names(["age_equal_or_over", "18"]),
        ClaimPath::names(["pseudonyms", "cafe-orbit"]),
    ] {
        assert_eq!(show([all.clone(), vec![more]].concat()), NotValid::MoreThanAsked);
    }
}

#[test]
fn old_enough_or_not() {
    let world = World::new();
    let cafe: &RelyingParty = &world.cafe;
    let (session, request) = world.opened(cafe, "cafe-sign-up", Flow::CrossDevice);
    let child = Card { adult: false, ..world.card() }.answer(&request);
    assert_eq!(reason(received(&world, session, &child, 3)), NotValid::AgeNotReached);
}

#[test]
fn whether_it_is_in_force() {
    let world = World::new();
    let decide = |evidence: StatusEvidence<'_>, now: i64| {
        let closing = pending(&world).decide(evidence, at(now), &mut rng(8)).unwrap();
        match closing.session.verdict(BROWSER).unwrap() {
            Verdict::Valid(_) => "valid",
            Verdict::NotValid { reason, .. } => reason.code(),
            Verdict::CannotTell { reason, .. } => reason.code(),
        }
    };
    let [valid, revoked, suspended, odd] =
        [Status::Valid, Status::Invalid, Status::Suspended, Status::Other(3)]
            .map(|status| world.list(status));
    let list = |token, fetched: i64| StatusEvidence::List { token, fetched_at: at(fetched) };
    assert_eq!(decide(list(&valid, 1), 4), "valid");
    assert_eq!(decide(list(&revoked, 1), 4), "revoked");
    assert_eq!(decide(list(&suspended, 1), 4), "suspended");
    assert_eq!(decide(list(&odd, 1), 4), "status_unknown");
    assert_eq!(decide(StatusEvidence::Unreachable, 4), "status_unreachable");
    assert_eq!(decide(StatusEvidence::NotGenuine, 4), "status_not_genuine");
    // As old as it may be, and a second older: stale is neither valid nor revoked.
    let limit = MAX_STATUS_AGE.as_secs();
    assert_eq!(decide(list(&valid, 1), 1 + limit), "valid");
    assert_eq!(decide(list(&valid, 1), 2 + limit), "status_stale");
    assert_eq!(decide(list(&revoked, 1), 2 + limit), "status_stale");
    // Fetched now, but signed long ago.
    assert_eq!(decide(list(&valid, 121), 121), "status_stale");
    let elsewhere = world.list_by(
        &world.issuer,
        "https://authority.example/status-lists/2",
        Status::Valid,
        at(0),
    );
    assert_eq!(decide(list(&elsewhere, 1), 4), "status_not_genuine");
    let other = world.list_by(&pki(800, "https://other.example"), LIST, Status::Valid, at(0));
    assert_eq!(decide(list(&other, 1), 4), "status_not_genuine");
}

#[test]
fn what_is_no_answer_leaves_the_session_open() {
    let world = World::new();
    let (_, request) = hotel(&world);
    let good = world.card().answer(&request);
    let stored = serde_json::to_string(&hotel(&world).0).unwrap();
    let attempt = |form: &[u8]| {
        let session: Session = serde_json::from_str(&stored).unwrap();
        receive(session, form, &world.trusted, at(3), &mut rng(9)).map(drop)
    };
    assert_eq!(attempt(&good), Ok(()));
    assert!(matches!(attempt(b"response=a.b.c.d.e"), Err(ReceiveError::Response(_))));
    assert!(matches!(attempt(b"nothing=at+all"), Err(ReceiveError::Response(_))));
    assert_eq!(attempt(b"error=access_denied"), Err(ReceiveError::State));
    assert_eq!(attempt(b"error=access_denied&state=guess"), Err(ReceiveError::State));
    // Made for this request's key, but for another request's nonce or state.
    let other_nonce = AuthorizationRequest { nonce: "other".parse().unwrap(), ..request.clone() };
    assert!(matches!(attempt(&encrypted(&other_nonce, "x")), Err(ReceiveError::Response(_))));
    let other_state =
        AuthorizationRequest { state: Some("other".parse().unwrap()), ..request.clone() };
    assert_eq!(attempt(&encrypted(&other_state, "x")), Err(ReceiveError::State));
    let no_state = AuthorizationRequest { state: None, ..request };
    assert_eq!(attempt(&encrypted(&no_state, "x")), Err(ReceiveError::State));
}

#[test]
fn codes_are_distinct_and_stable() {
    let codes: Vec<_> = NotValid::ALL
        .iter()
        .map(|reason| reason.code())
        .chain(CannotTell::ALL.iter().map(|reason| reason.code()))
        .collect();
    let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
    assert_eq!(distinct.len(), codes.len());
    assert_eq!(serde_json::to_value(NotValid::MoreThanAsked).unwrap(), "more_than_asked");
    assert_eq!(serde_json::to_value(CannotTell::StatusStale).unwrap(), "status_stale");
}
