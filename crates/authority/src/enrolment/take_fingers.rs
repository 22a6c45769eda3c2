//! Fingers are taken at a counter for the full card, and compared with those that the register has, or
//! else with those that the issuer of the physical card has put on its chip.
//!
//! The pictures are in memory while they are looked at, and are wiped then. What is kept, sealed under
//! the application's key and erased with it, is the last comparison: of each finger its minutiae and
//! the picture's quality, and how alike they were in all.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tanda_biometrics::FINGERS_MATCH_THRESHOLD;
use tanda_biometrics::finger::{
    FingerLikeness, FingerPosition, FingerReference, FingerTemplate, FingersComparison,
    FingersError, Impression, ImpressionError, ImpressionRefusal, LEAST_FINGERS, PresentedFingers,
};
use tanda_credential::b64;
use tanda_model::{EnrolmentId, EvidenceKind, OfficerId};
use tanda_storage::StorageError;
use zeroize::Zeroizing;

use super::attend::AttendError;
use super::evidence::{EvidenceKey, FINGERS};
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

/// A comparison as it is kept.
#[derive(Serialize, Deserialize)]
struct Comparison {
    officer: OfficerId,
    reference: ReferenceOf,
    alike: bool,
    score: f32,
    line: f32,
    fingers: Vec<ComparedFinger>,
}

/// Whose reference fingers were compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ReferenceOf {
    /// The register's.
    Register,
    /// The one on the chip of the physical card, which was read for the same application.
    Chip,
}

#[derive(Serialize, Deserialize)]
struct ComparedFinger {
    finger: FingerPosition,
    /// [`FingerTemplate::to_bytes`], base64.
    template: String,
}

impl Authority {
    /// Compares fingers with the resident's, for an application that gathers evidence. Where they are
    /// alike, the evidence holds; where they are not, that is recorded as well, and the application has
    /// one comparison less. Pictures of no use cost nothing. Takes a while, on the workers.
    ///
    /// # Errors
    /// [`TakeFingersError`]; nothing is recorded then.
    pub async fn take_fingers(
        &self,
        id: EnrolmentId,
        pictures: Vec<FingerPicture>,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<TakenFingers, TakeFingersError> {
        let row = self.attended(id, officer, now).await?;
        let resident = row.resident.ok_or(Fault::Contradiction("evidence for nobody"))?;
        let mut reader = self.store.reader().await?;
        let before = reader.finger_evidence(id).await?.map_or(0, |row| row.comparisons);
        drop(reader);
        if before >= MOST_COMPARISONS {
            return Err(TakeFingersError::TooMany);
        }
        let entry = self.register.entry_of(resident).await.map_err(Fault::from)?;
        let entry = entry.ok_or(AttendError::Unknown)?;
        let register = entry.fingers().map_err(Fault::from)?;
        let chip = self.chip_reading(id).await?.and_then(|card| card.fingers);
        let (of, reference) = enrolled(register, chip, &pictures)?;
        let shown = self.workers.run(move || compare(&reference, &pictures)).await??;
        let taken = TakenFingers { left: MOST_COMPARISONS - before - 1, ..shown.taken };
        let comparison = Comparison {
            officer: officer.id(),
            reference: of,
            alike: taken.alike,
            score: taken.score,
            line: taken.line,
            fingers: shown.fingers,
        };
        let sealed =
            EvidenceKey::of(&self.sealing, &row)?.seal_json(FINGERS, 0, &comparison, rng)?;
        let officer = officer.clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if officer.has_entered(&mut tx, resident).await? {
                        return Err(AttendError::from(NotAllowed::OwnEntry).into());
                    }
                    if !tx.keep_finger_comparison(id, &sealed, MOST_COMPARISONS, now).await? {
                        return Err(TakeFingersError::TooMany);
                    }
                    let actor = Actor::Officer(&officer);
                    let kind = EvidenceKind::Fingers;
                    if !taken.alike {
                        let deed = Deed::EvidenceFailed { enrolment: id, evidence: kind };
                        let resident = Some(resident);
                        Act { at: now, actor, resident, deed }.record(&mut tx).await?;
                    } else if !hold(&mut tx, &row, &[kind], actor, now).await? {
                        return Err(AttendError::Changed.into());
                    }
                    Ok(taken)
                })
            })
            .await
    }
}

