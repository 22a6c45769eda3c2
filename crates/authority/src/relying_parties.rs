//! The relying parties: who applies, what they are registered for, and how that ends.
//!
//! An applicant signs the application with its access key; an officer decides; the certificates are
//! fetched with the same key. Every registration has an entry in the registrar's status lists, which
//! verifiers bring along and wallets read (docs/decisions/0021-suspended-at-once.md).

mod apply;
mod certify;
mod change;
mod decide;
mod list;
mod status;

pub use apply::ApplyError;
pub use certify::{Certificates, Standing, StandingError};
pub use change::{ChangeRelyingPartyError, Step};
pub use list::RelyingPartyView;
pub(crate) use status::PublishedRegistrations;

use tanda_protocol::registration::{Application, Applied};
use tanda_storage::authority::relying_party_register::RelyingPartyRow;

use crate::Fault;

/// What a relying party has applied for, as it signed it.
fn applied(row: &RelyingPartyRow) -> Result<Applied, Fault> {
    Application::read(&row.application)
        .map_err(|_| Fault::Contradiction("an application that is none"))
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
