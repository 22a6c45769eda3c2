//! A whole live capture: a shot for every step, weighed together.

use rten_tensor::NdTensor;
use serde::{Deserialize, Serialize};

use crate::challenge::Step;
use crate::detect::Face;
use crate::embedding::Embedding;
use crate::frame::Frame;
use crate::guidance::FrameAssessment;
use crate::models::{InferenceError, Models};
use crate::thresholds::{PAD_THRESHOLD, SAME_PERSON_THRESHOLD};

/// An accepted frame, reduced to what the decision needs. Holds an embedding: seal it at rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shot {
    /// The step that it does.
    pub step: Step,
    /// Where the face is.
    pub face: Face,
    /// How much it looks like a live face, 0 to 1.
    pub pad: f32,
    /// How well it does the step, one half to one.
    pub step_score: f32,
    /// How good a picture it is, 0 to 1.
    pub quality: f32,
    /// What is compared of the face.
    pub embedding: Embedding,
}

/// Why a frame was not taken as a shot.
#[derive(Debug, thiserror::Error)]
pub enum ShotError {
    /// The frame does not do its step.
    #[error("the frame does not show what was asked for")]
    NotGood,
    /// A model could not be run.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

/// Why a set of shots is not the capture that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// There are more or fewer shots than steps, or they do other steps or in another order.
    #[error("the shots are not those that the challenge asked for")]
    NotTheChallenge,
    /// The shots' faces have nothing in common at all.
    #[error("the shots cannot be fused")]
    NotFusable,
}

/// A whole capture, weighed.
#[derive(Clone, Debug)]
pub struct CaptureAssessment {
    /// The mean liveness of the shots, 0 to 1.
    pub pad: f32,
    /// Whether it reaches [`PAD_THRESHOLD`].
    pub pad_passed: bool,
    /// For every step of the challenge, how well it was done, one half to one.
    pub step_scores: Vec<f32>,
    /// The similarity of the two shots that are least alike.
    pub consistency: f32,
    /// Whether it reaches [`SAME_PERSON_THRESHOLD`]: one person did all steps.
    pub same_person: bool,
    /// What is compared with the register: the mean of the shots.
    pub fused: Embedding,
    /// Which shot is best for the card's picture: the sharpest of those that look straight.
    pub portrait: usize,
}

impl CaptureAssessment {
    /// Weighs `shots` against the `challenge` that was drawn. Runs no model.
    ///
    /// # Errors
    /// [`CaptureError`], when the shots are not those that were asked for.
    pub fn weigh(challenge: &[Step], shots: &[Shot]) -> Result<Self, CaptureError> {
        if shots.is_empty() || !shots.iter().map(|shot| shot.step).eq(challenge.iter().copied()) {
            return Err(CaptureError::NotTheChallenge);
        }
        let pad = shots.iter().map(|shot| shot.pad).sum::<f32>() / shots.len() as f32;
        let consistency = shots
            .iter()
            .enumerate()
            .flat_map(|(index, one)| {
                shots[..index].iter().map(|other| one.embedding.similarity(&other.embedding))
            })
            .fold(1.0, f32::min);
        let fused = Embedding::fuse(shots.iter().map(|shot| &shot.embedding))
            .map_err(|_| CaptureError::NotFusable)?;
        let straight = |shot: &Shot| if shot.step == Step::LookStraight { 1.0 } else { 0.0 };
        let portrait = (0..shots.len())
            .max_by(|&a, &b| {
                let worth = |index: usize| straight(&shots[index]) + shots[index].quality;
                worth(a).total_cmp(&worth(b))
            })
            .unwrap_or_default();
        Ok(Self {
            pad,
            pad_passed: pad >= PAD_THRESHOLD,
            step_scores: shots.iter().map(|shot| shot.step_score).collect(),
            consistency,
            same_person: consistency >= SAME_PERSON_THRESHOLD,
            fused,
            portrait,
        })
    }

    /// Whether the capture shows one live person doing what was asked.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.pad_passed && self.same_person
    }
}

