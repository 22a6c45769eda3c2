//! How fast credentials are issued and presentations verified, beside the bare cryptography.
//!
//! `cargo run --release -p tanda-credential --example speed`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
    UnparsedPublicKey,
};
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use tanda_credential::digest::sha256;
use tanda_credential::jose::{Signer, SigningKey};
use tanda_credential::sd_jwt::{
    ClaimPath, ExpectedBinding, HeldSdJwt, KeyBinding, SdJwt, SdObject,
};
use tanda_credential::sd_jwt_vc::{
    CredentialIssuer, NewCredential, StatusReference, TrustedIssuer, TrustedIssuers,
    verify_presentation,
};
use tanda_credential::x509::{Certificate, LeafRequest, Subject, Validity, issue_ca, issue_leaf};

const ISS: &str = "http://localhost:8600";
const VCT: &str = "urn:tanda:card:light:1";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// The best of many short rounds of each, by turns, in microseconds a run: the machine is shared.
fn measure<const N: usize>(mut runs: [&mut dyn FnMut(); N]) -> [f64; N] {
    const RUNS: u32 = 20;
    let mut best = [f64::MAX; N];
    for _ in 0..400 {
        for (run, best) in runs.iter_mut().zip(&mut best) {
            let start = Instant::now();
            for _ in 0..RUNS {
                run();
            }
            *best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(RUNS));
        }
    }
    best
}

fn claims(portrait: usize) -> SdObject {
    SdObject::new()
        .disclosable("family_name", "Wijaya")
        .and_then(|claims| claims.disclosable("given_name", "Sari Dewi"))
        .and_then(|claims| claims.disclosable("birthdate", "1990-01-02"))
        .and_then(|claims| claims.disclosable("personal_administrative_number", "3174015201900001"))
        .and_then(|claims| claims.disclosable("picture", "A".repeat(portrait)))
        .and_then(|claims| claims.disclosable("sex", 2))
        .and_then(|claims| claims.disclosable("nationalities", json!(["ID"])))
        .and_then(|claims| claims.disclosable("issuing_authority", "Sandbox"))
        .and_then(|claims| claims.disclosable("issuing_country", "ID"))
        .and_then(|claims| claims.disclosable("date_of_expiry", "2030-01-01"))
        .unwrap()
}

fn main() {
    let mut rng = StdRng::seed_from_u64(1);
    let now = at(1_800_000_000);
    let validity = Validity { from: at(1_700_000_000), until: at(1_900_000_000) };
    let ca_key = SigningKey::generate(&mut rng).unwrap();
    let ca = issue_ca(&Subject::named("CA"), validity, &ca_key, &mut rng).unwrap();
    let leaf_key = SigningKey::generate(&mut rng).unwrap();
    let request = LeafRequest {
        subject: Subject::named("Issuer"),
        key: leaf_key.public(),
        dns_names: vec![],
        uris: vec![ISS.into()],
        validity,
    };
    let leaf = issue_leaf(&request, &ca, &ca_key, &mut rng).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        leaf_key.to_pkcs8().unwrap().as_slice(),
    )
    .unwrap();
    let issuer_point = leaf_key.public().sec1();
    let issuer = CredentialIssuer::new(Arc::new(leaf_key.with_x5c(vec![leaf]))).unwrap();
    let holder = SigningKey::generate(&mut rng).unwrap();
    let trusted = TrustedIssuers::new(vec![TrustedIssuer {
        id: ISS.into(),
        anchors: vec![Certificate::from_der(&ca).unwrap()],
        vcts: vec![VCT.into()],
    }]);
    let status = StatusReference { idx: 4242, uri: "http://localhost:8600/status-lists/1".into() };
    for portrait in [40, 8_000, 30_000] {
        let prepared = claims(portrait);
        let copy = NewCredential {
            iss: ISS,
            vct: VCT,
            vct_integrity: None,
            iat: now,
            nbf: None,
            exp: at(1_802_000_000),
            holder: holder.public(),
            status: Some(&status),
            claims: &prepared,
        };
        let token = issuer.issue(&copy, &mut rng).unwrap();
        let held = HeldSdJwt::parse(&token).unwrap();
        let names =
            ["family_name", "given_name", "birthdate", "personal_administrative_number", "picture"];
        let shown = held
            .present(&names.map(ClaimPath::name))
            .unwrap()
            .with_key_binding(
                &KeyBinding {
                    audience: "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
                    nonce: "tB8pZ2f5W9cHc0xq1mYV9w",
                    now,
                    transaction_data: &[],
                },
                &holder,
            )
            .unwrap();
        let expected = ExpectedBinding {
            audience: "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
            nonce: "tB8pZ2f5W9cHc0xq1mYV9w",
            asked_at: now,
            now,
            transaction_data: &[],
        };
        verify_presentation(&shown, &trusted, &expected).unwrap();

        // The floor of issuing: one signature over the token's own signing input, and the digests.
        let parsed = SdJwt::parse(&token).unwrap();
        let (signing_input, signature) = parsed.issuer_signed().rsplit_once('.').unwrap();
        let signature = tanda_credential::b64::decode(signature).unwrap();
        let disclosures = parsed.disclosures().to_vec();
        let random = SystemRandom::new();
        let mut issue_floor = || {
            for disclosure in &disclosures {
                black_box(sha256(disclosure));
            }
            black_box(pair.sign(&random, signing_input.as_bytes()).unwrap());
        };
        let mut rng2 = StdRng::seed_from_u64(2);
        let mut issue_once = || {
            black_box(issuer.issue(&copy, &mut rng2).unwrap());
        };
        let mut issue_with_claims = || {
            let claims = claims(portrait);
            let copy = NewCredential { claims: &claims, ..copy };
            black_box(issuer.issue(&copy, &mut rng).unwrap());
        };

        // The floor of verifying: both signatures, the digests of the disclosures and `sd_hash`.
        let shown_parts = SdJwt::parse(&shown).unwrap();
        let (kb_input, kb_signature) = shown_parts.key_binding().unwrap().rsplit_once('.').unwrap();
        let kb_signature = tanda_credential::b64::decode(kb_signature).unwrap();
        let holder_point = holder.public().sec1();
        let issuer_key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, issuer_point).unwrap();
        let mut verify_floor = || {
            issuer_key.verify_sig(signing_input.as_bytes(), &signature).unwrap();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &holder_point)
                .verify(kb_input.as_bytes(), &kb_signature)
                .unwrap();
            for disclosure in shown_parts.disclosures() {
                black_box(sha256(disclosure));
            }
            black_box(sha256(shown_parts.presented()));
        };
        let mut verify = || {
            black_box(verify_presentation(&shown, &trusted, &expected).unwrap());
        };
        let [issue_floor, issue_once, issue_with_claims, verify_floor, verify] = measure([
            &mut issue_floor,
            &mut issue_once,
            &mut issue_with_claims,
            &mut verify_floor,
            &mut verify,
        ]);
        println!(
            "picture {portrait:>6} B: issue floor {issue_floor:6.1} µs, copy {issue_once:6.1} µs ({:.0} %), with claims {issue_with_claims:6.1} µs ({:.0} %); \
             verify floor {verify_floor:6.1} µs, ours {verify:6.1} µs ({:.0} %)",
            100.0 * issue_floor / issue_once,
            100.0 * issue_floor / issue_with_claims,
            100.0 * verify_floor / verify,
        );
    }
}
