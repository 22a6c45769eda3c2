use jiff::{SignedDuration, Timestamp};
use tanda_model::{Action, OfficerId, OfficerName, OfficerRole};
use tanda_protocol::oauth::{OpaqueToken, TokenHash};
use tanda_storage::authority::officer_sessions::OfficerSessionRow;

use crate::officer::SignedIn;
use crate::{Authority, Fault};

/// How long a sign-in lasts at most: a working day.
pub const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(10);
/// How long it lasts when nothing is done.
pub const IDLE_FOR: SignedDuration = SignedDuration::from_mins(15);
/// How long the use of a passkey counts as fresh.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_mins(5);
/// How exactly it is kept when an officer did something last: not every request is a write.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(20);

/// A browser that an officer is signed in at.
#[derive(Debug, Clone)]
pub struct OfficerSession {
    hash: TokenHash,
    row: OfficerSessionRow,
    now: Timestamp,
}

impl OfficerSession {
    /// Who.
    pub const fn id(&self) -> OfficerId {
        self.row.officer.id
    }

    /// What colleagues call them.
    pub const fn name(&self) -> &OfficerName {
        &self.row.officer.name
    }

    /// What they are there for.
    pub const fn role(&self) -> OfficerRole {
        self.row.officer.role
    }

    /// What they may do, given a fresh sign-in where that is needed.
    pub fn permitted(&self) -> impl Iterator<Item = Action> {
        let role = self.role();
        Action::ALL.iter().copied().filter(move |action| tanda_model::permits(role, *action))
    }

    /// When it ends for want of anything done.
    pub fn idle_at(&self) -> Timestamp {
        (self.row.seen_at + IDLE_FOR).min(self.ends_at())
    }

    /// When it ends, whatever is done.
    pub fn ends_at(&self) -> Timestamp {
        self.row.begun_at + SESSION_LIFE
    }

    /// Until when the passkey counts as used just now.
    pub fn fresh_until(&self) -> Timestamp {
        self.row.authenticated_at + FRESH_FOR
    }

    /// The officer, to act.
    pub fn signed_in(&self) -> SignedIn {
        SignedIn::of(&self.row.officer, self.now < self.fresh_until())
    }

    pub(super) const fn hash(&self) -> &TokenHash {
        &self.hash
    }

    fn is_over(&self) -> bool {
        self.now >= self.idle_at() || !self.row.officer.state.is_active()
    }
}

impl Authority {
    /// The officer whose browser has this token, unless the sign-in has ended. What a page does by
    /// itself (`attended` is false) keeps no sign-in alive.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn officer_session(
        &self,
        token: &str,
        attended: bool,
        now: Timestamp,
    ) -> Result<Option<OfficerSession>, Fault> {
        let Ok(token) = OpaqueToken::parse(token) else { return Ok(None) };
        let hash = token.hash();
        let row = self.store.reader().await?.officer_session(hash.as_bytes()).await?;
        let Some(row) = row else { return Ok(None) };
        let mut session = OfficerSession { hash, row, now };
        if session.is_over() {
            self.end_session(hash).await?;
            return Ok(None);
        }
        if attended && now >= session.row.seen_at + SEEN_EVERY {
            self.store
                .write(move |mut tx| {
                    Box::pin(async move { tx.note_officer_seen(hash.as_bytes(), now).await })
                })
                .await?;
            session.row.seen_at = now;
        }
        Ok(Some(session))
    }

    /// An officer signs out.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn officer_sign_out(&self, token: &str) -> Result<(), Fault> {
        match OpaqueToken::parse(token) {
            Ok(token) => self.end_session(token.hash()).await,
            Err(_) => Ok(()),
        }
    }

    async fn end_session(&self, hash: TokenHash) -> Result<(), Fault> {
        let ended = self.store.write(move |mut tx| {
            Box::pin(async move { tx.end_officer_session(hash.as_bytes()).await })
        });
        Ok(ended.await?)
    }
}
