use jiff::Timestamp;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tanda_passkey::{
    Claimed, DiscoverableAuthentication, PublicKeyCredential, Refused, RequestChallengeResponse,
};
use tanda_protocol::oauth::OpaqueToken;
use tanda_storage::StorageError;
use tanda_storage::authority::officers::OfficerRow;

use super::{OfficerSession, passkey_user};
use crate::tallies::Attack;
use crate::{Authority, Fault};

/// Why an officer was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum OfficerSignInError {
    /// The passkey dialogue has ended.
    #[error("the passkey dialogue has ended")]
    NoCeremony,
    /// No officer who may sign in has this passkey, or its answer doesn't fit. Which is not told.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for OfficerSignInError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// What is kept between the start and the finish.
#[derive(Serialize, Deserialize)]
struct SigningIn {
    passkey: DiscoverableAuthentication,
}

impl Authority {
    /// Starts a sign-in, or the passkey's use anew: the challenge for the browser, and the
    /// dialogue's token.
    ///
    /// # Errors
    /// [`OfficerSignInError`]
    pub async fn start_officer_sign_in(
        &self,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(RequestChallengeResponse, OpaqueToken), OfficerSignInError> {
        let (challenge, passkey) = self.passkeys.start_sign_in()?;
        Ok((challenge, self.begin_ceremony(&SigningIn { passkey }, now, rng).await?))
    }

    /// Finishes a sign-in. It ends whatever other sign-in the officer has: there is one at a time.
    ///
    /// # Errors
    /// [`OfficerSignInError`]
    pub async fn finish_officer_sign_in(
        &self,
        ceremony: &str,
        answer: &PublicKeyCredential,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<OpaqueToken, OfficerSignInError> {
        let officer = self.proven(ceremony, answer, now).await?;
        let session = OpaqueToken::mint(rng);
        let hash = session.hash();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    // Here and nowhere before: they may be retired since the passkey was looked up.
                    let row = tx.find_officer(officer.id).await?;
                    if !row.is_some_and(|row| row.state.is_active()) {
                        return Err(Refused.into());
                    }
                    tx.begin_officer_session(hash.as_bytes(), officer.id, now).await?;
                    Ok::<_, OfficerSignInError>(())
                })
            })
            .await?;
        Ok(session)
    }

    /// A signed-in officer has used their passkey again: their sign-in is fresh.
    ///
    /// # Errors
    /// [`OfficerSignInError`], also when it was another officer's passkey.
    pub async fn finish_step_up(
        &self,
        session: &OfficerSession,
        ceremony: &str,
        answer: &PublicKeyCredential,
        now: Timestamp,
    ) -> Result<(), OfficerSignInError> {
        let officer = self.proven(ceremony, answer, now).await?;
        if officer.id != session.id() {
            return Err(Refused.into());
        }
        let hash = *session.hash();
        let noted = self.store.write(move |mut tx| {
            Box::pin(async move { tx.note_officer_authenticated(hash.as_bytes(), now).await })
        });
        Ok(noted.await?)
    }

    /// The officer whose passkey an answer is of; whether they are still one is another question.
    async fn proven(
        &self,
        ceremony: &str,
        answer: &PublicKeyCredential,
        now: Timestamp,
    ) -> Result<OfficerRow, OfficerSignInError> {
        let proven = self.owner_of(ceremony, answer, now).await;
        if let Err(OfficerSignInError::Refused(_)) = &proven {
            self.tallies.turned_away(Attack::PasskeyRefused, now);
        }
        proven
    }

    async fn owner_of(
        &self,
        ceremony: &str,
        answer: &PublicKeyCredential,
        now: Timestamp,
    ) -> Result<OfficerRow, OfficerSignInError> {
        let SigningIn { passkey } =
            self.take_ceremony(ceremony, now).await?.ok_or(OfficerSignInError::NoCeremony)?;
        let Claimed { user, credential_id } = self.passkeys.claimed(answer)?;
        let mut reader = self.store.reader().await?;
        let kept = reader.officer_passkey(&credential_id).await?.ok_or(Refused)?;
        let officer = reader.find_officer(kept.officer).await?.ok_or(Refused)?;
        drop(reader);
        if passkey_user(officer.id) != user {
            return Err(Refused.into());
        }
        if let Some(data) = self.passkeys.finish_sign_in(passkey, answer, &kept.data)? {
            self.store
                .write(move |mut tx| {
                    Box::pin(async move { tx.update_officer_passkey(&credential_id, &data).await })
                })
                .await?;
        }
        Ok(officer)
    }
}
