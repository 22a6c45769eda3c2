//! The signed token around a list (section 5.1), and what it says of a credential (section 8.3).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::list::{EncodedStatusList, ListError, Status, StatusList};
use crate::jose::{Compact, Header, Jws, JwsError, MAX_TOKEN_BYTES, SignError, Signer};
use crate::sd_jwt_vc::{IssuerIdentity, TrustedIssuers, UntrustedError, VerifiedCredential};
use crate::x509::{self, Certificate, ChainError};
use crate::{CLOCK_SKEW, jose, json};

/// The `typ` of the token.
pub const TYP: &str = "statuslist+jwt";
/// The media type under which the token is served.
pub const MEDIA_TYPE: &str = "application/statuslist+jwt";

/// Why a token is refused.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum StatusListError {
    /// The token itself.
    #[error(transparent)]
    Token(#[from] JwsError),
    /// Nobody whom the trust list names signed it.
    #[error(transparent)]
    Untrusted(#[from] UntrustedError),
    /// Its signer's certificate leads to nobody who may sign it.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Signed by another than the one who has to.
    #[error("the status list is signed by somebody else")]
    Signatory,
    /// The list in it.
    #[error(transparent)]
    List(#[from] ListError),
    /// It is the list of another address (`sub`).
    #[error("the status list is for another address")]
    Subject,
    /// It comes from the future, or it has expired.
    #[error("the status list is not valid at this time")]
    Time,
}

/// What a token says besides the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusListClaims {
    /// The address of the list: what credentials refer to.
    pub uri: String,
    /// When it was signed, in whole seconds.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// After how many seconds a fresh one should be fetched.
    pub ttl: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    sub: String,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<u64>,
    status_list: EncodedStatusList,
}

/// Signs a list with a key and its certificates.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    claims: &StatusListClaims,
    list: &EncodedStatusList,
    signer: &dyn Signer,
) -> Result<String, SignError> {
    let payload = Wire {
        sub: claims.uri.clone(),
        iat: claims.issued_at.as_second(),
        exp: claims.expires_at.map(Timestamp::as_second),
        ttl: claims.ttl,
        status_list: list.clone(),
    };
    jose::sign(&Header::typ(TYP).with_x5c(signer.x5c()), &payload, signer)
}

/// A token that a trusted issuer signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusListToken {
    /// Who signed it.
    pub issuer: IssuerIdentity,
    /// What it says besides the list.
    pub claims: StatusListClaims,
    /// The list.
    pub list: StatusList,
}

/// Checks a token that was fetched from `uri`.
///
/// # Errors
/// [`StatusListError`].
pub fn verify(
    token: &str,
    uri: &str,
    trusted: &TrustedIssuers,
    now: Timestamp,
) -> Result<StatusListToken, StatusListError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(JwsError::TooLong.into());
    }
    let compact = Compact::split(token)?;
    let (signatory, ()) = trusted.signed(compact.header, TYP, now, |key| {
        compact.verify(key).map_err(StatusListError::from)
    })?;
    let (claims, list) = read(&compact.payload()?, uri, now)?;
    let issuer = trusted.identify(&signatory, None)?;
    Ok(StatusListToken { issuer, claims, list })
}

/// Checks a token of the list at `uri`, which somebody other than an issuer of credentials signs:
/// whoever has `signatory` as a URI in a certificate that leads to one of `anchors`.
///
/// # Errors
/// [`StatusListError`].
pub fn verify_under(
    token: &str,
    uri: &str,
    signatory: &str,
    anchors: &[Certificate],
    now: Timestamp,
) -> Result<(StatusListClaims, StatusList), StatusListError> {
    let jws = Jws::parse(token)?;
    jws.expect_typ(TYP)?;
    let leaf = x509::validate_chain(&jws.header().x5c, anchors, now)?.leaf;
    if !leaf.uris().iter().any(|uri| uri == signatory) {
        return Err(StatusListError::Signatory);
    }
    jws.verify(leaf.verifying_key())?;
    read(&Compact::split(token)?.payload()?, uri, now)
}

