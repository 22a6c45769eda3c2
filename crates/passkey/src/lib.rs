//! Passkeys for one site (WebAuthn Level 3): the dialogues that make one and sign in with one, as
//! the app's accounts and the authority's officers have them in common.
//!
//! No I/O: whoever calls keeps a dialogue's state between its start and its finish, once, and the
//! passkeys. Every passkey names its user by itself, so that nobody types a name to sign in, and
//! verifies the user (finger, face or PIN), so that it is two factors in one.

use std::time::Duration;

use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::Passkey;
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::ResidentKeyRequirement;

pub use webauthn_rs::prelude::{
    CreationChallengeResponse, DiscoverableAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, RequestChallengeResponse,
};

/// A dialogue that isn't finished by then has to start again.
pub const DIALOGUE_LIFE: Duration = Duration::from_secs(5 * 60);

/// A site whose users have passkeys.
#[derive(Debug)]
pub struct Passkeys(Webauthn);

/// Passkeys need an address with a host name, and https unless it is `localhost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this address can't have passkeys: it needs https and a host name")]
pub struct AddressError;

/// The authenticator's answer doesn't fit its challenge, its passkey or this site. Which of them is
/// not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the passkey was not accepted")]
pub struct Refused;

/// A passkey that was made.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    /// By which it is found again.
    pub credential_id: Vec<u8>,
    /// The passkey, to be kept with its user.
    pub data: String,
}

/// Whose passkey an answer claims to be of; believed only once [`Passkeys::finish_sign_in`] has
/// checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The user.
    pub user: Uuid,
    /// The passkey.
    pub credential_id: Vec<u8>,
}

impl Passkeys {
    /// The passkeys of the site at `url`, which people know as `name`.
    ///
    /// # Errors
    /// [`AddressError`]
    pub fn new(url: &Url, name: &str) -> Result<Self, AddressError> {
        let host = url.host_str().ok_or(AddressError)?;
        WebauthnBuilder::new(host, url)
            .and_then(|builder| builder.rp_name(name).timeout(DIALOGUE_LIFE).build())
            .map(Self)
            .map_err(|_| AddressError)
    }

    /// Starts making a passkey: the challenge for the browser, and the state to keep. `name` is
    /// what the browser shows when it asks which passkey to use.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn start_registration(
        &self,
        user: Uuid,
        name: &str,
    ) -> Result<(CreationChallengeResponse, PasskeyRegistration), Refused> {
        let (mut challenge, state) =
            self.0.start_passkey_registration(user, name, name, None).map_err(|_| Refused)?;
        // Signing in asks for no name, so the authenticator must know the user.
        if let Some(selection) = challenge.public_key.authenticator_selection.as_mut() {
            selection.resident_key = Some(ResidentKeyRequirement::Required);
            selection.require_resident_key = true;
        }
        Ok((challenge, state))
    }

    /// Finishes making a passkey (section 7.1).
    ///
    /// # Errors
    /// [`Refused`]
    pub fn finish_registration(
        &self,
        state: &PasskeyRegistration,
        answer: &RegisterPublicKeyCredential,
    ) -> Result<NewPasskey, Refused> {
        let passkey = self.0.finish_passkey_registration(answer, state).map_err(|_| Refused)?;
        let data = serde_json::to_string(&passkey).map_err(|_| Refused)?;
        Ok(NewPasskey { credential_id: passkey.cred_id().to_vec(), data })
    }

    /// Starts a sign-in: the challenge for the browser, and the state to keep.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn start_sign_in(
        &self,
    ) -> Result<(RequestChallengeResponse, DiscoverableAuthentication), Refused> {
        let (mut challenge, state) =
            self.0.start_discoverable_authentication().map_err(|_| Refused)?;
        // A person has pressed the sign-in button: the browser asks at once, not by autofill.
        challenge.mediation = None;
        Ok((challenge, state))
    }

    /// Whose passkey an answer claims to be of.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn claimed(&self, answer: &PublicKeyCredential) -> Result<Claimed, Refused> {
        let (user, credential_id) =
            self.0.identify_discoverable_authentication(answer).map_err(|_| Refused)?;
        Ok(Claimed { user, credential_id: credential_id.to_vec() })
    }

    /// Finishes a sign-in against the claimed passkey's `data` (section 7.2). Brings back the data
    /// to keep in its place when its counter has moved on, so that a copied authenticator is
    /// noticed.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn finish_sign_in(
        &self,
        state: DiscoverableAuthentication,
        answer: &PublicKeyCredential,
        data: &str,
    ) -> Result<Option<String>, Refused> {
        let mut passkey: Passkey = serde_json::from_str(data).map_err(|_| Refused)?;
        let result = self
            .0
            .finish_discoverable_authentication_v2(answer, state, &passkey)
            .map_err(|_| Refused)?;
        if passkey.update_credential(&result) == Some(true) {
            serde_json::to_string(&passkey).map(Some).map_err(|_| Refused)
        } else {
            Ok(None)
        }
    }
}
