use jiff::Timestamp;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tanda_model::{OfficerName, OfficerRole, OfficerState, OfficerTransitionError};
use tanda_passkey::{
    CreationChallengeResponse, PasskeyRegistration, Refused, RegisterPublicKeyCredential,
};
use tanda_protocol::oauth::{OpaqueToken, TokenHash};
use tanda_storage::StorageError;
use tanda_storage::authority::officers::{OfficerPasskeyRow, OfficerRow};

use super::passkey_user;
use crate::act::{Act, Actor, Deed};
use crate::officer::SignedIn;
use crate::{Authority, Fault};

/// An invitation that can be accepted, as whoever has its link may see it.
#[derive(Debug, Clone)]
pub struct OpenInvitation {
    /// Who is invited.
    pub name: OfficerName,
    /// As what.
    pub role: OfficerRole,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Why nobody joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// No invitation has this secret: it was used, replaced, or never made.
    #[error("no invitation has this secret")]
    Unknown,
    /// It came too late, or the officer is gone.
    #[error(transparent)]
    NotNow(#[from] OfficerTransitionError),
    /// The passkey dialogue has ended.
    #[error("the passkey dialogue has ended")]
    NoCeremony,
    /// The passkey does not do.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for JoinError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// What is kept between the start and the finish.
#[derive(Serialize, Deserialize)]
struct Joining {
    /// The SHA-256 of the link's secret.
    invitation: [u8; 32],
    passkey: PasskeyRegistration,
}

impl Authority {
    /// What an invitation is for. Uses nothing up.
    ///
    /// # Errors
    /// [`JoinError`]
    pub async fn open_invitation(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<OpenInvitation, JoinError> {
        let (row, _) = self.invited(token, now).await?;
        let expires_at = match row.state {
            OfficerState::Invited { until } => until,
            _ => now,
        };
        Ok(OpenInvitation { name: row.name, role: row.role, expires_at })
    }

    /// Starts making the passkey of an invited officer: the challenge for the browser, and the
    /// dialogue's token.
    ///
    /// # Errors
    /// [`JoinError`]
    pub async fn start_joining(
        &self,
        token: &str,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(CreationChallengeResponse, OpaqueToken), JoinError> {
        let (row, hash) = self.invited(token, now).await?;
        let (challenge, passkey) =
            self.passkeys.start_registration(passkey_user(row.id), row.name.as_str())?;
        let joining = Joining { invitation: *hash.as_bytes(), passkey };
        Ok((challenge, self.begin_ceremony(&joining, now, rng).await?))
    }

    /// Finishes it: the link is used up, the account is active, and this browser is signed in.
    ///
    /// # Errors
    /// [`JoinError`]; nothing is changed then.
    pub async fn finish_joining(
        &self,
        ceremony: &str,
        answer: &RegisterPublicKeyCredential,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<OpaqueToken, JoinError> {
        let Joining { invitation, passkey } =
            self.take_ceremony(ceremony, now).await?.ok_or(JoinError::NoCeremony)?;
        let passkey = self.passkeys.finish_registration(&passkey, answer)?;
        let session = OpaqueToken::mint(rng);
        let session_hash = session.hash();
        let reason = "the invitation was accepted".parse();
        let reason = reason.map_err(|_| Fault::Contradiction("a reason of our own"))?;
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    // Two who have the same link: the second finds it used.
                    let row = tx.invited_officer(&invitation).await?.ok_or(JoinError::Unknown)?;
                    let state = row.state.join(now)?;
                    if !tx.change_officer(row.id, row.revision, row.role, &state).await? {
                        return Err(Fault::Contradiction("an officer changed in a write").into());
                    }
                    tx.disarm_officer(row.id).await?;
                    let data = OfficerPasskeyRow { officer: row.id, data: passkey.data };
                    tx.insert_officer_passkey(&passkey.credential_id, &data).await?;
                    tx.begin_officer_session(session_hash.as_bytes(), row.id, now).await?;
                    let deed = Deed::OfficerJoined { officer: row.id };
                    let own = SignedIn::of(&row, true).acting(reason, None);
                    let act = Act { at: now, actor: Actor::Officer(&own), resident: None, deed };
                    Ok::<_, JoinError>(act.record(&mut tx).await?)
                })
            })
            .await?;
        Ok(session)
    }

    /// The officer whose invitation has this secret, if it can be accepted now.
    async fn invited(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(OfficerRow, TokenHash), JoinError> {
        let hash = OpaqueToken::parse(token).map_err(|_| JoinError::Unknown)?.hash();
        let row = self.store.reader().await?.invited_officer(hash.as_bytes()).await?;
        let row = row.ok_or(JoinError::Unknown)?;
        row.state.join(now)?;
        Ok((row, hash))
    }
}
