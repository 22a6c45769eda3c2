//! The file that says which evidence each card needs.

use tanda_model::EvidencePolicy;

/// The file that ships, and a model for others.
const SHIPPED: &str = include_str!("../evidence.toml");

/// Why a file is no policy.
#[derive(Debug, thiserror::Error)]
#[error("this is no policy of evidence: {}", .0.message())]
pub struct NotAnEvidencePolicy(#[from] toml::de::Error);

/// The policy that a file's text states.
///
/// # Errors
/// [`NotAnEvidencePolicy`] when it is no such file, or a card would be had for less than
/// [`EvidencePolicy::FLOOR`].
pub fn evidence_policy(text: &str) -> Result<EvidencePolicy, NotAnEvidencePolicy> {
    Ok(toml::from_str(text)?)
}

/// The policy of an authority that has no file of its own.
///
/// # Errors
/// Never, as a test says; the file is read like any other.
pub fn shipped_evidence_policy() -> Result<EvidencePolicy, NotAnEvidencePolicy> {
    evidence_policy(SHIPPED)
}

#[cfg(test)]
mod tests {
    use tanda_model::{AssuranceLevel, EvidenceKind, Fate};

    use super::*;

    #[test]
    fn the_file_that_ships_asks_for_face_chip_fingers_and_an_officer() {
        let policy = shipped_evidence_policy().unwrap();
        let full = policy.level(AssuranceLevel::Full);
        assert!(full.is_met_by(&EvidenceKind::ALL.into()));
        for kind in EvidenceKind::ALL {
            let mut held: tanda_model::EvidenceSet = EvidenceKind::ALL.into();
            held.remove(&kind);
            let instead = matches!(kind, EvidenceKind::Chip | EvidenceKind::AttestedChip);
            assert_eq!(full.is_met_by(&held), instead, "{kind}");
        }
        assert_eq!(policy.level(AssuranceLevel::Light).modelled_on(), ("substantial", "IAL2"));
        assert_eq!(policy.physical_card().lost, Fate::FallsBack);
    }

    #[test]
    fn a_file_below_the_floor_is_refused_in_a_sentence() {
        let weaker = SHIPPED.replace(", [\"fingers\"]", "");
        let refused = evidence_policy(&weaker).unwrap_err().to_string();
        assert_eq!(
            refused,
            "this is no policy of evidence: the full card would be had without fingers"
        );
    }
}
