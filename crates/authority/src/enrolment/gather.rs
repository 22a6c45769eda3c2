//! What has to be there beside the face, for the full card: which evidence holds, which is missing, and
//! the code by which an officer finds the application.

use aws_lc_rs::hmac;
use jiff::Timestamp;
use tanda_model::{EnrolmentId, EnrolmentState, EvidenceKind, EvidenceSet};
use tanda_protocol::vci::CounterCode;
use tanda_storage::authority::enrolment::{EnrolmentChange, EnrolmentRow};
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::appoint::Appointment;
use super::chip::ChipOutcome;
use super::retention;
use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault};

/// An application that gathers evidence: what holds, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// What the applicant shows at a counter.
    pub counter_code: CounterCode,
    /// Until when the rest has to be there.
    pub expires_at: Timestamp,
    /// What holds by now.
    pub held: EvidenceSet,
    /// What is missing: of each choice, one will do.
    pub missing: Vec<Vec<EvidenceKind>>,
    /// When the applicant comes to a counter, if that is agreed.
    pub appointment: Option<Appointment>,
    /// What the last reading of the physical card came to. Which fault it was is for officers alone.
    pub chip: Option<ChipOutcome>,
}

impl Authority {
    /// The code of an application. It follows from a key, so that it need not be stored.
    pub(super) fn counter_code(&self, id: EnrolmentId) -> CounterCode {
        let mut context = hmac::Context::with_key(&self.keys.codes);
        context.update(b"tanda counter ");
        context.update(id.as_bytes());
        let mut secret = [0; 8];
        secret.iter_mut().zip(context.sign().as_ref()).for_each(|(byte, it)| *byte = *it);
        CounterCode::from_secret(secret)
    }

    /// What an application is found by.
    pub(super) fn counter_tag(&self, code: &CounterCode) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.keys.numbers);
        context.update(b"tanda counter tag ");
        context.update(code.canonical().as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// What an application has gathered; nothing when it does not gather evidence.
    pub(super) async fn gathered(&self, row: &EnrolmentRow) -> Result<Option<Gathered>, Fault> {
        let EnrolmentState::Gathering { held, expires_at, .. } = &row.state else {
            return Ok(None);
        };
        let appointment = self.store.reader().await?.appointment_of(row.id).await?;
        let needs = self.config.evidence.level(row.level);
        Ok(Some(Gathered {
            counter_code: self.counter_code(row.id),
            expires_at: *expires_at,
            held: held.clone(),
            missing: needs.missing(held).into_iter().map(<[EvidenceKind]>::to_vec).collect(),
            appointment: appointment
                .map(|booked| Appointment { office: booked.office, starts_at: booked.starts_at }),
            chip: self.chip_outcome(row.id).await?,
        }))
    }
}

/// Records that evidence holds, each kind with an act of its own. Says whether it did: not when the
/// application has changed since `row` was read.
pub(crate) async fn hold(
    tx: &mut Tx<'_, Role>,
    row: &EnrolmentRow,
    kinds: &[EvidenceKind],
    actor: Actor<'_>,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let mut state = row.state.clone();
    for kind in kinds {
        let Ok(next) = state.gather(*kind, now) else { return Ok(false) };
        state = next;
    }
    let (erase_evidence_at, forget_at) = retention(&state, false, now);
    let change = EnrolmentChange { erase_evidence_at, forget_at, ..row.change_to(&state) };
    if !tx.change_enrolment(&change).await? {
        return Ok(false);
    }
    for kind in kinds {
        let deed = Deed::EvidenceHeld { enrolment: row.id, evidence: *kind };
        Act { at: now, actor, resident: row.resident, deed }.record(tx).await?;
    }
    Ok(true)
}
