//! sd-jwt-rs at the work of ../README.md.

use std::io::{BufRead as _, stdin};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey};
use rustix::time::{ClockId, clock_gettime};
use sd_jwt_rs::SDJWTSerializationFormat::Compact;
use sd_jwt_rs::{ClaimsForSelectiveDisclosureStrategy, SDJWTIssuer, SDJWTVerifier};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(untagged)]
enum Asked {
    Turn { act: Act, runs: u32 },
    Job(Box<Job>),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Act {
    Verify,
    Issue,
}

#[derive(Deserialize)]
struct Job {
    presentation: String,
    audience: String,
    nonce: String,
    issuer: Jwk,
    issuer_pkcs8: String,
    holder: Jwk,
    visible: Map<String, Value>,
    disclosable: Map<String, Value>,
}

struct Work {
    job: Job,
    issuer: DecodingKey,
    signer: SDJWTIssuer,
    claims: Value,
    /// JSONPaths of what the holder may leave out.
    disclosable: Vec<String>,
}

impl Work {
    fn new(job: Job) -> Self {
        let pkcs8 = BASE64_STANDARD.decode(&job.issuer_pkcs8).unwrap();
        let mut claims = job.visible.clone();
        claims.extend(job.disclosable.clone());
        Self {
            issuer: DecodingKey::from_jwk(&job.issuer).unwrap(),
            signer: SDJWTIssuer::new(EncodingKey::from_ec_der(&pkcs8), None),
            claims: Value::Object(claims),
            disclosable: job.disclosable.keys().map(|name| format!("$.{name}")).collect(),
            job,
        }
    }

    fn verify(&self) -> Value {
        let issuer = self.issuer.clone();
        SDJWTVerifier::new(
            self.job.presentation.clone(),
            Box::new(move |_, _| issuer.clone()),
            Some(self.job.audience.clone()),
            Some(self.job.nonce.clone()),
            Compact,
        )
        .unwrap()
        .verified_claims
    }

    fn issue(&mut self) -> String {
        let disclosable = self.disclosable.iter().map(String::as_str).collect();
        let strategy = ClaimsForSelectiveDisclosureStrategy::Custom(disclosable);
        let holder = Some(self.job.holder.clone());
        self.signer.issue_sd_jwt(self.claims.clone(), strategy, holder, false, Compact).unwrap()
    }
}

fn main() {
    let mut work: Option<Work> = None;
    for line in stdin().lock().lines() {
        let answer = match serde_json::from_str(&line.unwrap()).unwrap() {
            Asked::Job(job) => {
                let work = work.insert(Work::new(*job));
                let library = format!("sd-jwt-rs {}", version());
                json!({ "library": library, "claims": work.verify(), "issued": work.issue() })
            }
            Asked::Turn { act, runs } => {
                let work = work.as_mut().expect("the job comes first");
                let began = seconds();
                for _ in 0..runs {
                    match act {
                        Act::Verify => drop(work.verify()),
                        Act::Issue => drop(work.issue()),
                    }
                }
                json!((seconds() - began) / f64::from(runs))
            }
        };
        println!("{answer}");
    }
}

/// Processor seconds used by this thread so far.
fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The library's version, as the lock file has it.
fn version() -> &'static str {
    let (_, rest) =
        include_str!("../Cargo.lock").split_once("name = \"sd-jwt-rs\"\nversion = \"").unwrap();
    rest.split('"').next().unwrap()
}
