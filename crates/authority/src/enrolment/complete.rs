use std::sync::Arc;

use jiff::Timestamp;
use rand::CryptoRng;
use tanda_biometrics::{CaptureAssessment, Embedding, Shot, Step};
use tanda_model::{
    Admission, CaptureScores, Decision, EnrolmentId, EnrolmentState, EnrolmentTransitionError,
    EvidenceKind, FaceScores, Finding, Findings, ResidentId, decide,
};
use tanda_storage::StorageError;
use tanda_storage::authority::enrolment::{EnrolmentChange, EnrolmentRow};
use zeroize::Zeroizing;

use super::begin::TypedApplication;
use super::capture::challenge;
use super::evidence::{APPLICATION, EvidenceKey, SHOT};
use super::subject::Subject;
use super::{EnrolmentView, retention};
use crate::act::{Act, Actor, Deed};
use crate::attempts::{admission, note_failure, note_success};
use crate::faces::{ENROLLED_FACE, Faces};
use crate::register::Entry;
use crate::sealing::Label;
use crate::tallies::Attack;
use crate::{Authority, Fault};

/// A completed application.
#[derive(Debug, Clone)]
pub struct Completion {
    /// What the applicant is told.
    pub view: EnrolmentView,
    /// What spoke against approval: for officers and counts, never for the outside. Empty when
    /// nothing did, or when the application had been completed before.
    pub findings: Vec<Finding>,
}

