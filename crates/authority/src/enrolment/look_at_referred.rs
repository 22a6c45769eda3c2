use jiff::Timestamp;
use jiff::civil::Date;
use tanda_biometrics::Step;
use tanda_model::{
    Action, CaseNumber, EnrolmentId, EnrolmentState, Finding, Marks, Reason, ResidentId, Strength,
};
use tanda_storage::authority::enrolment::EnrolmentRow;
use tanda_storage::{Authority as Role, StorageError, Tx};
use zeroize::Zeroizing;

use super::capture::challenge;
use super::decide_referred::action_on;
use super::evidence::{EvidenceKey, FRAME};
use crate::act::{Act, Actor, Deed};
use crate::register::Entry;
use crate::{Authority, Fault, NotAllowed, Officer, SignedIn};

/// A referred application as the officer who decides it sees it.
#[derive(Clone)]
pub struct ReferredEvidence {
    /// When the application began.
    pub begun_at: Timestamp,
    /// Since when it waits.
    pub since: Timestamp,
    /// Why it was referred.
    pub findings: Vec<Finding>,
    /// The name as the applicant typed it.
    pub typed_name: String,
    /// The resident of the number, as the register has them.
    pub resident: RegisteredPerson,
    /// What the camera saw, one picture a step.
    pub frames: Vec<LiveFrame>,
    /// How alike, and how live.
    pub scores: EvidenceScores,
    /// Other residents with such a face, the most similar first.
    pub lookalikes: Vec<Lookalike>,
    /// How many cards are suspended until it is decided.
    pub frozen: usize,
}

/// A resident as an officer sees them beside an application: the number stays masked.
#[derive(Clone)]
pub struct RegisteredPerson {
    /// The full name.
    pub name: String,
    /// The number, all but its ends hidden.
    pub masked_number: String,
    /// The date of birth.
    pub birth_date: Date,
    /// What was noted about the person.
    pub marks: Marks,
    /// The portrait, a JPEG.
    pub portrait: Zeroizing<Vec<u8>>,
}

/// What the camera saw at one step.
#[derive(Clone)]
pub struct LiveFrame {
    /// What was asked for.
    pub step: Step,
    /// The picture, a JPEG, PNG or WebP as the wallet sent it.
    pub picture: Zeroizing<Vec<u8>>,
}

/// A score against its line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreReading {
    /// The score; none where nothing could be compared.
    pub score: Option<f32>,
    /// From where on it is good.
    pub line: f32,
    /// What that means.
    pub strength: Strength,
}

/// The scores of an application.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvidenceScores {
    /// The face against the register's portrait.
    pub portrait: ScoreReading,
    /// A live person before the camera.
    pub live: ScoreReading,
    /// One person throughout.
    pub same_person: ScoreReading,
}

/// Another resident whose face is as alike.
#[derive(Clone)]
pub struct Lookalike {
    /// Who.
    pub person: RegisteredPerson,
    /// How alike (cosine).
    pub similarity: f32,
}