/// The reference that has two of the fingers that were shown: the register's, or else the chip's.
fn enrolled(
    register: Option<FingerReference>,
    chip: Option<FingerReference>,
    pictures: &[FingerPicture],
) -> Result<(ReferenceOf, FingerReference), TakeFingersError> {
    let known = [(ReferenceOf::Register, register), (ReferenceOf::Chip, chip)];
    let mut enrolled = BTreeSet::new();
    for (of, reference) in known {
        let Some(reference) = reference else { continue };
        let positions: BTreeSet<_> = reference.fingers().map(|finger| finger.0).collect();
        let shown = |at: &&FingerPosition| pictures.iter().any(|it| it.position == **at);
        if positions.iter().filter(shown).count() >= LEAST_FINGERS {
            return Ok((of, reference));
        }
        enrolled.extend(positions);
    }
    Err(TakeFingersError::NotEnrolled { enrolled: enrolled.into_iter().collect() })
}

struct Shown {
    taken: TakenFingers,
    fingers: Vec<ComparedFinger>,
}

fn compare(
    reference: &FingerReference,
    pictures: &[FingerPicture],
) -> Result<Shown, TakeFingersError> {
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
    if let Some((position, _)) =
        templates.iter().find(|one| reference.impressions().any(|other| other.1 == &one.1))
    {
        return Err(TakeFingersError::Copy(*position));
    }
    let fingers = templates
        .iter()
        .map(|(finger, template)| ComparedFinger {
            finger: *finger,
            template: b64::encode_standard(template.to_bytes()),
        })
        .collect();
    let likenesses = reference.likenesses(&PresentedFingers::new(templates)?);
    let comparison = FingersComparison::of(likenesses.iter().map(|one| one.score.0));
    let unlike = likenesses.into_iter().filter(FingerLikeness::is_unlike);
    let taken = TakenFingers {
        alike: comparison.is_match(),
        score: comparison.mean(),
        line: FINGERS_MATCH_THRESHOLD,
        fingers: comparison.fingers,
        unlike: unlike.map(|one| one.position).collect(),
        left: 0,
    };
    Ok(Shown { taken, fingers })
}

