use serde::{Deserialize, Serialize};

use crate::DecisionThresholds;

/// How far a score is from its line, for an officer who reads words before numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// On the good side by a wide margin.
    Clear,
    /// On the good side, and near the line.
    Narrow,
    /// Not on the good side, and too near to be certain.
    Doubtful,
    /// On the bad side; also where there is no score.
    Against,
}

/// From here on a score is far from its line: scores of two shots of one person differ by as much.
const MARGIN: f32 = 0.1;

impl Strength {
    fn of(score: f32, sure: f32, unsure: f32) -> Self {
        if score >= sure + MARGIN {
            Self::Clear
        } else if score >= sure {
            Self::Narrow
        } else if score >= unsure {
            Self::Doubtful
        } else {
            Self::Against
        }
    }
}

impl DecisionThresholds {
    /// The face against the register's portrait.
    pub fn portrait_strength(&self, score: f32) -> Strength {
        Strength::of(score, self.face_match, self.face_uncertain)
    }

    /// A live person before the camera.
    pub fn live_strength(&self, score: f32) -> Strength {
        Strength::of(score, self.live, self.live_uncertain)
    }

    /// One person throughout.
    pub fn same_person_strength(&self, score: f32) -> Strength {
        Strength::of(score, self.same_person, self.same_person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_lines() {
        let lines = DecisionThresholds {
            face_match: 0.45,
            face_uncertain: 0.35,
            duplicate: 0.45,
            live: 0.8,
            live_uncertain: 0.5,
            same_person: 0.4,
        };
        let face = |score| lines.portrait_strength(score);
        assert_eq!(face(0.55), Strength::Clear);
        assert_eq!(face(0.45), Strength::Narrow);
        assert_eq!(face(0.35), Strength::Doubtful);
        assert_eq!(face(0.34), Strength::Against);
        assert_eq!(face(f32::NAN), Strength::Against);
        assert_eq!(lines.live_strength(0.79), Strength::Doubtful);
        assert_eq!(lines.same_person_strength(0.39), Strength::Against);
    }
}