/// Why an application is not weighed.
#[derive(Debug, thiserror::Error)]
pub enum CompleteError {
    /// No such application, or not this token: which of the two is not told.
    #[error("no such application, or not its token")]
    Unknown,
    /// Too late.
    #[error("the application has expired")]
    Expired,
    /// Steps of the challenge are missing.
    #[error("steps of the challenge are missing")]
    NotCaptured,
    /// Other applications of the account, for the number or from the source failed meanwhile.
    #[error("too many attempts")]
    TooManyAttempts {
        /// When to try again.
        try_again_after: Timestamp,
    },
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for CompleteError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// Everything that is weighed, gathered before a core is taken.
pub(super) struct Evidence {
    pub(super) challenge: Vec<Step>,
    pub(super) shots: Vec<Shot>,
    pub(super) typed_name: String,
    subject: Subject,
    card_suspended: bool,
}

/// What weighing came to.
pub(super) struct Weighed {
    pub(super) findings: Findings,
    /// The face that the frames show together.
    face: Option<Embedding>,
    /// Other residents with such a face, the most similar first.
    pub(super) others: Vec<(ResidentId, f32)>,
}

impl Authority {
    /// Weighs a captured application and decides. Happens once: later calls tell the outcome.
    ///
    /// An unknown number is weighed against a decoy, by the same steps. What time differs still is
    /// for the server to hide: it answers on a fixed grid.
    ///
    /// # Errors
    /// [`CompleteError`]
    pub async fn complete_enrolment(
        &self,
        id: EnrolmentId,
        token: &str,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Completion, CompleteError> {
        let row = self.opened(id, token).await?.ok_or(CompleteError::Unknown)?;
        let deciding = match row.state.clone().complete(now) {
            Ok(deciding) => deciding,
            Err(EnrolmentTransitionError::Expired) => return Err(CompleteError::Expired),
            Err(EnrolmentTransitionError::Incomplete) => return Err(CompleteError::NotCaptured),
            Err(_) => {
                let view = self.view(&row, now, rng).await?;
                return Ok(Completion { view, findings: Vec::new() });
            }
        };
        let (evidence, entry) = self.gather(&row).await?;
        let weighed = self.weigh(evidence).await?;
        let decision = decide(&weighed.findings, &self.config.thresholds);
        let findings = match &decision {
            Decision::Approved => Vec::new(),
            Decision::Refused(findings) | Decision::Referred(findings) => findings.clone(),
        };
        let state = deciding
            .conclude(decision, row.level, now)
            .map_err(|_| Fault::Contradiction("an application that cannot be concluded"))?;
        let enrolled = match (&state, &weighed.face, &entry) {
            (EnrolmentState::Approved { .. }, Some(face), Some(entry)) => {
                Some(sealed_face(entry, face, rng))
            }
            _ => None,
        };
        let resident = entry.map(|entry| entry.resident.id);
        self.record(&row, &state, resident, enrolled, now).await?;
        let row = self.opened(id, token).await?.ok_or(CompleteError::Unknown)?;
        let view = self.view(&row, now, rng).await?;
        Ok(Completion { view, findings })
    }

    /// Compares, searches among all faces known by now, and compares names, on a core of its own.
    pub(super) async fn weigh(&self, evidence: Evidence) -> Result<Weighed, Fault> {
        self.faces.refresh(&self.store, &self.register, &self.sealing).await?;
        let faces = Arc::clone(&self.faces);
        let duplicate = self.config.thresholds.duplicate;
        self.workers.run(move || weigh(&evidence, &faces, duplicate)).await
    }

    pub(super) async fn gather(
        &self,
        row: &EnrolmentRow,
    ) -> Result<(Evidence, Option<Entry>), Fault> {
        let key = EvidenceKey::of(&self.sealing, row)?;
        let sealed = row.sealed_application.as_deref();
        let sealed = sealed.ok_or(Fault::Contradiction("erased evidence"))?;
        let typed: TypedApplication = key.open_json(APPLICATION, 0, sealed)?;
        let sealed_shots = self.store.reader().await?.sealed_shots(row.id).await?;
        let shots = (0_u32..)
            .zip(&sealed_shots)
            .map(|(step, sealed)| key.open_json(SHOT, step, sealed))
            .collect::<Result<Vec<Shot>, _>>()?;
        let entry = match row.resident {
            Some(resident) => self.register.entry_of(resident).await?,
            None => self.register.entry(&typed.number).await?,
        };
        let subject = match &entry {
            Some(entry) => Subject::of(entry)?,
            None => self.decoy.open(&self.sealing)?,
        };
        let mut card = None;
        if let Some(entry) = &entry {
            card = self.store.reader().await?.card_in_use(entry.resident.id).await?;
        }
        let evidence = Evidence {
            challenge: challenge(row)?,
            shots,
            typed_name: typed.name,
            subject,
            card_suspended: card.is_some_and(|card| card.state.is_suspended_by_authority()),
        };
        Ok((evidence, entry))
    }

    /// Records the decision, unless it was made meanwhile, or too many others failed.
    pub(super) async fn record(
        &self,
        row: &EnrolmentRow,
        state: &EnrolmentState,
        resident: Option<ResidentId>,
        enrolled: Option<Vec<u8>>,
        now: Timestamp,
    ) -> Result<(), CompleteError> {
        let policy = self.config.throttle;
        let (erase_evidence_at, forget_at) = retention(state, false, now);
        let (row, state) = (row.clone(), state.clone());
        let recorded = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    // Counted here, where writes are one after the other: applications begun side
                    // by side before the first of them failed get no more tries than others.
                    if let Admission::WaitUntil(try_again_after) =
                        admission(&mut tx, &policy, &row.tags, now).await?
                    {
                        return Err(CompleteError::TooManyAttempts { try_again_after });
                    }
                    let change = EnrolmentChange {
                        resident,
                        erase_evidence_at,
                        forget_at,
                        ..row.change_to(&state)
                    };
                    if !tx.change_enrolment(&change).await? {
                        return Ok(());
                    }
                    let deed = match &state {
                        EnrolmentState::Refused { .. } => {
                            note_failure(&mut tx, &policy, &row.tags, now).await?;
                            Deed::EnrolmentRefused { enrolment: row.id }
                        }
                        EnrolmentState::Referred { .. } => {
                            Deed::EnrolmentReferred { enrolment: row.id }
                        }
                        _ => {
                            note_success(&mut tx, &policy, &row.tags, now).await?;
                            face_holds(&row, &state)
                        }
                    };
                    if let (Some(resident), Some(sealed)) = (resident, &enrolled) {
                        tx.replace_enrolled_face(resident, sealed, now).await?;
                    }
                    let act = Act { at: now, actor: Actor::Policy, resident, deed };
                    Ok(act.record(&mut tx).await?)
                })
            })
            .await;
        if let Err(CompleteError::TooManyAttempts { .. }) = &recorded {
            self.tallies.turned_away(Attack::Slowed, now);
        }
        recorded
    }
}

