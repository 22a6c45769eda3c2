use serde::{Deserialize, Serialize};

use crate::{AssuranceLevel, EvidenceKind, EvidenceSet};

/// Which evidence each level needs, and what becomes of a full card whose physical card is gone.
///
/// It comes from a file that the authority keeps, and can't be weaker than [`EvidencePolicy::FLOOR`]:
/// a file that would let anybody have the full card for less is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct EvidencePolicy {
    light: LevelPolicy,
    full: LevelPolicy,
    physical_card: PhysicalCardPolicy,
}

/// What one level needs, and what it is like elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelPolicy {
    /// All of these; each is a choice of kinds, of which one will do.
    needs: Vec<Vec<EvidenceKind>>,
    /// The level of Regulation (EU) 910/2014, Article 8, that it is modelled on. No claim of
    /// certification.
    eidas: String,
    /// The level of NIST SP 800-63A-4 that it is modelled on. No claim of certification.
    nist: String,
}

/// What becomes of a full card when the physical card that carried it is no longer good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhysicalCardPolicy {
    /// The register says that it is lost.
    pub lost: Fate,
    /// Its last day has passed.
    pub expired: Fate,
}

/// What becomes of a full card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// A light card takes its place.
    FallsBack,
    /// It is revoked.
    Dies,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    light: LevelPolicy,
    full: LevelPolicy,
    physical_card: PhysicalCardPolicy,
}

/// A policy that nobody may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidencePolicyError {
    /// A choice of nothing, which nothing meets.
    #[error("a need of the {0} card names no evidence")]
    EmptyNeed(AssuranceLevel),
    /// Less than no authority may go below.
    #[error("the {level} card would be had without {without}")]
    TooWeak {
        /// Of which card.
        level: AssuranceLevel,
        /// What it would be had without.
        without: EvidenceKind,
    },
    /// The light card would need what is gathered for the full one alone.
    #[error("the light card is decided on the live face alone, and can need nothing else")]
    LightTakesAFace,
}

impl EvidencePolicy {
    /// What each level takes at the least, whatever a file says: for each, one of the kinds.
    pub const FLOOR: [(AssuranceLevel, &'static [EvidenceKind]); 5] = [
        (AssuranceLevel::Light, &[EvidenceKind::LiveFace]),
        (AssuranceLevel::Full, &[EvidenceKind::LiveFace]),
        (AssuranceLevel::Full, &[EvidenceKind::Chip, EvidenceKind::AttestedChip]),
        (AssuranceLevel::Full, &[EvidenceKind::Fingers]),
        (AssuranceLevel::Full, &[EvidenceKind::Officer]),
    ];

    /// What `level` needs.
    pub const fn level(&self, level: AssuranceLevel) -> &LevelPolicy {
        match level {
            AssuranceLevel::Light => &self.light,
            AssuranceLevel::Full => &self.full,
        }
    }

    /// What becomes of a full card without its physical card.
    pub const fn physical_card(&self) -> PhysicalCardPolicy {
        self.physical_card
    }
}

impl LevelPolicy {
    /// The needs that `held` does not meet; each is a choice of kinds.
    pub fn missing(&self, held: &EvidenceSet) -> Vec<&[EvidenceKind]> {
        let met = |choice: &[EvidenceKind]| choice.iter().any(|kind| held.contains(kind));
        self.needs.iter().map(Vec::as_slice).filter(|choice| !met(choice)).collect()
    }

    /// Whether `held` is enough.
    pub fn is_met_by(&self, held: &EvidenceSet) -> bool {
        self.missing(held).is_empty()
    }

    /// Whether evidence of this kind can count for anything.
    pub fn takes(&self, kind: EvidenceKind) -> bool {
        self.needs.iter().any(|choice| choice.contains(&kind))
    }

    /// Whether nothing but one of `kinds` meets some need.
    fn insists_on(&self, kinds: &[EvidenceKind]) -> bool {
        self.needs.iter().any(|choice| choice.iter().all(|kind| kinds.contains(kind)))
    }

    /// The levels elsewhere that it is modelled on: of eIDAS and of NIST.
    pub fn modelled_on(&self) -> (&str, &str) {
        (&self.eidas, &self.nist)
    }
}

impl TryFrom<Written> for EvidencePolicy {
    type Error = EvidencePolicyError;

