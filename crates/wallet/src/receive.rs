//! Receiving a card: OpenID4VCI 1.0 with a pre-authorized code, DPoP and wallet attestation, as a
//! state machine that says what to send next.

mod check;

use jiff::Timestamp;
use tanda_credential::{
    b64,
    jose::{Jwk, KeyError, SignError},
    sd_jwt_vc::CredentialError,
};
use tanda_model::AssuranceLevel;
use tanda_protocol::{
    oauth::{
        AuthorizationServerMetadata, DpopError, Grant, InsecureUrl, IssuerUrl, MessageError,
        MetadataError, NewDpopProof, OpaqueToken, TokenRequest, TokenResponse,
    },
    vci::{
        CredentialIssuerMetadata, CredentialOffer, CredentialRequest, CredentialResponse,
        NewKeyProof, NonceResponse, OfferError, OfferLink, RequestedCredential,
    },
};

use crate::{
    Attested, Card, Guard, GuardError, HolderKey, KeepError, Trust,
    attested::AttestedError,
    guard::CopyKey,
    http::{Failure, Request, Response},
    keep::{CardCopy, Refresh},
};

const FORM: &str = "application/x-www-form-urlencoded";
/// How often a step is sent again because the server wants a fresh nonce.
const RETRIES: u8 = 2;

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send this, and hand in what comes back.
    Send(Box<Receiving>, Request),
    /// Keep this card, which has no copies yet, with [`WalletState::expect`](crate::WalletState::expect),
    /// and then go on as with [`Step::Send`]. The code is spent, and an earlier card may be over before
    /// the copies are here: whoever is broken off fetches them with this.
    Keep(Box<Receiving>, Request, Card),
    /// Keep this.
    Done(Card),
}

/// A card on its way.
#[derive(Debug)]
pub struct Receiving {
    attested: Attested,
    /// What a full card's keys are sealed to.
    guard: Option<Guard>,
    dpop: HolderKey,
    dpop_nonce: Option<String>,
    copies: usize,
    /// The card whose copies are fetched.
    card: String,
    retries: u8,
    stage: Stage,
}

/// What is awaited.
#[derive(Debug)]
enum Stage {
    Offer,
    IssuerMetadata {
        issuer: IssuerUrl,
        configuration: String,
        server: Option<IssuerUrl>,
        grant: Code,
    },
    ServerMetadata {
        target: Target,
        server: IssuerUrl,
        grant: Code,
    },
    Token {
        target: Target,
        server: Box<AuthorizationServerMetadata>,
        grant: Code,
    },
    Nonce {
        target: Target,
        token: Box<TokenResponse>,
    },
    Credential {
        target: Target,
        token: Box<TokenResponse>,
        keys: Vec<NewKey>,
        request: Request,
    },
}

/// A key for one copy. A full card's is sealed as soon as its proof is signed.
#[derive(Debug)]
struct NewKey {
    public: Jwk,
    key: CopyKey,
}

/// What the token endpoint is given.
#[derive(Clone, Debug)]
enum Code {
    Fresh(OpaqueToken),
    Refresh(OpaqueToken),
}

/// What is asked of whom.
#[derive(Debug)]
pub(crate) struct Target {
    metadata: Box<CredentialIssuerMetadata>,
    configuration: String,
    vct: String,
}

impl Target {
    /// Whether a copy's key has to be sealed.
    fn is_full(&self) -> bool {
        AssuranceLevel::from_vct(&self.vct) == Some(AssuranceLevel::Full)
    }
}

