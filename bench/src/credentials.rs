//! Issuing and verifying in the library, beside the bare cryptography of the very same token.

use std::hint::black_box;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
    UnparsedPublicKey,
};
use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
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
use tanda_credential::{b64, sd_jwt};

use crate::cpu::{self, by_turns, median, median_ratio};
use crate::table::{Goal, Row};

const ISS: &str = "http://localhost:8600";
const VCT: &str = "urn:tanda:card:light:1";
const AUDIENCE: &str = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";
const NONCE: &str = "tB8pZ2f5W9cHc0xq1mYV9w";
/// The bytes of a card's picture at most, as base64 in a data URL.
const PICTURE: usize = 20_000 * 4 / 3;
const ROUNDS: usize = 100;
const BATCH: u32 = 20;

/// One authority, its chain, and one holder.
struct World {
    issuer: CredentialIssuer,
    issuer_key: EcdsaKeyPair,
    issuer_point: [u8; 65],
    holder: SigningKey,
    trusted: TrustedIssuers,
    now: Timestamp,
}

/// With and without a picture: presentations verified, and copies issued.
pub(crate) fn measure() -> Vec<Row> {
    let world = World::new();
    let mut rows = Vec::new();
    for (what, picture) in [("five short claims", 40), ("four and a 20 kB picture", PICTURE)] {
        rows.extend(world.measure(what, picture));
    }
    rows.sort_by_key(|row| row.what.starts_with("issue"));
    rows
}

impl World {
    fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(1);
        let at = |second| Timestamp::from_second(second).unwrap();
        let validity = Validity { from: at(1_700_000_000), until: at(1_900_000_000) };
        let ca_key = SigningKey::generate(&mut rng).unwrap();
        let ca = issue_ca(&Subject::named("CA"), validity, &ca_key, &mut rng).unwrap();
        let key = SigningKey::generate(&mut rng).unwrap();
        let request = LeafRequest {
            subject: Subject::named("Issuer"),
            key: key.public(),
            dns_names: vec![],
            uris: vec![ISS.into()],
            validity,
        };
        let leaf = issue_leaf(&request, &ca, &ca_key, &mut rng).unwrap();
        let pkcs8 = key.to_pkcs8().unwrap();
        Self {
            issuer_key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap(),
            issuer_point: key.public().sec1(),
            issuer: CredentialIssuer::new(Arc::new(key.with_x5c(vec![leaf]))).unwrap(),
            holder: SigningKey::generate(&mut rng).unwrap(),
            trusted: TrustedIssuers::new(vec![TrustedIssuer {
                id: ISS.into(),
                anchors: vec![Certificate::from_der(&ca).unwrap()],
                vcts: vec![VCT.into()],
            }]),
            now: at(1_800_000_000),
        }
    }

    fn measure(&self, what: &str, picture: usize) -> [Row; 2] {
        let claims = claims(picture);
        let status = StatusReference { idx: 4242, uri: format!("{ISS}/status-lists/1") };
        let copy = NewCredential {
            iss: ISS,
            vct: VCT,
            vct_integrity: None,
            iat: self.now,
            nbf: None,
            exp: Timestamp::from_second(self.now.as_second() + 2_592_000).unwrap(),
            holder: self.holder.public(),
            status: Some(&status),
            claims: &claims,
        };
        let mut rng = StdRng::seed_from_u64(2);
        let token = self.issuer.issue(&copy, &mut rng).unwrap();
        let shown = self.present(&token);
        let expected = ExpectedBinding {
            audience: AUDIENCE,
            nonce: NONCE,
            asked_at: self.now,
            now: self.now,
            transaction_data: &[],
        };

        // The floor of issuing: one signature over the token's own input, and the digests.
        let issued = SdJwt::parse(&token).unwrap();
        let (input, signature) = signed(issued.issuer_signed());
        let random = SystemRandom::new();
        let mut issue_floor = || {
            for disclosure in issued.disclosures() {
                black_box(sha256(disclosure));
            }
            black_box(self.issuer_key.sign(&random, input).unwrap());
        };
        let mut issue = || {
            black_box(self.issuer.issue(&copy, &mut rng).unwrap());
        };

        // The floor of verifying: both signatures, the digests of the disclosures and `sd_hash`.
        // The issuer's key is known beforehand, the holder's comes with the credential.
        let parts = SdJwt::parse(&shown).unwrap();
        let (bound, bound_signature) = signed(parts.key_binding().unwrap());
        let issuer = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.issuer_point).unwrap();
        let holder = self.holder.public().sec1();
        let mut verify_floor = || {
            issuer.verify_sig(input, &signature).unwrap();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &holder)
                .verify(bound, &bound_signature)
                .unwrap();
            for disclosure in parts.disclosures() {
                black_box(sha256(disclosure));
            }
            black_box(sha256(parts.presented()));
        };
        let mut verify = || {
            black_box(verify_presentation(&shown, &self.trusted, &expected).unwrap());
        };
        let [issue_floor, issue, verify_floor, verify] = by_turns(
            cpu::thread,
            ROUNDS,
            BATCH,
            [&mut issue_floor, &mut issue, &mut verify_floor, &mut verify],
        );
        let row = |act: &str, floor: &[f64], ours: &[f64], least, goal| {
            let ratio = median_ratio(floor, ours);
            Row {
                what: format!("{act}: {what}"),
                figure: format!("{:.0} /CPU-s", 1.0 / median(ours)),
                beside: format!("{:.0} /CPU-s bare", 1.0 / median(floor)),
                ratio: Some(ratio),
                goal: Goal::at_least(ratio, least, goal),
            }
        };
        [
            row("verify a presentation", &verify_floor, &verify, 0.9, "≥ 0.90 of bare ES256"),
            row("issue a credential", &issue_floor, &issue, 0.75, "≥ 0.75 of bare ES256"),
        ]
    }

    fn present(&self, token: &str) -> String {
        let names =
            ["family_name", "given_name", "birthdate", "personal_administrative_number", "picture"];
        let binding =
            KeyBinding { audience: AUDIENCE, nonce: NONCE, now: self.now, transaction_data: &[] };
        HeldSdJwt::parse(token)
            .unwrap()
            .present(&names.map(ClaimPath::name))
            .unwrap()
            .with_key_binding(&binding, &self.holder)
            .unwrap()
    }
}

/// A compact JWS as what is signed and the signature over it.
fn signed(jws: &str) -> (&[u8], Vec<u8>) {
    let (input, signature) = jws.rsplit_once('.').unwrap();
    (input.as_bytes(), b64::decode(signature).unwrap())
}

/// The claims of a light card, ten of them, prepared once for all copies of a batch.
fn claims(picture: usize) -> SdObject {
    let all: Result<SdObject, sd_jwt::SdJwtError> = SdObject::new()
        .disclosable("family_name", "Wijaya")
        .and_then(|claims| claims.disclosable("given_name", "Sari Dewi"))
        .and_then(|claims| claims.disclosable("birthdate", "1990-01-02"))
        .and_then(|claims| claims.disclosable("personal_administrative_number", "3174015201900001"))
        .and_then(|claims| claims.disclosable("picture", "A".repeat(picture)))
        .and_then(|claims| claims.disclosable("sex", 2))
        .and_then(|claims| claims.disclosable("nationalities", serde_json::json!(["ID"])))
        .and_then(|claims| claims.disclosable("issuing_authority", "Sandbox"))
        .and_then(|claims| claims.disclosable("issuing_country", "ID"))
        .and_then(|claims| claims.disclosable("date_of_expiry", "2030-01-01"));
    all.unwrap()
}
