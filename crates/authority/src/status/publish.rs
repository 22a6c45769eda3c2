use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tanda_credential::sd_jwt_vc::StatusReference;
use tanda_credential::status_list::{self, Bits, Status, StatusList, StatusListClaims};
use tanda_storage::StorageError;
use tanda_storage::authority::batches::Place;

use super::{LIST_LENGTH, LISTS, VOLUME};
use crate::{Authority, Fault};

/// After how long verifiers fetch a list anew.
const TTL: SignedDuration = SignedDuration::from_secs(15);
/// How long a signed list can be used at all.
const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// For how long a signed list is handed out without looking at the store. This and [`TTL`] bound
/// how old a status is when it counts: 20 seconds, of the 60 that are promised.
const KEPT: SignedDuration = SignedDuration::from_secs(5);

/// Lists signed within the last few seconds.
#[derive(Debug, Default)]
pub(crate) struct PublishedLists(Mutex<HashMap<u32, (Timestamp, Arc<str>)>>);

/// Why a list is not published.
#[derive(Debug, thiserror::Error)]
pub enum StatusListError {
    /// There is no such list.
    #[error("there is no such status list")]
    Unknown,
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for StatusListError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl PublishedLists {
    fn fresh(&self, list: u32, now: Timestamp) -> Option<Arc<str>> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (signed_at, token) = lists.get(&list)?;
        (*signed_at <= now && now < *signed_at + KEPT).then(|| Arc::clone(token))
    }

    /// Forgets what was signed of these lists: the next who asks gets them as they are.
    pub(crate) fn drop(&self, changed: impl Iterator<Item = u32>) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for list in changed {
            lists.remove(&list);
        }
    }

    fn keep(&self, list: u32, signed_at: Timestamp, token: Arc<str>) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.insert(list, (signed_at, token));
    }
}

impl Authority {
    /// A signed status list (`application/statuslist+jwt`), at most 5 seconds old.
    ///
    /// # Errors
    /// [`StatusListError`]
    pub async fn publish_status_list(
        &self,
        list: u32,
        now: Timestamp,
    ) -> Result<Arc<str>, StatusListError> {
        if let Some(token) = self.lists.fresh(list, now) {
            return Ok(token);
        }
        let mut reader = self.store.reader().await?;
        // The lists of a volume are there from its first copy on; those of the first, always.
        let volumes = reader.drawn_status_numbers().await?.div_ceil(VOLUME).max(1);
        if u64::from(list) >= volumes * u64::from(LISTS) {
            return Err(StatusListError::Unknown);
        }
        let not_valid = reader.entries_not_valid(list).await?;
        drop(reader);
        let uri = self.status_list_url(list);
        let signer = Arc::clone(&self.keys.status);
        let token = self.workers.run(move || sign(uri, &not_valid, signer.as_ref(), now)).await??;
        self.lists.keep(list, now, Arc::clone(&token));
        Ok(token)
    }

    /// What a copy says about where its status stands.
    pub(crate) fn status_reference(&self, place: Place) -> StatusReference {
        StatusReference { uri: self.status_list_url(place.list), idx: u64::from(place.position) }
    }

    fn status_list_url(&self, list: u32) -> String {
        self.url(&format!("/status-lists/{list}"))
    }
}

/// Packs and signs a list: a millisecond or two of a core.
fn sign(
    uri: String,
    not_valid: &[(u32, u8)],
    signer: &dyn tanda_credential::jose::Signer,
    now: Timestamp,
) -> Result<Arc<str>, Fault> {
    let mut list = StatusList::new(Bits::Two, LIST_LENGTH as usize);
    for (position, status) in not_valid {
        list.set(u64::from(*position), Status::from_value(*status))
            .map_err(|_| Fault::Contradiction("a status outside its list"))?;
    }
    let encoded = list.encode().map_err(|_| Fault::Contradiction("a list that is too long"))?;
    let claims = StatusListClaims {
        uri,
        issued_at: now,
        expires_at: Some(now + LIFE),
        ttl: Some(TTL.as_secs().unsigned_abs()),
    };
    let token = status_list::sign(&claims, &encoded, signer);
    token.map(Arc::from).map_err(|_| Fault::Sign("a status list"))
}