impl Receiving {
    /// Starts from an offer: its link, scanned or opened. Asks for so many copies, or as many as
    /// the authority gives. A full card is fetched only where there is a guard to seal its keys to.
    ///
    /// # Errors
    /// [`ReceiveError`]: above all when the offer is from nobody whom the trust list names.
    pub fn start(
        offer: &str,
        attested: &Attested,
        guard: Option<&Guard>,
        copies: usize,
        trust: &Trust,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Step, ReceiveError> {
        let receiving = Self {
            attested: attested.clone(),
            guard: guard.cloned(),
            dpop: HolderKey::generate(rng)?,
            dpop_nonce: None,
            copies,
            card: drawn(rng),
            retries: RETRIES,
            stage: Stage::Offer,
        };
        match OfferLink::parse(offer)? {
            OfferLink::ByReference(url) => Ok(receiving.send(Request::get(url))),
            OfferLink::ByValue(offer) => receiving.offered(offer, trust),
        }
    }

    /// Starts to fetch further copies of a card, at the level that it has with its authority now: a
    /// full card may have fallen back to a light one, which the same tokens fetch.
    ///
    /// # Errors
    /// [`ReceiveError::NoRefill`] where the authority gave no way to.
    pub fn refill(
        card: &Card,
        level: AssuranceLevel,
        attested: &Attested,
        guard: Option<&Guard>,
        copies: usize,
    ) -> Result<Step, ReceiveError> {
        let refresh = card.refresh.as_ref().ok_or(ReceiveError::NoRefill)?;
        let issuer = IssuerUrl::parse(&card.issuer)?;
        let request = Request::get(CredentialIssuerMetadata::well_known(&issuer));
        let configuration = if level == card.level {
            card.configuration.clone()
        } else {
            level.credential_configuration_id().to_owned()
        };
        let receiving = Self {
            attested: attested.clone(),
            guard: guard.cloned(),
            dpop: refresh.dpop.clone(),
            dpop_nonce: None,
            copies,
            card: card.id.clone(),
            retries: RETRIES,
            stage: Stage::IssuerMetadata {
                issuer,
                configuration,
                server: None,
                grant: Code::Refresh(OpaqueToken::parse(&refresh.token)?),
            },
        };
        Ok(receiving.send(request))
    }

    /// Takes what came back.
    ///
    /// # Errors
    /// [`ReceiveError`]: no card. A code that was sent is spent.
    pub fn next(
        mut self,
        response: &Response,
        trust: &Trust,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Step, ReceiveError> {
        if let Some(nonce) = response.header("dpop-nonce") {
            self.dpop_nonce = Some(nonce.to_owned());
        }
        match std::mem::replace(&mut self.stage, Stage::Offer) {
            Stage::Offer => self.offered(CredentialOffer::parse(&body(response)?)?, trust),
            Stage::IssuerMetadata { issuer, configuration, server, grant } => {
                let metadata = CredentialIssuerMetadata::parse(&body(response)?, &issuer)?;
                let found = metadata.credential_configurations_supported.get(&configuration);
                let found = found.ok_or(ReceiveError::UnknownConfiguration)?;
                found.check_usable()?;
                let vct = found.vct.clone().ok_or(ReceiveError::UnknownConfiguration)?;
                let server = match server {
                    Some(named) if !metadata.authorization_servers.contains(&named) => {
                        return Err(ReceiveError::UnknownServer);
                    }
                    Some(named) => named,
                    None => metadata.authorization_server()?.clone(),
                };
                let request = Request::get(AuthorizationServerMetadata::well_known(&server));
                let target = Target { metadata: Box::new(metadata), configuration, vct };
                if target.is_full() && self.guard.is_none() {
                    // While nothing is spent yet.
                    return Err(GuardError::NoPin.into());
                }
                self.stage = Stage::ServerMetadata { target, server, grant };
                Ok(self.send(request))
            }
            Stage::ServerMetadata { target, server, grant } => {
                let server = AuthorizationServerMetadata::parse(&body(response)?, &server)?;
                server.check_usable()?;
                self.ask_token(target, Box::new(server), grant, now, rng)
            }
            Stage::Token { target, server, grant } => {
                if self.wants_nonce(response) {
                    return self.ask_token(target, server, grant, now, rng);
                }
                let token = Box::new(TokenResponse::parse(&body(response)?)?);
                let expected = self.card_of(&target, &token, Vec::new(), now)?;
                match self.ask_nonce(target, token)? {
                    Step::Send(receiving, request) if expected.refresh.is_some() => {
                        Ok(Step::Keep(receiving, request, expected))
                    }
                    step => Ok(step),
                }
            }
            Stage::Nonce { target, token } => {
                let nonce = NonceResponse::parse(&body(response)?)?.c_nonce;
                let request = self.credential_request(&target, &nonce, now, rng)?;
                self.ask_credential(target, token, request, now, rng)
            }
            Stage::Credential { target, token, keys, request } => {
                if self.wants_nonce(response) {
                    return self.ask_credential(target, token, (keys, request), now, rng);
                }
                if self.retries > 0 && response.failure().code.as_deref() == Some("invalid_nonce") {
                    self.retries -= 1;
                    return self.ask_nonce(target, token);
                }
                let CredentialResponse::Issued(issued) =
                    CredentialResponse::parse(&body(response)?)?
                else {
                    return Err(ReceiveError::Deferred);
                };
                let copies = check::copies(&issued.credentials, keys, &target, trust, now)?;
                Ok(Step::Done(self.card_of(&target, &token, copies, now)?))
            }
        }
    }

    fn card_of(
        &self,
        target: &Target,
        token: &TokenResponse,
        copies: Vec<CardCopy>,
        now: Timestamp,
    ) -> Result<Card, ReceiveError> {
        let refresh = token.refresh_token.as_ref();
        Ok(Card {
            id: self.card.clone(),
            issuer: target.metadata.credential_issuer.as_str().to_owned(),
            configuration: target.configuration.clone(),
            level: check::level(&target.vct)?,
            vct: target.vct.clone(),
            copies,
            refresh: refresh
                .map(|token| Refresh { token: token.expose().to_owned(), dpop: self.dpop.clone() }),
            received_at: now,
        })
    }

    fn send(self, request: Request) -> Step {
        Step::Send(Box::new(self), request)
    }

    fn offered(mut self, offer: CredentialOffer, trust: &Trust) -> Result<Step, ReceiveError> {
        // Before anything is sent to it: a stranger's offer could be a way to learn of the wallet's
        // attestation.
        if !trust.knows_issuer(offer.credential_issuer.as_str()) {
            return Err(ReceiveError::UnknownIssuer);
        }
        let grant = offer.grants.pre_authorized_code.ok_or(ReceiveError::NoCode)?;
        if grant.tx_code.is_some() {
            return Err(ReceiveError::TransactionCode);
        }
        let [configuration] = <[String; 1]>::try_from(offer.credential_configuration_ids)
            .map_err(|_| ReceiveError::UnknownConfiguration)?;
        let issuer = offer.credential_issuer;
        let request = Request::get(CredentialIssuerMetadata::well_known(&issuer));
        let server = grant.authorization_server;
        self.stage =
            Stage::IssuerMetadata { issuer, configuration, server, grant: Code::Fresh(grant.code) };
        Ok(self.send(request))
    }

    /// Whether the server wants the step again with its nonce (RFC 9449 §8).
    fn wants_nonce(&mut self, response: &Response) -> bool {
        let asks = matches!(response.status, 400 | 401)
            && response.header("dpop-nonce").is_some()
            && (response.failure().code.as_deref() == Some("use_dpop_nonce")
                || response
                    .header("www-authenticate")
                    .is_some_and(|value| value.contains("use_dpop_nonce")));
        let again = asks && self.retries > 0;
        self.retries -= u8::from(again);
        again
    }

    fn ask_token(
        mut self,
        target: Target,
        server: Box<AuthorizationServerMetadata>,
        grant: Code,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Step, ReceiveError> {
        let client_id = Some(self.attested.client_id.clone());
        let form =
            TokenRequest { grant: grant.clone().into(), client_id, resource: None }.to_form();
        let request = Request::post(server.token_endpoint.clone(), FORM, form);
        let request = self.prove(request, None, now, rng)?;
        let request = self.attested.sign(request, server.issuer.as_str(), now, rng)?;
        self.stage = Stage::Token { target, server, grant };
        Ok(self.send(request))
    }

    fn ask_nonce(
        mut self,
        target: Target,
        token: Box<TokenResponse>,
    ) -> Result<Step, ReceiveError> {
        let endpoint = target.metadata.nonce_endpoint.clone().ok_or(ReceiveError::NoNonce)?;
        self.stage = Stage::Nonce { target, token };
        Ok(self.send(Request::post(endpoint, FORM, Vec::new())))
    }

    /// The request for the copies, with a fresh key and its proof for each.
    fn credential_request(
        &self,
        target: &Target,
        nonce: &str,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<(Vec<NewKey>, Request), ReceiveError> {
        let issuer = &target.metadata.credential_issuer;
        let proof = NewKeyProof { issuer, nonce, client_id: Some(&self.attested.client_id) };
        let copies = self.copies.clamp(1, target.metadata.batch_size());
        let keys: Vec<_> =
            (0..copies).map(|_| HolderKey::generate(rng)).collect::<Result<_, _>>()?;
        let proofs = keys.iter().map(|key| Ok(proof.sign(&key.signer()?, now)?));
        let body = CredentialRequest {
            credential: RequestedCredential::ConfigurationId(target.configuration.clone()),
            proofs: proofs.collect::<Result<_, ReceiveError>>()?,
        };
        let keys = keys
            .iter()
            .map(|key| Ok(NewKey { public: key.public()?, key: self.stored(target, key, rng)? }))
            .collect::<Result<_, ReceiveError>>()?;
        let endpoint = target.metadata.credential_endpoint.clone();
        Ok((keys, Request::post(endpoint, "application/json", body.to_json())))
    }

    /// A copy's key as it will be stored.
    fn stored(
        &self,
        target: &Target,
        key: &HolderKey,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<CopyKey, GuardError> {
        if target.is_full() {
            self.guard.as_ref().ok_or(GuardError::NoPin)?.seal(key, rng)
        } else {
            Ok(CopyKey::Open(key.clone()))
        }
    }

    fn ask_credential(
        mut self,
        target: Target,
        token: Box<TokenResponse>,
        (keys, request): (Vec<NewKey>, Request),
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Step, ReceiveError> {
        let sent = self.prove(request.clone(), Some(&token.access_token), now, rng)?;
        let sent =
            sent.with_header("authorization", format!("DPoP {}", token.access_token.expose()));
        self.stage = Stage::Credential { target, token, keys, request };
        Ok(self.send(sent))
    }

    /// Adds a DPoP proof.
    fn prove(
        &self,
        request: Request,
        access_token: Option<&OpaqueToken>,
        now: Timestamp,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Request, ReceiveError> {
        let proof = NewDpopProof {
            method: request.method.as_str(),
            url: request.url.as_str(),
            access_token,
            nonce: self.dpop_nonce.as_deref(),
        };
        let proof = proof.sign(&self.dpop.signer()?, now, rng)?;
        Ok(request.with_header("dpop", proof))
    }
}

impl From<Code> for Grant {
    fn from(code: Code) -> Self {
        match code {
            Code::Fresh(code) => Self::PreAuthorizedCode { code, tx_code: None },
            Code::Refresh(token) => Self::RefreshToken(token),
        }
    }
}

/// An identifier within the wallet.
fn drawn(rng: &mut impl rand::CryptoRng) -> String {
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    b64::encode(id)
}

fn body(response: &Response) -> Result<Vec<u8>, ReceiveError> {
    if response.is_success() {
        Ok(response.body.clone())
    } else {
        Err(ReceiveError::Refused(response.failure()))
    }
}

/// Why no card was received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The server said no.
    #[error("the authority: {0}")]
    Refused(Failure),
    /// The offer can't be read.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// The offer is from nobody whom the trust list names.
    #[error("the offer is from nobody who is in the trust list")]
    UnknownIssuer,
    /// The offer has no code that could be used at once.
    #[error("the offer holds no pre-authorized code")]
    NoCode,
    /// The offer wants a further code typed.
    #[error("the offer wants a transaction code, which this wallet does not ask for")]
    TransactionCode,
    /// The offer names something that the authority does not describe.
    #[error("the offer is for something that the authority does not describe")]
    UnknownConfiguration,
    /// The offer names a server that the authority does not.
    #[error("the offer names an authorization server that is not the authority's")]
    UnknownServer,
    /// The authority has no nonce endpoint.
    #[error("the authority has no nonce endpoint")]
    NoNonce,
    /// The card can't be refilled.
    #[error("the card has no refresh token: have it issued again")]
    NoRefill,
    /// The card comes later, which this wallet does not wait for.
    #[error("the authority will issue the card later")]
    Deferred,
    /// An issuer's address is insecure.
    #[error(transparent)]
    Insecure(#[from] InsecureUrl),
    /// The authority's description of itself is not in order.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A message can't be read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A proof can't be made.
    #[error(transparent)]
    Dpop(#[from] DpopError),
    /// The wallet can't prove itself.
    #[error(transparent)]
    Attested(#[from] AttestedError),
    /// A full card's keys can't be sealed.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// A key can't be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A key can't sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What was issued is not in order.
    #[error("the issued card: {0}")]
    Credential(#[from] CredentialError),
    /// What was issued is not what was asked for: another type, issuer or key, a copy twice, or
    /// without a status.
    #[error("the issued card is not the one that was asked for")]
    OtherCard,
    /// What was stored can't be used.
    #[error(transparent)]
    Keep(#[from] KeepError),
}

#[cfg(test)]
mod tests;
