//! Attestation-based client authentication: the provider vouches for a wallet instance's key, and
//! the wallet proves with each request that it holds that key
//! (draft-ietf-oauth-attestation-based-client-auth).
//!
//! What the drafts differ in, as far as it concerns this crate: -07, which OpenID4VCI 1.0 and HAIP
//! 1.0 pin, asks for `iss` in both JWTs. -08 dropped it and let a DPoP proof by the same key take
//! the place of the proof of possession; -12 asks for `iat` in the attestation.

mod attestation;
mod attesters;
mod error;
mod possession;

pub use attestation::NewAttestation;
pub use attesters::{Attester, Attesters};
pub use error::AttestationError;
pub use possession::{NewPossession, Possession};

use jiff::{SignedDuration, Timestamp};
use tanda_credential::jose::Jwk;

use super::{IssuerUrl, Window};

/// The request header of the attestation.
pub const ATTESTATION_HEADER: &str = "OAuth-Client-Attestation";
/// The request header of the proof of possession.
pub const POSSESSION_HEADER: &str = "OAuth-Client-Attestation-PoP";
/// The response header that hands out a challenge.
pub const CHALLENGE_HEADER: &str = "OAuth-Client-Attestation-Challenge";

/// The longest life of an attestation: a provider that stops vouching for a wallet is obeyed
/// within a day.
pub const MAX_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// Which draft both sides speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttestationDraft {
    /// What OpenID4VCI 1.0 and HAIP 1.0 pin.
    #[default]
    Draft07,
    /// The newest.
    Draft12,
}

/// What an authorization server expects of a wallet that authenticates.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedAttestation<'a> {
    /// Which draft.
    pub draft: AttestationDraft,
    /// Who may vouch for wallets: the wallet providers of the trust list.
    pub attesters: &'a Attesters,
    /// The server's own identifier.
    pub audience: &'a IssuerUrl,
    /// The `client_id` in the body of the request, if any.
    pub client_id: Option<&'a str>,
    /// How old the proof of possession may be.
    pub window: Window,
    /// The time.
    pub now: Timestamp,
}

/// A wallet instance that its provider vouches for and that has just proved to hold its key.
#[derive(Clone, Debug)]
pub struct AttestedClient {
    /// The provider, as the trust list names it.
    pub attester: String,
    /// The OAuth client: the wallet software.
    pub client_id: String,
    /// The key of the wallet instance.
    pub instance_key: Jwk,
    /// Its RFC 7638 thumbprint: what codes, refresh tokens and enrolments are bound to.
    pub instance_thumbprint: String,
    /// The provider's pairwise identifier of the account, if it sent one.
    pub account: Option<String>,
    /// When the provider's word runs out.
    pub expires_at: Timestamp,
    /// What the store has to remember of the proof of possession; `None` where a DPoP proof took
    /// its place, which has its own.
    pub replay: Option<Replay>,
    /// The challenge in the proof of possession, not looked at: open it with a
    /// [`NonceMint`](super::NonceMint) where the server hands out challenges.
    pub challenge: Option<String>,
}

/// The identity of a proof of possession: a second one with the same instance thumbprint and
/// `jti` before `until` is a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The proof's identifier, at most 128 bytes.
    pub jti: String,
    /// Until when it must be remembered.
    pub until: Timestamp,
}

/// Verifies a wallet's attestation and its proof of possession (draft -07 §8 and §9; draft -12
/// §7).
///
/// # Errors
/// [`AttestationError`], the first that is found.
pub fn verify(
    attestation: &str,
    possession: Possession<'_>,
    expected: &ExpectedAttestation<'_>,
) -> Result<AttestedClient, AttestationError> {
    let attested = attestation::verify(attestation, expected)?;
    if expected.client_id.is_some_and(|client_id| client_id != attested.client_id) {
        return Err(AttestationError::OtherClient);
    }
    let (replay, challenge) = possession::verify(possession, &attested, expected)?;
    Ok(AttestedClient {
        instance_thumbprint: attested.instance_key.thumbprint(),
        attester: attested.attester,
        client_id: attested.client_id,
        instance_key: attested.instance_key,
        account: attested.account,
        expires_at: attested.expires_at,
        replay,
        challenge,
    })
}

#[cfg(test)]
mod tests;
