//! An application from its start to its decision.
//!
//! What is told outside is [`EnrolmentView`]: the same for an unknown number, a wrong name and a
//! wrong face. Why an application was refused stays inside, in the state's findings.

mod appoint;
mod attend;
mod begin;
mod capture;
pub mod chip;
mod complete;
mod decide_referred;
mod end;
mod evidence;
mod freeze_lookalikes;
mod gather;
mod look_at_referred;
mod subject;
mod take_fingers;
mod view;

pub use appoint::{AppointError, Appointment, Expected, Office, OfficeSlots, OfficeVisits};
pub use attend::{AttendError, AttendedApplication};
pub use begin::{Application, BeginError, BegunEnrolment, CONSENT};
pub use capture::{CaptureError, FrameAnswer};
pub use complete::{CompleteError, Completion};
pub use decide_referred::{DecideError, HeldFor, ReferredEnrolment};
pub(crate) use end::{end_of_account, end_of_resident};
pub use gather::Gathered;
#[cfg(test)]
pub(crate) use gather::hold;
pub use look_at_referred::{
    EvidenceScores, LiveFrame, LookError, Lookalike, ReferredEvidence, RegisteredPerson,
    ScoreReading,
};
pub(crate) use subject::Decoy;
pub use take_fingers::{FingerPicture, Retake, RetakeCause, TakeFingersError, TakenFingers};
pub use view::{EnrolmentView, PublicState, ViewError};

use jiff::{SignedDuration, Timestamp};
use tanda_model::{EnrolmentId, EnrolmentState};
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::authority::enrolment::EnrolmentRow;

use crate::{Authority, Fault};

/// Evidence of a refused application: long enough for the applicant to complain.
const REFUSED_EVIDENCE_LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Evidence of an approved application: long enough to notice a mistake of ours.
const APPROVED_EVIDENCE_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// Evidence of an application that an officer decides, counted from the decision.
const OFFICER_EVIDENCE_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long a referred application may wait for an officer.
const REFERRED_LIFE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Evidence of an application that was not completed.
const ABANDONED_EVIDENCE_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// The row, without evidence, after that: what statistics and complaints need.
const ROW_LIFE: SignedDuration = SignedDuration::from_hours(24 * 180);

/// When an application's evidence is to be erased, and its row forgotten, given where it stands.
fn retention(state: &EnrolmentState, was_referred: bool, now: Timestamp) -> (Timestamp, Timestamp) {
    let evidence = match state {
        EnrolmentState::Capturing { expires_at, .. }
        | EnrolmentState::Gathering { expires_at, .. } => *expires_at + ABANDONED_EVIDENCE_LIFE,
        EnrolmentState::Referred { .. } => now + REFERRED_LIFE,
        _ if was_referred => now + OFFICER_EVIDENCE_LIFE,
        EnrolmentState::Refused { .. } => now + REFUSED_EVIDENCE_LIFE,
        EnrolmentState::Approved { .. } | EnrolmentState::Issued { .. } => {
            now + APPROVED_EVIDENCE_LIFE
        }
        EnrolmentState::Deciding { .. } | EnrolmentState::Expired { .. } => {
            now + ABANDONED_EVIDENCE_LIFE
        }
    };
    (evidence, evidence + ROW_LIFE)
}

impl Authority {
    /// The application, for whoever holds its token; nothing for anybody else.
    async fn opened(&self, id: EnrolmentId, token: &str) -> Result<Option<EnrolmentRow>, Fault> {
        let Ok(token) = OpaqueToken::parse(token) else { return Ok(None) };
        let row = self.store.reader().await?.find_enrolment(id).await?;
        // Hashes are compared, so the time that the comparison takes tells nothing of the token.
        Ok(row.filter(|row| row.token_hash == token.hash().as_bytes()))
    }
}
