//! A resident's wallet on the command line: the library decides what to send, this sends it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tanda_authority::enrolment::chip::Ended;
use tanda_credential::x509::Certificate;
use tanda_model::{AssuranceLevel, Pin};
use tanda_protocol::vp::code::ShortCode;
use tanda_protocol::vp::uri::RequestUri;
use tanda_server::config::{at, identifier};
use tanda_server::{clock, files};
use tanda_wallet::enrol::{Enrolment, Relay, Standing};
use tanda_wallet::guard::{GuardError, Verified};
use tanda_wallet::looks::{Look, LooksError};
use tanda_wallet::receive::{Receiving, Step};
use tanda_wallet::report::Report;
use tanda_wallet::standing::{CardStanding, Question};
use tanda_wallet::{
    Attested, Card, Consent, Refusal, Trust, WalletState, consent, deletion, enrol, http, looks,
    passkey, present, report, standing,
};
use url::Url;

use super::frames::{Frames, FramesError};
use super::http::{Client, HttpError};

/// A wallet, its keeper's file, and the provider that vouches for it.
pub struct Wallet {
    client: Client,
    file: PathBuf,
    kept: Kept,
    config: Option<ProviderConfig>,
    trust: Option<(Timestamp, Arc<Trust>)>,
    copies: usize,
}

/// What the file holds. Keys are in it: it is readable by its owner alone.
#[derive(Serialize, Deserialize)]
struct Kept {
    provider: Url,
    state: WalletState,
    /// An application that is under way.
    enrolment: Option<Enrolment>,
}

/// The provider's `/wallet/config`.
#[derive(Clone, Deserialize)]
struct ProviderConfig {
    client_id: String,
    authorities: Vec<AuthorityLink>,
    trust_list: Url,
    trust_anchor: String,
}

#[derive(Clone, Deserialize)]
struct AuthorityLink {
    issuer: Url,
}

/// The version of the consent text that applying on the command line agrees to.
pub const CONSENT: &str = tanda_authority::enrolment::CONSENT;

/// How many copies are fetched at once, unless told otherwise.
const COPIES: usize = 10;

/// How long a checked trust list is believed before it is fetched again.
const TRUST_FOR: SignedDuration = SignedDuration::from_secs(60);

