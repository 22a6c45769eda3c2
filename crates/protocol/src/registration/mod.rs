//! What a relying party may ask: its registration certificate, and the check of a query against it.
//!
//! A registrar signs, for one relying party and one purpose, which claims may be asked, at which
//! level at most, and how long they may be kept. The wallet and the verifier apply the same check
//! to the same document, so that asking too much fails on both sides.

mod application;
mod permits;
mod standing;

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::second::required as seconds;
use serde::{Deserialize, Serialize};
use tanda_credential::{
    CLOCK_SKEW,
    jose::{self, Header, Jws, JwsError, SignError, Signer},
    sd_jwt::ClaimPath,
    sd_jwt_vc::StatusReference,
    x509::{self, Certificate, ChainError},
};
use tanda_model::{AssuranceLevel, Claim, PurposeId, PurposeText, RelyingPartyId};
use url::Url;

pub use application::{
    APPLICATION_TYP, Applicant, Application, ApplicationError, Applied, MEDIA_TYPE, QUERY_TYP,
};
pub use permits::OverAsking;
pub use standing::STANDING_LIFE;

use crate::vp::client_id::ClientId;
use crate::vp::request::AuthorizationRequest;

/// The `typ` of a registration certificate.
pub const REGISTRATION_TYP: &str = "rc-rp+jwt";

/// A text in the languages that the wallet speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalText {
    /// English.
    pub en: String,
    /// Indonesian.
    pub id: String,
    /// Chinese, in simplified characters.
    pub zh: String,
}

impl From<PurposeText> for LocalText {
    fn from(text: PurposeText) -> Self {
        Self { en: text.en.to_owned(), id: text.id.to_owned(), zh: text.zh.to_owned() }
    }
}

/// One relying party's permission to ask for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The registrar; also a URI in its certificate.
    #[serde(rename = "iss")]
    pub registrar: String,
    /// The relying party.
    #[serde(rename = "sub")]
    pub relying_party: RelyingPartyId,
    /// The name under which people know it.
    pub name: LocalText,
    /// From when it holds.
    #[serde(rename = "iat", with = "seconds")]
    pub issued_at: Timestamp,
    /// Until when it holds.
    #[serde(rename = "exp", with = "seconds")]
    pub expires_at: Timestamp,
    /// Why it asks.
    pub purpose: RegisteredPurpose,
    /// The highest minimum level that may be demanded.
    pub level: AssuranceLevel,
    /// The claims that may be asked.
    pub claims: Vec<ClaimPath>,
    /// How long they may be kept, in days; zero: not at all.
    pub retention_days: u16,
    /// Whether the desk is to see yes or no and a pseudonym, and nothing else.
    #[serde(default)]
    pub result_only: bool,
    /// Which of the claims the verifier keeps, sealed, until the retention ends; it forgets all
    /// others with the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub record: Vec<ClaimPath>,
    /// How many people one order may be for, each with their own card.
    #[serde(default = "alone", skip_serializing_if = "is_alone")]
    pub group: u8,
    /// Where people can read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_policy: Option<Url>,
    /// The hash of the access certificate that it is bound to ([`ClientId::hash`]).
    pub access_certificate: String,
    /// Where it stands whether the registration still holds (draft-ietf-oauth-status-list,
    /// section 6). Without it, the registration holds until it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<RegistrationStatus>,
}

/// The `status` claim of a registration certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationStatus {
    /// An entry of the registrar's status list.
    pub status_list: StatusReference,
}

/// Why a relying party asks. The purpose's name is free here: a new one needs no new wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredPurpose {
    /// Its name, such as `hotel-check-in`.
    pub id: String,
    /// What the holder reads.
    pub text: LocalText,
}

/// One person, as nearly everywhere.
const fn alone() -> u8 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_alone(group: &u8) -> bool {
    *group == alone()
}

