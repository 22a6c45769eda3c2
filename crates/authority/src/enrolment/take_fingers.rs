//! Fingers are taken at a counter for the full card, and compared with those that the register has, or
//! else with those that the issuer of the physical card has put on its chip.
//!
//! The pictures and what is found in them are in memory while they are compared, and nowhere afterwards.
//! What is kept is that the evidence holds or failed, and how often was compared.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tanda_biometrics::FINGERS_MATCH_THRESHOLD;
use tanda_biometrics::finger::{
    FingerLikeness, FingerPosition, FingerReference, FingerTemplate, FingersComparison,
    FingersError, Impression, ImpressionError, ImpressionRefusal, LEAST_FINGERS, PresentedFingers,
};
use tanda_model::{EnrolmentId, EvidenceKind};
use tanda_storage::StorageError;
use zeroize::Zeroizing;

use super::attend::AttendError;
use super::gather::hold;
use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault, NotAllowed, Officer};

/// Comparisons that one application may have: whoever tries often enough is like somebody at last.
const MOST_COMPARISONS: u32 = 5;

/// A picture that the counter's scanner took.
#[derive(Clone)]
pub struct FingerPicture {
    position: FingerPosition,
    picture: Zeroizing<Vec<u8>>,
    dots_an_inch: Option<u32>,
}

impl FingerPicture {
    /// A picture (PNG, BMP, TIFF or PGM) of a finger, with the dots an inch that the scanner is known to
    /// have; where they are `None`, the file has to say them.
    pub fn new(position: FingerPosition, picture: Vec<u8>, dots_an_inch: Option<u32>) -> Self {
        Self { position, picture: Zeroizing::new(picture), dots_an_inch }
    }
}

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenFingers {
    /// Whether they are the resident's: the evidence holds from now on.
    pub alike: bool,
    /// How alike they are, in the mean of a finger.
    pub score: f32,
    /// From where on they are the resident's.
    pub line: f32,
    /// How many fingers were compared.
    pub fingers: usize,
    /// Which of them are unlike by themselves, so that the officer can have that one finger wiped and
    /// laid down again; none where all are alike, or are a little too little so together.
    ///
    /// It helps nobody to find a finger that passes: only the officer is told, who stands beside the
    /// hand; an application has five comparisons; and whoever shows one finger of the resident's
    /// and one of their own knows without being told which of the two is not the resident's.
    pub unlike: Vec<FingerPosition>,
    /// How many comparisons the application has left.
    pub left: u32,
}