/// Why a wallet could not do something, in words for a person.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The file can't be used.
    #[error("the wallet's file {path} can't be used: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: std::io::Error,
    },
    /// The file is no wallet.
    #[error("{0} holds no wallet; make one with `tanda wallet sign-up`")]
    NoWallet(PathBuf),
    /// No camera frames.
    #[error(transparent)]
    Frames(#[from] FramesError),
    /// The network, or a server's refusal.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A server's refusal.
    #[error("{}", .0.detail.clone().unwrap_or_else(|| .0.to_string()))]
    Refused(#[from] http::Failure),
    /// The wallet refuses a relying party's request.
    #[error("the wallet refuses: {0}")]
    Refusal(#[from] Box<Refusal>),
    /// The camera's frames never showed a step.
    #[error("the frames don't show the step {0}: the authority last said {1}")]
    Step(String, String),
    /// What the authority says of its log does not hold.
    #[error(transparent)]
    Looks(#[from] LooksError),
    /// The full card's keys stay sealed.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// There is no card.
    #[error("there is no card in this wallet; get one with `tanda wallet apply`")]
    NoCard,
    /// There is nothing to go on with.
    #[error("no application is under way; begin one with `tanda wallet apply`")]
    NoApplication,
    /// Nobody knows where the code leads.
    #[error("no listed service has codes like this; compare it with the desk's screen")]
    UnknownCode,
    /// It is neither a link nor a code.
    #[error("this is neither a request's link nor a code of eight characters")]
    NotARequest,
    /// The provider offers no authority to apply to.
    #[error("the provider lists no authority")]
    NoAuthority,
    /// A part of the protocol failed.
    #[error("{0}")]
    Protocol(String),
}

fn protocol(error: impl std::fmt::Display) -> WalletError {
    WalletError::Protocol(error.to_string())
}

impl Wallet {
    /// Makes an account with a passkey at a provider, and a wallet in a new file.
    pub async fn sign_up(
        file: &Path,
        provider: &Url,
        display_name: &str,
    ) -> Result<Self, WalletError> {
        let state = WalletState::new(&mut clock::rng()).map_err(protocol)?;
        let kept = Kept { provider: provider.clone(), state, enrolment: None };
        let mut wallet = Self::keeping(file, kept)?;
        let start = at(provider, "account/registration/start");
        let challenge =
            wallet.client.post_json(&start, &json!({ "display_name": display_name })).await?;
        let (passkey, credential) =
            passkey::register(&challenge, provider, &mut clock::rng()).map_err(protocol)?;
        let finish = at(provider, "account/registration/finish");
        wallet.client.post_json(&finish, &json!({ "credential": credential })).await?;
        wallet.kept.state.keep_passkey(passkey);
        wallet.save()?;
        Ok(wallet)
    }

    /// A wallet in a new file, on the account of another: as on a second device to which the passkey
    /// was copied. It has keys of its own, and no card yet.
    pub async fn beside(file: &Path, other: &Self) -> Result<Self, WalletError> {
        let mut state = WalletState::new(&mut clock::rng()).map_err(protocol)?;
        for passkey in other.kept.state.passkeys() {
            state.keep_passkey(passkey.clone());
        }
        let kept = Kept { provider: other.kept.provider.clone(), state, enrolment: None };
        let wallet = Self::keeping(file, kept)?;
        wallet.save()?;
        Ok(wallet)
    }

    /// Opens a wallet; it signs in with its passkey once something needs the provider.
    pub async fn open(file: &Path) -> Result<Self, WalletError> {
        let bytes = std::fs::read(file)
            .map_err(|cause| WalletError::File { path: file.to_owned(), cause })?;
        let kept: Kept =
            serde_json::from_slice(&bytes).map_err(|_| WalletError::NoWallet(file.to_owned()))?;
        Self::keeping(file, kept)
    }

    fn keeping(file: &Path, kept: Kept) -> Result<Self, WalletError> {
        let client = Client::new()?;
        let file = file.to_owned();
        Ok(Self { client, file, kept, config: None, trust: None, copies: COPIES })
    }

    /// From now on fetches so many copies at once.
    pub fn fetch_at_once(&mut self, copies: usize) {
        self.copies = copies;
    }

    /// What the wallet keeps.
    pub fn state(&self) -> &WalletState {
        &self.kept.state
    }

    /// Seals the full card's keys to a PIN: the first one, or, with the holder verified by the one
    /// until now, another.
    pub fn choose_pin(
        &mut self,
        pin: &Pin,
        verified: Option<&Verified>,
    ) -> Result<(), WalletError> {
        self.kept.state.choose_pin(pin, verified, &mut clock::rng())?;
        self.save()
    }

    /// Verifies the holder by their PIN, for one showing of a full card. A wrong one changes nothing
    /// but the count of wrong ones.
    pub fn verify(&mut self, pin: &Pin) -> Result<Verified, WalletError> {
        let counted = self.kept.state.try_pin(clock::now())?;
        self.save()?;
        let verified = counted.weigh(pin, &mut self.kept.state)?;
        self.save()?;
        Ok(verified)
    }

    /// Applies for the light card: number, name, and camera frames from a folder.
    pub async fn apply(
        &mut self,
        number: &str,
        name: &str,
        frames: &Frames,
    ) -> Result<Standing, WalletError> {
        self.apply_at(AssuranceLevel::Light, number, name, frames).await
    }

    /// The same, for a card of this level.
    pub async fn apply_at(
        &mut self,
        level: AssuranceLevel,
        number: &str,
        name: &str,
        frames: &Frames,
    ) -> Result<Standing, WalletError> {
        let authority = self.begin_at(level, number, name).await?;
        self.capture(&authority, frames).await?;
        self.complete().await
    }

    /// Begins an application; returns the authority that it is at.
    pub async fn begin(&mut self, number: &str, name: &str) -> Result<Url, WalletError> {
        self.begin_at(AssuranceLevel::Light, number, name).await
    }

    /// The same, for a card of this level.
    pub async fn begin_at(
        &mut self,
        level: AssuranceLevel,
        number: &str,
        name: &str,
    ) -> Result<Url, WalletError> {
        if level == AssuranceLevel::Full && self.kept.state.guard().is_none() {
            // Not after face, chip and fingers.
            return Err(GuardError::NoPin.into());
        }
        let authority = self.authority().await?;
        let attested = self.attested(&authority).await?;
        let application =
            enrol::Application { number, name, consent: CONSENT, locale: "en", level };
        let request =
            enrol::start(&authority, &application, &attested, clock::now(), &mut clock::rng())
                .map_err(protocol)?;
        let enrolment = Enrolment::read(&self.client.send(request).await?)?;
        self.kept.enrolment = Some(enrolment);
        self.save()?;
        Ok(authority)
    }

    /// Follows the challenge with frames from a folder.
    pub async fn capture(&mut self, authority: &Url, frames: &Frames) -> Result<(), WalletError> {
        let enrolment = self.kept.enrolment.clone().ok_or(WalletError::NoApplication)?;
        let mut step = Some(enrolment.step.clone());
        let mut done = 0;
        while let Some(name) = step {
            let mut said = String::from("nothing");
            let mut next = None;
            for frame in frames.of_step(&name)? {
                let request = enrolment.frame(authority, done, frame);
                let guidance = enrol::Guidance::read(&self.client.send(request).await?)?;
                if guidance.accepted {
                    next = Some(guidance);
                    break;
                }
                said = guidance.guidance;
            }
            let Some(guidance) = next else { return Err(WalletError::Step(name, said)) };
            done = guidance.done;
            step = guidance.step;
        }
        Ok(())
    }

    /// Has the application decided.
    pub async fn complete(&mut self) -> Result<Standing, WalletError> {
        let authority = self.authority().await?;
        let enrolment = self.kept.enrolment.as_ref().ok_or(WalletError::NoApplication)?;
        let response = self.client.send(enrolment.complete(&authority)).await?;
        Ok(Standing::read(&response)?)
    }

    /// Asks for a relay to the physical card's chip: its link, for a reader.
    pub async fn relay(&mut self, access_number: &str) -> Result<String, WalletError> {
        let authority = self.authority().await?;
        let enrolment = self.kept.enrolment.as_ref().ok_or(WalletError::NoApplication)?;
        let response = self.client.send(enrolment.chip(&authority, access_number)).await?;
        Ok(Relay::read(&response)?.relay)
    }

    /// Asks what a reader with a secure module is to sign.
    pub async fn question_for_reader(&mut self) -> Result<serde_json::Value, WalletError> {
        let authority = self.authority().await?;
        let enrolment = self.kept.enrolment.as_ref().ok_or(WalletError::NoApplication)?;
        let response = self.client.send(enrolment.chip_question(&authority)).await?;
        Ok(response.json()?)
    }

    /// Hands in what such a reader has signed.
    pub async fn hand_in_attested(&mut self, result: &str) -> Result<Ended, WalletError> {
        let authority = self.authority().await?;
        let enrolment = self.kept.enrolment.as_ref().ok_or(WalletError::NoApplication)?;
        let response = self.client.send(enrolment.chip_attested(&authority, result)).await?;
        Ok(response.json()?)
    }

    /// How the application stands, waiting for a change for up to `wait` seconds.
    pub async fn look(&mut self, wait: u8) -> Result<Standing, WalletError> {
        let authority = self.authority().await?;
        let enrolment = self.kept.enrolment.as_ref().ok_or(WalletError::NoApplication)?;
        let response = self.client.send(enrolment.look(&authority, wait)).await?;
        Ok(Standing::read(&response)?)
    }

    /// Fetches the card that an offer is for.
    pub async fn receive(&mut self, offer: &str) -> Result<(), WalletError> {
        let authority = self.authority().await?;
        let attested = self.attested(&authority).await?;
        let trust = self.trust().await?;
        let guard = self.kept.state.guard();
        let step =
            Receiving::start(offer, &attested, guard, self.copies, &trust, &mut clock::rng())
                .map_err(protocol)?;
        self.drive(step, &trust).await?;
        self.kept.enrolment = None;
        self.save()
    }

    /// Fetches the copies of a card that was on its way when this wallet was broken off: its code is
    /// spent, and the authority may have issued it. Says of which level it is; nothing where no card was
    /// on its way.
    pub async fn finish(&mut self) -> Result<Option<AssuranceLevel>, WalletError> {
        let Some(card) = self.kept.state.expected().cloned() else { return Ok(None) };
        self.fetch_copies(&card, card.level()).await?;
        self.kept.enrolment = None;
        self.save()?;
        Ok(Some(card.level()))
    }

    /// Follows a full card that its authority has let fall back to a light one, since the physical
    /// card is lost or has expired: fetches the card that stands now, and says of which level it is.
    /// Asks nothing where there is no full card to fall.
    pub async fn follow(&mut self) -> Result<Option<AssuranceLevel>, WalletError> {
        let full = |card: &&Card| card.level() == AssuranceLevel::Full;
        let Some(card) = self.kept.state.cards().iter().find(full).cloned() else {
            return Ok(None);
        };
        let standing = self.card(Question::Show).await?;
        let level: AssuranceLevel = standing.level.parse().map_err(protocol)?;
        if !standing.here || level == card.level() {
            return Ok(None);
        }
        self.fetch_copies(&card, level).await?;
        Ok(Some(level))
    }

    async fn fetch_copies(
        &mut self,
        card: &Card,
        level: AssuranceLevel,
    ) -> Result<(), WalletError> {
        let authority = self.authority().await?;
        let attested = self.attested(&authority).await?;
        let trust = self.trust().await?;
        let guard = self.kept.state.guard();
        let step = Receiving::refill(card, level, &attested, guard, self.copies);
        self.drive(step.map_err(protocol)?, &trust).await
    }

    /// Fetches more copies of every card that runs low.
    pub async fn refill(&mut self) -> Result<usize, WalletError> {
        let authority = self.authority().await?;
        let attested = self.attested(&authority).await?;
        let trust = self.trust().await?;
        let now = clock::now();
        let low: Vec<Step> = self
            .kept
            .state
            .cards()
            .iter()
            .filter(|card| card.needs_refill(now))
            .map(|card| {
                let guard = self.kept.state.guard();
                Receiving::refill(card, card.level(), &attested, guard, self.copies)
            })
            .collect::<Result<_, _>>()
            .map_err(protocol)?;
        let refilled = low.len();
        for step in low {
            self.drive(step, &trust).await?;
        }
        Ok(refilled)
    }

    async fn drive(&mut self, mut step: Step, trust: &Trust) -> Result<(), WalletError> {
        loop {
            match step {
                Step::Send(receiving, request) => {
                    let response = self.client.send(request).await?;
                    step = receiving
                        .next(&response, trust, clock::now(), &mut clock::rng())
                        .map_err(protocol)?;
                }
                Step::Keep(receiving, request, card) => {
                    self.kept.state.expect(card);
                    self.save()?;
                    step = Step::Send(receiving, request);
                }
                Step::Done(card) => {
                    self.kept.state.keep(card);
                    return self.save();
                }
            }
        }
    }

    /// Opens a relying party's request by its link or its typed code, and checks it.
    pub async fn look_at(&mut self, request: &str) -> Result<Consent, WalletError> {
        let trust = self.trust().await?;
        let uri = match RequestUri::parse(request.trim()) {
            Ok(uri) => uri,
            Err(_) => self.resolve(request, &trust).await?,
        };
        let (fetching, request) = consent::fetch(&uri, &mut clock::rng());
        let response = self.client.send(request).await?;
        match fetching.read(&response, &trust, &self.kept.state, clock::now()) {
            Ok(consent) => Ok(consent),
            Err(mut refusal) => {
                if let Some(answer) = refusal.answer.take() {
                    // The asker is told, as far as it can be reached.
                    let _ = self.client.send(answer).await;
                }
                Err(refusal.into())
            }
        }
    }

    async fn resolve(&self, typed: &str, trust: &Trust) -> Result<RequestUri, WalletError> {
        let code: ShortCode = typed.parse().map_err(|_| WalletError::NotARequest)?;
        let request = trust.code_request(&code).ok_or(WalletError::UnknownCode)?;
        let found = self.client.get_json(&request.url).await?;
        let mut link = Url::parse("openid4vp://").map_err(protocol)?;
        for name in ["client_id", "request_uri", "request_uri_method"] {
            if let Some(value) = found[name].as_str() {
                link.query_pairs_mut().append_pair(name, value);
            }
        }
        RequestUri::parse(link.as_str()).map_err(protocol)
    }

    /// Shows what was agreed to; where that takes a PIN, by a verified holder. Returns where to go on,
    /// if anywhere.
    pub async fn agree(&mut self, consent: Consent) -> Result<Option<Url>, WalletError> {
        let (sent, request) =
            present::present(&mut self.kept.state, consent, clock::now(), &mut clock::rng())
                .map_err(protocol)?;
        // Used copies are used even if the answer never arrives.
        self.save()?;
        let response = self.client.send(request).await?;
        let next = sent.outcome(&response, &mut self.kept.state)?;
        self.save()?;
        Ok(next)
    }

    /// Asks the relying parties whose time is over at `now` for their deletion receipts. Returns how
    /// many came, and what was wrong with each of the others.
    pub async fn fetch_deletions(
        &mut self,
        now: Timestamp,
    ) -> Result<(usize, Vec<String>), WalletError> {
        let due = deletion::due(&self.kept.state, now);
        if due.is_empty() {
            return Ok((0, Vec::new()));
        }
        let trust = self.trust().await?;
        let (mut came, mut troubles) = (0, Vec::new());
        for (fetching, request) in due {
            match self.client.send(request).await {
                Err(trouble) => troubles.push(trouble.to_string()),
                Ok(response) => match fetching.read(&response, &mut self.kept.state, &trust, now) {
                    Ok(true) => came += 1,
                    Ok(false) => troubles.push("it says that it still keeps it".to_owned()),
                    Err(trouble) => troubles.push(trouble.to_string()),
                },
            }
        }
        self.save()?;
        Ok((came, troubles))
    }

    /// Says no.
    pub async fn decline(&mut self, consent: &Consent) -> Result<(), WalletError> {
        let request = present::decline(&mut self.kept.state, consent, clock::now());
        self.save()?;
        self.client.send(request).await?;
        Ok(())
    }

    /// Who looked at the holder's record, newest first: all acts that the authority tells, each
    /// checked against its log.
    pub async fn looks(&mut self) -> Result<Vec<Look>, WalletError> {
        let authority = self.authority().await?;
        let trust = self.trust().await?;
        let holder = self.holder()?;
        let mut all = Vec::new();
        let mut before = None;
        loop {
            // A proof of the wallet's key is good for one question.
            let attested = self.attested(&authority).await?;
            let (now, rng) = (clock::now(), &mut clock::rng());
            let request = looks::ask(&self.kept.state, &authority, &attested, before, now, rng)
                .map_err(protocol)?;
            let response = self.client.send(request).await?;
            let state = &mut self.kept.state;
            let read = looks::read(state, &authority, &holder, before, &response, &trust)?;
            self.save()?;
            all.extend(read.looks);
            before = read.before;
            if before.is_none() {
                return Ok(all);
            }
        }
    }

    /// Asks where the account's card stands, or has it locked, unlocked or given up.
    pub async fn card(&mut self, question: Question) -> Result<CardStanding, WalletError> {
        let authority = self.authority().await?;
        let attested = self.attested(&authority).await?;
        let (now, rng) = (clock::now(), &mut clock::rng());
        let request = standing::ask(question, &authority, &attested, now, rng).map_err(protocol)?;
        Ok(standing::read(&self.client.send(request).await?)?)
    }

    /// Reports a relying party to the authority.
    pub async fn report(&mut self, report: &Report) -> Result<(), WalletError> {
        let authority = self.authority().await?;
        let attested = self.attested(&authority).await?;
        let (now, rng) = (clock::now(), &mut clock::rng());
        let request = report::send(report, &authority, &attested, now, rng).map_err(protocol)?;
        Ok(self.client.send(request).await?.accepted()?)
    }

    /// Gives the card up, and deletes the account at the provider. The file stays: the history in
    /// it is its keeper's.
    pub async fn delete_account(&mut self) -> Result<(), WalletError> {
        match self.card(Question::GiveUp).await {
            Err(WalletError::Refused(failure)) if failure.code.as_deref() == Some("no-card") => {}
            given_up => drop(given_up?),
        }
        let place = at(&self.kept.provider, "account/delete");
        self.client.post_json(&place, &json!({})).await?;
        Ok(())
    }

    /// The number on the card: whose acts are asked for.
    fn holder(&self) -> Result<String, WalletError> {
        let card = self.kept.state.cards().first().ok_or(WalletError::NoCard)?;
        let claims = card.claims().map_err(protocol)?;
        let number = claims.get("personal_administrative_number").and_then(Value::as_str);
        Ok(number.unwrap_or_default().to_owned())
    }

    /// The trust list, checked against the operator that the provider names; fetched anew once it
    /// is a minute old, as a verifier does.
    pub async fn trust(&mut self) -> Result<Arc<Trust>, WalletError> {
        let now = clock::now();
        if let Some((checked_at, trust)) = &self.trust
            && now < *checked_at + TRUST_FOR
        {
            return Ok(Arc::clone(trust));
        }
        let config = self.config().await?;
        let (_, der) = der::pem::decode_vec(config.trust_anchor.as_bytes()).map_err(protocol)?;
        let anchor = Certificate::from_der(&der).map_err(protocol)?;
        let list = self.client.get_text(&config.trust_list).await?;
        let trust = Trust::verify(&list, &[anchor], &mut self.kept.state, now).map_err(protocol)?;
        let trust = Arc::new(trust);
        self.trust = Some((now, Arc::clone(&trust)));
        Ok(trust)
    }

    async fn authority(&mut self) -> Result<Url, WalletError> {
        let config = self.config().await?;
        config
            .authorities
            .into_iter()
            .next()
            .map(|link| link.issuer)
            .ok_or(WalletError::NoAuthority)
    }

    async fn config(&mut self) -> Result<ProviderConfig, WalletError> {
        if let Some(config) = &self.config {
            return Ok(config.clone());
        }
        let config = self.client.get_json(&at(&self.kept.provider, "wallet/config")).await?;
        let config: ProviderConfig = serde_json::from_value(config).map_err(protocol)?;
        self.config = Some(config.clone());
        Ok(config)
    }

    /// The provider's word for this wallet; signs in first where the session has ended.
    pub async fn attested(&mut self, authority: &Url) -> Result<Attested, WalletError> {
        let config = self.config().await?;
        let key = self.kept.state.instance_key().public().map_err(protocol)?;
        let body = json!({ "jwk": key, "authority": identifier(authority) });
        let place = at(&self.kept.provider, "wallet/attestation");
        let answer = match self.client.post_json(&place, &body).await {
            Err(HttpError::Problem { code, .. }) if code == "sign-in-needed" => {
                self.sign_in().await?;
                self.client.post_json(&place, &body).await?
            }
            answer => answer?,
        };
        let token = answer["attestation"].as_str().unwrap_or_default();
        Ok(Attested::new(&self.kept.state, config.client_id, token))
    }

    async fn sign_in(&mut self) -> Result<(), WalletError> {
        let provider = &self.kept.provider;
        let start = at(provider, "account/authentication/start");
        let challenge: Value = self.client.post_json(&start, &json!({})).await?;
        let passkey = self
            .kept
            .state
            .passkeys()
            .first()
            .ok_or_else(|| WalletError::NoWallet(self.file.clone()))?;
        let credential = passkey.authenticate(&challenge, provider).map_err(protocol)?;
        let finish = at(provider, "account/authentication/finish");
        self.client.post_json(&finish, &json!({ "credential": credential })).await?;
        Ok(())
    }

    fn save(&self) -> Result<(), WalletError> {
        let bytes = serde_json::to_vec(&self.kept).map_err(protocol)?;
        files::write_private(&self.file, &bytes).map_err(|error| WalletError::File {
            path: self.file.clone(),
            cause: error.into_cause(),
        })
    }
}
