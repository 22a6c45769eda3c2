//! One request from the moment it is asked until its verdict is seen.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tanda_credential::{
    b64, digest,
    jose::{DecryptionKey, KeyError},
    sd_jwt::ClaimPath,
};
use tanda_model::{AssuranceLevel, RelyingPartyId};
use tanda_protocol::{
    receipt::AtDesk,
    vp::{
        client_id::ClientId,
        code::ShortCode,
        dcql::DcqlQuery,
        request::{
            ANY_WALLET, AuthorizationRequest, ClientMetadata, Nonce, ResponseMode, ResponseType,
            VerifierInfo,
        },
        response::ErrorCode,
    },
};
use url::Url;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    Closing, Flow, RelyingParty, SealedEntry, Verdict,
    ask::{browser_hash, endpoint},
    record::Keeping,
};

/// A request and what has become of it. To be stored as JSON; it holds secrets until it is
/// answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Session {
    /// No wallet has seen it.
    Waiting(Request),
    /// A wallet has fetched it.
    Opened(Request),
    /// It was answered.
    Answered(Answered),
    /// The holder, or the wallet, said no.
    Declined(Declined),
    /// Nobody answered in time.
    Expired(Ticket),
}

/// The name of a session's state, for a column of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// [`Session::Waiting`]
    Waiting,
    /// [`Session::Opened`]
    Opened,
    /// [`Session::Answered`]
    Answered,
    /// [`Session::Declined`]
    Declined,
    /// [`Session::Expired`]
    Expired,
}

impl Stage {
    /// The name as it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Opened => "opened",
            Self::Answered => "answered",
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }
}

/// What every state of a session has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticket {
    pub(crate) id: String,
    pub(crate) relying_party: RelyingPartyId,
    pub(crate) code: ShortCode,
    pub(crate) browser: String,
    pub(crate) flow: Flow,
    pub(crate) desk: AtDesk,
    /// The order that it is for, if several people are on one.
    #[serde(default)]
    pub(crate) order: Option<String>,
    pub(crate) expires_at: Timestamp,
}

/// A request that can still be answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    pub(crate) ticket: Ticket,
    pub(crate) purpose: String,
    pub(crate) client_id: ClientId,
    pub(crate) response_uri: Url,
    pub(crate) return_uri: Url,
    /// Under which wallets find deletion receipts.
    pub(crate) receipts_uri: Url,
    pub(crate) keeping: Option<Keeping>,
    pub(crate) nonce: Nonce,
    pub(crate) state: Nonce,
    pub(crate) decryption_key: DecryptionSecret,
    pub(crate) query: DcqlQuery,
    pub(crate) level: AssuranceLevel,
    pub(crate) result_only: bool,
    pub(crate) asked_at: Timestamp,
}

/// A request that was answered. Nonce and keys are gone: nothing can be answered twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answered {
    pub(crate) ticket: Ticket,
    pub(crate) checked: Checked,
    pub(crate) verdict: Verdict,
    pub(crate) release: Release,
}

/// What was asked, as the receipt will say it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Checked {
    /// The receipt's number.
    pub(crate) receipt: Nonce,
    pub(crate) purpose: String,
    pub(crate) claims: Vec<ClaimPath>,
    pub(crate) level: AssuranceLevel,
}

/// Whether the verdict may be shown.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Release {
    /// It may.
    Now,
    /// Once the code with this hash has come back through the browser that asked; only then is the
    /// entry kept, since only then has the relying party seen anything.
    OnReturn { response_code_hash: String, entry: Option<SealedEntry> },
}

/// A request that was declined.
#[derive(Debug, Serialize, Deserialize)]
pub struct Declined {
    pub(crate) ticket: Ticket,
    pub(crate) error: ErrorCode,
}

