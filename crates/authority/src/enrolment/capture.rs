use jiff::Timestamp;
use rand::CryptoRng;
use serde::Serialize;
use tanda_biometrics::{
    Frame, FrameAssessment, Guidance, ImageError, InferenceError, Models, Shot, ShotError, Step,
};
use tanda_model::{EnrolmentId, EnrolmentState, EnrolmentTransitionError};
use tanda_storage::StorageError;
use tanda_storage::authority::enrolment::{EnrolmentChange, EnrolmentRow};
use tanda_storage::authority::evidence::EvidenceRow;

use super::complete::CompleteError;
use super::evidence::{EvidenceKey, FRAME, SHOT};
use super::retention;
use crate::tallies::Tally;
use crate::{Authority, Fault};

/// The largest frame that is looked at, in bytes.
const LARGEST_FRAME: usize = 1024 * 1024;
/// Frames that one application may send, accepted or not: four a second for over a minute.
const MOST_FRAMES: u32 = 300;

/// What came of a frame.
#[derive(Debug, Clone, Serialize)]
pub struct FrameAnswer {
    /// What to tell the applicant.
    pub guidance: Guidance,
    /// Whether the step is done.
    pub accepted: bool,
    /// Steps done.
    pub done: u8,
    /// Steps in all.
    pub total: u8,
    /// The step to do next; nothing once all are done. Told no earlier than the one before is
    /// done.
    pub step: Option<Step>,
}

