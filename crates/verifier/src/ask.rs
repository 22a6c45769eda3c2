//! Asking: within what is registered, or not at all.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tanda_credential::{b64, digest, jose::DecryptionKey, sd_jwt::ClaimPath};
use tanda_model::AssuranceLevel;
use tanda_protocol::{
    receipt::AtDesk,
    registration::{OverAsking, RegistrationError},
    vp::{
        code::{CodePrefix, ShortCode},
        dcql::{DcqlError, DcqlQuery},
        request::Nonce,
        uri::{RequestUri, RequestUriMethod},
    },
};
use url::Url;

use crate::{
    RelyingParty, Session,
    record::Keeping,
    session::{DecryptionSecret, Request, Ticket},
};

/// How long a request waits for an answer.
const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// What a desk asks.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The registered purpose.
    pub purpose: &'a str,
    /// Fewer claims than are registered; none: all of them.
    pub claims: Option<Vec<ClaimPath>>,
    /// The lowest level that will do; none: the registered one.
    pub level: Option<AssuranceLevel>,
    /// Where the wallet is.
    pub flow: Flow,
    /// The order that it is for, where several people are on one.
    pub order: Option<&'a str>,
    /// The secret of the browser session that asks: it alone will see the verdict.
    pub browser_session: &'a str,
    /// The desk that asks, and who is at it: for the receipt.
    pub desk: AtDesk,
    /// The registrar's status list, fetched just now.
    pub status_list: Option<&'a str>,
}

/// Where the wallet is, seen from the desk's browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// On another device: the verdict is shown as soon as it is there. What ties both together is
    /// that people stand at one counter.
    CrossDevice,
    /// On the same device: the verdict is shown once the wallet has come back to the browser that
    /// asked, which stops a link that was passed on to somebody else (OpenID4VP 1.0 §14.2).
    SameDevice,
}

/// Where a verifier's service is.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its own address.
    pub public_url: Url,
    /// The address of the wallet page that links lead to.
    pub wallet_url: Url,
    /// The first two characters of its codes.
    pub code_prefix: CodePrefix,
}

/// A request that is out.
#[derive(Debug)]
pub struct Asked {
    /// To keep.
    pub session: Session,
    /// To show.
    pub invitation: Invitation,
}

/// What the desk shows for the wallet to find the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The session's identifier.
    pub id: String,
    /// For any wallet.
    pub openid4vp_uri: String,
    /// For the wallet page; also in the QR code.
    pub wallet_link: Url,
    /// To type.
    pub code: ShortCode,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Asks. The request object itself is signed when a wallet fetches it, since it echoes the wallet's
/// nonce.
///
/// # Errors
/// [`AskError`], above all when more is asked than is registered.
pub fn ask(
    relying_party: &RelyingParty,
    question: &Question<'_>,
    service: &Service,
    now: Timestamp,
    rng: &mut impl rand::CryptoRng,
) -> Result<Asked, AskError> {
    let (registration, _) =
        relying_party.registration(question.purpose).ok_or(AskError::NotRegistered)?;
    if registration.expires_at <= now {
        return Err(AskError::RegistrationExpired);
    }
    relying_party.must_stand(question.purpose, question.status_list, now)?;
    let level = question.level.unwrap_or(registration.level);
    if level < registration.level {
        return Err(AskError::LevelTooLow { asked: level, needed: registration.level });
    }
    let claims = question.claims.as_ref().unwrap_or(&registration.claims);
    let query = DcqlQuery::card(&level.accepted_vcts(), claims)?;
    registration.permits(&query)?;
    let id = Nonce::mint(rng).as_str().to_owned();
    let ticket = Ticket {
        relying_party: relying_party.id().clone(),
        code: ShortCode::mint(&service.code_prefix, rng),
        browser: browser_hash(question.browser_session),
        flow: question.flow,
        desk: question.desk.clone(),
        order: question.order.map(str::to_owned),
        expires_at: now + LIFE,
        id,
    };
    let decryption_key = DecryptionKey::generate(rng).map_err(|_| AskError::Key)?;
    let request = Request {
        purpose: question.purpose.to_owned(),
        client_id: relying_party.client_id(),
        response_uri: endpoint(&service.public_url, &["openid4vp", "responses", &ticket.id]),
        return_uri: endpoint(&service.public_url, &["desk", "return"]),
        receipts_uri: endpoint(&service.public_url, &["deletion-receipts"]),
        keeping: Keeping::of(registration, claims, relying_party.record_key()),
        nonce: Nonce::mint(rng),
        state: Nonce::mint(rng),
        decryption_key: DecryptionSecret::new(&decryption_key),
        query,
        level,
        result_only: registration.result_only,
        asked_at: now,
        ticket,
    };
    let session = Session::Waiting(request);
    let invitation = session.invitation(relying_party, service);
    Ok(Asked { session, invitation })
}

impl Session {
    /// What the desk shows for the wallet to find the request.
    #[must_use]
    pub fn invitation(&self, relying_party: &RelyingParty, service: &Service) -> Invitation {
        let ticket = self.ticket();
        let request = RequestUri {
            client_id: relying_party.client_id(),
            request_uri: endpoint(&service.public_url, &["openid4vp", "requests", &ticket.id]),
            method: RequestUriMethod::Post,
        };
        Invitation {
            id: ticket.id.clone(),
            openid4vp_uri: request.openid4vp(),
            wallet_link: request.wallet_link(&endpoint(&service.wallet_url, &["present"])),
            code: ticket.code.clone(),
            expires_at: ticket.expires_at,
        }
    }
}

/// What the session keeps of the browser session's secret.
pub(crate) fn browser_hash(browser_session: &str) -> String {
    b64::encode(digest::sha256(browser_session.as_bytes()))
}

pub(crate) fn endpoint(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    // Only addresses like `data:` have no path, and no service is at one.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// Why something is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The relying party has no such purpose.
    #[error("the relying party is not registered for this purpose")]
    NotRegistered,
    /// It had.
    #[error("the registration for this purpose has expired")]
    RegistrationExpired,
    /// The registrar does not say that it holds.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// The purpose needs a higher level.
    #[error("this purpose needs the {needed} card; the {asked} card is not enough")]
    LevelTooLow {
        /// The level that was asked.
        asked: AssuranceLevel,
        /// The level that is registered.
        needed: AssuranceLevel,
    },
    /// More than is registered.
    #[error(transparent)]
    OverAsking(#[from] OverAsking),
    /// No query could be made of it.
    #[error(transparent)]
    Query(#[from] DcqlError),
    /// No key for the answer could be made.
    #[error("no key could be made for the answer")]
    Key,
}

impl AskError {
    /// The stable code of the problem.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotRegistered => "purpose-not-registered",
            Self::RegistrationExpired => "registration-expired",
            Self::Registration(RegistrationError::Suspended { .. }) => "relying-party-suspended",
            Self::Registration(RegistrationError::Withdrawn { .. }) => "registration-withdrawn",
            Self::Registration(_) => "registration-unknown",
            Self::LevelTooLow { .. } => "level-too-low",
            Self::OverAsking(over) => over.code(),
            Self::Query(_) => "query-malformed",
            Self::Key => "internal",
        }
    }
}
