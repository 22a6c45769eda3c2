use serde_json::{Value, json};
use tanda_credential::log::{
    Checkpoint, Hash, LogKey, LogVerifier, Node, Nodes, Span, append, consistency, inclusion,
};

use crate::fixture::{ISSUER, World, at, log, ok, rng};
use crate::http::{Method, Response};
use crate::looks::{LooksError, ask, read};
use crate::{Attested, Trust, WalletState};

/// An authority's log of so many acts; those with an even index are about the holder.
struct Log {
    entries: Vec<String>,
    key: (LogKey, LogVerifier),
}

impl Log {
    fn new(count: u64) -> Self {
        let entries = (0..count).map(|index| entry(index, "asked at the counter")).collect();
        Self { entries, key: log(1) }
    }

    fn nodes(&self) -> Nodes {
        let mut nodes = Nodes::default();
        for (index, entry) in (0..).zip(&self.entries) {
            let completed = append(index, Hash::of_leaf(entry.as_bytes()), &nodes).unwrap();
            for (level, hash) in (0_u8..).zip(completed) {
                nodes.insert(Node { level, index: index >> level }, hash);
            }
        }
        nodes
    }

    /// What it answers to a wallet that has kept a checkpoint over so many.
    fn answer(&self, kept: u64) -> Value {
        let (size, nodes) = (self.entries.len() as u64, self.nodes());
        let proof = |spans: Vec<Span>| -> Vec<Hash> {
            spans.iter().map(|span| span.hash(&nodes).unwrap()).collect()
        };
        let root = Span::tree(size).hash(&nodes).unwrap();
        let head = Checkpoint { origin: self.key.1.name().to_owned(), size, root };
        let acts: Vec<Value> = (0..size)
            .rev()
            .filter(|index| index % 2 == 0)
            .map(|index| {
                let entry = &self.entries[usize::try_from(index).unwrap()];
                let inclusion = proof(inclusion::spans(index, size));
                json!({ "index": index, "entry": entry, "inclusion": inclusion })
            })
            .collect();
        json!({
            "checkpoint": head.sign(&self.key.1, &self.key.0).unwrap(),
            "consistency": proof(consistency::spans(kept, size)),
            "acts": acts,
            "more": false,
        })
    }
}

fn entry(index: u64, reason: &str) -> String {
    json!({
        "seq": index + 1, "at": "2026-11-26T12:00:00Z", "kind": "register.looked-up",
        "by": "officer", "officer": "0193a6d2-0000-7000-8000-000000000001", "role": "clerk",
        "reason": reason, "subject": "x", "details": {},
    })
    .to_string()
}

struct Holder {
    wallet: WalletState,
    trust: Trust,
}

impl Holder {
    fn new() -> Self {
        let world = World::new();
        let mut wallet = world.wallet(1);
        let trust = world.trust(&mut wallet);
        Self { wallet, trust }
    }

    fn reads(&mut self, answer: &Value) -> Result<usize, LooksError> {
        self.reads_as(answer, "440115", None)
    }

    fn reads_as(
        &mut self,
        answer: &Value,
        holder: &str,
        before: Option<u64>,
    ) -> Result<usize, LooksError> {
        let response = ok(answer.to_string());
        let authority = ISSUER.parse().unwrap();
        read(&mut self.wallet, &authority, holder, before, &response, &self.trust)
            .map(|looks| looks.looks.len())
    }
}

#[test]
fn a_wallet_asks_with_what_it_has_kept_and_proves_who_it_is() {
    let mut holder = Holder::new();
    let authority = ISSUER.parse().unwrap();
    let attested = Attested::new(&holder.wallet, "tanda-wallet", "an attestation");
    let asked = |holder: &Holder| {
        ask(&holder.wallet, &authority, &attested, None, at(0), &mut rng(1)).unwrap()
    };
    let first = asked(&holder);
    assert_eq!(first.method, Method::Get);
    assert_eq!(first.url.as_str(), "https://authority.example/log/mine?kept=0");
    let names: Vec<_> = first.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    assert_eq!(names, ["oauth-client-attestation", "oauth-client-attestation-pop"]);
    holder.reads(&Log::new(5).answer(0)).unwrap();
    assert_eq!(asked(&holder).url.query(), Some("kept=5"));
}

