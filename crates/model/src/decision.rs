use serde::{Deserialize, Serialize};

use crate::Marks;

/// What was found about one application, in scores and yes or no. All parts are computed for every
/// application, known number or not, so that the time taken tells nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Findings {
    /// The number is in the register.
    pub number_known: bool,
    /// The name is that of the number.
    pub name_matches: bool,
    /// What the register notes about the person; nothing for unknown numbers.
    pub marks: Marks,
    /// The card that the new one would replace is suspended by the authority.
    pub card_suspended: bool,
    /// How the capture went.
    pub capture: CaptureScores,
    /// How the face compares.
    pub face: FaceScores,
}

/// The capture's scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptureScores {
    /// Every step of the challenge was answered, in order.
    pub challenge_answered: bool,
    /// The presentation-attack detector's belief that a live person was seen, 0 to 1: the weighed
    /// score of the session's frames.
    pub live: f32,
    /// The lowest similarity (cosine) of any frame with the first: one person throughout?
    pub same_person: f32,
}

/// The comparisons of the captured face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceScores {
    /// Similarity (cosine) with the register's portrait of the number.
    pub portrait: f32,
    /// The highest similarity with any other resident who has a card or an application running;
    /// none when there is nobody else.
    pub best_other: Option<f32>,
}

/// Where the lines are drawn. Scores at a line count as over it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionThresholds {
    /// From here the face is the portrait's: the measured threshold for a false match rate of at
    /// most 1 in 10,000.
    pub face_match: f32,
    /// From here an officer looks; below it is somebody else.
    pub face_uncertain: f32,
    /// From here another resident's face is so alike that an officer looks.
    pub duplicate: f32,
    /// From here a live person was seen.
    pub live: f32,
    /// From here an officer looks; below it was a print or a mask.
    pub live_uncertain: f32,
    /// From here two frames show one person.
    pub same_person: f32,
}

/// The outcome of weighing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Everything is over its line.
    Approved,
    /// Something is certainly wrong.
    Refused(Vec<Finding>),
    /// Nothing is certainly wrong, and something is not certainly right.
    Referred(Vec<Finding>),
}

/// What spoke against approval. For officers and counts; never told outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The number is in no register.
    NumberUnknown,
    /// The name is not the number's.
    NameDiffers,
    /// The register has the person as deceased.
    Deceased,
    /// The physical card is reported lost.
    CardReportedLost,
    /// The authority has suspended the card that the new one would replace.
    CardSuspended,
    /// The challenge was not answered.
    ChallengeFailed,
    /// No live person was seen.
    NotLive,
    /// The detector was not sure whether a live person was seen.
    LivenessUncertain,
    /// Different people in the frames.
    PersonChanged,
    /// The face is not the portrait's.
    FaceDiffers,
    /// The face may or may not be the portrait's.
    FaceUncertain,
    /// The face is also that of somebody else.
    LooksLikeAnother,
}

impl Finding {
    /// Whether it settles the matter; the others call for an officer.
    pub const fn refuses(self) -> bool {
        !matches!(
            self,
            Self::CardReportedLost
                | Self::CardSuspended
                | Self::LivenessUncertain
                | Self::FaceUncertain
                | Self::LooksLikeAnother
        )
    }
}

/// Weighs an application. A score that is not a number is on the wrong side of every line.
pub fn decide(findings: &Findings, lines: &DecisionThresholds) -> Decision {
    let against: Vec<Finding> = objections(findings, lines).into_iter().flatten().collect();
    if against.is_empty() {
        Decision::Approved
    } else if against.iter().any(|finding| finding.refuses()) {
        Decision::Refused(against)
    } else {
        Decision::Referred(against)
    }
}