/// Why fingers were not compared.
#[derive(Debug, thiserror::Error)]
pub enum TakeFingersError {
    /// The application is not there, or not the officer's to attend to.
    #[error(transparent)]
    Attend(#[from] AttendError),
    /// Fewer than two of them are in the register or on the chip.
    #[error("fewer than two of these fingers are in the register or on the chip")]
    NotEnrolled {
        /// Which fingers are.
        enrolled: Vec<FingerPosition>,
    },
    /// Pictures of no use: what to do about each.
    #[error("pictures have to be taken again")]
    Retake(Vec<Retake>),
    /// Too few, or one under two names.
    #[error(transparent)]
    Fingers(#[from] FingersError),
    /// The picture is the very one that was enrolled: no finger is put down twice alike.
    #[error("the picture of {0} is a copy of the enrolled one")]
    Copy(FingerPosition),
    /// There were too many comparisons.
    #[error("the application has had all of its comparisons")]
    TooMany,
}

/// A picture that has to be taken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retake {
    /// Of which finger.
    pub position: FingerPosition,
    /// Why.
    pub why: RetakeCause,
}

/// Why a picture has to be taken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetakeCause {
    /// The file is no picture of a scanner's.
    #[error(transparent)]
    Picture(#[from] ImpressionError),
    /// The picture is not good enough to know a finger by.
    #[error(transparent)]
    Impression(#[from] ImpressionRefusal),
}

impl From<Fault> for TakeFingersError {
    fn from(fault: Fault) -> Self {
        Self::Attend(fault.into())
    }
}

impl From<StorageError> for TakeFingersError {
    fn from(error: StorageError) -> Self {
        Self::Attend(error.into())
    }
}

impl Authority {
    /// Compares fingers with the resident's, for an application that gathers evidence. Where they are
    /// alike, the evidence holds; where they are not, that is recorded as well, and the application has
    /// one comparison less. Pictures of no use cost nothing. Takes a while, on the workers.
    ///
    /// # Errors
    /// [`TakeFingersError`]; nothing is recorded then, but for a copy, which is as unlike as a stranger's.
    pub async fn take_fingers(
        &self,
        id: EnrolmentId,
        pictures: Vec<FingerPicture>,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<TakenFingers, TakeFingersError> {
        let row = self.attended(id, officer, now).await?;
        let resident = row.resident.ok_or(Fault::Contradiction("evidence for nobody"))?;
        let before = self.store.reader().await?.finger_comparisons(id).await?;
        if before >= MOST_COMPARISONS {
            return Err(TakeFingersError::TooMany);
        }
        let entry = self.register.entry_of(resident).await.map_err(Fault::from)?;
        let entry = entry.ok_or(AttendError::Unknown)?;
        let register = entry.fingers().map_err(Fault::from)?;
        let chip = self.chip_reading(id).await?.and_then(|card| card.fingers);
        let reference = enrolled(register, chip, &pictures)?;
        let compared = self.workers.run(move || compare(&reference, &pictures)).await?;
        let alike = match &compared {
            Ok(taken) => taken.alike,
            Err(TakeFingersError::Copy(_)) => false,
            Err(_) => return compared,
        };
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if officer.has_entered(&mut tx, resident).await? {
                        return Err(AttendError::from(NotAllowed::OwnEntry).into());
                    }
                    if !tx.count_finger_comparison(id, MOST_COMPARISONS, now).await? {
                        return Err(TakeFingersError::TooMany);
                    }
                    let actor = Actor::Officer(&officer);
                    let kind = EvidenceKind::Fingers;
                    if !alike {
                        let deed = Deed::EvidenceFailed { enrolment: id, evidence: kind };
                        let resident = Some(resident);
                        Act { at: now, actor, resident, deed }.record(&mut tx).await?;
                    } else if !hold(&mut tx, &row, &[kind], actor, now).await? {
                        return Err(AttendError::Changed.into());
                    }
                    Ok(())
                })
            })
            .await?;
        compared.map(|taken| TakenFingers { left: MOST_COMPARISONS - before - 1, ..taken })
    }
}

/// The reference that has two of the fingers that were shown: the register's, or else the chip's.
fn enrolled(
    register: Option<FingerReference>,
    chip: Option<FingerReference>,
    pictures: &[FingerPicture],
) -> Result<FingerReference, TakeFingersError> {
    let mut enrolled = BTreeSet::new();
    for reference in [register, chip].into_iter().flatten() {
        let positions: BTreeSet<_> = reference.fingers().map(|finger| finger.0).collect();
        let shown = |at: &&FingerPosition| pictures.iter().any(|it| it.position == **at);
        if positions.iter().filter(shown).count() >= LEAST_FINGERS {
            return Ok(reference);
        }
        enrolled.extend(positions);
    }
    Err(TakeFingersError::NotEnrolled { enrolled: enrolled.into_iter().collect() })
}

fn compare(
    reference: &FingerReference,
    pictures: &[FingerPicture],
) -> Result<TakenFingers, TakeFingersError> {
    let (mut templates, mut again) = (Vec::new(), Vec::new());
    for picture in pictures {
        let position = picture.position;
        match template(picture) {
            Ok(template) => templates.push((position, template)),
            Err(why) => again.push(Retake { position, why }),
        }
    }
    if !again.is_empty() {
        return Err(TakeFingersError::Retake(again));
    }
    let presented = PresentedFingers::new(templates)?;
    if let Some(position) = reference.copied(&presented) {
        return Err(TakeFingersError::Copy(position));
    }
    let likenesses = reference.likenesses(&presented);
    let comparison = FingersComparison::from(&*likenesses);
    let unlike = likenesses.into_iter().filter(FingerLikeness::is_unlike);
    Ok(TakenFingers {
        alike: comparison.is_match(),
        score: comparison.mean(),
        line: FINGERS_MATCH_THRESHOLD,
        fingers: comparison.fingers,
        unlike: unlike.map(|one| one.position).collect(),
        left: 0,
    })
}

fn template(picture: &FingerPicture) -> Result<FingerTemplate, RetakeCause> {
    Ok(Impression::decode(&picture.picture, picture.dots_an_inch)?.usable_template()?)
}

#[cfg(test)]
mod tests;
