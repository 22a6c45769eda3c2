use proptest::prelude::*;
use tanda_credential::status_list::Status;
use tanda_model::PurposeId;
use tanda_protocol::receipt::{CheckOutcome, CheckReceipt};

use crate::fixture::{BROWSER, World, at, pki, rng};
use crate::{
    Flow, NoReceipt, NotReleased, OpenError, ReceiveError, Received, ReleaseError, SameDeviceError,
    Session, Stage, StatusEvidence, Verdict, receive,
};

fn reloaded(session: &Session) -> Session {
    serde_json::from_str(&serde_json::to_string(session).unwrap()).unwrap()
}

fn answered(world: &World, flow: Flow) -> (Session, Option<url::Url>) {
    let (session, request) = world.opened(&world.hotel, "hotel-check-in", flow);
    let form = world.card().answer(&request);
    let Received::NeedsStatus(pending) =
        receive(session, &form, &world.trusted, at(3), &mut rng(9)).unwrap()
    else {
        panic!("refused");
    };
    let list = world.list(Status::Valid);
    let closing = pending
        .decide(StatusEvidence::List { token: &list, fetched_at: at(1) }, at(4), &mut rng(8))
        .unwrap();
    (closing.session, closing.redirect_uri)
}

#[test]
fn on_the_same_device_the_verdict_waits_for_the_wallets_return() {
    let world = World::new();
    let (session, uri) = answered(&world, Flow::SameDevice);
    let uri = uri.unwrap();
    assert_eq!(uri.path(), "/desk/return");
    let query: std::collections::BTreeMap<_, _> = uri.query_pairs().into_owned().collect();
    assert_eq!(query["request"], session.id());
    let code = &query["response_code"];
    let session = || reloaded(&session);
    assert_eq!(session().verdict(BROWSER).unwrap_err(), NotReleased::AwaitsReturn);
    let failed = |code: &str, browser: &str, now: i64| {
        session().release(code, browser, at(now)).unwrap_err()
    };
    assert_eq!(failed("guess", BROWSER, 5), ReleaseError::WrongCode);
    assert_eq!(failed(code, "another browser", 5), ReleaseError::OtherBrowser);
    assert_eq!(failed(code, BROWSER, 300), ReleaseError::TooLate);
    let (released, _) = session().release(code, BROWSER, at(5)).unwrap();
    assert!(matches!(released.verdict(BROWSER), Ok(Verdict::Valid(_))));
    assert_eq!(released.release(code, BROWSER, at(5)).unwrap_err(), ReleaseError::NothingToRelease);
    assert!(!serde_json::to_string(&session()).unwrap().contains(code.as_str()));
}

#[test]
fn only_the_browser_that_asked_sees_the_verdict() {
    let world = World::new();
    let (session, _) = answered(&world, Flow::CrossDevice);
    assert_eq!(session.verdict("another browser").unwrap_err(), NotReleased::OtherBrowser);
    assert!(session.verdict(BROWSER).is_ok());
    assert!(session.belongs_to(BROWSER) && !session.belongs_to("another browser"));
}

#[test]
fn an_answer_is_taken_once() {
    let world = World::new();
    let (opened, request) = world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice);
    let form = world.card().answer(&request);
    let (answered, _) = answered(&world, Flow::CrossDevice);
    // The same world and seed: the same request, so that this answer would fit.
    assert!(receive(opened, &form, &world.trusted, at(3), &mut rng(9)).is_ok());
    let again = receive(reloaded(&answered), &form, &world.trusted, at(5), &mut rng(9));
    assert_eq!(again.unwrap_err(), ReceiveError::NotOpen);
    assert_eq!(answered.open(&world.hotel, None, None, at(5)).unwrap_err(), OpenError::Over);
}

#[test]
fn nothing_secret_outlives_the_answer() {
    let world = World::new();
    let (opened, _) = world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice);
    let stored = serde_json::to_value(&opened).unwrap();
    let (session, _) = answered(&world, Flow::CrossDevice);
    let text = serde_json::to_string(&session).unwrap();
    for secret in ["decryption_key", "nonce", "state"] {
        assert!(!text.contains(stored[secret].as_str().unwrap()), "{secret}");
    }
}

