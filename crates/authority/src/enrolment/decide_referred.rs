use jiff::Timestamp;
use rand::CryptoRng;
use serde::Serialize;
use tanda_biometrics::CaptureAssessment;
use tanda_model::{
    Action, EnrolmentId, EnrolmentState, EnrolmentTransitionError, Finding, OfficerVerdict,
    ThrottlePolicy,
};
use tanda_storage::authority::enrolment::{EnrolmentChange, EnrolmentRow};
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::complete::{face_holds, sealed_face};
use super::freeze_lookalikes::release;
use super::retention;
use crate::act::{Act, Actor, Deed};
use crate::attempts::{note_failure, note_success};
use crate::{Authority, Fault, NotAllowed, Officer, ReadError, SignedIn};

/// An application that waits for an officer. Says nothing of whose it is.
#[derive(Debug, Clone)]
pub struct ReferredEnrolment {
    /// Which one.
    pub id: EnrolmentId,
    /// Since when it waits.
    pub since: Timestamp,
    /// Why it was referred.
    pub findings: Vec<Finding>,
    number_tag: Vec<u8>,
}

/// Why somebody else has to decide an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldFor {
    /// The officer's role does not permit it.
    Supervisor,
    /// It is the officer's own.
    Colleague,
}

impl ReferredEnrolment {
    /// Whether the officer leaves it to somebody else, and to whom.
    pub fn held_for(&self, officer: &SignedIn) -> Option<HeldFor> {
        if officer.is_tagged(&self.number_tag) {
            Some(HeldFor::Colleague)
        } else if officer.may(action_on(&self.findings)).is_err() {
            Some(HeldFor::Supervisor)
        } else {
            None
        }
    }
}

/// What an officer must be permitted, to decide an application with these findings.
pub(super) fn action_on(findings: &[Finding]) -> Action {
    if findings.contains(&Finding::LooksLikeAnother) {
        Action::DecideLookalikes
    } else {
        Action::DecideApplications
    }
}