/// What a token whose signature was checked says.
fn read(
    payload: &[u8],
    uri: &str,
    now: Timestamp,
) -> Result<(StatusListClaims, StatusList), StatusListError> {
    let wire: Wire = json::parse_as(payload).map_err(|_| JwsError::Claims)?;
    if wire.sub != uri {
        return Err(StatusListError::Subject);
    }
    let moment = |seconds| Timestamp::from_second(seconds).map_err(|_| JwsError::Claims);
    let claims = StatusListClaims {
        uri: wire.sub,
        issued_at: moment(wire.iat)?,
        expires_at: wire.exp.map(moment).transpose()?,
        ttl: wire.ttl,
    };
    if claims.issued_at.duration_since(now) > CLOCK_SKEW || claims.has_expired(now) {
        return Err(StatusListError::Time);
    }
    Ok((claims, StatusList::decode(&wire.status_list)?))
}

impl StatusListClaims {
    fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| now.duration_since(end) > CLOCK_SKEW)
    }
}

/// How old a list may be.
#[derive(Clone, Copy, Debug)]
pub struct Age {
    /// When the verifier fetched it, by its own clock.
    pub fetched_at: Timestamp,
    /// The present moment, by the same clock.
    pub now: Timestamp,
    /// Up to which age it still says something.
    pub limit: SignedDuration,
}

/// What the list says of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Valid,
    /// It was revoked.
    Revoked,
    /// It is suspended.
    Suspended,
    /// The list says nothing: neither valid nor revoked.
    CannotTell(Doubt),
}

/// Why nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The credential refers to no list.
    NoStatus,
    /// It refers to another list.
    OtherList,
    /// Another issuer signed the list.
    OtherIssuer,
    /// The list is too old.
    Stale,
    /// The list has no such entry.
    OutOfRange,
    /// The entry holds a number without a meaning here.
    UnknownStatus,
}

impl StatusListToken {
    /// What the list says of `credential`.
    pub fn outcome(&self, credential: &VerifiedCredential, age: &Age) -> Outcome {
        let Some(reference) = &credential.status else {
            return Outcome::CannotTell(Doubt::NoStatus);
        };
        if reference.uri != self.claims.uri {
            return Outcome::CannotTell(Doubt::OtherList);
        }
        if credential.issuer.id != self.issuer.id {
            return Outcome::CannotTell(Doubt::OtherIssuer);
        }
        if self.is_stale(age) {
            return Outcome::CannotTell(Doubt::Stale);
        }
        match self.list.status(reference.idx) {
            Ok(Status::Valid) => Outcome::Valid,
            Ok(Status::Invalid) => Outcome::Revoked,
            Ok(Status::Suspended) => Outcome::Suspended,
            Ok(Status::Other(_)) => Outcome::CannotTell(Doubt::UnknownStatus),
            Err(_) => Outcome::CannotTell(Doubt::OutOfRange),
        }
    }

    /// Whether the list is too old to say anything.
    ///
    /// Its age counts from the fetch, by the verifier's own clock, and from its signature, by the
    /// issuer's clock and with [`CLOCK_SKEW`] to spare: else whoever relays lists could hand out
    /// an old one as fresh.
    pub fn is_stale(&self, age: &Age) -> bool {
        self.claims.has_expired(age.now)
            || age.now.duration_since(age.fetched_at) > age.limit
            || age.now.duration_since(self.claims.issued_at) > age.limit + CLOCK_SKEW
    }

    /// When a fresh list should be fetched: `ttl` after this one was (section 13.7).
    pub fn refetch_at(&self, fetched_at: Timestamp) -> Option<Timestamp> {
        let ttl = i64::try_from(self.claims.ttl?).ok()?;
        fetched_at.checked_add(SignedDuration::from_secs(ttl)).ok()
    }
}
