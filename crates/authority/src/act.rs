//! What the authority does, as its log has it: one entry an act, appended in the act's own
//! transaction, with identifiers and reasons but nobody's attributes, and no officer's name.

use jiff::Timestamp;
use serde::Serialize;
use tanda_model::{
    AssuranceLevel, BatchId, CardId, CaseNumber, EnrolmentId, EvidenceKind, EvidenceSet,
    Identification, OfficerId, OfficerRole, ProposalId, ProposalKind, PurposeId, ReportId,
    ResidentId,
};
use tanda_storage::{StorageError, Tx};

use crate::Officer;
use crate::log::{self, Entry};
use crate::register::Mark;

/// Who acted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Actor<'a> {
    /// The policy.
    Policy,
    /// The resident's wallet.
    Wallet,
    /// A relying party, with its access key.
    RelyingParty,
    /// The authority's own housekeeping.
    Housekeeping,
    /// An officer, who says why.
    Officer(&'a Officer),
}

/// What was done. Why an application was not approved stays with the application: the entry is
/// shown to the resident, and findings are not.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Deed<'a> {
    EnrolmentApproved {
        enrolment: EnrolmentId,
        level: AssuranceLevel,
        /// What carried the decision.
        evidence: &'a EvidenceSet,
    },
    /// One kind of evidence for the full card was weighed, and holds.
    EvidenceHeld {
        enrolment: EnrolmentId,
        evidence: EvidenceKind,
    },
    /// It was weighed, and does not speak for the resident.
    EvidenceFailed {
        enrolment: EnrolmentId,
        evidence: EvidenceKind,
    },
    EnrolmentLookedAt {
        enrolment: EnrolmentId,
    },
    /// An officer saw the resident beside an application whose face is like theirs.
    LookalikeSeen {
        enrolment: EnrolmentId,
    },
    /// The cards of everybody whom the application's face may be are suspended.
    LookalikesFrozen {
        enrolment: EnrolmentId,
    },
    LookalikesReleased {
        enrolment: EnrolmentId,
    },
    EnrolmentReferred {
        enrolment: EnrolmentId,
    },
    EnrolmentRefused {
        enrolment: EnrolmentId,
    },
    /// It ended before it was through: what it rests on has changed, or the applicant has left.
    EnrolmentEnded {
        enrolment: EnrolmentId,
    },
    CopiesIntended {
        card: CardId,
        batch: BatchId,
        enrolment: EnrolmentId,
        copies: usize,
    },
    CopiesIssued {
        card: CardId,
        batch: BatchId,
    },
    CopiesGivenUp {
        card: CardId,
        batch: BatchId,
    },
    CardLive {
        card: CardId,
        enrolment: EnrolmentId,
    },
    CardSuspended {
        card: CardId,
    },
    CardRestored {
        card: CardId,
    },
    CardLocked {
        card: CardId,
        /// How an officer knew who asked; nothing when the holder's own wallet did it.
        #[serde(skip_serializing_if = "Option::is_none")]
        identified: Option<Identification>,
    },
    CardUnlocked {
        card: CardId,
    },
    CardGivenUp {
        card: CardId,
    },
    CardRevoked {
        card: CardId,
    },
    SheetIssued {
        card: CardId,
        codes: usize,
        identified: Identification,
    },
    SheetCodeUsed {
        card: CardId,
    },
    CardRetired {
        card: CardId,
        successor: CardId,
    },
    CardExpired {
        card: CardId,
    },
    /// A full card's physical card is no longer good: a light card has taken its place.
    CardFellBack {
        card: CardId,
        successor: CardId,
    },
    ReuseDetected {
        enrolment: EnrolmentId,
    },
    RelyingPartyApplied {
        relying_party: &'a str,
    },
    RelyingPartyRegistered {
        relying_party: &'a str,
        purposes: &'a [PurposeId],
    },
    RelyingPartyRefused {
        relying_party: &'a str,
    },
    RelyingPartyPurposesChanged {
        relying_party: &'a str,
        from: &'a [PurposeId],
        to: &'a [PurposeId],
    },
    RelyingPartySuspended {
        relying_party: &'a str,
    },
    RelyingPartyRestored {
        relying_party: &'a str,
    },
    RelyingPartyEnded {
        relying_party: &'a str,
    },
    /// Its certificates were made anew, for the same purposes.
    RelyingPartyCertified {
        relying_party: &'a str,
    },
    RelyingPartyReported {
        report: ReportId,
        relying_party: &'a str,
    },
    ReportSettled {
        report: ReportId,
        relying_party: &'a str,
    },
    RegisterImported {
        file_sha256: &'a str,
        added: u64,
        refused: u64,
    },
    RegisterAdded {},
    RegisterLookedUp {},
    /// The whole record of somebody who was looked up was seen.
    RegisterUnmasked {},
    RegisterMarked {
        #[serde(skip)]
        mark: Mark,
        #[serde(skip)]
        set: bool,
    },
    RegisterRemoved {},
    /// Another record was proposed, which a second officer would have to confirm.
    RecordChangeProposed {
        proposal: ProposalId,
        proposed: ProposalKind,
    },
    RegisterCorrected {
        proposal: ProposalId,
    },
    /// The record and another of the same person are one.
    RegisterMerged {
        proposal: ProposalId,
        into: ResidentId,
    },
    /// Somebody's list of numbers was compared with the register.
    CardsListed {
        lines: usize,
        cards: usize,
        proposed: ProposalKind,
    },
    /// Somebody's list of numbers was compared with the register, to export records.
    ResidentsListed {
        lines: usize,
        found: usize,
    },
    /// It was proposed that the record leaves the register, which another officer would have to
    /// confirm.
    ExportProposed {
        proposal: ProposalId,
    },
    /// The record left the register with others.
    RegisterExported {
        proposal: ProposalId,
    },
    ExportFetched {
        proposal: ProposalId,
        records: usize,
    },
    /// Something was proposed for a card, which another officer would have to confirm.
    CardActProposed {
        card: CardId,
        proposal: ProposalId,
        proposed: ProposalKind,
    },
    ProposalMade {
        proposal: ProposalId,
        proposed: ProposalKind,
        size: u64,
    },
    ProposalLookedAt {
        proposal: ProposalId,
    },
    ProposalConfirmed {
        proposal: ProposalId,
        proposer: OfficerId,
        done: u64,
        left_out: u64,
    },
    ProposalDeclined {
        proposal: ProposalId,
        proposer: OfficerId,
    },
    ProposalWithdrawn {
        proposal: ProposalId,
    },
    ProposalLapsed {
        proposal: ProposalId,
    },
    OfficerInvited {
        officer: OfficerId,
        role: OfficerRole,
    },
    OfficerJoined {
        officer: OfficerId,
    },
    OfficerRetired {
        officer: OfficerId,
    },
    OfficerRoleChanged {
        officer: OfficerId,
        from: OfficerRole,
        to: OfficerRole,
    },
}

