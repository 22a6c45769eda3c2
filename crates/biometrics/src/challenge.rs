//! The live-capture challenge: a random sequence of things to do before the camera.
//!
//! Only what the models really tell apart is asked: turning the head to either side, closing both
//! eyes, looking straight. A nod is left out: pitch depends too much on how the phone is held.

use rand::Rng;
use serde::{Deserialize, Serialize};

/// One thing to do before the camera. Left and right are the subject's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Look into the camera.
    LookStraight,
    /// Turn the head to one's own left.
    TurnLeft,
    /// Turn the head to one's own right.
    TurnRight,
    /// Close both eyes, the head straight.
    CloseEyes,
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 4] =
        [Self::LookStraight, Self::TurnLeft, Self::TurnRight, Self::CloseEyes];

    /// The step's name in messages: `look_straight`, `turn_left`, `turn_right`, `close_eyes`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LookStraight => "look_straight",
            Self::TurnLeft => "turn_left",
            Self::TurnRight => "turn_right",
            Self::CloseEyes => "close_eyes",
        }
    }
}

/// How many steps a challenge has.
pub const CHALLENGE_STEPS: usize = 5;

/// Draws a challenge: first a straight look (for the comparison), then four steps at random.
///
/// No step comes twice in a row, and a turn and closed eyes are always among them, so that neither
/// a still picture nor one recording of one movement can do: 64 equally likely sequences.
pub fn draw_challenge(rng: &mut impl rand::CryptoRng) -> Vec<Step> {
    loop {
        let mut steps = vec![Step::LookStraight];
        while steps.len() < CHALLENGE_STEPS {
            let step = Step::ALL[below(rng, Step::ALL.len())];
            if steps.last() != Some(&step) {
                steps.push(step);
            }
        }
        let turns = steps.contains(&Step::TurnLeft) || steps.contains(&Step::TurnRight);
        if turns && steps.contains(&Step::CloseEyes) {
            return steps;
        }
    }
}

/// A number under `bound` (at most 256), each equally likely.
fn below(rng: &mut impl Rng, bound: usize) -> usize {
    let fair = 256 - 256 % bound;
    loop {
        let mut byte = [0];
        rng.fill_bytes(&mut byte);
        if usize::from(byte[0]) < fair {
            return usize::from(byte[0]) % bound;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn challenges_are_varied_and_evenly_drawn() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut seen: HashMap<Vec<Step>, usize> = HashMap::new();
        for _ in 0..8400 {
            let steps = draw_challenge(&mut rng);
            assert_eq!(steps.len(), CHALLENGE_STEPS);
            assert_eq!(steps[0], Step::LookStraight);
            assert!(steps.windows(2).all(|pair| pair[0] != pair[1]));
            assert!(steps.contains(&Step::CloseEyes));
            assert!(steps.contains(&Step::TurnLeft) || steps.contains(&Step::TurnRight));
            *seen.entry(steps).or_default() += 1;
        }
        let expected = 8400 / seen.len();
        assert_eq!(seen.len(), 64);
        assert!(
            seen.values().all(|&count| count > expected / 2 && count < expected * 2),
            "{seen:?}"
        );
    }

    #[test]
    fn names_are_those_of_the_messages() {
        for step in Step::ALL {
            let Ok(serde_name) = toml::Value::try_from(step) else { panic!("{step:?}") };
            assert_eq!(serde_name.as_str(), Some(step.as_str()));
        }
    }
}
