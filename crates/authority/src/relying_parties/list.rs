use jiff::Timestamp;
use tanda_model::{Action, PurposeId, RelyingPartyId, RelyingPartyState};
use tanda_protocol::registration::LocalText;
use url::Url;

use super::applied;
use super::certify::ends;
use crate::{Authority, ReadError, SignedIn};

/// A relying party, for officers.
#[derive(Clone, Debug)]
pub struct RelyingPartyView {
    /// Its identifier.
    pub id: RelyingPartyId,
    /// Which state of it this is: to be named when it is registered.
    pub revision: i64,
    /// The name under which people know it.
    pub name: LocalText,
    /// From where it asks.
    pub hosts: Vec<String>,
    /// Where it says what it does with the data.
    pub privacy_policy: Option<Url>,
    /// The thumbprint of its access key (RFC 7638), to compare with the applicant's.
    pub key_thumbprint: String,
    /// Where it stands.
    pub state: RelyingPartyState,
    /// Why the last decision was as it was.
    pub reason: Option<String>,
    /// When it applied.
    pub applied_at: Timestamp,
    /// What it applied for.
    pub asked: Vec<PurposeId>,
    /// What it is registered for.
    pub purposes: Vec<PurposeId>,
    /// When its access certificate ends.
    pub access_until: Option<Timestamp>,
    /// When the first of its registrations ends.
    pub registered_until: Option<Timestamp>,
    /// Reports of it by residents that nobody has settled.
    pub open_reports: u64,
}

impl Authority {
    /// Every relying party that has ever applied: those that wait for a decision first.
    ///
    /// # Errors
    /// [`ReadError`]
    pub async fn relying_parties(&self, by: &SignedIn) -> Result<Vec<RelyingPartyView>, ReadError> {
        by.may(Action::SeeRelyingParties)?;
        let mut reader = self.store.reader().await?;
        let reports = reader.open_reports_by_relying_party().await?;
        let mut views = Vec::new();
        for row in reader.relying_party_register().await? {
            let registrations = reader.registrations_of(&row.id).await?;
            let known = applied(&row)?;
            views.push(RelyingPartyView {
                revision: row.revision,
                key_thumbprint: known.key.thumbprint(),
                name: known.application.name,
                hosts: known.application.hosts,
                privacy_policy: known.application.privacy_policy,
                asked: known.application.purposes,
                state: row.state,
                reason: row.reason,
                applied_at: row.applied_at,
                purposes: row.purposes,
                access_until: row.access_certificate.as_deref().and_then(ends),
                registered_until: registrations.iter().map(|one| one.expires_at).min(),
                open_reports: reports.get(&row.id).copied().unwrap_or_default(),
                id: row.id,
            });
        }
        views.sort_by_key(|view| !matches!(view.state, RelyingPartyState::Applied { .. }));
        Ok(views)
    }
}
