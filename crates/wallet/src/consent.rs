//! Consent: who asks, why, for what, for how long; and refusing those who may not ask it.

use jiff::Timestamp;
use serde_json::Value;
use tanda_credential::sd_jwt::ClaimPath;
use tanda_model::AssuranceLevel;
use tanda_protocol::{
    registration::{OverAsking, Registration, RegistrationError},
    vp::{
        Expected, RequestError, VerifiedRequest,
        dcql::{Candidate, CredentialQuery, Mismatch, Unsatisfied, Wanted},
        request::{Nonce, REQUEST_MEDIA_TYPE},
        response::{self, ErrorCode},
        uri::{RequestUri, RequestUriMethod},
    },
};
use url::form_urlencoded;

use crate::{
    Card, Trust, Verified, WalletState,
    http::{Failure, Request, Response},
};

/// A request that is being fetched.
#[derive(Debug)]
pub struct Fetching {
    uri: RequestUri,
    wallet_nonce: Option<Nonce>,
}

/// Starts to look at a request: what to send for its request object.
pub fn fetch(uri: &RequestUri, rng: &mut impl rand::CryptoRng) -> (Fetching, Request) {
    let (wallet_nonce, request) = match uri.method {
        RequestUriMethod::Get => (None, Request::get(uri.request_uri.clone())),
        RequestUriMethod::Post => {
            let nonce = Nonce::mint(rng);
            let mut form = form_urlencoded::Serializer::new(String::new());
            let form = form.append_pair("wallet_nonce", nonce.as_str()).finish();
            let request = Request::post(uri.request_uri.clone(), FORM, form);
            (Some(nonce), request)
        }
    };
    (Fetching { uri: uri.clone(), wallet_nonce }, request.with_header("accept", REQUEST_MEDIA_TYPE))
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A request of a known relying party that asks no more than it may, and what would be shown to it.
/// Nothing leaves the wallet before the holder has agreed to this.
#[derive(Debug)]
pub struct Consent {
    pub(crate) request: VerifiedRequest,
    registration: Registration,
    /// For each credential query: which card, and which of its claims.
    pub(crate) picks: Vec<CardPick>,
    /// The holder's PIN was right.
    pub(crate) verified: Option<Verified>,
}

/// A card that would be shown, and what of it.
#[derive(Clone, Debug)]
pub struct CardPick {
    /// The credential query that it answers.
    pub(crate) query: String,
    /// The card.
    pub card: String,
    /// Its level.
    pub level: AssuranceLevel,
    /// The claims that would be shown.
    pub claims: Vec<ClaimPath>,
}

impl Fetching {
    /// Reads the answer: checks the asker and what it asks, and finds the card.
    ///
    /// # Errors
    /// [`Refusal`]: nobody needs to be asked.
    pub fn read(
        self,
        response: &Response,
        trust: &Trust,
        wallet: &WalletState,
        now: Timestamp,
    ) -> Result<Consent, Box<Refusal>> {
        if !response.is_success() {
            return Err(Why::NotThere(response.failure()).into());
        }
        let token = std::str::from_utf8(&response.body).map_err(|_| Why::NotText)?;
        let expected = Expected {
            client_id: self.uri.client_id,
            wallet_nonce: self.wallet_nonce.as_ref(),
            access_anchors: &trust.access_anchors,
            now,
        };
        let request = VerifiedRequest::parse(token.trim(), &expected).map_err(Why::Request)?;
        // From here on the asker is known, and is told why there will be no answer.
        let refuse =
            |why: Why| Box::new(Refusal { answer: Some(decline_with(&request, why.code())), why });
        let anchors = &trust.registrar_anchors;
        let registration = Registration::of_request(&request.request, anchors, now)
            .map_err(|error| refuse(Why::Registration(error)))?;
        if let Err(over) = registration.permits(&request.request.dcql_query) {
            return Err(refuse(Why::OverAsking { who: registration.name.en, over }));
        }
        if !request.transaction_data.is_empty() {
            // Nothing is registered that would let a relying party have something signed.
            return Err(refuse(Why::Transaction));
        }
        if let Some(why) = level_too_low(&request, &registration, wallet) {
            return Err(refuse(why));
        }
        let picks = pick(&request, wallet, now).map_err(refuse)?;
        Ok(Consent { request, registration, picks, verified: None })
    }
}

/// Whether all cards of the wallet are of a lower level than the query accepts. An empty wallet has
/// no level.
fn level_too_low(
    request: &VerifiedRequest,
    registration: &Registration,
    wallet: &WalletState,
) -> Option<Why> {
    let levels = |query: &CredentialQuery| match &query.wanted {
        Wanted::SdJwtVc { types } => {
            types.iter().filter_map(|vct| AssuranceLevel::from_vct(vct)).min()
        }
        _ => None,
    };
    let needed = request.request.dcql_query.credentials().iter().filter_map(levels).max()?;
    let held = wallet.cards().iter().map(Card::level).max()?;
    (held < needed).then(|| Why::LevelTooLow {
        who: registration.name.en.clone(),
        why: registration.purpose.text.en.clone(),
        needed,
        held,
    })
}

fn pick(
    request: &VerifiedRequest,
    wallet: &WalletState,
    now: Timestamp,
) -> Result<Vec<CardPick>, Why> {
    // A card without an unused copy can't be shown, so that another that can is not overlooked for
    // it.
    let mut cards: Vec<&Card> =
        wallet.cards().iter().filter(|card| card.copies_left(now) > 0).collect();
    // The lowest level that will do says least.
    cards.sort_by_key(|card| card.level());
    let claims: Vec<_> =
        cards.iter().filter_map(|card| Some((*card, card.claims().ok()?))).collect();
    let candidates: Vec<_> =
        claims.iter().map(|(card, claims)| Candidate { vct: card.vct(), claims }).collect();
    let picks = request.request.dcql_query.answer(&candidates).map_err(|unsatisfied| {
        let asked_types = wallet.cards().iter().any(|card| card.copies_left(now) == 0);
        if cards.is_empty() && asked_types { Why::NoCopyLeft } else { Why::NoCard(unsatisfied) }
    })?;
    Ok(picks
        .into_iter()
        .map(|pick| {
            let card = claims[pick.candidate].0;
            let (card, level) = (card.id().to_owned(), card.level());
            CardPick { query: pick.query.as_str().to_owned(), card, level, claims: pick.claims }
        })
        .collect())
}

impl Consent {
    /// Whether the answer takes the holder's PIN: it shows a full card.
    #[must_use]
    pub fn needs_pin(&self) -> bool {
        self.picks.iter().any(|pick| pick.level == AssuranceLevel::Full)
    }

    /// The same, given by a holder whose PIN was right.
    #[must_use]
    pub fn verified(self, verified: Verified) -> Self {
        Self { verified: Some(verified), ..self }
    }

    /// What the relying party is registered for: its name, its purpose, how long it may keep what
    /// it learns.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// The host that the answer goes to.
    #[must_use]
    pub fn response_host(&self) -> &str {
        self.request.request.response_uri.host_str().unwrap_or_default()
    }

    /// The cards that would be shown.
    #[must_use]
    pub fn cards(&self) -> &[CardPick] {
        &self.picks
    }

    /// What would be shown: each claim with its value.
    #[must_use]
    pub fn items(&self, wallet: &WalletState) -> Vec<(ClaimPath, Value)> {
        let mut items = Vec::new();
        for pick in &self.picks {
            let Some(claims) = wallet.card(&pick.card).and_then(|card| card.claims().ok()) else {
                continue;
            };
            for path in &pick.claims {
                items.extend(
                    path.select(&claims).into_iter().map(|value| (path.clone(), value.clone())),
                );
            }
        }
        items
    }
}

/// What to send when there will be no answer.
pub(crate) fn decline_with(request: &VerifiedRequest, code: ErrorCode) -> Request {
    let body = response::decline(&request.request, code);
    Request::post(request.request.response_uri.clone(), FORM, body)
}

/// A request that the wallet refuses without asking anybody.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// Why.
    pub why: Why,
    /// What to send to a known asker, so that nobody waits.
    pub answer: Option<Request>,
}

