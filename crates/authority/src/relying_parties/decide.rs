use jiff::Timestamp;
use rand::CryptoRng;
use tanda_model::{Action, PurposeId, RelyingPartyId};

use super::change::in_order;
use super::{ChangeRelyingPartyError, applied};
use crate::act::{Act, Actor, Deed};
use crate::{Authority, Officer};

impl Authority {
    /// Registers an applicant: for these purposes, which need not be all that it applied for. It is
    /// certified in the same write, and fetches the certificates with its access key. Cards that are
    /// issued from now on carry a pseudonym for it if a purpose asks for one.
    ///
    /// `seen` is the revision that the officer looked at: an application that was replaced since is
    /// not approved unseen.
    ///
    /// # Errors
    /// [`ChangeRelyingPartyError`]
    pub async fn register_relying_party(
        &self,
        id: &RelyingPartyId,
        seen: i64,
        purposes: &[PurposeId],
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), ChangeRelyingPartyError> {
        officer.may(Action::RegisterRelyingParties)?;
        let purposes = in_order(purposes)?;
        let row = self.store.reader().await?.find_relying_party(id).await?;
        let mut row = row.ok_or(ChangeRelyingPartyError::Unknown)?;
        row.state = row.state.register(now)?;
        if row.revision != seen {
            return Err(ChangeRelyingPartyError::Changed);
        }
        let applied = applied(&row)?;
        let access = self.issue_access_certificate(&applied.application, &applied.key, now, rng)?;
        (row.access_certificate, row.certified_at) = (Some(access), Some(now));
        (row.purposes, row.reason) = (purposes, Some(officer.reason().as_str().to_owned()));
        let (officer, registrar) = (officer.clone(), self.registrar());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    if !tx.change_relying_party(&row).await? {
                        return Err(ChangeRelyingPartyError::Changed);
                    }
                    registrar.put_registrations(&mut tx, &row, &applied.application, now).await?;
                    let deed = Deed::RelyingPartyRegistered {
                        relying_party: row.id.as_str(),
                        purposes: &row.purposes,
                    };
                    let act =
                        Act { at: now, actor: Actor::Officer(&officer), resident: None, deed };
                    Ok(act.record(&mut tx).await?)
                })
            })
            .await
    }
}
