//! The officers' accounts: a one-time link, a passkey, sign-ins, and the way out.
//!
//! What an officer does with residents is elsewhere; here is who they are. Every act of an account
//! on another is recorded like any other.

mod change;
mod invite;
mod join;
mod list;
mod session;
mod sign_in;

pub use change::ChangeOfficerError;
pub use invite::{Invitation, InviteError, InvitedOfficer, OwnNumber};
pub use join::{JoinError, OpenInvitation};
pub use list::OfficerView;
pub use session::{FRESH_FOR, IDLE_FOR, OfficerSession, SESSION_LIFE};
pub use sign_in::OfficerSignInError;

use jiff::Timestamp;
use rand::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tanda_credential::b64;
use tanda_model::OfficerId;
use tanda_passkey::DIALOGUE_LIFE;
use tanda_protocol::oauth::OpaqueToken;
use uuid::Uuid;

use crate::{Authority, Fault};

/// The name by which authenticators know an officer.
const fn passkey_user(id: OfficerId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

impl Authority {
    /// Keeps a passkey dialogue's state under a token that the browser gets.
    async fn begin_ceremony(
        &self,
        state: &impl Serialize,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<OpaqueToken, Fault> {
        let state = serde_json::to_string(state)
            .map_err(|_| Fault::Contradiction("a passkey dialogue without JSON"))?;
        let token = OpaqueToken::mint(rng);
        let hash = b64::encode(token.hash().as_bytes());
        self.store.keep_ceremony(hash, state, now + DIALOGUE_LIFE).await?;
        Ok(token)
    }

    /// The state of a passkey dialogue, once; nothing when it has ended or was another kind's.
    async fn take_ceremony<T: DeserializeOwned>(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<T>, Fault> {
        let Ok(token) = OpaqueToken::parse(token) else { return Ok(None) };
        let hash = b64::encode(token.hash().as_bytes());
        let state = self.store.take_ceremony(hash, now).await?;
        Ok(state.and_then(|state| serde_json::from_str(&state).ok()))
    }
}

#[cfg(test)]
mod tests;
