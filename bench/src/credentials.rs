//! Issuing and verifying in the library, beside the bare cryptography of the very same token.

use std::hint::black_box;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
    UnparsedPublicKey,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_credential::b64;
use tanda_credential::digest::sha256;
use tanda_credential::sd_jwt::SdJwt;

use crate::card::Card;
use crate::cpu::{self, by_turns, median, median_ratio, turn};
use crate::peers;
use crate::table::{Goal, Row};

pub(crate) const VERIFY: &str = "verify a presentation";
pub(crate) const ISSUE: &str = "issue a credential";
const ROUNDS: usize = 100;
const BATCH: u32 = 20;

/// With and without a picture: presentations verified, and copies issued.
pub(crate) fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    for card in Card::both() {
        rows.extend(beside_floor(&card));
        rows.extend(peers::measure(&card));
    }
    rows.sort_by_key(|row| row.what.starts_with(ISSUE));
    rows
}

fn beside_floor(card: &Card) -> [Row; 2] {
    // The floor of issuing: one signature over the token's own input, and the digests.
    let issued = SdJwt::parse(&card.token).unwrap();
    let (input, signature) = signed(issued.issuer_signed());
    let key =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &card.issuer_pkcs8).unwrap();
    let random = SystemRandom::new();
    let mut issue_floor = turn(cpu::thread, BATCH, || {
        for disclosure in issued.disclosures() {
            black_box(sha256(disclosure));
        }
        black_box(key.sign(&random, input).unwrap());
    });
    let mut rng = StdRng::seed_from_u64(2);
    let mut issue = turn(cpu::thread, BATCH, || {
        black_box(card.issue(&mut rng));
    });

    // The floor of verifying: both signatures, the digests of the disclosures and `sd_hash`.
    // The issuer's key is known beforehand, the holder's comes with the credential.
    let parts = SdJwt::parse(&card.presentation).unwrap();
    let (bound, bound_signature) = signed(parts.key_binding().unwrap());
    let issuer = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, card.issuer_public.sec1()).unwrap();
    let holder = card.holder().sec1();
    let mut verify_floor = turn(cpu::thread, BATCH, || {
        issuer.verify_sig(input, &signature).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &holder)
            .verify(bound, &bound_signature)
            .unwrap();
        for disclosure in parts.disclosures() {
            black_box(sha256(disclosure));
        }
        black_box(sha256(parts.presented()));
    });
    let mut verify = turn(cpu::thread, BATCH, || {
        black_box(card.verify());
    });

    let [issue_floor, issue, verify_floor, verify] =
        by_turns(ROUNDS, [&mut issue_floor, &mut issue, &mut verify_floor, &mut verify]);
    let goal = |least, text| move |ratio| Goal::at_least(ratio, least, text);
    [
        rates(card, VERIFY, &verify, &verify_floor, "bare", goal(0.9, "≥ 0.90 of bare ES256")),
        rates(card, ISSUE, &issue, &issue_floor, "bare", goal(0.75, "≥ 0.75 of bare ES256")),
    ]
}

/// How often a second of the processor is enough for `act`, beside another's seconds for the same.
pub(crate) fn rates(
    card: &Card,
    act: &str,
    ours: &[f64],
    theirs: &[f64],
    whose: &str,
    goal: impl FnOnce(f64) -> Option<Goal>,
) -> Row {
    let ratio = median_ratio(theirs, ours);
    Row {
        what: format!("{act}: {}", card.what),
        figure: format!("{:.0} /CPU-s", 1.0 / median(ours)),
        beside: format!("{:.0} /CPU-s {whose}", 1.0 / median(theirs)),
        ratio: Some(ratio),
        goal: goal(ratio),
    }
}

/// A compact JWS as what is signed and the signature over it.
fn signed(jws: &str) -> (&[u8], Vec<u8>) {
    let (input, signature) = jws.rsplit_once('.').unwrap();
    (input.as_bytes(), b64::decode(signature).unwrap())
}