/// What the log says of an application whose face holds: that is all that the light card takes.
pub(super) fn face_holds<'a>(row: &EnrolmentRow, state: &'a EnrolmentState) -> Deed<'a> {
    let (enrolment, level) = (row.id, row.level);
    match state.carried_by() {
        Some(evidence) => Deed::EnrolmentApproved { enrolment, level, evidence },
        None => Deed::EvidenceHeld { enrolment, evidence: EvidenceKind::LiveFace },
    }
}

/// The applicant's face, sealed under the resident's key: what later applicants are compared with.
pub(super) fn sealed_face(entry: &Entry, face: &Embedding, rng: &mut impl CryptoRng) -> Vec<u8> {
    let label = Label::new(ENROLLED_FACE, entry.resident.id.as_bytes());
    entry.key.seal(label, &Zeroizing::new(face.to_bytes())[..], rng)
}

/// Compares, searches, and compares names: the same work whatever is found.
fn weigh(evidence: &Evidence, faces: &Faces, duplicate: f32) -> Weighed {
    let Evidence { challenge, shots, typed_name, subject, card_suspended } = evidence;
    let capture = CaptureAssessment::weigh(challenge, shots).ok();
    // No score at all is on the wrong side of every line.
    let score = |score: fn(&CaptureAssessment) -> f32| capture.as_ref().map_or(f32::NAN, score);
    let face = capture.as_ref().map(|capture| capture.fused.clone());
    let others = face.as_ref().map(|face| faces.others(face, subject.id, duplicate));
    let others = others.unwrap_or_default();
    let findings = Findings {
        number_known: subject.known,
        name_matches: subject.name.is_called(typed_name),
        marks: subject.marks,
        card_suspended: *card_suspended,
        capture: CaptureScores {
            challenge_answered: capture.is_some(),
            live: score(|capture| capture.pad),
            same_person: score(|capture| capture.consistency),
        },
        face: FaceScores {
            portrait: face.as_ref().map_or(f32::NAN, |face| subject.face.similarity(face)),
            best_other: others.first().map(|(_, similarity)| *similarity),
        },
    };
    Weighed { findings, face, others }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use tanda_model::Marks;

    use super::*;
    use crate::enrolment::PublicState;
    use crate::testing::{City, number, photo, shown};

    #[tokio::test]
    async fn a_resident_is_approved_by_their_live_face() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("alice");
        let begun = city.begin(&wallet, number(10).as_str(), "li").await.unwrap();
        let mut step = Some(begun.step);
        let mut index = 0;
        while let Some(wanted) = step {
            let answer = city
                .authority
                .capture_frame(
                    begun.enrolment_id,
                    begun.token.expose(),
                    index,
                    photo("01", shown(wanted)),
                    city.now,
                    &mut city.rng,
                )
                .await
                .unwrap();
            assert!(answer.accepted, "{wanted:?}: {:?}", answer.guidance);
            (step, index) = (answer.step, answer.done);
        }
        let completion = city.complete(&begun).await;
        assert_eq!(completion.findings, []);
        assert_eq!(completion.view.state, PublicState::Approved);
        assert!(completion.view.credential_offer.is_some());
        let again = city.complete(&begun).await;
        assert_eq!(again.view, completion.view);
        let acts = city.acts(&begun.enrolment_id.to_string()).await;
        assert_eq!(acts, ["enrolment.approved"]);
    }

    #[tokio::test]
    async fn of_two_who_complete_at_once_one_decides() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("alice");
        let begun = city.begin(&wallet, number(10).as_str(), "Li").await.unwrap();
        city.capture(&begun, "01").await;
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        let (id, token) = (begun.enrolment_id, begun.token.expose());
        let [mut one, mut other] = [1, 2].map(StdRng::seed_from_u64);
        let (one, other) = tokio::join!(
            authority.complete_enrolment(id, token, now, &mut one),
            authority.complete_enrolment(id, token, now, &mut other),
        );
        assert_eq!(one.unwrap().view.state, PublicState::Approved);
        assert_eq!(other.unwrap().view.state, PublicState::Approved);
        assert_eq!(city.acts(&id.to_string()).await, ["enrolment.approved"], "once");
    }

    /// Others are compared with the faces of those who have been approved, not with an applicant's.
    #[tokio::test]
    async fn a_face_is_enrolled_when_its_application_is_approved() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("alice");
        let enrolled = async |city: &City| {
            let mut reader = city.authority.store().reader().await.unwrap();
            reader.enrolled_faces_after(0, 10).await.unwrap().len()
        };
        city.apply_for_full(&wallet, 10, "Li", "01").await;
        assert_eq!(enrolled(&city).await, 0);
        city.apply(&wallet, 10, "Li", "01").await;
        assert_eq!(enrolled(&city).await, 1);
    }

    #[tokio::test]
    async fn every_reason_to_refuse_looks_the_same_outside() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let dead = Marks { deceased: true, ..Marks::default() };
        city.marked_resident("01", 20, "Wang", dead).await;
        let mut views = Vec::new();
        for (account, serial, name, person, finding) in [
            ("a", 30, "Li", "01", Finding::NumberUnknown),
            ("b", 10, "Zhao", "01", Finding::NameDiffers),
            ("c", 10, "Li", "02", Finding::FaceDiffers),
            ("d", 20, "Wang", "01", Finding::Deceased),
        ] {
            let wallet = city.wallet(account);
            let (_, completion) = city.apply(&wallet, serial, name, person).await;
            assert!(completion.findings.contains(&finding), "{:?}", completion.findings);
            views.push(completion.view);
        }
        let same = EnrolmentView {
            state: PublicState::Refused,
            credential_offer: None,
            try_again_after: None,
            gathered: None,
        };
        assert!(views.iter().all(|view| *view == same), "{views:?}");
    }

    #[tokio::test]
    async fn a_face_that_is_somebody_elses_too_is_referred() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        city.resident("01", 12, "Wang").await;
        let wallet = city.wallet("a");
        let (begun, completion) = city.apply(&wallet, 10, "Li", "01").await;
        assert_eq!(completion.findings, [Finding::LooksLikeAnother]);
        assert_eq!(completion.view.state, PublicState::Referred);
        let referred = city.authority.referred_enrolments().await.unwrap();
        assert_eq!(referred[0].id, begun.enrolment_id);
    }

    #[tokio::test]
    async fn another_person_in_the_middle_is_refused() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let begun = city.begin(&wallet, number(10).as_str(), "Li").await.unwrap();
        for person in ["01", "01", "02", "01", "01"] {
            city.capture_step(&begun, person).await;
        }
        let completion = city.complete(&begun).await;
        assert!(completion.findings.contains(&Finding::PersonChanged));
        assert_eq!(completion.view.state, PublicState::Refused);
    }

    #[tokio::test]
    async fn applications_begun_side_by_side_get_no_more_tries() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let mut begun = Vec::new();
        for _ in 0..5 {
            let one = city.begin(&wallet, number(10).as_str(), "Zhao").await.unwrap();
            city.capture(&one, "01").await;
            begun.push(one);
        }
        let full = city.begin(&wallet, number(10).as_str(), "Zhao").await;
        assert!(matches!(full, Err(super::super::BeginError::TooManyAttempts { .. })));
        for one in &begun[..4] {
            assert_eq!(city.complete(one).await.view.state, PublicState::Refused);
        }
        let last = &begun[4];
        let stopped = city
            .authority
            .complete_enrolment(last.enrolment_id, last.token.expose(), city.now, &mut city.rng)
            .await;
        assert!(matches!(stopped, Err(CompleteError::TooManyAttempts { .. })));
        city.later(SignedDuration::from_mins(2));
        assert_eq!(city.complete(last).await.view.state, PublicState::Refused);
    }

    #[tokio::test]
    async fn without_the_token_there_is_nothing() {
        let mut city = City::new().await;
        let (one, other) = (city.wallet("a"), city.wallet("b"));
        let first = city.begin(&one, number(10).as_str(), "Li").await.unwrap();
        let second = city.begin(&other, number(10).as_str(), "Li").await.unwrap();
        let wrong = city
            .authority
            .complete_enrolment(first.enrolment_id, second.token.expose(), city.now, &mut city.rng)
            .await;
        assert!(matches!(wrong, Err(CompleteError::Unknown)));
        let early = city
            .authority
            .complete_enrolment(first.enrolment_id, first.token.expose(), city.now, &mut city.rng)
            .await;
        assert!(matches!(early, Err(CompleteError::NotCaptured)));
    }
}
