use std::path::PathBuf;

use jiff::SignedDuration;
use tanda_biometrics::{
    DUPLICATE_THRESHOLD, FACE_MATCH_THRESHOLD, PAD_THRESHOLD, SAME_PERSON_THRESHOLD,
};
use tanda_credential::trust_list::Names;
use tanda_model::{Country, DecisionThresholds, EvidencePolicy, NumberScheme, ThrottlePolicy};
use tanda_protocol::oauth::IssuerUrl;

use crate::enrolment::Office;
use crate::enrolment::chip::ChipDialogue;

/// How an authority is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// The public URL, which is the credential issuer's identifier too.
    pub issuer: IssuerUrl,
    /// What the authority is called, in every language that it has a name in.
    pub names: Names,
    /// The country of its cards.
    pub country: Country,
    /// The schemes of resident numbers that it takes.
    pub number_schemes: Vec<NumberScheme>,
    /// Whose wallets may apply.
    pub wallet_providers: Vec<WalletProvider>,
    /// The folder of the face models, as `scripts/models.sh` fills it.
    pub models: PathBuf,
    /// How failures slow applicants down.
    pub throttle: ThrottlePolicy,
    /// Where applications are approved, referred or refused.
    pub thresholds: DecisionThresholds,
    /// Which evidence each card needs.
    pub evidence: EvidencePolicy,
    /// Where applicants for the full card can come.
    pub offices: Vec<Office>,
    /// The longest that a dialogue with a physical card's chip may take as a whole.
    pub chip_dialogue: SignedDuration,
}

/// A provider whose attestations of wallets are believed.
#[derive(Debug, Clone)]
pub struct WalletProvider {
    /// What its attestations have as `iss`.
    pub issuer: String,
    /// DER certificates of its attestation keys, or of the CA above them.
    pub certificates: Vec<Vec<u8>>,
}

impl Config {
    /// How far below the lines an officer still looks.
    const UNCERTAIN: f32 = 0.06;
    /// A capture below this was no live face for certain.
    const CERTAINLY_NOT_LIVE: f32 = 0.35;

    /// A set-up with both number schemes and the shipped thresholds.
    pub fn new(
        issuer: IssuerUrl,
        names: Names,
        country: Country,
        models: PathBuf,
        evidence: EvidencePolicy,
    ) -> Self {
        Self {
            issuer,
            names,
            country,
            number_schemes: vec![NumberScheme::Gb11643, NumberScheme::Nik],
            wallet_providers: Vec::new(),
            models,
            throttle: ThrottlePolicy::default(),
            thresholds: Self::shipped_thresholds(),
            evidence,
            offices: Vec::new(),
            chip_dialogue: ChipDialogue::LONGEST,
        }
    }

    /// The name on cards, which have one only: the English one, where there is one.
    pub fn name(&self) -> &str {
        self.names.text("en").unwrap_or_default()
    }

    /// The lines that were measured (docs/accuracy/faces.md), with a band below the match and the
    /// liveness in which an officer decides.
    pub const fn shipped_thresholds() -> DecisionThresholds {
        DecisionThresholds {
            face_match: FACE_MATCH_THRESHOLD,
            face_uncertain: FACE_MATCH_THRESHOLD - Self::UNCERTAIN,
            duplicate: DUPLICATE_THRESHOLD,
            live: PAD_THRESHOLD,
            live_uncertain: Self::CERTAINLY_NOT_LIVE,
            same_person: SAME_PERSON_THRESHOLD,
        }
    }
}
