//! The officer at a counter: finds the application by its code, sees the person beside what was
//! gathered, and stands for it.

use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_biometrics::finger::{FingerPosition, FingerReference};
use tanda_model::{
    Action, AssuranceLevel, EnrolmentId, EnrolmentState, EnrolmentTransitionError, OfficerId,
    OfficerVerdict,
};
use tanda_protocol::vci::CounterCode;
use tanda_storage::authority::enrolment::EnrolmentRow;
use tanda_storage::{Authority as Role, Reader, StorageError};

use super::gather::Gathered;
use super::look_at_referred::{LiveFrame, LookError, RegisteredPerson, person, record_look};
use crate::register::Entry;
use crate::{Authority, Fault, NotAllowed, Officer, SignedIn};

/// An application as the attending officer sees it.
#[derive(Clone)]
pub struct AttendedApplication {
    /// Which one.
    pub id: EnrolmentId,
    /// When it began.
    pub begun_at: Timestamp,
    /// What holds, and what is missing.
    pub gathered: Gathered,
    /// The resident, as the register has them.
    pub resident: RegisteredPerson,
    /// What the camera saw, one picture a step.
    pub frames: Vec<LiveFrame>,
    /// Which of their fingers the register knows.
    pub enrolled_fingers: Vec<FingerPosition>,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum AttendError {
    /// No application with this code gathers evidence.
    #[error("no application with this code gathers evidence")]
    Unknown,
    /// The officer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The application does not stand where this could happen, or evidence is missing.
    #[error(transparent)]
    NotNow(#[from] EnrolmentTransitionError),
    /// The officer has not found it by its code, or not lately.
    #[error("the application is found by the applicant's code first")]
    NotAttended,
    /// What the card has shown is evidence no longer.
    #[error("the physical card that was read counts no longer: another has to be read")]
    CardLapsed,
    /// Somebody else was faster.
    #[error("the application has changed meanwhile; look at it again")]
    Changed,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for AttendError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<LookError> for AttendError {
    fn from(error: LookError) -> Self {
        match error {
            LookError::Unknown | LookError::NotReferred => Self::Unknown,
            LookError::NotAllowed(refused) => Self::NotAllowed(refused),
            LookError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Authority {
    /// The application of whoever stands at the counter. The look is recorded before anything is
    /// shown, and the officer is not the applicant, nor has had a hand in their entry.
    ///
    /// # Errors
    /// [`AttendError`]; nothing is shown then.
    pub async fn attend(
        &self,
        code: &CounterCode,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<AttendedApplication, AttendError> {
        let tag = self.counter_tag(code);
        officer.may(Action::DecideApplications)?;
        let row = self.store.reader().await?.gathering_enrolment(&tag).await?;
        let row = row.ok_or(AttendError::Unknown)?;
        may_attend(&row, officer, now)?;
        let gathered = self.gathered(&row).await?.ok_or(AttendError::Unknown)?;
        self.begin_to_attend(&row, officer.clone(), now).await?;
        let resident = row.resident.ok_or(Fault::Contradiction("evidence for nobody"))?;
        let entry = self.register.entry_of(resident).await.map_err(Fault::from)?;
        let entry = entry.ok_or(AttendError::Unknown)?;
        Ok(AttendedApplication {
            id: row.id,
            begun_at: row.begun_at,
            gathered,
            resident: person(&entry)?,
            frames: self.frames(&row).await?,
            enrolled_fingers: enrolled_fingers(&entry)?,
        })
    }

    async fn begin_to_attend(
        &self,
        row: &EnrolmentRow,
        officer: Officer,
        now: Timestamp,
    ) -> Result<(), AttendError> {
        let (id, resident) = (row.id, row.resident);
        let begun = self.store.write(move |mut tx| {
            Box::pin(async move {
                record_look(&mut tx, id, resident, &officer, now).await?;
                Ok::<_, LookError>(tx.note_attendance(officer.id(), id, now).await?)
            })
        });
        Ok(begun.await?)
    }

    /// What an application that an officer attends to has gathered by now; shows nothing of anybody.
    ///
    /// # Errors
    /// [`AttendError`]
    pub async fn attended_progress(
        &self,
        id: EnrolmentId,
        officer: &SignedIn,
        now: Timestamp,
    ) -> Result<Gathered, AttendError> {
        officer.may(Action::DecideApplications)?;
        let row = self.store.reader().await?.find_enrolment(id).await?;
        let row = row.ok_or(AttendError::Unknown)?;
        officer.must_not_be(&row.tags.number)?;
        let gathered = self.gathered(&row).await?.filter(|it| now < it.expires_at);
        let gathered = gathered.ok_or(AttendError::Unknown)?;
        must_attend(&mut self.store.reader().await?, &row, officer.id(), now).await?;
        Ok(gathered)
    }

    /// The application that an officer attends to: one that gathers evidence, is not their own, and was found
    /// by its code, so that who looked at it and why is in the log before anything else is.
    pub(super) async fn attended(
        &self,
        id: EnrolmentId,
        officer: &Officer,
        now: Timestamp,
    ) -> Result<EnrolmentRow, AttendError> {
        officer.may(Action::DecideApplications)?;
        let mut reader = self.store.reader().await?;
        let row = reader.find_enrolment(id).await?.ok_or(AttendError::Unknown)?;
        may_attend(&row, officer, now)?;
        must_attend(&mut reader, &row, officer.id(), now).await?;
        Ok(row)
    }

    /// The attending officer decides. To approve, everything that the level needs has to hold, and the
    /// officer's word is the last of it; the decision names the evidence that carried it.
    ///
    /// # Errors
    /// [`AttendError`]; nothing is changed then.
    pub async fn attest(
        &self,
        id: EnrolmentId,
        verdict: OfficerVerdict,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), AttendError> {
        let row = self.attended(id, officer, now).await?;
        let needs = self.config.evidence.level(row.level);
        let reason = officer.reason().clone();
        let state = row.state.clone().attest(verdict, officer.id(), reason, needs, now)?;
        if verdict == OfficerVerdict::Approve
            && row.level == AssuranceLevel::Full
            && !self.card_still_counts(&row, now).await?
        {
            return Err(AttendError::CardLapsed);
        }
        let decision = self.officers_decision(row, state, officer, rng).await?;
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !decision.record::<AttendError>(&mut tx, now).await? {
                        return Err(AttendError::Changed);
                    }
                    Ok(tx.cancel_appointment(id).await?)
                })
            })
            .await
    }
}

/// How long an officer attends to whoever has shown them a code: afterwards nobody knows who stands there.
const ATTENDANCE: SignedDuration = SignedDuration::from_hours(2);

/// Whether the officer has just found the application by its code.
async fn must_attend(
    reader: &mut Reader<'_, Role>,
    row: &EnrolmentRow,
    officer: OfficerId,
    now: Timestamp,
) -> Result<(), AttendError> {
    let found = reader.found_by(officer, row.id).await?;
    let attends = found.is_some_and(|at| now < at + ATTENDANCE);
    if attends { Ok(()) } else { Err(AttendError::NotAttended) }
}

/// Whether an officer may attend to an application: one that gathers evidence, and is not their own.
fn may_attend(row: &EnrolmentRow, officer: &Officer, now: Timestamp) -> Result<(), AttendError> {
    officer.must_not_be(&row.tags.number)?;
    match row.state {
        EnrolmentState::Gathering { expires_at, .. } if now < expires_at => Ok(()),
        _ => Err(AttendError::Unknown),
    }
}

fn enrolled_fingers(entry: &Entry) -> Result<Vec<FingerPosition>, Fault> {
    let reference = entry.fingers()?;
    Ok(reference.iter().flat_map(FingerReference::fingers).map(|(position, _)| position).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use tanda_credential::status_list::Outcome;
    use tanda_model::{EvidenceKind, OfficerRole};
    use tanda_protocol::oauth::Grant;

    use super::*;
    use crate::act::Actor;
    use crate::enrolment::gather::hold;
    use crate::enrolment::{BegunEnrolment, EnrolmentView, PublicState};
    use crate::issuance::IssueError;
    use crate::testing::{City, code_of, officer};

    const CHIP_AND_FINGERS: &[EvidenceKind] =
        &[EvidenceKind::Chip, EvidenceKind::ChipFace, EvidenceKind::Fingers];

    async fn attest(
        city: &mut City,
        begun: &BegunEnrolment,
        officer: &Officer,
    ) -> Result<(), AttendError> {
        let (authority, now) = (Arc::clone(&city.authority), city.now);
        let verdict = OfficerVerdict::Approve;
        authority.attest(begun.enrolment_id, verdict, officer, now, &mut city.rng).await
    }

    fn shown_code(view: &EnrolmentView) -> CounterCode {
        view.gathered.as_ref().unwrap().counter_code.clone()
    }

    #[tokio::test]
    async fn the_full_card_comes_of_the_whole_evidence_and_takes_the_light_ones_place() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (light, light_tokens) = city.card(&wallet, 10, "Li", "01", 2).await;
        city.later(SignedDuration::from_secs(1));
        let (begun, completion) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        assert_eq!(completion.view.state, PublicState::Gathering);
        assert!(completion.view.credential_offer.is_none());
        let gathered = completion.view.gathered.clone().unwrap();
        assert_eq!(gathered.held, [EvidenceKind::LiveFace].into());
        assert_eq!(gathered.missing.len(), 4);

        let clerk = officer();
        let code = shown_code(&completion.view);
        let seen = city.authority.attend(&code, &clerk, city.now).await.ok().unwrap();
        assert_eq!((seen.id, seen.resident.name.as_str()), (begun.enrolment_id, "Li"));
        assert_eq!(seen.frames.len(), usize::from(begun.steps_total));
        assert!(city.acts_contain("enrolment.looked-at").await);

        let early = attest(&mut city, &begun, &clerk).await;
        let missing = EnrolmentTransitionError::EvidenceMissing;
        assert!(matches!(early, Err(AttendError::NotNow(error)) if error == missing));
        city.hold(&begun, CHIP_AND_FINGERS).await;
        attest(&mut city, &begun, &clerk).await.unwrap();
        assert!(matches!(attest(&mut city, &begun, &clerk).await, Err(AttendError::Unknown)));
        let view = city.view(&begun).await;
        assert_eq!(view.state, PublicState::Approved);
        assert!(
            city.acts_contain(
                r#""level":"full","evidence":["live-face","chip","chip-face","fingers","officer"]"#
            )
            .await
        );

        let tokens = city.exchange(&wallet, code_of(&view)).await.unwrap();
        let lower = city.request_at(AssuranceLevel::Light);
        let lower = city.fetch(&wallet, &tokens.access, &lower).await;
        assert!(matches!(lower, Err(IssueError::NotOffered)));
        let request = city.request_at(AssuranceLevel::Full);
        let full = city.fetch(&wallet, &tokens.access, &request).await.unwrap();
        let full = city.verified(&full);
        assert_eq!(full[0].vct, AssuranceLevel::Full.vct());
        city.later(SignedDuration::from_secs(6));
        assert!(matches!(city.outcome(&full[0]).await, Outcome::Valid));
        for copy in city.verified(&light) {
            assert!(matches!(city.outcome(&copy).await, Outcome::Revoked));
        }
        let cards = city.authority.cards_of(resident).await.unwrap();
        let standing: Vec<_> = cards.iter().map(|card| (card.level, card.state.name())).collect();
        let both = [(AssuranceLevel::Light, "retired"), (AssuranceLevel::Full, "live")];
        assert_eq!(standing, both);
        let refill = Grant::RefreshToken(light_tokens.refresh);
        assert!(city.exchange(&wallet, refill).await.is_err());
    }

    #[tokio::test]
    async fn until_the_full_card_is_out_the_light_one_stays() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        city.card(&wallet, 10, "Li", "01", 2).await;
        let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        city.hold(&begun, CHIP_AND_FINGERS).await;
        attest(&mut city, &begun, &officer()).await.unwrap();
        let code = code_of(&city.view(&begun).await);
        let tokens = city.exchange(&wallet, code).await.unwrap();
        let request = city.request_at(AssuranceLevel::Full);
        city.intend_only(&wallet, &tokens.access, &request).await;
        // The process dies here, and another one starts.
        city.restart().await;
        city.authority.recover(city.now).await.unwrap();
        let cards = city.authority.cards_of(resident).await.unwrap();
        let live: Vec<_> = cards.iter().filter(|card| card.state.name() == "live").collect();
        assert_eq!(live.len(), 1);
        assert_eq!(live[0].level, AssuranceLevel::Light);
        let request = city.request_at(AssuranceLevel::Full);
        city.fetch(&wallet, &tokens.access, &request).await.unwrap();
        let cards = city.authority.cards_of(resident).await.unwrap();
        let live: Vec<_> = cards.iter().filter(|card| card.state.name() == "live").collect();
        assert_eq!(live.len(), 1);
        assert_eq!(live[0].level, AssuranceLevel::Full);
    }

    #[tokio::test]
    async fn nobody_attends_to_their_own_application_or_without_the_right() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (begun, completion) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        city.hold(&begun, CHIP_AND_FINGERS).await;
        let code = shown_code(&completion.view);
        for refused in [
            city.officer_who_is(10, OfficerRole::Supervisor),
            city.officer_who_is(30, OfficerRole::Auditor),
            city.officer_who_is(30, OfficerRole::Administrator),
        ] {
            let seen = city.authority.attend(&code, &refused, city.now).await;
            assert!(matches!(seen, Err(AttendError::NotAllowed(_))));
            let attested = attest(&mut city, &begun, &refused).await;
            assert!(matches!(attested, Err(AttendError::NotAllowed(_))));
        }
        let wrong = "0000-0000".parse().unwrap();
        let nobody = city.authority.attend(&wrong, &officer(), city.now).await;
        assert!(matches!(nobody, Err(AttendError::Unknown)));
        city.later(EnrolmentState::GATHERING_TIME);
        let late = city.authority.attend(&code, &officer(), city.now).await;
        assert!(matches!(late, Err(AttendError::Unknown)));
    }

    #[tokio::test]
    async fn of_two_who_attest_at_once_one_is_told_that_it_had_changed() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        city.hold(&begun, CHIP_AND_FINGERS).await;
        let (id, now, clerk) = (begun.enrolment_id, city.now, officer());
        let (approve, refuse) = (OfficerVerdict::Approve, OfficerVerdict::Refuse);
        let authority = Arc::clone(&city.authority);
        let [mut one, mut other] = [1, 2].map(StdRng::seed_from_u64);
        let (yes, no) = tokio::join!(
            authority.attest(id, approve, &clerk, now, &mut one),
            authority.attest(id, refuse, &clerk, now, &mut other),
        );
        assert!(yes.is_ok() != no.is_ok(), "{yes:?} {no:?}");
    }

