use proptest::prelude::*;
use rand::SeedableRng;

use super::*;
use crate::evidence_policy::policy;

#[derive(Clone, Copy, Debug)]
enum Event {
    Step,
    FailChallenge,
    Complete,
    Conclude(u8),
    Decide(OfficerVerdict),
    Gather(EvidenceKind),
    Attest(OfficerVerdict),
    Issue,
    Expire,
}

fn event() -> impl Strategy<Value = Event> {
    let verdict = || prop_oneof![Just(OfficerVerdict::Approve), Just(OfficerVerdict::Refuse)];
    prop_oneof![
        3 => Just(Event::Step),
        1 => Just(Event::FailChallenge),
        2 => Just(Event::Complete),
        2 => (0_u8..3).prop_map(Event::Conclude),
        1 => verdict().prop_map(Event::Decide),
        6 => (0_usize..6).prop_map(|kind| Event::Gather(EvidenceKind::ALL[kind])),
        2 => verdict().prop_map(Event::Attest),
        1 => Just(Event::Issue),
        1 => Just(Event::Expire),
    ]
}

fn apply(
    state: EnrolmentState,
    event: Event,
    level: AssuranceLevel,
    now: Timestamp,
) -> Result<EnrolmentState, Error> {
    let mut rng = rand::rngs::StdRng::seed_from_u64(1);
    let reason: Reason = "seen at the counter".parse().unwrap();
    match event {
        Event::Step => state.accept_step(now),
        Event::FailChallenge => state.fail_challenge(now),
        Event::Complete => state.complete(now),
        Event::Conclude(0) => state.conclude(Decision::Approved, level, now),
        Event::Conclude(1) => {
            state.conclude(Decision::Refused(vec![Finding::NumberUnknown]), level, now)
        }
        Event::Conclude(_) => {
            state.conclude(Decision::Referred(vec![Finding::FaceUncertain]), level, now)
        }
        Event::Decide(verdict) => {
            state.decide(verdict, OfficerId::new(now, &mut rng), reason, level, now)
        }
        Event::Gather(kind) => state.gather(kind, now),
        Event::Attest(verdict) => {
            let officer = OfficerId::new(now, &mut rng);
            state.attest(verdict, officer, reason, policy().level(level), now)
        }
        Event::Issue => state.issue(CardId::new(now, &mut rng), now),
        Event::Expire => state.expire(now),
    }
}

const GATHERED: [Event; 4] = [
    Event::Gather(EvidenceKind::Chip),
    Event::Gather(EvidenceKind::ChipFace),
    Event::Gather(EvidenceKind::Fingers),
    Event::Attest(OfficerVerdict::Approve),
];

fn walk(level: AssuranceLevel, middle: &[Event], end: &[Event]) -> Result<EnrolmentState, Error> {
    let mut now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
    let mut state = EnrolmentState::start(2, now);
    let start = [Event::Step, Event::Step, Event::Complete];
    for event in start.iter().chain(middle).chain(end) {
        now += SignedDuration::from_secs(1);
        state = apply(state, *event, level, now)?;
    }
    Ok(state)
}

#[test]
fn the_straight_way_and_the_way_over_an_officer() {
    for middle in
        [&[Event::Conclude(0)][..], &[Event::Conclude(2), Event::Decide(OfficerVerdict::Approve)]]
    {
        let light = walk(AssuranceLevel::Light, middle, &[Event::Issue]).unwrap();
        assert_eq!(light.carried_by(), Some(&live_face()));
        let issue = [&GATHERED[..], &[Event::Issue]].concat();
        let full = walk(AssuranceLevel::Full, middle, &issue).unwrap();
        let carried = full.carried_by().unwrap();
        assert_eq!(carried.len(), 5);
        assert!(!carried.contains(&EvidenceKind::AttestedChip));
    }
}