impl Deed<'_> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::EnrolmentApproved { .. } => "enrolment.approved",
            Self::EvidenceHeld { .. } => "enrolment.evidence-held",
            Self::EvidenceFailed { .. } => "enrolment.evidence-failed",
            Self::EnrolmentLookedAt { .. } => "enrolment.looked-at",
            Self::LookalikeSeen { .. } => "enrolment.seen-as-lookalike",
            Self::LookalikesFrozen { .. } => "enrolment.frozen",
            Self::LookalikesReleased { .. } => "enrolment.released",
            Self::EnrolmentReferred { .. } => "enrolment.referred",
            Self::EnrolmentRefused { .. } => "enrolment.refused",
            Self::EnrolmentEnded { .. } => "enrolment.ended",
            Self::CopiesIntended { .. } => "copies.intended",
            Self::CopiesIssued { .. } => "copies.issued",
            Self::CopiesGivenUp { .. } => "copies.given-up",
            Self::CardLive { .. } => "card.live",
            Self::CardSuspended { .. } => "card.suspended",
            Self::CardRestored { .. } => "card.restored",
            Self::CardLocked { .. } => "card.locked",
            Self::CardUnlocked { .. } => "card.unlocked",
            Self::CardGivenUp { .. } => "card.given-up",
            Self::CardRevoked { .. } => "card.revoked",
            Self::SheetIssued { .. } => "sheet.issued",
            Self::SheetCodeUsed { .. } => "sheet.code-used",
            Self::CardRetired { .. } => "card.retired",
            Self::CardExpired { .. } => "card.expired",
            Self::CardFellBack { .. } => "card.fell-back",
            Self::ReuseDetected { .. } => "grant.reuse-detected",
            Self::RelyingPartyApplied { .. } => "relying-party.applied",
            Self::RelyingPartyRegistered { .. } => "relying-party.registered",
            Self::RelyingPartyRefused { .. } => "relying-party.refused",
            Self::RelyingPartyPurposesChanged { .. } => "relying-party.purposes-changed",
            Self::RelyingPartySuspended { .. } => "relying-party.suspended",
            Self::RelyingPartyRestored { .. } => "relying-party.restored",
            Self::RelyingPartyEnded { .. } => "relying-party.ended",
            Self::RelyingPartyCertified { .. } => "relying-party.certified",
            Self::RelyingPartyReported { .. } => "relying-party.reported",
            Self::ReportSettled { .. } => "report.settled",
            Self::RegisterImported { .. } => "register.imported",
            Self::RegisterAdded {} => "register.added",
            Self::RegisterLookedUp {} => "register.looked-up",
            Self::RegisterUnmasked {} => "register.unmasked",
            Self::RegisterMarked { mark, set } => mark.kind(*set),
            Self::RegisterRemoved {} => "register.removed",
            Self::RecordChangeProposed { .. } => "register.change-proposed",
            Self::RegisterCorrected { .. } => "register.corrected",
            Self::RegisterMerged { .. } => "register.merged",
            Self::CardsListed { .. } => "cards.listed",
            Self::ResidentsListed { .. } => "register.listed",
            Self::ExportProposed { .. } => "register.export-proposed",
            Self::RegisterExported { .. } => "register.exported",
            Self::ExportFetched { .. } => "export.fetched",
            Self::CardActProposed { .. } => "card.act-proposed",
            Self::ProposalMade { .. } => "proposal.made",
            Self::ProposalLookedAt { .. } => "proposal.looked-at",
            Self::ProposalConfirmed { .. } => "proposal.confirmed",
            Self::ProposalDeclined { .. } => "proposal.declined",
            Self::ProposalWithdrawn { .. } => "proposal.withdrawn",
            Self::ProposalLapsed { .. } => "proposal.lapsed",
            Self::OfficerInvited { .. } => "officer.invited",
            Self::OfficerJoined { .. } => "officer.joined",
            Self::OfficerRetired { .. } => "officer.retired",
            Self::OfficerRoleChanged { .. } => "officer.role-changed",
        }
    }

    /// The enrolment, card, proposal, report, file or relying party that it was done to; nothing
    /// where it was done to a resident's record.
    fn object(&self) -> Option<String> {
        match self {
            Self::EnrolmentApproved { enrolment, .. }
            | Self::EvidenceHeld { enrolment, .. }
            | Self::EvidenceFailed { enrolment, .. }
            | Self::EnrolmentLookedAt { enrolment }
            | Self::LookalikeSeen { enrolment }
            | Self::LookalikesFrozen { enrolment }
            | Self::LookalikesReleased { enrolment }
            | Self::EnrolmentReferred { enrolment }
            | Self::EnrolmentRefused { enrolment }
            | Self::EnrolmentEnded { enrolment }
            | Self::ReuseDetected { enrolment } => Some(enrolment.to_string()),
            Self::CopiesIntended { card, .. }
            | Self::CopiesIssued { card, .. }
            | Self::CopiesGivenUp { card, .. }
            | Self::CardLive { card, .. }
            | Self::CardSuspended { card }
            | Self::CardRestored { card }
            | Self::CardLocked { card, .. }
            | Self::CardUnlocked { card }
            | Self::CardGivenUp { card }
            | Self::CardRevoked { card }
            | Self::SheetIssued { card, .. }
            | Self::SheetCodeUsed { card }
            | Self::CardRetired { card, .. }
            | Self::CardFellBack { card, .. }
            | Self::CardActProposed { card, .. }
            | Self::CardExpired { card } => Some(card.to_string()),
            Self::ExportFetched { proposal, .. }
            | Self::ProposalMade { proposal, .. }
            | Self::ProposalLookedAt { proposal }
            | Self::ProposalConfirmed { proposal, .. }
            | Self::ProposalDeclined { proposal, .. }
            | Self::ProposalWithdrawn { proposal }
            | Self::ProposalLapsed { proposal } => Some(proposal.to_string()),
            Self::RelyingPartyReported { report, .. } | Self::ReportSettled { report, .. } => {
                Some(report.to_string())
            }
            Self::RelyingPartyApplied { relying_party: name }
            | Self::RelyingPartyRegistered { relying_party: name, .. }
            | Self::RelyingPartyRefused { relying_party: name }
            | Self::RelyingPartyPurposesChanged { relying_party: name, .. }
            | Self::RelyingPartySuspended { relying_party: name }
            | Self::RelyingPartyRestored { relying_party: name }
            | Self::RelyingPartyEnded { relying_party: name }
            | Self::RelyingPartyCertified { relying_party: name }
            | Self::RegisterImported { file_sha256: name, .. } => Some((*name).to_owned()),
            Self::OfficerInvited { officer, .. }
            | Self::OfficerJoined { officer }
            | Self::OfficerRetired { officer }
            | Self::OfficerRoleChanged { officer, .. } => Some(officer.to_string()),
            Self::CardsListed { .. }
            | Self::ResidentsListed { .. }
            | Self::ExportProposed { .. }
            | Self::RegisterExported { .. }
            | Self::RegisterAdded {}
            | Self::RegisterLookedUp {}
            | Self::RegisterUnmasked {}
            | Self::RegisterMarked { .. }
            | Self::RegisterRemoved {}
            | Self::RecordChangeProposed { .. }
            | Self::RegisterCorrected { .. }
            | Self::RegisterMerged { .. } => None,
        }
    }
}