/// Why an officer does not see an application.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// There is no such application, or its evidence is erased.
    #[error("there is no such application")]
    Unknown,
    /// The officer may not see it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It does not wait for an officer any more.
    #[error("the application does not wait for an officer any more")]
    NotReferred,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for LookError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// An officer looks at a referred application, to decide it: its number is the case. The look
    /// is recorded before anything is shown.
    ///
    /// # Errors
    /// [`LookError`]; nothing is shown then.
    pub async fn look_at_referred(
        &self,
        id: EnrolmentId,
        officer: SignedIn,
        now: Timestamp,
    ) -> Result<ReferredEvidence, LookError> {
        officer.may(Action::DecideApplications)?;
        let row = self.store.reader().await?.find_enrolment(id).await?;
        let row = row.ok_or(LookError::Unknown)?;
        let EnrolmentState::Referred { since, findings } = &row.state else {
            return Err(LookError::NotReferred);
        };
        officer.may(action_on(findings))?;
        let own = |_| Fault::Contradiction("a reason of our own");
        let reason: Reason = "to decide the referred application".parse().map_err(own)?;
        let case: Option<CaseNumber> = row.id.to_string().parse().ok();
        let officer = officer.acting(reason, case);
        officer.must_not_be(&row.tags.number)?;
        let (evidence, entry) = self.gather(&row).await?;
        let typed_name = evidence.typed_name.clone();
        let weighed = self.weigh(evidence).await?;
        let others: Vec<_> = weighed.others.iter().map(|(id, _)| *id).collect();
        let mut reader = self.store.reader().await?;
        officer.must_be_none_of::<LookError>(&mut reader, &others).await?;
        drop(reader);
        self.record_look(&row, officer.clone(), now).await?;
        let entry = entry.ok_or(LookError::Unknown)?;
        let frozen = self.store.reader().await?.frozen_cards(id).await?.len();
        let lookalikes = self.lookalikes(id, weighed.others, officer, now).await?;
        let (lines, scores) = (&self.config.thresholds, &weighed.findings);
        let (face, capture) = (&scores.face, &scores.capture);
        Ok(ReferredEvidence {
            begun_at: row.begun_at,
            since: *since,
            findings: findings.clone(),
            typed_name,
            resident: person(&entry)?,
            frames: self.frames(&row).await?,
            scores: EvidenceScores {
                portrait: reading(
                    face.portrait,
                    lines.face_match,
                    lines.portrait_strength(face.portrait),
                ),
                live: reading(capture.live, lines.live, lines.live_strength(capture.live)),
                same_person: reading(
                    capture.same_person,
                    lines.same_person,
                    lines.same_person_strength(capture.same_person),
                ),
            },
            lookalikes,
            frozen,
        })
    }

    async fn record_look(
        &self,
        row: &EnrolmentRow,
        officer: Officer,
        now: Timestamp,
    ) -> Result<(), LookError> {
        let (id, resident) = (row.id, row.resident);
        self.store
            .write(move |mut tx| {
                Box::pin(async move { record_look(&mut tx, id, resident, &officer, now).await })
            })
            .await
    }

    pub(super) async fn frames(&self, row: &EnrolmentRow) -> Result<Vec<LiveFrame>, Fault> {
        let key = EvidenceKey::of(&self.sealing, row)?;
        let steps = challenge(row)?;
        let evidence = self.store.reader().await?.evidence_of(row.id).await?;
        evidence
            .iter()
            .zip(steps)
            .map(|(kept, step)| {
                let picture = key.open(FRAME, kept.step, &kept.sealed_frame)?;
                Ok(LiveFrame { step, picture })
            })
            .collect()
    }

    /// The residents who look like the applicant. Each look at one of them is recorded as well.
    async fn lookalikes(
        &self,
        enrolment: EnrolmentId,
        others: Vec<(ResidentId, f32)>,
        officer: Officer,
        now: Timestamp,
    ) -> Result<Vec<Lookalike>, Fault> {
        let mut lookalikes = Vec::with_capacity(others.len());
        for (id, similarity) in &others {
            if let Some(entry) = self.register.entry_of(*id).await? {
                lookalikes.push(Lookalike { person: person(&entry)?, similarity: *similarity });
            }
        }
        let recorded = self.store.write(move |mut tx| {
            Box::pin(async move {
                for (resident, _) in others {
                    let (deed, resident) = (Deed::LookalikeSeen { enrolment }, Some(resident));
                    let act = Act { at: now, actor: Actor::Officer(&officer), resident, deed };
                    act.record(&mut tx).await?;
                }
                Ok::<_, StorageError>(())
            })
        });
        recorded.await?;
        Ok(lookalikes)
    }
}

/// Records that an officer looks at an application: not one of somebody whom they have entered themselves.
pub(super) async fn record_look(
    tx: &mut Tx<'_, Role>,
    enrolment: EnrolmentId,
    resident: Option<ResidentId>,
    officer: &Officer,
    now: Timestamp,
) -> Result<(), LookError> {
    if let Some(resident) = resident
        && officer.has_entered(tx, resident).await?
    {
        return Err(NotAllowed::OwnEntry.into());
    }
    let deed = Deed::EnrolmentLookedAt { enrolment };
    Ok(Act { at: now, actor: Actor::Officer(officer), resident, deed }.record(tx).await?)
}

pub(super) fn person(entry: &Entry) -> Result<RegisteredPerson, Fault> {
    let resident = &entry.resident;
    Ok(RegisteredPerson {
        name: resident.name.full(),
        masked_number: resident.number.masked(),
        birth_date: resident.birth_date,
        marks: resident.marks,
        portrait: entry.portrait()?,
    })
}