/// Why a frame was not looked at.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// No such application, or not this token: which of the two is not told.
    #[error("no such application, or not its token")]
    Unknown,
    /// Too late.
    #[error("the application has expired")]
    Expired,
    /// The application takes no frames any more.
    #[error("the application takes no frames any more")]
    NotCapturing,
    /// Another step is due.
    #[error("another step is due")]
    WrongStep,
    /// Other applications of the account, for the number or from the source failed meanwhile.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When to try again.
        try_again_after: Timestamp,
    },
    /// The frame has more bytes than are looked at.
    #[error("the frame is too large")]
    TooLarge,
    /// The frame is no usable picture.
    #[error(transparent)]
    NotAPicture(ImageError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for CaptureError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<CompleteError> for CaptureError {
    fn from(error: CompleteError) -> Self {
        match error {
            CompleteError::Unknown => Self::Unknown,
            CompleteError::Expired => Self::Expired,
            CompleteError::NotCaptured => Self::NotCapturing,
            CompleteError::TooManyAttempts { try_again_after } => {
                Self::TooManyAttempts { try_again_after }
            }
            CompleteError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Authority {
    /// Looks at one frame (JPEG, at most 1 MB) for the step that is due, and keeps it, sealed, when
    /// it does the step. The models run on the blocking pool.
    ///
    /// Whoever has sent as many frames as one application may, and not done all steps, is refused,
    /// as a print that is held before the camera is: it counts as a failure like any other.
    ///
    /// # Errors
    /// [`CaptureError`]
    pub async fn capture_frame(
        &self,
        id: EnrolmentId,
        token: &str,
        step: u8,
        image: Vec<u8>,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<FrameAnswer, CaptureError> {
        let row = self.opened(id, token).await?.ok_or(CaptureError::Unknown)?;
        let progress = match row.state {
            EnrolmentState::Capturing { expires_at, .. } if now >= expires_at => {
                return Err(CaptureError::Expired);
            }
            EnrolmentState::Capturing { progress, .. } => progress,
            EnrolmentState::Expired { .. } => return Err(CaptureError::Expired),
            _ => return Err(CaptureError::NotCapturing),
        };
        if image.len() > LARGEST_FRAME {
            return Err(CaptureError::TooLarge);
        }
        let challenge = challenge(&row)?;
        let due = usize::from(progress.done);
        let wanted = *challenge.get(due).ok_or(CaptureError::NotCapturing)?;
        if step != progress.done {
            return Err(CaptureError::WrongStep);
        }
        let counted = self
            .store
            .write(move |mut tx| Box::pin(async move { tx.count_frame(id, MOST_FRAMES).await }));
        if !counted.await? {
            self.fail_challenge(row, now).await?;
            return Err(CaptureError::NotCapturing);
        }
        let models = self.faces.models()?;
        let looked = self.workers.run(move || look(&models, wanted, image)).await?;
        match &looked {
            Ok((seen, ..)) => self.tallies.count(Tally::Picture(seen.guidance), now),
            Err(CaptureError::NotAPicture(_)) => self.tallies.count(Tally::NotAPicture, now),
            Err(_) => {}
        }
        let (assessment, shot, image) = looked?;
        let answer = |accepted, done: u8| FrameAnswer {
            guidance: assessment.guidance,
            accepted,
            done,
            total: progress.total,
            step: challenge.get(usize::from(done)).copied(),
        };
        let Some(shot) = shot else { return Ok(answer(false, progress.done)) };
        if !self.keep(row, due, &image, &shot, now, rng).await? {
            return Err(CaptureError::WrongStep);
        }
        Ok(answer(true, progress.done + 1))
    }

    async fn fail_challenge(&self, row: EnrolmentRow, now: Timestamp) -> Result<(), CaptureError> {
        let state = row.state.clone().fail_challenge(now).map_err(|error| match error {
            EnrolmentTransitionError::Expired => CaptureError::Expired,
            _ => CaptureError::NotCapturing,
        })?;
        Ok(self.record(&row, &state, None, None, now).await?)
    }

    /// Keeps an accepted step. Says whether it did: not when another frame was faster.
    pub(crate) async fn keep(
        &self,
        row: EnrolmentRow,
        due: usize,
        image: &[u8],
        shot: &Shot,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<bool, CaptureError> {
        let key = EvidenceKey::of(&self.sealing, &row)?;
        let step = u32::try_from(due).unwrap_or(u32::MAX);
        let evidence = EvidenceRow {
            step,
            sealed_frame: key.seal(FRAME, step, image, rng),
            sealed_shot: key.seal_json(SHOT, step, shot, rng)?,
        };
        let state = row.state.accept_step(now).map_err(|error| match error {
            EnrolmentTransitionError::Expired => CaptureError::Expired,
            _ => CaptureError::NotCapturing,
        })?;
        let (erase_evidence_at, forget_at) = retention(&state, false, now);
        let (id, revision) = (row.id, row.revision);
        Ok(self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    let change = EnrolmentChange {
                        id,
                        revision,
                        state: &state,
                        resident: None,
                        erase_evidence_at,
                        forget_at,
                    };
                    // Another frame for the same step was faster, or there is none left to do.
                    if !tx.change_enrolment(&change).await? {
                        return Ok::<_, StorageError>(false);
                    }
                    tx.insert_evidence(id, &evidence, now).await?;
                    Ok(true)
                })
            })
            .await?)
    }
}

/// The steps that were drawn for an application.
pub(super) fn challenge(row: &EnrolmentRow) -> Result<Vec<Step>, Fault> {
    serde_json::from_str(&row.challenge).map_err(|_| Fault::Contradiction("a damaged challenge"))
}

/// Looks at one frame: some tens of milliseconds of a core.
fn look(
    models: &Models,
    wanted: Step,
    image: Vec<u8>,
) -> Result<(FrameAssessment, Option<Shot>, Vec<u8>), CaptureError> {
    let fault = |error: InferenceError| CaptureError::Fault(error.into());
    let frame = Frame::parse(&image).map_err(CaptureError::NotAPicture)?;
    let assessment = models.assess_frame(wanted, &frame).map_err(fault)?;
    let shot = match models.take_shot(&frame, &assessment) {
        Ok(shot) => Some(shot),
        Err(ShotError::NotGood) => None,
        Err(ShotError::Inference(error)) => return Err(fault(error)),
    };
    Ok((assessment, shot, image))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::enrolment::{BeginError, BegunEnrolment};
    use crate::testing::{City, number, photo};

    async fn send(
        city: &mut City,
        begun: &BegunEnrolment,
        step: u8,
        image: Vec<u8>,
    ) -> Result<FrameAnswer, CaptureError> {
        let token = begun.token.expose();
        city.authority
            .capture_frame(begun.enrolment_id, token, step, image, city.now, &mut city.rng)
            .await
    }

    #[tokio::test]
    async fn frames_that_cannot_be_used_change_nothing() {
        let mut city = City::new().await;
        let wallet = city.wallet("a");
        let begun = city.begin(&wallet, number(10).as_str(), "Li").await.unwrap();
        let bad = send(&mut city, &begun, 0, b"GIF89a".to_vec()).await;
        assert!(matches!(bad, Err(CaptureError::NotAPicture(_))));
        let mut cut = photo("01", "front");
        cut.truncate(cut.len() / 2);
        let bad = send(&mut city, &begun, 0, cut).await;
        assert!(matches!(bad, Err(CaptureError::NotAPicture(_))));
        let bad = send(&mut city, &begun, 0, vec![0; LARGEST_FRAME + 1]).await;
        assert!(matches!(bad, Err(CaptureError::TooLarge)));
        let bad = send(&mut city, &begun, 1, photo("01", "front")).await;
        assert!(matches!(bad, Err(CaptureError::WrongStep)));
        let turned = send(&mut city, &begun, 0, photo("01", "left")).await.unwrap();
        assert!(!turned.accepted && turned.done == 0);
        let good = send(&mut city, &begun, 0, photo("01", "front")).await.unwrap();
        assert!(good.accepted && good.done == 1 && good.step.is_some());
        let late = city.now + SignedDuration::from_mins(10);
        city.now = late;
        let late = send(&mut city, &begun, 1, photo("01", "front")).await;
        assert!(matches!(late, Err(CaptureError::Expired)));
    }

    /// Sends frames that show nothing until no more are taken.
    async fn use_up(city: &mut City, begun: &BegunEnrolment) {
        for _ in 0..MOST_FRAMES {
            let bad = send(city, begun, 0, b"GIF89a".to_vec()).await;
            assert!(matches!(bad, Err(CaptureError::NotAPicture(_))));
        }
        for _ in 0..2 {
            let bad = send(city, begun, 0, b"GIF89a".to_vec()).await;
            assert!(matches!(bad, Err(CaptureError::NotCapturing)));
        }
    }

    #[tokio::test]
    async fn who_never_does_the_steps_is_refused_like_everybody_who_is_refused() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let begun = city.begin(&wallet, number(10).as_str(), "Li").await.unwrap();
        use_up(&mut city, &begun).await;
        let wrong_face = city.wallet("b");
        let (_, refused) = city.apply(&wrong_face, 10, "Li", "02").await;
        assert_eq!(city.complete(&begun).await.view, refused.view);
        let acts = city.acts(&begun.enrolment_id.to_string()).await;
        assert_eq!(acts, ["enrolment.refused"]);
    }

    #[tokio::test]
    async fn never_doing_the_steps_is_a_failure_that_slows() {
        let mut city = City::new().await;
        let wallet = city.wallet("a");
        for _ in 0..4 {
            let begun = city.begin(&wallet, number(10).as_str(), "Li").await.unwrap();
            use_up(&mut city, &begun).await;
        }
        let slowed = city.begin(&wallet, number(10).as_str(), "Li").await;
        assert!(matches!(slowed, Err(BeginError::TooManyAttempts { .. })));
    }

    #[tokio::test]
    async fn what_is_captured_is_sealed_and_erased_in_time() {
        let mut city = City::new().await;
        let wallet = city.wallet("a");
        let begun = city.begin(&wallet, number(10).as_str(), "CANARYNAME").await.unwrap();
        city.capture(&begun, "01").await;
        let kept = photo("01", "front");
        let needle = &kept[kept.len() / 2..][..64];
        let number = number(10);
        for secret in [needle, number.as_str().as_bytes(), b"CANARYNAME"] {
            assert!(!city.store_contains(secret), "in the clear on disk");
        }
        let shots = |city: &City| {
            let store = city.authority.store().clone();
            let id = begun.enrolment_id;
            async move { store.reader().await.unwrap().sealed_shots(id).await.unwrap() }
        };
        city.later(SignedDuration::from_mins(69));
        assert_eq!(city.authority.sweep(city.now).await.unwrap().lapsed, 1);
        let kept = shots(&city).await;
        assert_eq!(kept.len(), 5);
        assert!(city.store_contains(&kept[0][..32]));
        city.later(SignedDuration::from_mins(2));
        assert_eq!(city.authority.sweep(city.now).await.unwrap().evidence, 1);
        assert!(shots(&city).await.is_empty());
        assert!(!city.store_contains(&kept[0][..32]), "nor in what the store has let go of");
    }
}