impl Session {
    /// The identifier: 128 random bits, base64url. Whoever knows it may fetch the request.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.ticket().id
    }

    /// What it asks for, while it can be answered.
    #[must_use]
    pub fn purpose(&self) -> Option<&str> {
        match self {
            Self::Waiting(request) | Self::Opened(request) => Some(&request.purpose),
            _ => None,
        }
    }

    /// Who asks.
    #[must_use]
    pub fn relying_party(&self) -> &str {
        self.ticket().relying_party.as_str()
    }

    /// The order that it is for, if several people are on one.
    #[must_use]
    pub fn order(&self) -> Option<&str> {
        self.ticket().order.as_deref()
    }

    /// The code to type, in its canonical form.
    #[must_use]
    pub fn code(&self) -> &str {
        self.ticket().code.canonical()
    }

    /// Until when it may be answered.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.ticket().expires_at
    }

    /// Its state.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self {
            Self::Waiting(_) => Stage::Waiting,
            Self::Opened(_) => Stage::Opened,
            Self::Answered(_) => Stage::Answered,
            Self::Declined(_) => Stage::Declined,
            Self::Expired(_) => Stage::Expired,
        }
    }

    /// Whether no wallet can change it any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Waiting(_) | Self::Opened(_))
    }

    /// Whether this browser session asked.
    #[must_use]
    pub fn belongs_to(&self, browser_session: &str) -> bool {
        self.ticket().browser == browser_hash(browser_session)
    }

    /// Signs the request for a wallet. May be repeated, for the same wallet or another, until
    /// somebody answers. The registrar's status list goes along as it is: should it say that the
    /// relying party is suspended, the wallet says so, and on whose word.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        self,
        relying_party: &RelyingParty,
        wallet_nonce: Option<&str>,
        status_list: Option<&str>,
        now: Timestamp,
    ) -> Result<(Self, String), OpenError> {
        let (Self::Waiting(request) | Self::Opened(request)) = self.expire(now) else {
            return Err(OpenError::Over);
        };
        let registration = relying_party.registration(&request.purpose);
        let registration = registration.filter(|_| relying_party.client_id() == request.client_id);
        let (_, registration) = registration.ok_or(OpenError::OtherRelyingParty)?;
        let wallet_nonce =
            wallet_nonce.map(str::parse).transpose().map_err(|_| OpenError::WalletNonce)?;
        let key = request.decryption_key.key().map_err(|_| OpenError::Sign)?;
        let object = AuthorizationRequest {
            response_type: ResponseType::VpToken,
            response_mode: ResponseMode::DirectPostJwt,
            client_id: request.client_id,
            response_uri: request.response_uri.clone(),
            nonce: request.nonce.clone(),
            state: Some(request.state.clone()),
            aud: ANY_WALLET.to_owned(),
            dcql_query: request.query.clone(),
            client_metadata: ClientMetadata::encrypting_to(key.public())
                .map_err(|_| OpenError::Sign)?,
            verifier_info: [
                Some(VerifierInfo::registration(registration)),
                status_list.map(VerifierInfo::registration_status),
            ]
            .into_iter()
            .flatten()
            .collect(),
            transaction_data: None,
            wallet_nonce,
            iat: now,
            exp: request.ticket.expires_at,
        };
        let object = object.sign(relying_party.access_key()).map_err(|_| OpenError::Sign)?;
        Ok((Self::Opened(request), object))
    }

    /// Says that the wallet is on the device that asks, before any wallet has seen the request.
    ///
    /// # Errors
    /// [`SameDeviceError`].
    pub fn same_device(
        self,
        browser_session: &str,
        now: Timestamp,
    ) -> Result<Self, SameDeviceError> {
        if !self.belongs_to(browser_session) {
            return Err(SameDeviceError::OtherBrowser);
        }
        match self.expire(now) {
            Self::Waiting(mut request) => {
                request.ticket.flow = Flow::SameDevice;
                Ok(Self::Waiting(request))
            }
            _ => Err(SameDeviceError::NotWaiting),
        }
    }

    /// The session at this moment: one that can still be answered expires with its time.
    #[must_use]
    pub fn expire(self, now: Timestamp) -> Self {
        match self {
            Self::Waiting(request) | Self::Opened(request) if now >= request.ticket.expires_at => {
                Self::Expired(request.ticket)
            }
            other => other,
        }
    }

    /// The verdict, for the browser session that asked.
    ///
    /// # Errors
    /// [`NotReleased`].
    pub fn verdict(&self, browser_session: &str) -> Result<&Verdict, NotReleased> {
        if !self.belongs_to(browser_session) {
            return Err(NotReleased::OtherBrowser);
        }
        match self {
            Self::Answered(Answered { verdict, release: Release::Now, .. }) => Ok(verdict),
            Self::Answered(_) => Err(NotReleased::AwaitsReturn),
            _ => Err(NotReleased::NoVerdict),
        }
    }

    /// Takes the code with which the wallet came back, in the browser session that asked. With the
    /// verdict comes the entry that is to be kept for the record, if one is.
    ///
    /// # Errors
    /// [`ReleaseError`].
    pub fn release(
        self,
        response_code: &str,
        browser_session: &str,
        now: Timestamp,
    ) -> Result<(Self, Option<SealedEntry>), ReleaseError> {
        if !self.belongs_to(browser_session) {
            return Err(ReleaseError::OtherBrowser);
        }
        let Self::Answered(Answered {
            ticket,
            checked,
            verdict,
            release: Release::OnReturn { response_code_hash, entry },
        }) = self
        else {
            return Err(ReleaseError::NothingToRelease);
        };
        if now >= ticket.expires_at {
            return Err(ReleaseError::TooLate);
        }
        if response_code_hash != hash(response_code) {
            return Err(ReleaseError::WrongCode);
        }
        let answered = Answered { ticket, checked, verdict, release: Release::Now };
        Ok((Self::Answered(answered), entry))
    }

    pub(crate) fn ticket(&self) -> &Ticket {
        match self {
            Self::Waiting(request) | Self::Opened(request) => &request.ticket,
            Self::Answered(answered) => &answered.ticket,
            Self::Declined(declined) => &declined.ticket,
            Self::Expired(ticket) => ticket,
        }
    }
}