impl Registration {
    /// The registration of a relying party for a purpose of the catalogue, with all that the
    /// purpose allows.
    #[must_use]
    pub fn for_purpose(
        purpose: PurposeId,
        relying_party: RelyingPartyId,
        name: LocalText,
        client: ClientId,
        registrar: &str,
        (issued_at, expires_at): (Timestamp, Timestamp),
    ) -> Self {
        let catalogue = purpose.purpose();
        let text = catalogue.text.into();
        let paths = |claims: &[Claim]| {
            claims.iter().map(|claim| ClaimPath::names(claim.path(&relying_party))).collect()
        };
        Self {
            registrar: registrar.to_owned(),
            claims: paths(&catalogue.claims),
            record: paths(&catalogue.record),
            relying_party,
            name,
            issued_at,
            expires_at,
            purpose: RegisteredPurpose { id: purpose.to_string(), text },
            level: catalogue.level,
            retention_days: catalogue.retention_days,
            result_only: catalogue.result_only,
            group: catalogue.group,
            privacy_policy: None,
            access_certificate: client.hash(),
            status: None,
        }
    }

    /// The registration that a request carries (`verifier_info`), which holds at this moment.
    ///
    /// # Errors
    /// [`RegistrationError`]: the asker may not ask, or cannot show that it may.
    pub fn of_request(
        request: &AuthorizationRequest,
        registrar_anchors: &[Certificate],
        now: Timestamp,
    ) -> Result<Self, RegistrationError> {
        let token = request.registration_certificate().ok_or(RegistrationError::Missing)?;
        let registration = Self::verify(token, registrar_anchors, request.client_id, now)?;
        registration.must_stand(request.registration_status(), registrar_anchors, now)?;
        Ok(registration)
    }

    /// Signs it with the registrar's key, whose certificate goes along as `x5c`.
    ///
    /// # Errors
    /// When the key can't sign.
    pub fn sign(&self, registrar: &dyn Signer) -> Result<String, SignError> {
        let header = Header::typ(REGISTRATION_TYP).with_x5c(registrar.x5c());
        jose::sign(&header, self, registrar)
    }

    /// Reads a registration of the relying party with this client identifier.
    ///
    /// # Errors
    /// [`RegistrationError`]: the first check that fails.
    pub fn verify(
        token: &str,
        registrar_anchors: &[Certificate],
        client: ClientId,
        now: Timestamp,
    ) -> Result<Self, RegistrationError> {
        let jws = Jws::parse(token)?;
        jws.expect_typ(REGISTRATION_TYP)?;
        let leaf = x509::validate_chain(&jws.header().x5c, registrar_anchors, now)?.leaf;
        let registration: Self = jws.verify(leaf.verifying_key())?.claims()?;
        // An access certificate may hang under the same authority as the registrar's: only the
        // registrar's bears its own address, so no relying party can sign itself a registration.
        if !leaf.uris().contains(&registration.registrar) {
            return Err(RegistrationError::Registrar);
        }
        if registration.access_certificate != client.hash() {
            return Err(RegistrationError::OtherClient);
        }
        if registration.issued_at > now + CLOCK_SKEW {
            return Err(RegistrationError::NotYet);
        }
        if registration.expires_at <= now - CLOCK_SKEW {
            return Err(RegistrationError::Expired);
        }
        Ok(registration)
    }
}

/// Why a registration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// There is none, or more than one.
    #[error("the asker shows no registration for what it asks")]
    Missing,
    /// No registration certificate, a wrong signature, or malformed content.
    #[error("the registration: {0}")]
    Token(#[from] JwsError),
    /// The registrar's certificate leads to nobody that is trusted.
    #[error("the registrar's certificate: {0}")]
    Chain(#[from] ChainError),
    /// Signed by somebody who is not the registrar.
    #[error("the registration is not signed by the registrar whom it names")]
    Registrar,
    /// It is somebody else's.
    #[error("the registration is bound to another access certificate")]
    OtherClient,
    /// It is not in force yet.
    #[error("the registration is not in force yet")]
    NotYet,
    /// It has expired.
    #[error("the registration has expired")]
    Expired,
    /// The registrar has suspended it.
    #[error("the authority has suspended {who}: for now it may ask nobody for a card")]
    Suspended {
        /// The registered name, in English.
        who: String,
    },
    /// The registrar has withdrawn it.
    #[error(
        "the authority has withdrawn what {who} was registered for: it may not ask for this any more"
    )]
    Withdrawn {
        /// The registered name, in English.
        who: String,
    },
    /// No status list that is fresh says that it holds.
    #[error(
        "{who} cannot show that its registration still holds; try again in a moment, and make sure that this device's clock is right"
    )]
    StandingUnknown {
        /// The registered name, in English.
        who: String,
    },
}

#[cfg(test)]
mod tests;