#[test]
fn a_wallet_that_declines_ends_it() {
    let world = World::new();
    let (session, request) = world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice);
    let form = format!("error=access_denied&state={}", request.state.unwrap().as_str());
    let Ok(Received::Closed(closing)) =
        receive(session, form.as_bytes(), &world.trusted, at(3), &mut rng(9))
    else {
        panic!("not taken");
    };
    assert_eq!(closing.session.stage(), Stage::Declined);
    assert_eq!(closing.session.verdict(BROWSER).unwrap_err(), NotReleased::NoVerdict);
}

#[test]
fn no_wallet_answers_what_it_has_not_opened_or_too_late() {
    let world = World::new();
    let (opened, request) = world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice);
    let form = world.card().answer(&request);
    let waiting = world.ask(&world.hotel, "hotel-check-in", Flow::CrossDevice).session;
    let unopened = receive(waiting, &form, &world.trusted, at(3), &mut rng(9));
    assert_eq!(unopened.unwrap_err(), ReceiveError::NotOpen);
    let late = receive(reloaded(&opened), &form, &world.trusted, at(300), &mut rng(9));
    assert_eq!(late.unwrap_err(), ReceiveError::NotOpen);
    assert_eq!(opened.expire(at(300)).stage(), Stage::Expired);
}

#[test]
fn same_device_is_chosen_before_any_wallet_has_seen_it() {
    let world = World::new();
    let waiting = || world.ask(&world.hotel, "hotel-check-in", Flow::CrossDevice).session;
    assert_eq!(waiting().same_device("another", at(1)).unwrap_err(), SameDeviceError::OtherBrowser);
    let (opened, _) = world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice);
    assert_eq!(opened.same_device(BROWSER, at(1)).unwrap_err(), SameDeviceError::NotWaiting);
    assert_eq!(waiting().same_device(BROWSER, at(1)).unwrap().stage(), Stage::Waiting);
}

#[test]
fn another_relying_party_cannot_open_it() {
    let world = World::new();
    let session = world.ask(&world.hotel, "hotel-check-in", Flow::CrossDevice).session;
    assert_eq!(
        session.open(&world.cafe, None, None, at(1)).unwrap_err(),
        OpenError::OtherRelyingParty
    );
    // Nor one that is registered for the same, under a certificate of its own.
    let inn = world.party_of(&pki(400, "https://inn.example"), "inn", PurposeId::HotelCheckIn);
    let session = world.ask(&world.hotel, "hotel-check-in", Flow::CrossDevice).session;
    assert_eq!(session.open(&inn, None, None, at(1)).unwrap_err(), OpenError::OtherRelyingParty);
    let session = world.ask(&world.hotel, "hotel-check-in", Flow::CrossDevice).session;
    assert_eq!(
        session.open(&world.hotel, Some("no nonce"), None, at(1)).unwrap_err(),
        OpenError::WalletNonce
    );
}

