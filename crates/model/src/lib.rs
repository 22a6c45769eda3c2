//! The language of the domain: people, levels, purposes, lifecycles, policies. No I/O.
//!
//! Everything here is a value or a pure function of values: time comes in as a parameter, and so
//! does randomness. What can only be valid is a type that only parsing makes.

mod card;
mod claim;
mod complaint;
mod country;
mod decision;
mod enrolment;
mod evidence;
mod evidence_policy;
mod identification;
mod ids;
mod level;
mod name;
pub mod number;
mod office;
mod officer;
mod pin;
mod proposal;
mod purpose;
mod reason;
mod relying_party;
mod resident;
mod sex;
mod strength;
mod throttle;

pub use card::{CardState, CardTransitionError, Suspender};
pub use claim::{AgeThreshold, Claim, UnknownClaim};
pub use complaint::{Complaint, UnknownComplaint};
pub use country::{Country, NotACountry};
pub use decision::{
    CaptureScores, Decision, DecisionThresholds, FaceScores, Finding, Findings, decide,
};
pub use enrolment::{
    CaptureProgress, Decider, EnrolmentState, EnrolmentTransitionError, OfficerVerdict,
};
pub use evidence::{EvidenceKind, EvidenceSet, UnknownEvidence};
pub use evidence_policy::{
    EvidencePolicy, EvidencePolicyError, Fate, LevelPolicy, PhysicalCardPolicy,
};
pub use identification::{Identification, IdentityCheck, NotIdentified, UnknownIdentityCheck};
pub use ids::{
    AccountId, ActId, BatchId, CardId, CopyId, DeskRequestId, EnrolmentId, GrantId, NotAnId,
    OfferId, OfficerId, ProposalId, RelyingPartyId, ReportId, ResidentId, SessionId, StaffId,
    UploadId,
};
pub use level::{AssuranceLevel, UnknownLevel};
pub use name::{NameError, PersonName};
pub use number::{NumberError, NumberScheme, ResidentNumber};
pub use office::{OfficeHours, OfficeHoursError};
pub use officer::{
    Action, OfficerName, OfficerNameError, OfficerRole, OfficerState, OfficerTransitionError,
    UnknownOfficerRole, permits,
};
pub use pin::{PIN_LADDER, Pin, PinError};
pub use proposal::{ProposalKind, ProposalState, ProposalTransitionError, UnknownProposalKind};
pub use purpose::{Purpose, PurposeId, PurposeText, UnknownPurpose};
pub use reason::{CaseNumber, CaseNumberError, Reason, ReasonError};
pub use relying_party::{RelyingPartyState, RelyingPartyTransitionError};
pub use resident::{Marks, Resident};
pub use sex::{Sex, UnknownSex};
pub use strength::Strength;
pub use throttle::{Admission, AttemptHistory, Counter, Ladder, ThrottlePolicy};
