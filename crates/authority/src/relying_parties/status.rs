use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tanda_credential::status_list::{self, Bits, Status, StatusList, StatusListClaims};
use tanda_protocol::registration::STANDING_LIFE;

use crate::status::StatusListError;
use crate::{Authority, Fault};

/// Entries of a list: so few that the list can travel with every request.
pub(super) const LIST_LENGTH: u64 = 1 << 13;
/// After how long verifiers fetch a list anew.
const TTL: SignedDuration = SignedDuration::from_secs(15);
/// For how long a signed list is handed out without looking at the store.
const KEPT: SignedDuration = SignedDuration::from_secs(5);

/// Lists signed within the last few seconds.
#[derive(Debug, Default)]
pub(crate) struct PublishedRegistrations(Mutex<HashMap<u64, (Timestamp, Arc<str>)>>);

impl PublishedRegistrations {
    /// Forgets what was signed: the next who asks gets the lists as they are.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The address of a list of the registrar with this identifier.
pub(super) fn uri(issuer: &str, list: u64) -> String {
    format!("{}/registration-status/{list}", issuer.trim_end_matches('/'))
}

impl Authority {
    /// A signed status list of what relying parties are registered for
    /// (`application/statuslist+jwt`), at most 5 seconds old.
    ///
    /// # Errors
    /// [`StatusListError`]
    pub async fn publish_registration_status(
        &self,
        list: u64,
        now: Timestamp,
    ) -> Result<Arc<str>, StatusListError> {
        let fresh = |(at, token): &(Timestamp, Arc<str>)| {
            (*at <= now && now < *at + KEPT).then(|| Arc::clone(token))
        };
        let kept = || self.registrations.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = kept().get(&list).and_then(fresh) {
            return Ok(token);
        }
        let mut reader = self.store.reader().await?;
        let lists = reader.next_registration().await?.div_ceil(LIST_LENGTH).max(1);
        if list >= lists {
            return Err(StatusListError::Unknown);
        }
        let first = list * LIST_LENGTH;
        let not_valid = reader.registrations_not_valid(first, LIST_LENGTH).await?;
        drop(reader);
        let length = usize::try_from(LIST_LENGTH).unwrap_or(usize::MAX);
        let mut entries = StatusList::new(Bits::Two, length);
        for (idx, status) in not_valid {
            let set = entries.set(idx - first, Status::from_value(status));
            set.map_err(|_| Fault::Contradiction("a status outside its list"))?;
        }
        let encoded =
            entries.encode().map_err(|_| Fault::Contradiction("a list that is too long"))?;
        let claims = StatusListClaims {
            uri: uri(self.config.issuer.as_str(), list),
            issued_at: now,
            expires_at: Some(now + STANDING_LIFE),
            ttl: Some(TTL.as_secs().unsigned_abs()),
        };
        let token = status_list::sign(&claims, &encoded, self.keys.registrar.as_ref());
        let token: Arc<str> = token.map_err(|_| Fault::Sign("the registrar's status list"))?.into();
        kept().insert(list, (now, Arc::clone(&token)));
        Ok(token)
    }
}