    fn try_from(written: Written) -> Result<Self, EvidencePolicyError> {
        let Written { light, full, physical_card } = written;
        let policy = Self { light, full, physical_card };
        for level in AssuranceLevel::ALL {
            if policy.level(level).needs.iter().any(Vec::is_empty) {
                return Err(EvidencePolicyError::EmptyNeed(level));
            }
        }
        for (level, kinds) in Self::FLOOR {
            if !policy.level(level).insists_on(kinds) {
                let without = kinds.first().copied().unwrap_or(EvidenceKind::LiveFace);
                return Err(EvidencePolicyError::TooWeak { level, without });
            }
        }
        // It is decided on the face alone: nobody could bring what else it asked for.
        if !policy.light.is_met_by(&EvidenceSet::from([EvidenceKind::LiveFace])) {
            return Err(EvidencePolicyError::LightTakesAFace);
        }
        Ok(policy)
    }
}

#[cfg(test)]
pub(crate) use tests::policy;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written() -> Value {
        let level = |needs: Value| json!({"needs": needs, "eidas": "high", "nist": "IAL3"});
        json!({
            "light": level(json!([["live-face"]])),
            "full": level(json!([
                ["live-face"], ["chip", "attested-chip"], ["chip-face"], ["fingers"], ["officer"]
            ])),
            "physical_card": {"lost": "dies", "expired": "falls-back"},
        })
    }

    /// A policy that asks for everything there is, for the tests of lifecycles.
    pub(crate) fn policy() -> EvidencePolicy {
        parse(written()).unwrap()
    }

    fn parse(value: Value) -> Result<EvidencePolicy, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    /// Every set of evidence there is, against both levels.
    #[test]
    fn of_all_sets_of_evidence_only_the_whole_ones_make_a_card() {
        let policy = policy();
        for bits in 0_u8..64 {
            let held: EvidenceSet = (0..)
                .zip(EvidenceKind::ALL)
                .filter(|(at, _)| bits & (1 << at) != 0)
                .map(|it| it.1)
                .collect();
            let has = |kind| held.contains(&kind);
            let face = has(EvidenceKind::LiveFace);
            let chip = has(EvidenceKind::Chip) || has(EvidenceKind::AttestedChip);
            let rest = [EvidenceKind::ChipFace, EvidenceKind::Fingers, EvidenceKind::Officer];
            let whole = face && chip && rest.into_iter().all(has);
            assert_eq!(policy.level(AssuranceLevel::Light).is_met_by(&held), face, "{held:?}");
            assert_eq!(policy.level(AssuranceLevel::Full).is_met_by(&held), whole, "{held:?}");
        }
    }

    #[test]
    fn what_is_missing_is_named_as_a_choice() {
        let policy = policy();
        let held = EvidenceSet::from([EvidenceKind::LiveFace, EvidenceKind::Fingers]);
        let full = policy.level(AssuranceLevel::Full);
        let missing: Vec<&[EvidenceKind]> = vec![
            &[EvidenceKind::Chip, EvidenceKind::AttestedChip],
            &[EvidenceKind::ChipFace],
            &[EvidenceKind::Officer],
        ];
        assert_eq!(full.missing(&held), missing);
        assert!(full.takes(EvidenceKind::AttestedChip));
        assert!(!policy.level(AssuranceLevel::Light).takes(EvidenceKind::Chip));
    }

    #[test]
    fn no_file_makes_a_card_cheaper_than_the_floor() {
        for (dropped, without) in [(0, "live-face"), (1, "chip"), (3, "fingers"), (4, "officer")] {
            let mut weaker = written();
            weaker["full"]["needs"].as_array_mut().unwrap().remove(dropped);
            let refused = parse(weaker).unwrap_err();
            assert_eq!(refused, format!("the full card would be had without {without}"));
        }
        // And what nobody could bring is not asked for.
        let mut stricter = written();
        stricter["light"]["needs"] = json!([["live-face"], ["officer"]]);
        assert!(parse(stricter).unwrap_err().contains("decided on the live face alone"));
        // An alternative is a way down as well.
        for (need, kinds) in [(3, json!(["fingers", "officer"])), (1, json!(["chip", "live-face"]))]
        {
            let mut weaker = written();
            weaker["full"]["needs"][need] = kinds;
            parse(weaker).unwrap_err();
        }
        let mut nothing = written();
        nothing["full"]["needs"][2] = json!([]);
        assert_eq!(parse(nothing).unwrap_err(), "a need of the full card names no evidence");
        let mut free = written();
        free["light"]["needs"] = json!([]);
        assert_eq!(parse(free).unwrap_err(), "the light card would be had without live-face");
        // The portrait on the chip is the one thing that an authority may go without.
        let mut fewer = written();
        fewer["full"]["needs"].as_array_mut().unwrap().remove(2);
        parse(fewer).unwrap();
        let mut misspelt = written();
        misspelt["full"]["need"] = json!([]);
        parse(misspelt).unwrap_err();
    }

    #[test]
    fn the_kinds_are_read_by_their_words() {
        for kind in EvidenceKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!("face".parse::<EvidenceKind>().is_err());
    }
}