fn objections(found: &Findings, lines: &DecisionThresholds) -> [Option<Finding>; 10] {
    let when = |holds: bool, finding| holds.then_some(finding);
    let band = |score: f32, sure: f32, unsure: f32, uncertain, wrong| {
        if score >= sure {
            None
        } else if score >= unsure {
            Some(uncertain)
        } else {
            Some(wrong)
        }
    };
    let (capture, face) = (&found.capture, &found.face);
    // Not `other >= line`: a score that is not a number must object as well.
    let alone = face.best_other.is_none_or(|other| other < lines.duplicate);
    [
        when(!found.number_known, Finding::NumberUnknown),
        when(found.number_known && !found.name_matches, Finding::NameDiffers),
        when(found.marks.deceased, Finding::Deceased),
        when(found.marks.card_lost, Finding::CardReportedLost),
        when(found.card_suspended, Finding::CardSuspended),
        when(!capture.challenge_answered, Finding::ChallengeFailed),
        when(
            !matches!(capture.same_person.partial_cmp(&lines.same_person), Some(order) if order.is_ge()),
            Finding::PersonChanged,
        ),
        band(
            capture.live,
            lines.live,
            lines.live_uncertain,
            Finding::LivenessUncertain,
            Finding::NotLive,
        ),
        band(
            face.portrait,
            lines.face_match,
            lines.face_uncertain,
            Finding::FaceUncertain,
            Finding::FaceDiffers,
        ),
        when(!alone, Finding::LooksLikeAnother),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: DecisionThresholds = DecisionThresholds {
        face_match: 0.45,
        face_uncertain: 0.35,
        duplicate: 0.45,
        live: 0.8,
        live_uncertain: 0.5,
        same_person: 0.4,
    };

    fn good() -> Findings {
        Findings {
            number_known: true,
            name_matches: true,
            marks: Marks::default(),
            card_suspended: false,
            capture: CaptureScores { challenge_answered: true, live: 0.9, same_person: 0.6 },
            face: FaceScores { portrait: 0.6, best_other: Some(0.2) },
        }
    }

    fn with(change: impl FnOnce(&mut Findings)) -> Decision {
        let mut findings = good();
        change(&mut findings);
        decide(&findings, &LINES)
    }

    #[test]
    fn all_good_is_approved_at_the_lines_too() {
        assert_eq!(decide(&good(), &LINES), Decision::Approved);
        let at_the_lines = with(|f| {
            f.capture.live = 0.8;
            f.capture.same_person = 0.4;
            f.face.portrait = 0.45;
            f.face.best_other = None;
        });
        assert_eq!(at_the_lines, Decision::Approved);
    }

    #[test]
    fn each_certain_fault_refuses() {
        use Finding::*;
        let refused = |finding| Decision::Refused(vec![finding]);
        assert_eq!(with(|f| f.number_known = false), refused(NumberUnknown));
        assert_eq!(with(|f| f.name_matches = false), refused(NameDiffers));
        assert_eq!(with(|f| f.marks.deceased = true), refused(Deceased));
        assert_eq!(with(|f| f.capture.challenge_answered = false), refused(ChallengeFailed));
        assert_eq!(with(|f| f.capture.live = 0.49), refused(NotLive));
        assert_eq!(with(|f| f.capture.same_person = 0.39), refused(PersonChanged));
        assert_eq!(with(|f| f.face.portrait = 0.34), refused(FaceDiffers));
    }

    #[test]
    fn doubts_go_to_an_officer_unless_something_refuses() {
        use Finding::*;
        let referred = |finding| Decision::Referred(vec![finding]);
        assert_eq!(with(|f| f.marks.card_lost = true), referred(CardReportedLost));
        assert_eq!(with(|f| f.card_suspended = true), referred(CardSuspended));
        assert_eq!(with(|f| f.capture.live = 0.6), referred(LivenessUncertain));
        assert_eq!(with(|f| f.face.portrait = 0.4), referred(FaceUncertain));
        assert_eq!(with(|f| f.face.best_other = Some(0.45)), referred(LooksLikeAnother));
        let both = with(|f| {
            f.face.portrait = 0.4;
            f.name_matches = false;
        });
        assert_eq!(both, Decision::Refused(vec![NameDiffers, FaceUncertain]));
    }

    #[test]
    fn no_score_is_a_bad_score() {
        for change in [
            (|f: &mut Findings| f.capture.live = f32::NAN) as fn(&mut Findings),
            |f| f.capture.same_person = f32::NAN,
            |f| f.face.portrait = f32::NAN,
            |f| f.face.best_other = Some(f32::NAN),
        ] {
            assert_ne!(with(change), Decision::Approved);
        }
    }
}
