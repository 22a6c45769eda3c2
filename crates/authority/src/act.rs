//! The record of what the authority did: one JSON object an act, appended in the act's own
//! transaction, with identifiers and reasons but nobody's attributes.

use jiff::Timestamp;
use serde::Serialize;
use tanda_model::{BatchId, CardId, EnrolmentId, Finding};
use tanda_storage::authority::acts::NewAct;
use tanda_storage::{StorageError, Tx};

use crate::Officer;

/// Who acted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Actor<'a> {
    /// The policy.
    Policy,
    /// The resident's wallet.
    Wallet,
    /// The authority's own housekeeping.
    Housekeeping,
    /// An officer, who says why.
    Officer(&'a Officer),
}

/// What was done.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Deed<'a> {
    EnrolmentApproved { enrolment: EnrolmentId },
    EnrolmentReferred { enrolment: EnrolmentId, findings: &'a [Finding] },
    EnrolmentRefused { enrolment: EnrolmentId, findings: &'a [Finding] },
    CopiesIntended { card: CardId, batch: BatchId, enrolment: EnrolmentId, copies: usize },
    CopiesIssued { card: CardId, batch: BatchId },
    CopiesGivenUp { card: CardId, batch: BatchId },
    CardLive { card: CardId, enrolment: EnrolmentId },
    CardSuspended { card: CardId },
    CardRestored { card: CardId },
    CardRevoked { card: CardId },
    CardRetired { card: CardId, successor: CardId },
    CardExpired { card: CardId },
    ReuseDetected { enrolment: EnrolmentId },
    RelyingPartyCertified { relying_party: &'a str },
}

impl Deed<'_> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::EnrolmentApproved { .. } => "enrolment.approved",
            Self::EnrolmentReferred { .. } => "enrolment.referred",
            Self::EnrolmentRefused { .. } => "enrolment.refused",
            Self::CopiesIntended { .. } => "copies.intended",
            Self::CopiesIssued { .. } => "copies.issued",
            Self::CopiesGivenUp { .. } => "copies.given-up",
            Self::CardLive { .. } => "card.live",
            Self::CardSuspended { .. } => "card.suspended",
            Self::CardRestored { .. } => "card.restored",
            Self::CardRevoked { .. } => "card.revoked",
            Self::CardRetired { .. } => "card.retired",
            Self::CardExpired { .. } => "card.expired",
            Self::ReuseDetected { .. } => "grant.reuse-detected",
            Self::RelyingPartyCertified { .. } => "relying-party.certified",
        }
    }

    fn subject(&self) -> String {
        match self {
            Self::EnrolmentApproved { enrolment }
            | Self::EnrolmentReferred { enrolment, .. }
            | Self::EnrolmentRefused { enrolment, .. }
            | Self::ReuseDetected { enrolment } => enrolment.to_string(),
            Self::CopiesIntended { card, .. }
            | Self::CopiesIssued { card, .. }
            | Self::CopiesGivenUp { card, .. }
            | Self::CardLive { card, .. }
            | Self::CardSuspended { card }
            | Self::CardRestored { card }
            | Self::CardRevoked { card }
            | Self::CardRetired { card, .. }
            | Self::CardExpired { card } => card.to_string(),
            Self::RelyingPartyCertified { relying_party } => (*relying_party).to_owned(),
        }
    }
}

/// An act: who did what, when, and why.
#[derive(Debug, Clone)]
pub(crate) struct Act<'a> {
    pub(crate) at: Timestamp,
    pub(crate) actor: Actor<'a>,
    pub(crate) deed: Deed<'a>,
}

/// The form in which acts of nobody in particular are written; an officer's have another.
#[derive(Serialize)]
struct Entry<'a> {
    kind: &'a str,
    at: Timestamp,
    by: &'a str,
    details: &'a Deed<'a>,
}

impl Act<'_> {
    /// Appends the act to the record.
    pub(crate) async fn record(
        &self,
        tx: &mut Tx<'_, tanda_storage::Authority>,
    ) -> Result<(), StorageError> {
        let kind = self.deed.kind();
        let by = |by| serde_json::to_string(&Entry { kind, at: self.at, by, details: &self.deed });
        let entry = match self.actor {
            Actor::Policy => by("policy"),
            Actor::Wallet => by("wallet"),
            Actor::Housekeeping => by("housekeeping"),
            Actor::Officer(officer) => officer.act(kind, &self.deed, self.at),
        };
        let entry = entry.map_err(|_| StorageError::Damaged("acts.entry"))?;
        let act = NewAct { at: self.at, kind, subject: &self.deed.subject(), entry: &entry };
        tx.append_act(&act).await
    }
}