impl Request {
    /// Ends the request with a verdict. On the same device the verdict waits for the wallet to come
    /// back to the address that is returned, and what is to be kept waits with it.
    pub(crate) fn answer(
        self,
        verdict: Verdict,
        kept: Option<(SealedEntry, Nonce)>,
        response_code: &Nonce,
        receipt: Nonce,
    ) -> Closing {
        let claims = self.query.credentials().iter().flat_map(|query| &query.claims);
        let checked = Checked {
            receipt,
            purpose: self.purpose,
            claims: claims.map(|claim| claim.path.clone()).collect(),
            level: self.level,
        };
        let (waiting, handle) = kept.unzip();
        let deletion_receipt_uri =
            handle.map(|handle| endpoint(&self.receipts_uri, &[handle.as_str()]));
        let (release, redirect_uri, entry) = match self.ticket.flow {
            Flow::CrossDevice => (Release::Now, None, waiting),
            Flow::SameDevice => {
                let code = response_code.as_str();
                let mut uri = self.return_uri;
                uri.query_pairs_mut()
                    .append_pair("request", &self.ticket.id)
                    .append_pair("response_code", code);
                let response_code_hash = hash(code);
                (Release::OnReturn { response_code_hash, entry: waiting }, Some(uri), None)
            }
        };
        let answered = Answered { ticket: self.ticket, checked, verdict, release };
        Closing { session: Session::Answered(answered), redirect_uri, entry, deletion_receipt_uri }
    }
}

fn hash(code: &str) -> String {
    b64::encode(digest::sha256(code.as_bytes()))
}

/// The private key for one answer.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub(crate) struct DecryptionSecret(String);

impl DecryptionSecret {
    pub(crate) fn new(key: &DecryptionKey) -> Self {
        Self(b64::encode(key.to_bytes().as_slice()))
    }

    pub(crate) fn key(&self) -> Result<DecryptionKey, KeyError> {
        let bytes = Zeroizing::new(b64::decode(&self.0).unwrap_or_default());
        DecryptionKey::from_bytes(&bytes)
    }
}

impl fmt::Debug for DecryptionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionSecret")
    }
}

/// Why a request is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It has been answered, declined, or has expired.
    #[error("the request is over")]
    Over,
    /// Another relying party's, or its certificate or registration has changed since.
    #[error("the request is not this relying party's")]
    OtherRelyingParty,
    /// The wallet sent a nonce that is none.
    #[error("the wallet's nonce is malformed")]
    WalletNonce,
    /// The access key can't sign.
    #[error("the request can't be signed")]
    Sign,
}

/// Why a request can't be moved to the same device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SameDeviceError {
    /// Another browser session asked.
    #[error("another browser session asked")]
    OtherBrowser,
    /// A wallet has opened it already, or it is over.
    #[error("the request is no longer waiting")]
    NotWaiting,
}

/// Why there is no verdict to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReleased {
    /// Another browser session asked.
    #[error("another browser session asked")]
    OtherBrowser,
    /// The wallet has not come back yet.
    #[error("the wallet has not come back to the browser that asked")]
    AwaitsReturn,
    /// It was not answered.
    #[error("the request was not answered")]
    NoVerdict,
}

/// Why a verdict is not released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// Another browser session asked.
    #[error("another browser session asked")]
    OtherBrowser,
    /// There is no verdict that waits.
    #[error("no verdict waits to be released")]
    NothingToRelease,
    /// After the request's time.
    #[error("the request's time is over")]
    TooLate,
    /// Another code.
    #[error("the response code is wrong")]
    WrongCode,
}