impl From<Why> for Box<Refusal> {
    fn from(why: Why) -> Self {
        Self::new(Refusal { why, answer: None })
    }
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// The request can't be had.
    #[error("the request is not there any more: {0}")]
    NotThere(Failure),
    /// What came is no request.
    #[error("what came is no request")]
    NotText,
    /// It isn't from whom it says, or not for this wallet now.
    #[error(transparent)]
    Request(RequestError),
    /// It is not registered for what it asks, or cannot show it.
    #[error(transparent)]
    Registration(RegistrationError),
    /// It asks more than it is registered for.
    #[error("{who} asks more than it may: {over}")]
    OverAsking {
        /// The registered name, in English.
        who: String,
        /// What is too much.
        over: OverAsking,
    },
    /// It wants something signed.
    #[error("the asker wants something signed, which it is not registered for")]
    Transaction,
    /// Every card is of a lower level than is asked.
    #[error(
        "{who} needs the {needed} card for this ({why}); the card in this wallet is the {held} one"
    )]
    LevelTooLow {
        /// The registered name, in English.
        who: String,
        /// The registered purpose, in English.
        why: String,
        /// The lowest level that would do.
        needed: AssuranceLevel,
        /// The highest level in the wallet.
        held: AssuranceLevel,
    },
    /// No card answers.
    #[error("no card in this wallet answers the request")]
    NoCard(Unsatisfied),
    /// The card that would answer has been shown too often.
    #[error("the card has no unused copy left: fetch further copies first")]
    NoCopyLeft,
}

impl Why {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Request(error) => error.code(),
            Self::Registration(_) => ErrorCode::InvalidClient,
            Self::Transaction => ErrorCode::InvalidTransactionData,
            Self::NoCard(Unsatisfied { nearest: Some(Mismatch::Format), .. }) => {
                ErrorCode::VpFormatsNotSupported
            }
            Self::LevelTooLow { .. } | Self::NoCard(_) | Self::NoCopyLeft => {
                ErrorCode::AccessDenied
            }
            Self::NotThere(_) | Self::NotText | Self::OverAsking { .. } => {
                ErrorCode::InvalidRequest
            }
        }
    }
}