    /// Neither after the decision, nor beside something else that changed the application.
    #[tokio::test]
    async fn evidence_is_for_an_application_that_gathers_and_stands_as_it_was_seen() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        let seen = city.authority.row(begun.enrolment_id).await;
        city.hold(&begun, CHIP_AND_FINGERS).await;
        let held = async |city: &City, row: EnrolmentRow| {
            let now = city.now;
            let kinds = &[EvidenceKind::AttestedChip];
            let held = city.authority.store.write(move |mut tx| {
                Box::pin(async move { hold(&mut tx, &row, kinds, Actor::Policy, now).await })
            });
            held.await.unwrap()
        };
        assert!(!held(&city, seen).await, "it has changed since");
        attest(&mut city, &begun, &officer()).await.unwrap();
        let decided = city.authority.row(begun.enrolment_id).await;
        assert!(!held(&city, decided).await, "it is decided");
        assert!(!city.acts_contain("attested-chip").await);
    }

    #[tokio::test]
    async fn a_lapsed_application_has_no_progress() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        let clerk = city.signed_in_who_is(30, OfficerRole::Clerk);
        city.attend(&begun, clerk.id()).await;
        let (id, authority) = (begun.enrolment_id, Arc::clone(&city.authority));
        assert!(authority.attended_progress(id, &clerk, city.now).await.is_ok());
        city.later(EnrolmentState::GATHERING_TIME);
        let late = authority.attended_progress(id, &clerk, city.now).await;
        assert!(matches!(late, Err(AttendError::Unknown)));
    }

    #[tokio::test]
    async fn a_refusal_at_the_counter_ends_it_and_leaves_the_light_card() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        city.card(&wallet, 10, "Li", "01", 1).await;
        let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        let (authority, verdict) = (Arc::clone(&city.authority), OfficerVerdict::Refuse);
        let (id, now) = (begun.enrolment_id, city.now);
        authority.attest(id, verdict, &officer(), now, &mut city.rng).await.unwrap();
        assert_eq!(city.view(&begun).await.state, PublicState::Refused);
        let cards = city.authority.cards_of(resident).await.unwrap();
        assert_eq!((cards.len(), cards[0].state.name()), (1, "live"));
    }

    #[tokio::test]
    async fn who_comes_back_with_the_face_alone_has_the_light_card_and_the_full_one_is_gone() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let (lost, new) = (city.wallet("a"), city.wallet("b"));
        let (begun, _) = city.apply_for_full(&lost, 10, "Li", "01").await;
        city.hold(&begun, CHIP_AND_FINGERS).await;
        attest(&mut city, &begun, &officer()).await.unwrap();
        let code = code_of(&city.view(&begun).await);
        let tokens = city.exchange(&lost, code).await.unwrap();
        let request = city.request_at(AssuranceLevel::Full);
        city.fetch(&lost, &tokens.access, &request).await.unwrap();
        city.later(SignedDuration::from_secs(1));
        city.card(&new, 10, "Li", "01", 1).await;
        let cards = city.authority.cards_of(resident).await.unwrap();
        let standing: Vec<_> = cards.iter().map(|card| (card.level, card.state.name())).collect();
        let both = [(AssuranceLevel::Full, "retired"), (AssuranceLevel::Light, "live")];
        assert_eq!(standing, both);
        // For the full card on the new phone, everything is proved again.
        let (again, completion) = city.apply_for_full(&new, 10, "Li", "01").await;
        assert_eq!(completion.view.gathered.unwrap().missing.len(), 4);
        assert!(attest(&mut city, &again, &officer()).await.is_err());
    }
}