#[test]
fn a_full_card_is_not_had_for_less_nor_in_another_order() {
    let face = [Event::Conclude(0)];
    let full = |end: &[Event]| walk(AssuranceLevel::Full, &face, end);
    for left_out in 0..3 {
        let mut fewer = GATHERED.to_vec();
        fewer.remove(left_out);
        assert_eq!(full(&fewer), Err(Error::EvidenceMissing));
    }
    let without_officer = [&GATHERED[..3], &[Event::Issue]].concat();
    assert!(matches!(full(&without_officer), Err(Error::NotNow { .. })));
    assert!(matches!(full(&[Event::Gather(EvidenceKind::Officer)]), Err(Error::NotNow { .. })));
    let refused = [Event::Attest(OfficerVerdict::Refuse)];
    assert_eq!(full(&refused).unwrap().name(), "refused");
    let light = walk(AssuranceLevel::Light, &face, &[Event::Attest(OfficerVerdict::Approve)]);
    assert!(matches!(light, Err(Error::NotNow { .. })));
}

#[test]
fn late_is_late() {
    let start: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
    let state = EnrolmentState::start(1, start);
    let late = start + EnrolmentState::CAPTURE_TIME;
    assert_eq!(state.clone().accept_step(late), Err(Error::Expired));
    assert_eq!(state.clone().fail_challenge(late), Err(Error::Expired));
    assert_eq!(state.clone().expire(start), Err(Error::NotExpired));
    assert_eq!(state.expire(late).unwrap().name(), "expired");

    let gathering = walk(AssuranceLevel::Full, &[Event::Conclude(0)], &GATHERED[..3]).unwrap();
    let late = start + EnrolmentState::GATHERING_TIME + SignedDuration::from_secs(60);
    for event in [GATHERED[0], GATHERED[3]] {
        let tried = apply(gathering.clone(), event, AssuranceLevel::Full, late);
        assert_eq!(tried, Err(Error::Expired));
    }
    assert_eq!(gathering.clone().expire(start), Err(Error::NotExpired));
    assert_eq!(gathering.expire(late).unwrap().name(), "expired");

    let state = walk(AssuranceLevel::Light, &[Event::Conclude(0)], &[]).unwrap();
    let late = start + EnrolmentState::COLLECTION_TIME + SignedDuration::from_secs(60);
    let card = CardId::from_bytes([1; 16]);
    assert_eq!(state.clone().issue(card, late), Err(Error::Expired), "not collected in time");
    assert!(state.issue(card, start).is_ok());
}

#[test]
fn what_was_approved_before_there_were_full_cards_rests_on_the_face() {
    let before = r#"{"state":"approved","at":"2026-11-23T10:00:00Z","by":{"by":"policy"},
        "expires_at":"2026-11-24T10:00:00Z"}"#;
    let state: EnrolmentState = serde_json::from_str(before).unwrap();
    assert_eq!(state.carried_by(), Some(&live_face()));
}

proptest! {
    /// A card is issued only after all steps, a weighing, and an approval, which for the full card
    /// means everything that it needs; never out of a refusal, never twice; and every state
    /// survives being stored.
    #[test]
    fn no_order_of_events_finds_another_way_to_a_card(
        full in any::<bool>(),
        events in prop::collection::vec(event(), 0..60),
    ) {
        let level = if full { AssuranceLevel::Full } else { AssuranceLevel::Light };
        let mut now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut state = EnrolmentState::start(2, now);
        let mut path = vec![state.name()];
        for event in events {
            now += SignedDuration::from_secs(10);
            if let Ok(next) = apply(state.clone(), event, level, now) {
                prop_assert!(!state.is_final());
                let stored = serde_json::to_string(&next).unwrap();
                prop_assert_eq!(&serde_json::from_str::<EnrolmentState>(&stored).unwrap(), &next);
                path.push(next.name());
                state = next;
            }
        }
        if let Some(evidence) = state.carried_by() {
            prop_assert!(policy().level(level).is_met_by(evidence));
        }
        if path.last() == Some(&"issued") {
            prop_assert_eq!(path.contains(&"gathering"), full);
            path.retain(|name| !matches!(*name, "referred" | "gathering"));
            prop_assert_eq!(path, ["capturing", "capturing", "capturing", "deciding", "approved", "issued"]);
        }
    }
}