fn template(picture: &FingerPicture) -> Result<FingerTemplate, RetakeCause> {
    Ok(Impression::decode(&picture.picture, picture.dots_an_inch)?.usable_template()?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use tanda_model::OfficerRole;
    use tanda_sandbox_finger::{PrintFault, SimulatedFinger};

    use FingerPosition::{LeftIndex, RightIndex, RightThumb};

    use super::*;
    use crate::enrolment::BegunEnrolment;
    use crate::testing::{City, officer};

    fn finger(position: FingerPosition) -> SimulatedFinger {
        SimulatedFinger::of("Li", position.as_str())
    }

    fn picture(position: FingerPosition, png: Vec<u8>) -> FingerPicture {
        FingerPicture::new(position, png, Some(500))
    }

    fn good(position: FingerPosition) -> FingerPicture {
        picture(position, finger(position).print(4).png())
    }

    fn bad(position: FingerPosition, fault: PrintFault) -> FingerPicture {
        picture(position, finger(position).faulty_print(4, fault).png())
    }

    /// A resident whose two index fingers are in the register, as far as their face goes.
    async fn applicant(city: &mut City) -> BegunEnrolment {
        city.resident("01", 10, "Li").await;
        let fingers = [RightIndex, LeftIndex].map(|at| (1..=2).map(move |n| (at, n)));
        let impressions = fingers.into_iter().flatten().map(|(at, impression)| {
            let print = picture(at, finger(at).print(impression).png());
            (at, template(&print).unwrap())
        });
        city.enrol_fingers(10, FingerReference::enrol(impressions).unwrap()).await;
        let wallet = city.wallet("a");
        city.apply_for_full(&wallet, 10, "Li", "01").await.0
    }

    async fn take(
        city: &mut City,
        begun: &BegunEnrolment,
        pictures: Vec<FingerPicture>,
    ) -> Result<TakenFingers, TakeFingersError> {
        take_as(city, begun, pictures, &officer()).await
    }

    async fn take_as(
        city: &mut City,
        begun: &BegunEnrolment,
        pictures: Vec<FingerPicture>,
        officer: &Officer,
    ) -> Result<TakenFingers, TakeFingersError> {
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        authority.take_fingers(begun.enrolment_id, pictures, officer, now, &mut city.rng).await
    }

    async fn holds(city: &mut City, begun: &BegunEnrolment) -> bool {
        let view = city.view(begun).await;
        view.gathered.unwrap().held.contains(&EvidenceKind::Fingers)
    }

    #[tokio::test]
    async fn two_fingers_of_the_resident_are_evidence_and_no_picture_is_kept() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let taken = take(&mut city, &begun, vec![good(RightIndex), good(LeftIndex)]).await.unwrap();
        assert!(taken.alike && taken.fingers == 2 && taken.score > taken.line, "{taken:?}");
        assert_eq!(taken.unlike, []);
        assert!(holds(&mut city, &begun).await);
        let kinds = r#""enrolment.evidence-held""#;
        assert!(city.acts_contain(kinds).await);
        let mut reader = city.authority.store.reader().await.unwrap();
        let kept = reader.finger_evidence(begun.enrolment_id).await.unwrap().unwrap();
        assert!(kept.sealed_comparison.len() < 2000, "{}", kept.sealed_comparison.len());
    }

    #[tokio::test]
    async fn anothers_fingers_are_none_and_a_few_tries_are_all() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let other = |at| bad(at, PrintFault::OtherFinger);
        for left in (0..MOST_COMPARISONS).rev() {
            let taken = take(&mut city, &begun, vec![other(RightIndex), other(LeftIndex)]).await;
            let taken = taken.unwrap();
            assert!(!taken.alike && taken.left == left, "{taken:?}");
            assert_eq!(taken.unlike, [RightIndex, LeftIndex]);
        }
        assert!(city.acts_contain("enrolment.evidence-failed").await);
        let taken = take(&mut city, &begun, vec![good(RightIndex), good(LeftIndex)]).await;
        assert!(matches!(taken, Err(TakeFingersError::TooMany)));
        assert!(!holds(&mut city, &begun).await);
    }

    /// Two at once: what each comes to.
    async fn at_once(
        city: &mut City,
        begun: &BegunEnrolment,
        pictures: fn() -> Vec<FingerPicture>,
    ) -> [Result<TakenFingers, TakeFingersError>; 2] {
        let (authority, id, now) = (Arc::clone(&city.authority), begun.enrolment_id, city.now);
        let clerk = officer();
        let [mut one, mut other] = [1, 2].map(StdRng::seed_from_u64);
        let (one, other) = tokio::join!(
            authority.take_fingers(id, pictures(), &clerk, now, &mut one),
            authority.take_fingers(id, pictures(), &clerk, now, &mut other),
        );
        [one, other]
    }

    #[tokio::test]
    async fn comparisons_at_once_are_no_more_than_one_after_the_other() {
        let others = || {
            [RightIndex, LeftIndex].map(|at| bad(at, PrintFault::OtherFinger)).into_iter().collect()
        };
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        for _ in 1..MOST_COMPARISONS {
            take(&mut city, &begun, others()).await.unwrap();
        }
        let both = at_once(&mut city, &begun, others).await;
        let too_many = |taken: &Result<_, _>| matches!(taken, Err(TakeFingersError::TooMany));
        assert_eq!(both.iter().filter(|taken| too_many(taken)).count(), 1, "{both:?}");
    }

    #[tokio::test]
    async fn fingers_are_for_the_application_as_it_stood() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let both = at_once(&mut city, &begun, || vec![good(RightIndex), good(LeftIndex)]).await;
        let changed = |taken: &Result<_, _>| {
            matches!(taken, Err(TakeFingersError::Attend(AttendError::Changed)))
        };
        assert_eq!(both.iter().filter(|taken| changed(taken)).count(), 1, "{both:?}");
    }

    #[tokio::test]
    async fn whoever_entered_a_resident_does_not_take_their_fingers() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let resident = city.authority.row(begun.enrolment_id).await.resident.unwrap();
        let entering = city.officer_who_is(30, OfficerRole::Clerk);
        let hand = entering.id();
        let noted: Result<(), StorageError> = city
            .authority
            .store
            .write(move |mut tx| Box::pin(async move { tx.note_hand(hand, resident).await }))
            .await;
        noted.unwrap();
        let pictures = vec![good(RightIndex), good(LeftIndex)];
        let taken = take_as(&mut city, &begun, pictures, &entering).await;
        let Err(TakeFingersError::Attend(AttendError::NotAllowed(why))) = taken else {
            panic!("{taken:?}")
        };
        assert_eq!(why, NotAllowed::OwnEntry);
        assert!(!holds(&mut city, &begun).await);
    }

    #[tokio::test]
    async fn one_finger_of_the_resident_is_not_enough() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let swapped = vec![
            picture(RightIndex, finger(LeftIndex).print(4).png()),
            picture(LeftIndex, finger(RightIndex).print(4).png()),
        ];
        assert!(!take(&mut city, &begun, swapped).await.unwrap().alike);
        let half = vec![good(RightIndex), bad(LeftIndex, PrintFault::OtherFinger)];
        let half = take(&mut city, &begun, half).await.unwrap();
        assert!(!half.alike && half.unlike == [LeftIndex], "{half:?}");
        let alone = take(&mut city, &begun, vec![good(RightIndex)]).await;
        let both = [RightIndex, LeftIndex];
        assert!(
            matches!(alone, Err(TakeFingersError::NotEnrolled { enrolled }) if enrolled == both)
        );
        let unknown = take(&mut city, &begun, vec![good(RightIndex), good(RightThumb)]).await;
        assert!(matches!(unknown, Err(TakeFingersError::NotEnrolled { .. })));
        assert!(!holds(&mut city, &begun).await);
    }

    #[tokio::test]
    async fn the_same_fingers_shifted_and_in_part_hold_or_are_asked_for_again() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let part = |at| bad(at, PrintFault::Partial);
        match take(&mut city, &begun, vec![part(RightIndex), part(LeftIndex)]).await {
            Ok(taken) => assert!(taken.alike, "{taken:?}"),
            Err(TakeFingersError::Retake(again)) => assert!(!again.is_empty()),
            Err(other) => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn what_is_no_finger_is_asked_for_again_and_costs_nothing() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let blank = bad(LeftIndex, PrintFault::Blank);
        let mut torn = good(LeftIndex);
        torn.picture.truncate(2000);
        let photo = picture(LeftIndex, crate::testing::photo("01", "portrait"));
        for pictures in [blank, torn, photo] {
            let taken = take(&mut city, &begun, vec![good(RightIndex), pictures]).await;
            let Err(TakeFingersError::Retake(again)) = taken else { panic!("{taken:?}") };
            assert_eq!(again.iter().map(|it| it.position).collect::<Vec<_>>(), [LeftIndex]);
        }
        assert!(take(&mut city, &begun, vec![good(RightIndex), good(LeftIndex)]).await.is_ok());
    }

    /// The grain of wood has lines as a finger has, so it may come as far as the comparison.
    #[tokio::test]
    async fn a_photograph_of_a_desk_is_nobodys_finger() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        for desks in [
            vec![good(RightIndex), bad(LeftIndex, PrintFault::Desk)],
            vec![bad(RightIndex, PrintFault::Desk), bad(LeftIndex, PrintFault::Desk)],
        ] {
            let taken = take(&mut city, &begun, desks).await;
            assert!(!matches!(taken, Ok(TakenFingers { alike: true, .. })), "{taken:?}");
        }
        assert!(!holds(&mut city, &begun).await);
    }

    #[tokio::test]
    async fn one_picture_is_not_two_fingers_nor_the_enrolled_one_a_finger() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let right = finger(RightIndex).print(4).png();
        let twice = vec![picture(RightIndex, right.clone()), picture(LeftIndex, right)];
        let taken = take(&mut city, &begun, twice).await;
        let same = FingersError::SameFinger(RightIndex, LeftIndex);
        assert!(matches!(taken, Err(TakeFingersError::Fingers(error)) if error == same));
        let copied = picture(RightIndex, finger(RightIndex).print(1).png());
        let taken = take(&mut city, &begun, vec![copied, good(LeftIndex)]).await;
        assert!(matches!(taken, Err(TakeFingersError::Copy(RightIndex))));
        assert!(!holds(&mut city, &begun).await);
    }

    #[tokio::test]
    async fn only_an_officer_whose_own_matter_it_is_not_takes_fingers() {
        let mut city = City::new().await;
        let begun = applicant(&mut city).await;
        let both = || vec![good(RightIndex), good(LeftIndex)];
        let auditor = city.officer_who_is(99, OfficerRole::Auditor);
        let own = city.officer_who_is(10, OfficerRole::Clerk);
        for refused in [auditor, own] {
            let taken = take_as(&mut city, &begun, both(), &refused).await;
            assert!(
                matches!(taken, Err(TakeFingersError::Attend(AttendError::NotAllowed(_)))),
                "{taken:?}"
            );
        }
    }

    /// A chip is asked where the register doesn't know two of the fingers, and not before.
    #[test]
    fn the_registers_fingers_come_before_a_chips() {
        let reference = |at: [FingerPosition; 2]| {
            let print = |at| template(&picture(at, finger(at).print(1).png())).unwrap();
            FingerReference::enrol(at.map(|at| (at, print(at)))).unwrap()
        };
        let index = reference([RightIndex, LeftIndex]);
        let other = reference([RightIndex, RightThumb]);
        let shown = [RightIndex, LeftIndex].map(good);
        let of = |register: &FingerReference, chip: &FingerReference| {
            enrolled(Some(register.clone()), Some(chip.clone()), &shown).map(|(of, _)| of)
        };
        assert!(matches!(of(&index, &index), Ok(ReferenceOf::Register)));
        assert!(matches!(of(&other, &index), Ok(ReferenceOf::Chip)));
        assert!(matches!(of(&other, &other), Err(TakeFingersError::NotEnrolled { .. })));
    }

    #[tokio::test]
    async fn who_has_no_fingers_in_the_register_cannot_prove_them() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        let taken = take(&mut city, &begun, vec![good(RightIndex), good(LeftIndex)]).await;
        assert!(
            matches!(taken, Err(TakeFingersError::NotEnrolled { enrolled }) if enrolled.is_empty())
        );
    }
}