fn reading(score: f32, line: f32, strength: Strength) -> ScoreReading {
    ScoreReading { score: score.is_finite().then_some(score), line, strength }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tanda_model::{OfficerRole, OfficerVerdict};

    use super::*;
    use crate::enrolment::{BegunEnrolment, DecideError, HeldFor};
    use crate::testing::{City, number};

    fn of(role: OfficerRole) -> SignedIn {
        SignedIn::just_now(role, None)
    }

    async fn decide(
        city: &mut City,
        begun: &BegunEnrolment,
        officer: SignedIn,
    ) -> Result<(), DecideError> {
        let officer = officer.acting("a test of the decision".parse().unwrap(), None);
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        let verdict = OfficerVerdict::Approve;
        authority.decide_referred(begun.enrolment_id, verdict, &officer, now, &mut city.rng).await
    }

    #[tokio::test]
    async fn an_officer_sees_both_sides_and_the_look_is_recorded_first() {
        let mut city = City::new().await;
        let lost = Marks { card_lost: true, ..Marks::default() };
        let id = city.marked_resident("01", 10, "Wijaya", lost).await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply(&wallet, 10, "wijaya", "01").await;
        let clerk = of(OfficerRole::Clerk);
        let seen = city.authority.look_at_referred(begun.enrolment_id, clerk, city.now).await;
        let seen = seen.ok().unwrap();
        assert_eq!(seen.findings, [Finding::CardReportedLost]);
        assert_eq!((seen.typed_name.as_str(), seen.resident.name.as_str()), ("wijaya", "Wijaya"));
        assert!(seen.resident.marks.card_lost && seen.resident.masked_number.contains('•'));
        assert_eq!(seen.frames.len(), usize::from(begun.steps_total));
        assert!(seen.frames.iter().all(|frame| frame.picture.starts_with(&[0xff, 0xd8])));
        assert_eq!(seen.scores.portrait.strength, Strength::Clear);
        assert!(seen.lookalikes.is_empty());
        let about = city.acts(&begun.enrolment_id.to_string()).await;
        assert_eq!(about, ["enrolment.referred", "enrolment.looked-at"]);
        let mut reader = city.authority.store().reader().await.unwrap();
        let acts = reader.acts_about_resident(id, 1000, 10).await.unwrap();
        assert_eq!(acts[0].kind, "enrolment.looked-at", "the resident is shown it");
    }

    #[tokio::test]
    async fn a_face_that_is_anothers_too_is_for_supervisors() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let other = city.resident("01", 12, "Wang").await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply(&wallet, 10, "Li", "01").await;
        let (clerk, supervisor) = (of(OfficerRole::Clerk), of(OfficerRole::Supervisor));
        let queue = city.authority.queue(&clerk).await.unwrap();
        assert_eq!(queue[0].held_for(&clerk), Some(HeldFor::Supervisor));
        assert_eq!(queue[0].held_for(&supervisor), None);
        let id = begun.enrolment_id;
        let refused = city.authority.look_at_referred(id, clerk.clone(), city.now).await;
        assert!(matches!(refused, Err(LookError::NotAllowed(NotAllowed::Role { .. }))));
        let refused = decide(&mut city, &begun, clerk).await;
        assert!(matches!(refused, Err(DecideError::NotAllowed(NotAllowed::Role { .. }))));
        let seen = city.authority.look_at_referred(id, supervisor.clone(), city.now).await;
        let seen = seen.ok().unwrap();
        assert_eq!(seen.lookalikes.len(), 1);
        assert_eq!(seen.lookalikes[0].person.name, "Wang");
        let mut reader = city.authority.store().reader().await.unwrap();
        let acts = reader.acts_about_resident(other, 1000, 10).await.unwrap();
        assert_eq!(acts[0].kind, "enrolment.seen-as-lookalike");
        drop(reader);
        decide(&mut city, &begun, supervisor).await.unwrap();
    }

    #[tokio::test]
    async fn nobody_decides_on_themselves_or_on_what_they_entered() {
        let mut city = City::new().await;
        let lost = Marks { card_lost: true, ..Marks::default() };
        let id = city.marked_resident("01", 10, "Li", lost).await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply(&wallet, 10, "Li", "01").await;
        let tag = city.authority.register().number_tag(&number(10)).to_vec();
        let own = SignedIn::just_now(OfficerRole::Clerk, Some(tag));
        let queue = city.authority.queue(&own).await.unwrap();
        assert_eq!(queue[0].held_for(&own), Some(HeldFor::Colleague));
        let entering = of(OfficerRole::Clerk);
        let hand = entering.id();
        let noted = city
            .authority
            .store()
            .write(move |mut tx| Box::pin(async move { tx.note_hand(hand, id).await }));
        let noted: Result<(), StorageError> = noted.await;
        noted.unwrap();
        for (officer, why) in [(own, NotAllowed::OwnMatter), (entering, NotAllowed::OwnEntry)] {
            let look = city
                .authority
                .look_at_referred(begun.enrolment_id, officer.clone(), city.now)
                .await;
            assert!(matches!(look, Err(LookError::NotAllowed(found)) if found == why));
            let decided = decide(&mut city, &begun, officer).await;
            assert!(matches!(decided, Err(DecideError::NotAllowed(found)) if found == why));
        }
        let about = city.acts(&begun.enrolment_id.to_string()).await;
        assert_eq!(about, ["enrolment.referred"]);
        decide(&mut city, &begun, of(OfficerRole::Supervisor)).await.unwrap();
    }
}