impl Models {
    /// Weighs a frame that [`Models::assess_frame`] found good: liveness and embedding.
    ///
    /// # Errors
    /// [`ShotError::NotGood`], when `assessment` is not a good one.
    pub fn take_shot(
        &self,
        frame: &Frame,
        assessment: &FrameAssessment,
    ) -> Result<Shot, ShotError> {
        let (true, Some(face), Some(quality)) =
            (assessment.is_good(), assessment.face, assessment.quality)
        else {
            return Err(ShotError::NotGood);
        };
        Ok(Shot {
            step: assessment.step,
            face,
            pad: self.liveness(frame, &face)?,
            step_score: assessment.step_score,
            quality: quality.score(),
            embedding: self.embed(frame, &face)?,
        })
    }
}

impl Models {
    /// Runs the networks that one accepted frame of 4 to 3 needs, on empty pictures, and nothing
    /// else: what an application cannot cost less than. For the benchmark.
    ///
    /// # Errors
    /// [`InferenceError`], when a model cannot be run.
    pub fn bare_inference(&self) -> Result<(), InferenceError> {
        let sizes = [
            (&self.detector, [1, 3, 256, 320]),
            (&self.pose, [1, 3, 224, 224]),
            (&self.pad, [1, 3, 128, 128]),
            (&self.embedder, [1, 3, 112, 112]),
        ];
        for (network, shape) in sizes {
            network.run(NdTensor::zeros(shape))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Point;

    const CHALLENGE: [Step; 3] = [Step::LookStraight, Step::TurnLeft, Step::CloseEyes];

    fn shot(step: Step, pad: f32, quality: f32, towards: usize) -> Shot {
        let mut values = [0.05; Embedding::DIMENSIONS];
        values[towards] = 1.0;
        let face = Face {
            left: 0.0,
            top: 0.0,
            width: 1.0,
            height: 1.0,
            landmarks: [Point { x: 0.0, y: 0.0 }; 5],
            score: 1.0,
        };
        let embedding = Embedding::new(&values).unwrap();
        Shot { step, face, pad, step_score: 0.8, quality, embedding }
    }

    fn live() -> Vec<Shot> {
        vec![
            shot(Step::LookStraight, 0.9, 0.4, 1),
            shot(Step::TurnLeft, 0.4, 0.9, 1),
            shot(Step::CloseEyes, 0.8, 0.8, 1),
        ]
    }

    #[test]
    fn a_live_capture_passes_and_a_straight_shot_is_its_portrait() {
        let weighed = CaptureAssessment::weigh(&CHALLENGE, &live()).unwrap();
        assert!(weighed.passed());
        assert_eq!(weighed.portrait, 0);
        assert!((weighed.pad - 0.7).abs() < 1e-6 && weighed.consistency > 0.999);
    }

    #[test]
    fn prints_do_not_pass() {
        let mut shots = live();
        shots.iter_mut().for_each(|shot| shot.pad = 0.4);
        let weighed = CaptureAssessment::weigh(&CHALLENGE, &shots).unwrap();
        assert!(!weighed.pad_passed && weighed.same_person && !weighed.passed());
    }

    #[test]
    fn one_other_person_among_the_shots_does_not_pass() {
        let mut shots = live();
        shots[1] = shot(Step::TurnLeft, 0.9, 0.9, 2);
        let weighed = CaptureAssessment::weigh(&CHALLENGE, &shots).unwrap();
        assert!(weighed.pad_passed && !weighed.same_person && !weighed.passed());
    }

    #[test]
    fn shots_of_another_challenge_are_refused() {
        let shots = live();
        let refused = Err(CaptureError::NotTheChallenge);
        let weigh = |challenge: &[Step], shots: &[Shot]| {
            CaptureAssessment::weigh(challenge, shots).map(|_| ())
        };
        assert_eq!(weigh(&CHALLENGE, &shots[..2]), refused);
        assert_eq!(weigh(&[Step::LookStraight, Step::CloseEyes, Step::TurnLeft], &shots), refused);
        assert_eq!(weigh(&CHALLENGE[..2], &shots), refused);
        assert_eq!(weigh(&[], &[]), refused);
    }
}