#[test]
fn the_receipt_says_what_was_checked_and_no_value() {
    let world = World::new();
    let (session, _) = answered(&world, Flow::CrossDevice);
    let token = session.receipt(&world.hotel, BROWSER, at(6)).unwrap();
    let anchors = std::slice::from_ref(world.access_anchor());
    let receipt = CheckReceipt::verify(&token, anchors, at(6)).unwrap();
    assert_eq!((receipt.outcome, receipt.status_age_s), (CheckOutcome::Valid, Some(4)));
    assert_eq!((receipt.checked_at, receipt.desk.staff.as_str()), (at(4), "mei"));
    assert_eq!((receipt.purpose.id.as_str(), receipt.claims.len()), ("hotel-check-in", 4));
    assert!(!serde_json::to_string(&receipt).unwrap().contains("canary"));
    let again = reloaded(&session).receipt(&world.hotel, BROWSER, at(9)).unwrap();
    assert_eq!(CheckReceipt::verify(&again, anchors, at(9)).unwrap().id, receipt.id);
    // For the browser that asked, and in the name of the one that asked.
    let other = session.receipt(&world.hotel, "another browser", at(6)).unwrap_err();
    assert_eq!(other, NotReleased::OtherBrowser.into());
    let cafe = session.receipt(&world.cafe, BROWSER, at(6)).unwrap_err();
    assert_eq!(cafe, NoReceipt::OtherRelyingParty);
    let waiting = world.ask(&world.hotel, "hotel-check-in", Flow::CrossDevice).session;
    let early = waiting.receipt(&world.hotel, BROWSER, at(1)).unwrap_err();
    assert_eq!(early, NotReleased::NoVerdict.into());
    let (unreleased, _) = answered(&world, Flow::SameDevice);
    let hidden = unreleased.receipt(&world.hotel, BROWSER, at(6)).unwrap_err();
    assert_eq!(hidden, NotReleased::AwaitsReturn.into());
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Open,
    SameDevice,
    Answer,
    Decline,
    Garbage,
    Release,
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Open),
        Just(Act::SameDevice),
        Just(Act::Answer),
        Just(Act::Decline),
        Just(Act::Garbage),
        Just(Act::Release),
        (0u16..200).prop_map(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens in whatever order: stages only go forward, a final stage stays, and a
    /// verdict exists only after an answer to an opened request within its time.
    #[test]
    fn a_session_only_goes_forward(acts in prop::collection::vec(act(), 1..12)) {
        let world = World::new();
        let (_, request) = world.opened(&world.hotel, "hotel-check-in", Flow::CrossDevice);
        let form = world.card().answer(&request);
        let decline = format!("error=access_denied&state={}", request.state.as_ref().unwrap().as_str()).into_bytes();
        let mut session = world.ask(&world.hotel, "hotel-check-in", Flow::CrossDevice).session;
        let (mut now, mut opened, mut answered_at) = (1_i64, false, None);
        for act in acts {
            let before = session.stage();
            let stored = reloaded(&session);
            session = match act {
                Act::Open => stored.open(&world.hotel, None, None, at(now)).map(|(session, _)| session).unwrap_or(session),
                Act::SameDevice => stored.same_device(BROWSER, at(now)).unwrap_or(session),
                Act::Release => stored.release("guess", BROWSER, at(now)).map(|(session, _)| session).unwrap_or(session),
                Act::Wait(seconds) => { now += i64::from(seconds); stored.expire(at(now)) }
                Act::Answer | Act::Decline | Act::Garbage => {
                    let body = match act { Act::Answer => &form, Act::Decline => &decline, _ => &b"response=x".to_vec() };
                    match receive(stored, body, &world.trusted, at(now), &mut rng(9)) {
                        Ok(Received::NeedsStatus(pending)) => pending.decide(StatusEvidence::Unreachable, at(now), &mut rng(8)).unwrap().session,
                        Ok(Received::Closed(closing)) => closing.session,
                        Err(_) => session,
                    }
                }
            };
            let after = session.stage();
            opened |= after == Stage::Opened;
            if after == Stage::Answered && before != Stage::Answered {
                prop_assert_eq!(before, Stage::Opened);
                answered_at = Some(now);
            }
            let forward = match before {
                Stage::Waiting => matches!(after, Stage::Waiting | Stage::Opened | Stage::Expired),
                Stage::Opened => after != Stage::Waiting,
                last => after == last,
            };
            prop_assert!(forward, "{:?} {:?} {:?}", before, act, after);
            prop_assert_eq!(session.is_final(), !matches!(after, Stage::Waiting | Stage::Opened));
            prop_assert_eq!(session.verdict(BROWSER).is_ok(), answered_at.is_some() && !session_waits(&session));
        }
        prop_assert!(answered_at.is_none_or(|when| opened && when < 300));
    }
}

fn session_waits(session: &Session) -> bool {
    session.verdict(BROWSER).err() == Some(NotReleased::AwaitsReturn)
}