/// Why an officer's decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// There is no such application.
    #[error("there is no such application; list the referred ones")]
    Unknown,
    /// The officer may not decide it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It does not wait for an officer.
    #[error(transparent)]
    NotReferred(#[from] EnrolmentTransitionError),
    /// Somebody else was faster.
    #[error("the application has changed meanwhile; look at it again")]
    Changed,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for DecideError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// The applications that wait for an officer, oldest first.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn referred_enrolments(&self) -> Result<Vec<ReferredEnrolment>, Fault> {
        let rows = self.store.reader().await?.referred_enrolments().await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| match row.state {
                EnrolmentState::Referred { since, findings } => {
                    let number_tag = row.tags.number;
                    Some(ReferredEnrolment { id: row.id, since, findings, number_tag })
                }
                _ => None,
            })
            .collect())
    }

    /// The same, for an officer at the console.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn queue(&self, officer: &SignedIn) -> Result<Vec<ReferredEnrolment>, ReadError> {
        officer.may(Action::SeeApplications)?;
        Ok(self.referred_enrolments().await?)
    }

    /// An officer decides a referred application, unless it is theirs by its number or may be by
    /// its face. Cards that were frozen because of it are restored with the decision.
    ///
    /// # Errors
    /// [`DecideError`]
    pub async fn decide_referred(
        &self,
        id: EnrolmentId,
        verdict: OfficerVerdict,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), DecideError> {
        officer.may(Action::DecideApplications)?;
        let row = self.store.reader().await?.find_enrolment(id).await?;
        let row = row.ok_or(DecideError::Unknown)?;
        officer.must_not_be(&row.tags.number)?;
        if let EnrolmentState::Referred { findings, .. } = &row.state {
            officer.may(action_on(findings))?;
            if findings.contains(&Finding::LooksLikeAnother) && officer.own_number_tag().is_some() {
                let (evidence, _) = self.gather(&row).await?;
                let others: Vec<_> =
                    self.weigh(evidence).await?.others.into_iter().map(|(id, _)| id).collect();
                let mut reader = self.store.reader().await?;
                officer.must_be_none_of::<DecideError>(&mut reader, &others).await?;
            }
        }
        let state = row.state.clone().decide(
            verdict,
            officer.id(),
            officer.reason().clone(),
            row.level,
            now,
        )?;
        let decision = self.officers_decision(row, state, officer, rng).await?;
        let released = self
            .store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !decision.record::<DecideError>(&mut tx, now).await? {
                        return Err(DecideError::Changed);
                    }
                    release::<DecideError>(&mut tx, id, &decision.officer, now).await
                })
            })
            .await?;
        Ok(self.sign_all_anew(&released).await?)
    }

    /// What an officer's decision comes to; with an approval goes the applicant's face.
    pub(super) async fn officers_decision(
        &self,
        row: EnrolmentRow,
        state: EnrolmentState,
        officer: &Officer,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<OfficersDecision, Fault> {
        let enrolled = match &state {
            EnrolmentState::Approved { .. } => self.face_of(&row, rng).await?,
            _ => None,
        };
        let (officer, throttle) = (officer.clone(), self.config.throttle);
        Ok(OfficersDecision { row, state, enrolled, officer, throttle })
    }

    /// The applicant's face, sealed for the gallery; nothing when the evidence shows none.
    async fn face_of(
        &self,
        row: &EnrolmentRow,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Option<Vec<u8>>, Fault> {
        let (evidence, entry) = self.gather(row).await?;
        let capture = CaptureAssessment::weigh(&evidence.challenge, &evidence.shots).ok();
        Ok(capture.zip(entry).map(|(capture, entry)| sealed_face(&entry, &capture.fused, rng)))
    }
}

/// An officer's word on an application, ready to be recorded.
pub(super) struct OfficersDecision {
    row: EnrolmentRow,
    state: EnrolmentState,
    /// The face that others are compared with from now on, sealed.
    enrolled: Option<Vec<u8>>,
    officer: Officer,
    throttle: ThrottlePolicy,
}

impl OfficersDecision {
    /// Records the decision with all that follows from it, unless the officer has entered the resident
    /// themself. Says whether it did: not when the application has changed meanwhile.
    pub(super) async fn record<E: From<NotAllowed> + From<StorageError>>(
        &self,
        tx: &mut Tx<'_, Role>,
        now: Timestamp,
    ) -> Result<bool, E> {
        let Self { row, state, enrolled, officer, throttle } = self;
        if let Some(resident) = row.resident {
            // By the number that they have now: it may have been corrected meanwhile.
            officer.must_be_none_of::<E>(tx, &[resident]).await?;
            if officer.has_entered(tx, resident).await? {
                return Err(NotAllowed::OwnEntry.into());
            }
        }
        let (erase_evidence_at, forget_at) = retention(state, true, now);
        let change = EnrolmentChange { erase_evidence_at, forget_at, ..row.change_to(state) };
        if !tx.change_enrolment(&change).await? {
            return Ok(false);
        }
        let deed = match state {
            EnrolmentState::Refused { .. } => {
                note_failure(tx, throttle, &row.tags, now).await?;
                Deed::EnrolmentRefused { enrolment: row.id }
            }
            _ => {
                note_success(tx, throttle, &row.tags, now).await?;
                face_holds(row, state)
            }
        };
        if let (Some(resident), Some(sealed)) = (row.resident, enrolled) {
            tx.replace_enrolled_face(resident, sealed, now).await?;
        }
        let (actor, resident) = (Actor::Officer(officer), row.resident);
        Act { at: now, actor, resident, deed }.record(tx).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use tanda_model::{OfficerRole, permits};

    use super::*;
    use crate::enrolment::PublicState;
    use crate::testing::{City, officer};

    #[tokio::test]
    async fn the_queue_is_for_those_who_see_applications() {
        use OfficerRole::{Administrator, Auditor, Clerk, Supervisor};
        let mut city = City::new().await;
        for role in [Clerk, Supervisor, Administrator, Auditor] {
            let seen = city.authority.queue(&city.signed_in_who_is(30, role)).await;
            assert_eq!(seen.is_ok(), permits(role, Action::SeeApplications), "{role:?}");
            // Who may not decide doesn't learn which applications there are.
            let id = EnrolmentId::from_bytes([7; 16]);
            let (officer, now) = (city.officer_who_is(30, role), city.now);
            let authority = std::sync::Arc::clone(&city.authority);
            let decided = authority
                .decide_referred(id, OfficerVerdict::Refuse, &officer, now, &mut city.rng)
                .await;
            let unknown = matches!(decided, Err(DecideError::Unknown));
            assert_eq!(unknown, permits(role, Action::DecideApplications), "{role:?}");
        }
    }

    #[tokio::test]
    async fn of_two_officers_at_once_one_decides() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        city.resident("01", 12, "Wang").await;
        let wallet = city.wallet("a");
        let (begun, _) = city.apply(&wallet, 10, "Li", "01").await;
        let (id, now, officer) = (begun.enrolment_id, city.now, officer());
        let authority = std::sync::Arc::clone(&city.authority);
        let [mut one, mut other] = [1, 2].map(StdRng::seed_from_u64);
        let (yes, no) = tokio::join!(
            authority.decide_referred(id, OfficerVerdict::Approve, &officer, now, &mut one),
            authority.decide_referred(id, OfficerVerdict::Refuse, &officer, now, &mut other),
        );
        assert!(yes.is_ok() != no.is_ok(), "{yes:?} {no:?}");
    }

    #[tokio::test]
    async fn an_officer_decides_once_and_the_wallet_goes_on() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        city.resident("01", 12, "Wang").await;
        for (account, verdict, state) in [
            ("a", OfficerVerdict::Approve, PublicState::Approved),
            ("b", OfficerVerdict::Refuse, PublicState::Refused),
        ] {
            let wallet = city.wallet(account);
            let (begun, _) = city.apply(&wallet, 10, "Li", "01").await;
            let id = begun.enrolment_id;
            let authority = std::sync::Arc::clone(&city.authority);
            let officer = officer();
            let decide = authority.decide_referred(id, verdict, &officer, city.now, &mut city.rng);
            decide.await.unwrap();
            let view = city.view(&begun).await;
            assert_eq!(view.state, state);
            assert_eq!(view.credential_offer.is_some(), state == PublicState::Approved);
            let again =
                authority.decide_referred(id, verdict, &officer, city.now, &mut city.rng).await;
            assert!(matches!(again, Err(DecideError::NotReferred(_))));
            city.later(SignedDuration::from_hours(24 * 29));
            assert_eq!(authority.sweep(city.now).await.unwrap().evidence, 0);
            city.later(SignedDuration::from_hours(25));
            assert_eq!(authority.sweep(city.now).await.unwrap().evidence, 1);
        }
    }
}
