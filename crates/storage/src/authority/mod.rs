//! The authority's tables.

pub mod acts;
pub mod attempts;
pub mod batches;
pub mod cards;
pub mod checkpoints;
pub mod corrections;
pub mod enrolled_faces;
pub mod enrolment;
pub mod evidence;
pub mod exports;
pub mod figures;
pub mod frozen;
pub mod grants;
pub mod hands;
pub mod import;
pub mod offers;
pub mod officer_sessions;
pub mod officers;
pub mod proposals;
pub mod register;
pub mod relying_parties;
pub mod relying_party_register;
pub mod reports;
pub mod sheets;
pub mod spent;
pub mod status;
