//! Looking at one live frame: is it what the step asks for, and if not, what to tell the person?

use serde::{Deserialize, Serialize};

use crate::challenge::Step;
use crate::detect::{DetectError, Face};
use crate::frame::Frame;
use crate::models::{InferenceError, Models};
use crate::pose::Pose;
use crate::quality::Quality;
use crate::thresholds::{
    EYES_CLOSED_THRESHOLD, STRAIGHT_PITCH, STRAIGHT_YAW, TURNED_YAW, TURNED_YAW_LIMIT,
};

/// What to tell the person before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guidance {
    /// The step is done.
    Good,
    /// No face is to be seen.
    NoFace,
    /// Somebody else is in the picture.
    TwoFaces,
    /// Come nearer.
    TooFar,
    /// Move away.
    TooNear,
    /// Move into the middle.
    OffCentre,
    /// More light is needed.
    TooDark,
    /// Less light is needed.
    TooBright,
    /// The picture is blurred: hold still, clean the lens.
    Blurred,
    /// Look into the camera.
    LookStraight,
    /// Turn the head to your left.
    TurnLeft,
    /// Turn the head to your right.
    TurnRight,
    /// Close both eyes.
    CloseEyes,
}

impl Guidance {
    /// Every one.
    pub const ALL: [Self; 13] = [
        Self::Good,
        Self::NoFace,
        Self::TwoFaces,
        Self::TooFar,
        Self::TooNear,
        Self::OffCentre,
        Self::TooDark,
        Self::TooBright,
        Self::Blurred,
        Self::LookStraight,
        Self::TurnLeft,
        Self::TurnRight,
        Self::CloseEyes,
    ];

    /// The name in messages, for example `too_dark`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::NoFace => "no_face",
            Self::TwoFaces => "two_faces",
            Self::TooFar => "too_far",
            Self::TooNear => "too_near",
            Self::OffCentre => "off_centre",
            Self::TooDark => "too_dark",
            Self::TooBright => "too_bright",
            Self::Blurred => "blurred",
            Self::LookStraight => "look_straight",
            Self::TurnLeft => "turn_left",
            Self::TurnRight => "turn_right",
            Self::CloseEyes => "close_eyes",
        }
    }
}

/// What one frame shows with regard to one step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrameAssessment {
    /// The step that was asked for.
    pub step: Step,
    /// [`Guidance::Good`], or what to tell the person.
    pub guidance: Guidance,
    /// The face, when there is exactly one.
    pub face: Option<Face>,
    /// Its picture's quality.
    pub quality: Option<Quality>,
    /// Where the head is turned, when that was looked at.
    pub pose: Option<Pose>,
    /// How well the frame fits the step, 0 to 1; a good frame has at least one half.
    pub step_score: f32,
}

impl FrameAssessment {
    /// Whether the step is done.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.guidance == Guidance::Good
    }
}

impl Models {
    /// Looks at one live frame (not mirrored) for `step`: finding the face, its quality, its pose,
    /// and for [`Step::CloseEyes`] the eyes. About 25 ms.
    ///
    /// # Errors
    /// [`InferenceError`], when a model cannot be run. What is wrong with the picture is guidance.
    pub fn assess_frame(
        &self,
        step: Step,
        frame: &Frame,
    ) -> Result<FrameAssessment, InferenceError> {
        let mut assessment = FrameAssessment {
            step,
            guidance: Guidance::NoFace,
            face: None,
            quality: None,
            pose: None,
            step_score: 0.0,
        };
        let face = match self.only_face(frame) {
            Ok(face) => face,
            Err(DetectError::NoFace) => return Ok(assessment),
            Err(DetectError::TooManyFaces) => {
                return Ok(FrameAssessment { guidance: Guidance::TwoFaces, ..assessment });
            }
            Err(DetectError::TooSmall) => {
                return Ok(FrameAssessment { guidance: Guidance::TooFar, ..assessment });
            }
            Err(DetectError::Inference(error)) => return Err(error),
        };
        let quality = Quality::measure(frame, &face);
        assessment.face = Some(face);
        assessment.quality = Some(quality);
        if let Some(fault) = quality.fault() {
            return Ok(FrameAssessment { guidance: fault, ..assessment });
        }
        let pose = self.pose(frame, &face)?;
        assessment.pose = Some(pose);
        let fit = match step {
            Step::LookStraight => straight(&pose),
            Step::TurnLeft => turned(pose.yaw),
            Step::TurnRight => turned(-pose.yaw),
            Step::CloseEyes => match straight(&pose) {
                Fit::Yes(_) => closed(self.eyes_closed(frame, &face)?),
                no @ Fit::No(_) => no,
            },
        };
        (assessment.guidance, assessment.step_score) = match fit {
            Fit::Yes(score) => (Guidance::Good, score),
            Fit::No(Wanted::Straight) => (Guidance::LookStraight, 0.0),
            Fit::No(Wanted::Step) => (asked(step), 0.0),
        };
        Ok(assessment)
    }
}

/// Whether a frame fits: with a score from one half to one, or what is wanted instead.
enum Fit {
    Yes(f32),
    No(Wanted),
}

enum Wanted {
    Straight,
    Step,
}

fn asked(step: Step) -> Guidance {
    match step {
        Step::LookStraight => Guidance::LookStraight,
        Step::TurnLeft => Guidance::TurnLeft,
        Step::TurnRight => Guidance::TurnRight,
        Step::CloseEyes => Guidance::CloseEyes,
    }
}

fn straight(pose: &Pose) -> Fit {
    let off = (pose.yaw.abs() / STRAIGHT_YAW).max(pose.pitch.abs() / STRAIGHT_PITCH);
    if off <= 1.0 { Fit::Yes(1.0 - off / 2.0) } else { Fit::No(Wanted::Straight) }
}

fn turned(yaw: f32) -> Fit {
    if yaw > TURNED_YAW_LIMIT {
        // So far that the face can no longer be compared.
        Fit::No(Wanted::Straight)
    } else if yaw >= TURNED_YAW {
        Fit::Yes((0.5 + (yaw - TURNED_YAW) / 20.0).min(1.0))
    } else {
        Fit::No(Wanted::Step)
    }
}

fn closed(score: f32) -> Fit {
    if score >= EYES_CLOSED_THRESHOLD { Fit::Yes(score) } else { Fit::No(Wanted::Step) }
}
