use jiff::Timestamp;
use tanda_model::{RelyingPartyId, RelyingPartyState, RelyingPartyTransitionError};
use tanda_protocol::registration::{Application, ApplicationError};
use tanda_storage::StorageError;
use tanda_storage::authority::relying_party_register::RelyingPartyRow;

use super::applied;
use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault};

/// Applications that may wait at once: more than officers look through, and few enough that nobody
/// fills the store.
const MOST_WAITING: u64 = 500;

/// Why an application is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// It is not in order.
    #[error(transparent)]
    Application(#[from] ApplicationError),
    /// Somebody else has the name, or had it.
    #[error(transparent)]
    Taken(#[from] RelyingPartyTransitionError),
    /// Too many wait already.
    #[error("too many applications wait for an officer")]
    TooMany,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for ApplyError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Takes an application to be a relying party, signed with the access key that is to be
    /// certified. Whoever has the same key may send another one until it is decided.
    ///
    /// # Errors
    /// [`ApplyError`]
    pub async fn apply_as_relying_party(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<RelyingPartyId, ApplyError> {
        let new = Application::verify(token, self.config.issuer.as_str(), now)?;
        let (id, application) = (new.application.id.clone(), token.to_owned());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    let state = RelyingPartyState::Applied { at: now };
                    match tx.find_relying_party(&id).await? {
                        None => {
                            if tx.waiting_relying_parties().await? >= MOST_WAITING {
                                return Err(ApplyError::TooMany);
                            }
                            tx.insert_relying_party(&RelyingPartyRow {
                                id: id.clone(),
                                revision: 0,
                                state,
                                application,
                                purposes: Vec::new(),
                                reason: None,
                                access_certificate: None,
                                certified_at: None,
                                applied_at: now,
                            })
                            .await?;
                        }
                        Some(mut row) => {
                            let waits = matches!(row.state, RelyingPartyState::Applied { .. });
                            if waits && !applied(&row)?.key.same_key(&new.key) {
                                return Err(RelyingPartyTransitionError::Taken.into());
                            }
                            row.state = row.state.apply_again(now)?;
                            (row.application, row.applied_at, row.reason) =
                                (application, now, None);
                            if !tx.change_relying_party(&row).await? {
                                return Err(Fault::Contradiction("changed in a write").into());
                            }
                        }
                    }
                    let deed = Deed::RelyingPartyApplied { relying_party: id.as_str() };
                    let act = Act { at: now, actor: Actor::RelyingParty, resident: None, deed };
                    act.record(&mut tx).await?;
                    Ok(id)
                })
            })
            .await
    }
}
