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
    pub const ALL: [Self; 4] = [Self::LookStraight, Self::TurnLeft, Self::TurnRight, Self::CloseEyes];

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
/// a still picture nor one recording of one movement can do: 42 equally likely sequences.
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