/// An act: who did what, when, why, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Act<'a> {
    pub(crate) at: Timestamp,
    pub(crate) actor: Actor<'a>,
    /// The resident whom it is about, and who is shown it; nobody for acts about no single one.
    pub(crate) resident: Option<ResidentId>,
    pub(crate) deed: Deed<'a>,
}

impl Act<'_> {
    /// Appends the act to the log.
    pub(crate) async fn record(
        &self,
        tx: &mut Tx<'_, tanda_storage::Authority>,
    ) -> Result<(), StorageError> {
        let resident = self.resident.map(|resident| resident.to_string());
        // Who looks for somebody and finds nobody leaves a trace too.
        let nobody = || resident.clone().unwrap_or_else(|| "nobody".to_owned());
        let subject = self.deed.object().unwrap_or_else(nobody);
        let (by, officer) = match self.actor {
            Actor::Policy => ("policy", None),
            Actor::Wallet => ("wallet", None),
            Actor::RelyingParty => ("relying-party", None),
            Actor::Housekeeping => ("housekeeping", None),
            Actor::Officer(officer) => ("officer", Some(officer)),
        };
        let entry = Entry {
            at: self.at,
            kind: self.deed.kind(),
            by,
            officer: officer.map(Officer::id),
            role: officer.map(Officer::role),
            reason: officer.map(|officer| officer.reason().as_str()),
            case: officer.and_then(Officer::case_number).map(CaseNumber::as_str),
            resident: self.resident,
            subject: &subject,
            details: &self.deed,
        };
        log::append(tx, &entry).await
    }
}