#[test]
fn a_log_that_grows_is_believed() {
    let mut holder = Holder::new();
    assert_eq!(holder.reads(&Log::new(5).answer(0)).unwrap(), 3);
    assert_eq!(holder.reads(&Log::new(5).answer(5)).unwrap(), 3);
    assert_eq!(holder.reads(&Log::new(12).answer(5)).unwrap(), 6);
}

#[test]
fn an_act_that_is_not_in_the_log_is_not_believed() {
    let good = Log::new(5).answer(0);
    let mut changed = good.clone();
    changed["acts"][1]["entry"] = json!(entry(2, "no particular reason"));
    let mut moved = good.clone();
    moved["acts"][1]["index"] = json!(1);
    let mut unproved = good;
    unproved["acts"][1]["inclusion"] = json!([]);
    for (answer, act) in [(changed, 2), (moved, 1), (unproved, 2)] {
        let read = Holder::new().reads(&answer);
        assert!(matches!(read, Err(LooksError::Entry(index)) if index == act), "{read:?}");
    }
}

#[test]
fn a_past_that_was_changed_is_noticed_and_what_was_kept_is_kept() {
    let mut holder = Holder::new();
    holder.reads(&Log::new(5).answer(0)).unwrap();
    // Another entry in an early place, with a tree and a signature that fit it.
    let mut other = Log::new(9);
    other.entries[1] = entry(1, "a reason that was not there");
    assert!(matches!(holder.reads(&other.answer(5)), Err(LooksError::History(_))));
    // A log that is shorter than it was.
    assert!(matches!(holder.reads(&Log::new(4).answer(5)), Err(LooksError::History(_))));
    let none = Log::new(9).answer(0);
    assert!(matches!(holder.reads(&none), Err(LooksError::History(_))), "no proof at all");
    assert_eq!(holder.reads(&Log::new(9).answer(5)).unwrap(), 5);
}

#[test]
fn an_act_that_is_no_longer_told_is_noticed() {
    let mut holder = Holder::new();
    holder.reads(&Log::new(5).answer(0)).unwrap();
    let mut answer = Log::new(9).answer(5);
    let acts = answer["acts"].as_array_mut().unwrap();
    acts.retain(|act| act["index"] != 2);
    assert!(matches!(holder.reads(&answer), Err(LooksError::Gone(2))));
    // Nothing is missing from a page that ends above it, nor for another person's card.
    acts_above(&mut answer, 3);
    assert_eq!(holder.reads(&answer).unwrap(), 3);
    let mut page = Log::new(9).answer(9);
    page["acts"].as_array_mut().unwrap().retain(|act| act["index"].as_u64() < Some(4));
    assert_eq!(holder.reads_as(&page, "440115", Some(4)).unwrap(), 2);
    page["acts"].as_array_mut().unwrap().clear();
    assert_eq!(holder.reads_as(&page, "317409", None).unwrap(), 0);
}

fn acts_above(answer: &mut Value, least: u64) {
    answer["acts"].as_array_mut().unwrap().retain(|act| act["index"].as_u64() > Some(least));
    answer["more"] = json!(true);
}

#[test]
fn a_log_of_another_key_is_not_believed() {
    let stranger = Log { key: log(2), ..Log::new(5) };
    let read = Holder::new().reads(&stranger.answer(0));
    assert!(matches!(read, Err(LooksError::Checkpoint(_))), "{read:?}");
    // Nor is a trust list that names another key than before.
    let mut holder = Holder::new();
    holder.reads(&Log::new(5).answer(0)).unwrap();
    let world = World { log: log(2), ..World::new() };
    holder.trust = world.trust(&mut holder.wallet);
    assert!(matches!(holder.reads(&stranger.answer(5)), Err(LooksError::OtherKey)));
}

#[test]
fn what_is_no_answer_is_no_evidence() {
    let mut holder = Holder::new();
    let refused = Response { status: 403, ..ok(r#"{"code":"no-live-card"}"#) };
    let authority = ISSUER.parse().unwrap();
    let read = read(&mut holder.wallet, &authority, "", None, &refused, &holder.trust);
    assert!(matches!(read, Err(LooksError::Refused(failure)) if failure.status == 403));
    assert!(matches!(holder.reads(&json!({})), Err(LooksError::Refused(_))));
}
