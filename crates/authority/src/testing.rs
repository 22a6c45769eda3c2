//! A small city for tests: an authority on a fresh store, real models, rendered people, wallets.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use jiff::civil::{Weekday, date, time};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tanda_biometrics::finger::FingerReference;
use tanda_biometrics::{Frame, Models, Shot, Step};
use tanda_credential::jose::{Jwk, Signer as _, SigningKey};
use tanda_credential::sd_jwt_vc::{TrustedIssuers, VerifiedCredential, verify_issued};
use tanda_credential::status_list::{self, Age, Outcome};
use tanda_credential::trust_list::Names;
use tanda_credential::x509::{self, LeafRequest, Subject, Validity};
use tanda_model::number::gb11643;
use tanda_model::{
    AssuranceLevel, Country, EnrolmentId, EvidenceKind, Marks, OfficeHours, OfficerId, OfficerRole,
    PersonName, ResidentId, ResidentNumber,
};
use tanda_protocol::oauth::client_attestation::{AttestationDraft, NewAttestation, NewPossession};
use tanda_protocol::oauth::{Grant, IssuerUrl, NewDpopProof, OpaqueToken, TokenRequest};
use tanda_protocol::vci::{
    CredentialRequest, CredentialResponse, NewKeyProof, OfferLink, RequestedCredential,
};
use tanda_storage::{Store, StoreOptions};

use crate::act::Actor;
use crate::enrolment::{
    Application, BeginError, BegunEnrolment, CONSENT, Completion, EnrolmentView, Office, hold,
};
use crate::issuance::{Intent, IssueError, TokenError};
use crate::register::{Correction, NewResident, RegisterError};
use crate::{Authority, ClientHeaders, Config, KeyOwner, Keys, Officer, SignedIn, WalletProvider};

pub(crate) const ISSUER: &str = "http://localhost:8600";
const PROVIDER: &str = "http://localhost:8601";
const CLIENT: &str = "tanda-wallet";

static MODELS: LazyLock<Arc<Models>> =
    LazyLock::new(|| Arc::new(Models::load(&repository().join("models")).unwrap()));
static SHOTS: LazyLock<Mutex<HashMap<(&'static str, &'static str), Shot>>> =
    LazyLock::new(Mutex::default);

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the rendered people's pictures.
pub(crate) fn people() -> PathBuf {
    repository().join("sandbox/people")
}

/// A rendered person's picture.
pub(crate) fn photo(person: &str, shot: &str) -> Vec<u8> {
    fs::read(people().join(format!("{person}/{shot}.jpg"))).unwrap()
}

pub(crate) const fn shown(step: Step) -> &'static str {
    match step {
        Step::LookStraight => "front",
        Step::TurnLeft => "left",
        Step::TurnRight => "right",
        Step::CloseEyes => "closed",
    }
}

fn shot(person: &'static str, step: Step) -> Shot {
    let key = (person, step.as_str());
    if let Some(shot) = SHOTS.lock().unwrap().get(&key) {
        return shot.clone();
    }
    let frame = Frame::parse(&photo(person, shown(step))).unwrap();
    let shot = MODELS.take_shot(&frame, &MODELS.assess_frame(step, &frame).unwrap()).unwrap();
    SHOTS.lock().unwrap().insert(key, shot.clone());
    shot
}

pub(crate) fn officer() -> Officer {
    let reason = "a test of the authority".parse().unwrap();
    Officer::custodian("tester", reason, Some("case-1".parse().unwrap()))
}

pub(crate) fn number(serial: u16) -> ResidentNumber {
    // An even serial is a woman's.
    gb11643::compose(440_106, date(1975, 3, 9), serial).unwrap()
}

/// A person whom nobody has put into the register yet.
pub(crate) fn newcomer(serial: u16, name: &str) -> NewResident {
    let number = number(serial);
    NewResident {
        name: PersonName::new(name, "").unwrap(),
        birth_date: date(1975, 3, 9),
        sex: number.sex(),
        number,
        nationalities: Vec::new(),
        marks: Marks::default(),
    }
}

pub(crate) struct City {
    folder: tempfile::TempDir,
    provider_root: Vec<u8>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) rng: StdRng,
    pub(crate) now: Timestamp,
    provider: SigningKey,
}

impl City {
    pub(crate) async fn new() -> Self {
        Self::with_seed(7).await
    }

    /// A city with other keys.
    pub(crate) async fn with_seed(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = StdRng::seed_from_u64(seed);
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let key = SigningKey::generate(&mut rng).unwrap();
        let validity = Validity {
            from: now - SignedDuration::from_hours(1),
            until: now + SignedDuration::from_hours(24 * 3650),
        };
        let root = x509::issue_ca(&Subject::named("provider"), validity, &key, &mut rng).unwrap();
        let leaf_key = SigningKey::generate(&mut rng).unwrap();
        let request = LeafRequest {
            subject: Subject::named("attester"),
            key: leaf_key.public(),
            dns_names: Vec::new(),
            uris: vec![PROVIDER.to_owned()],
            validity,
        };
        let leaf = x509::issue_leaf(&request, &root, &key, &mut rng).unwrap();
        let authority = open(folder.path(), root.clone(), now, &mut rng).await;
        let provider = leaf_key.with_x5c(vec![leaf]);
        Self { folder, provider_root: root, authority: Arc::new(authority), rng, now, provider }
    }

    pub(crate) fn later(&mut self, duration: SignedDuration) {
        self.now += duration;
    }

    /// Ends the process, as it were, and starts it again on the same files.
    pub(crate) async fn restart(&mut self) {
        self.authority.store().close().await;
        let root = self.provider_root.clone();
        let authority = open(self.folder.path(), root, self.now, &mut self.rng).await;
        self.authority = Arc::new(authority);
    }

    /// Whether the store's files have these bytes in them.
    pub(crate) fn store_contains(&self, needle: &[u8]) -> bool {
        fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .any(|path| fs::read(path).unwrap().windows(needle.len()).any(|bytes| bytes == needle))
    }

    pub(crate) async fn view(&mut self, begun: &BegunEnrolment) -> EnrolmentView {
        let token = begun.token.expose();
        self.authority
            .view_enrolment(begun.enrolment_id, token, self.now, &mut self.rng)
            .await
            .unwrap()
    }

    /// Puts a rendered person into the register.
    pub(crate) async fn resident(&mut self, person: &str, serial: u16, name: &str) -> ResidentId {
        self.marked_resident(person, serial, name, Marks::default()).await
    }

    /// Puts fingers into the resident's record, as a correction does.
    pub(crate) async fn enrol_fingers(&mut self, serial: u16, fingers: FingerReference) {
        let register = self.authority.register().clone();
        let entry = register.entry(&number(serial)).await.unwrap().unwrap();
        let correction = Correction { fingers: Some(fingers), ..Correction::default() };
        let record = register.corrected(&entry, correction, None, self.now).await.unwrap();
        let mut rng = StdRng::seed_from_u64(u64::from(serial));
        let corrected: Result<bool, RegisterError> = self
            .authority
            .store
            .write(move |mut tx| {
                Box::pin(async move { register.put_corrected(&mut tx, &record, &mut rng).await })
            })
            .await;
        assert!(corrected.unwrap());
    }

    pub(crate) async fn marked_resident(
        &mut self,
        person: &str,
        serial: u16,
        name: &str,
        marks: Marks,
    ) -> ResidentId {
        let new = NewResident { marks, ..newcomer(serial, name) };
        let photo = photo(person, "portrait");
        let register = self.authority.register();
        let added =
            register.add(new, photo, &MODELS, &officer(), self.now, &mut self.rng).await.unwrap();
        added.id
    }

    /// An officer who is a resident as well.
    pub(crate) fn officer_who_is(&self, serial: u16, role: OfficerRole) -> Officer {
        let reason = "a test of one's own matter".parse().unwrap();
        let case = "case-2".parse().unwrap();
        self.signed_in_who_is(serial, role).acting(reason, Some(case))
    }

    /// The same, before they act.
    pub(crate) fn signed_in_who_is(&self, serial: u16, role: OfficerRole) -> SignedIn {
        let tag = self.authority.register().number_tag(&number(serial)).to_vec();
        SignedIn::just_now(role, Some(tag))
    }

    pub(crate) fn wallet(&mut self, account: &str) -> Wallet {
        let instance = SigningKey::generate(&mut self.rng).unwrap();
        let attestation = NewAttestation {
            issuer: PROVIDER,
            client_id: CLIENT,
            instance_key: instance.public(),
            account,
            issued_at: self.now,
            expires_at: self.now + SignedDuration::from_hours(24),
        };
        Wallet {
            attestation: attestation.sign(&self.provider).unwrap(),
            dpop: SigningKey::generate(&mut self.rng).unwrap(),
            instance,
        }
    }

    pub(crate) fn possession(&mut self, wallet: &Wallet) -> String {
        NewPossession { client_id: CLIENT, audience: ISSUER, challenge: None }
            .sign(AttestationDraft::Draft07, &wallet.instance, self.now, &mut self.rng)
            .unwrap()
    }

    pub(crate) async fn begin(
        &mut self,
        wallet: &Wallet,
        number: &str,
        name: &str,
    ) -> Result<BegunEnrolment, BeginError> {
        self.begin_from(wallet, number, name, "192.0.2.1".parse().unwrap()).await
    }

    pub(crate) async fn begin_from(
        &mut self,
        wallet: &Wallet,
        number: &str,
        name: &str,
        source: IpAddr,
    ) -> Result<BegunEnrolment, BeginError> {
        self.begin_at(AssuranceLevel::Light, wallet, number, name, source).await
    }

    async fn begin_at(
        &mut self,
        level: AssuranceLevel,
        wallet: &Wallet,
        number: &str,
        name: &str,
        source: IpAddr,
    ) -> Result<BegunEnrolment, BeginError> {
        let possession = self.possession(wallet);
        let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
        let application = Application {
            number: number.to_owned(),
            name: name.to_owned(),
            consent: CONSENT.to_owned(),
            locale: "en".to_owned(),
            level,
        };
        self.authority.begin_enrolment(&application, &client, source, self.now, &mut self.rng).await
    }

    /// Answers the challenge with shots taken once and for all, past the models.
    pub(crate) async fn capture(&mut self, begun: &BegunEnrolment, person: &'static str) {
        for _ in 0..begun.steps_total {
            self.capture_step(begun, person).await;
        }
    }

    pub(crate) async fn capture_step(&mut self, begun: &BegunEnrolment, person: &'static str) {
        let row = self.authority.row(begun.enrolment_id).await;
        let steps: Vec<Step> = serde_json::from_str(&row.challenge).unwrap();
        let tanda_model::EnrolmentState::Capturing { progress, .. } = row.state else {
            panic!("not capturing")
        };
        let due = usize::from(progress.done);
        let shot = shot(person, steps[due]);
        let kept = self
            .authority
            .keep(row, due, &photo(person, shown(steps[due])), &shot, self.now, &mut self.rng)
            .await
            .unwrap();
        assert!(kept);
    }

    pub(crate) async fn complete(&mut self, begun: &BegunEnrolment) -> Completion {
        let token = begun.token.expose();
        self.authority
            .complete_enrolment(begun.enrolment_id, token, self.now, &mut self.rng)
            .await
            .unwrap()
    }

    /// Lets evidence hold, as if it had been taken and weighed.
    pub(crate) async fn hold(&self, begun: &BegunEnrolment, kinds: &'static [EvidenceKind]) {
        let row = self.authority.row(begun.enrolment_id).await;
        let now = self.now;
        let held = self.authority.store.write(move |mut tx| {
            Box::pin(async move { hold(&mut tx, &row, kinds, Actor::Policy, now).await })
        });
        assert!(held.await.unwrap());
    }

    /// Begins, captures and completes.
    pub(crate) async fn apply(
        &mut self,
        wallet: &Wallet,
        serial: u16,
        name: &str,
        person: &'static str,
    ) -> (BegunEnrolment, Completion) {
        self.apply_at(AssuranceLevel::Light, wallet, serial, name, person).await
    }

    /// Applies for the full card as far as the face goes.
    pub(crate) async fn apply_for_full(
        &mut self,
        wallet: &Wallet,
        serial: u16,
        name: &str,
        person: &'static str,
    ) -> (BegunEnrolment, Completion) {
        self.apply_at(AssuranceLevel::Full, wallet, serial, name, person).await
    }

    async fn apply_at(
        &mut self,
        level: AssuranceLevel,
        wallet: &Wallet,
        serial: u16,
        name: &str,
        person: &'static str,
    ) -> (BegunEnrolment, Completion) {
        let source = "192.0.2.1".parse().unwrap();
        let begun = self.begin_at(level, wallet, number(serial).as_str(), name, source).await;
        let begun = begun.unwrap();
        self.capture(&begun, person).await;
        let completion = self.complete(&begun).await;
        if level == AssuranceLevel::Full {
            self.attend(&begun, officer().id()).await;
        }
        (begun, completion)
    }

    /// Has an officer attend to an application, as if its code had been shown to them.
    pub(crate) async fn attend(&self, begun: &BegunEnrolment, officer: OfficerId) {
        let (id, now) = (begun.enrolment_id, self.now);
        let noted = self.authority.store.write(move |mut tx| {
            Box::pin(async move { tx.note_attendance(officer, id, now).await })
        });
        noted.await.unwrap();
    }

    pub(crate) async fn exchange(
        &mut self,
        wallet: &Wallet,
        grant: Grant,
    ) -> Result<Tokens, TokenError> {
        let possession = self.possession(wallet);
        let dpop = self.dpop(wallet, "/oauth/token", None);
        let client = ClientHeaders { attestation: &wallet.attestation, possession: &possession };
        let form = form(grant);
        let response = self
            .authority
            .exchange_token(form.as_bytes(), &dpop, &client, self.now, &mut self.rng)
            .await?;
        Ok(Tokens { access: response.access_token, refresh: response.refresh_token.unwrap() })
    }

    pub(crate) fn dpop(
        &mut self,
        wallet: &Wallet,
        path: &str,
        token: Option<&OpaqueToken>,
    ) -> String {
        let url = format!("{ISSUER}{path}");
        NewDpopProof { method: "POST", url: &url, access_token: token, nonce: None }
            .sign(&wallet.dpop, self.now, &mut self.rng)
            .unwrap()
    }

    /// A credential request for so many copies, with fresh keys and a fresh nonce.
    pub(crate) fn request(&mut self, copies: usize) -> (String, Vec<SigningKey>) {
        let nonce = self.authority.mint_nonce(self.now, &mut self.rng).c_nonce;
        let keys: Vec<SigningKey> =
            (0..copies).map(|_| SigningKey::generate(&mut self.rng).unwrap()).collect();
        (self.request_with(&keys, &nonce), keys)
    }

    /// The same, for a card of this level.
    pub(crate) fn request_at(&mut self, level: AssuranceLevel) -> String {
        let nonce = self.authority.mint_nonce(self.now, &mut self.rng).c_nonce;
        let key = SigningKey::generate(&mut self.rng).unwrap();
        self.request_of(level, &[key], &nonce)
    }

    pub(crate) fn request_with(&self, keys: &[SigningKey], nonce: &str) -> String {
        self.request_of(AssuranceLevel::Light, keys, nonce)
    }

    fn request_of(&self, level: AssuranceLevel, keys: &[SigningKey], nonce: &str) -> String {
        let issuer = IssuerUrl::parse(ISSUER).unwrap();
        let proof = NewKeyProof { issuer: &issuer, nonce, client_id: None };
        let id = level.credential_configuration_id().to_owned();
        CredentialRequest {
            credential: RequestedCredential::ConfigurationId(id),
            proofs: keys.iter().map(|key| proof.sign(key, self.now).unwrap()).collect(),
        }
        .to_json()
    }

    pub(crate) async fn fetch(
        &mut self,
        wallet: &Wallet,
        access: &OpaqueToken,
        body: &str,
    ) -> Result<Vec<String>, IssueError> {
        let dpop = self.dpop(wallet, "/openid4vci/credential", Some(access));
        let authorization = format!("DPoP {}", access.expose());
        let answer = self
            .authority
            .issue_copies(&authorization, &dpop, body.as_bytes(), self.now, &mut self.rng)
            .await?;
        match answer {
            CredentialResponse::Issued(issued) => Ok(issued.credentials),
            CredentialResponse::Deferred { .. } => panic!("deferred"),
        }
    }

    /// Records the intent to answer a credential request, and stops there.
    pub(crate) async fn intend_only(
        &mut self,
        wallet: &Wallet,
        access: &OpaqueToken,
        body: &str,
    ) -> Intent {
        let dpop = self.dpop(wallet, "/openid4vci/credential", Some(access));
        let authorization = format!("DPoP {}", access.expose());
        let authority = &self.authority;
        let (proved, grant, basis) =
            authority.proved(&authorization, &dpop, body.as_bytes(), self.now).await.unwrap();
        let (entry, picture) = authority.holder(basis, self.now).await.unwrap();
        authority.intend(proved, grant, &entry, &picture, self.now, &mut self.rng).await.unwrap()
    }

    /// The whole way to a card: its copies and the tokens for more.
    pub(crate) async fn card(
        &mut self,
        wallet: &Wallet,
        serial: u16,
        name: &str,
        person: &'static str,
        copies: usize,
    ) -> (Vec<String>, Tokens) {
        let (_, completion) = self.apply(wallet, serial, name, person).await;
        let code = code(&completion);
        let tokens = self.exchange(wallet, code).await.unwrap();
        let (body, _) = self.request(copies);
        let credentials = self.fetch(wallet, &tokens.access, &body).await.unwrap();
        (credentials, tokens)
    }

    pub(crate) fn trusted(&self) -> TrustedIssuers {
        let list = tanda_credential::trust_list::TrustList {
            operator: Names::one("en", "test"),
            territory: None,
            sequence: 1,
            issued_at: self.now,
            next_update: self.now + SignedDuration::from_hours(24),
            entities: vec![self.authority.entity().unwrap()],
        };
        list.trusted_issuers(self.now)
    }

    /// Copies as a relying party checks them, and what their statuses say.
    pub(crate) fn verified(&self, copies: &[String]) -> Vec<VerifiedCredential> {
        let trusted = self.trusted();
        copies.iter().map(|copy| verify_issued(copy, &trusted, self.now).unwrap()).collect()
    }

    pub(crate) async fn outcome(&self, copy: &VerifiedCredential) -> Outcome {
        let status = copy.status.as_ref().unwrap();
        let list: u32 = status.uri.rsplit('/').next().unwrap().parse().unwrap();
        let token = self.authority.publish_status_list(list, self.now).await.unwrap();
        let list = status_list::verify(&token, &status.uri, &self.trusted(), self.now).unwrap();
        let limit = SignedDuration::from_secs(60);
        list.outcome(copy, &Age { fetched_at: self.now, now: self.now, limit })
    }

    /// Whether any act has this text in its entry.
    pub(crate) async fn acts_contain(&self, text: &str) -> bool {
        let mut reader = self.authority.store().reader().await.unwrap();
        let acts = reader.acts_after(None, u32::MAX).await.unwrap();
        acts.iter().any(|act| act.entry.contains(text))
    }

    pub(crate) async fn acts(&self, subject: &str) -> Vec<String> {
        let mut reader = self.authority.store().reader().await.unwrap();
        let acts = reader.acts_about(subject).await.unwrap();
        acts.into_iter().map(|act| act.kind).collect()
    }
}

async fn open(folder: &Path, root: Vec<u8>, now: Timestamp, rng: &mut StdRng) -> Authority {
    let owner = KeyOwner {
        name: "Sandbox City".to_owned(),
        country: "CN".to_owned(),
        issuer: ISSUER.to_owned(),
    };
    let keys = Keys::load_or_create(&folder.join("keys"), &owner, now, rng).unwrap();
    let store = Store::open(&folder.join("store.db"), &StoreOptions::default()).await.unwrap();
    let issuer = IssuerUrl::parse(ISSUER).unwrap();
    let mut config = Config::new(
        issuer,
        Names::one("en", "Sandbox City"),
        Country::CN,
        PathBuf::new(),
        crate::shipped_evidence_policy().unwrap(),
    );
    let hours = OfficeHours::new(
        (1..=7).map(|day| Weekday::from_monday_one_offset(day).unwrap()).collect(),
        (time(9, 0, 0, 0), time(17, 0, 0, 0)),
        20,
        1,
        480,
    );
    config.offices = vec![Office {
        id: "nansha".to_owned(),
        names: Names::one("en", "Nansha"),
        address: Names::one("en", "1 Harbour Road"),
        hours: hours.unwrap(),
    }];
    config.wallet_providers =
        vec![WalletProvider { issuer: PROVIDER.to_owned(), certificates: vec![root] }];
    let authority = Authority::new(store, keys, config, now, rng).unwrap();
    authority.faces.use_models(Arc::clone(&MODELS));
    authority
}

impl Authority {
    pub(crate) async fn row(
        &self,
        id: EnrolmentId,
    ) -> tanda_storage::authority::enrolment::EnrolmentRow {
        self.store.reader().await.unwrap().find_enrolment(id).await.unwrap().unwrap()
    }
}

pub(crate) struct Wallet {
    pub(crate) instance: SigningKey,
    pub(crate) dpop: SigningKey,
    pub(crate) attestation: String,
}

#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access: OpaqueToken,
    pub(crate) refresh: OpaqueToken,
}

/// The grant of a completed application's offer.
pub(crate) fn code(completion: &Completion) -> Grant {
    code_of(&completion.view)
}

pub(crate) fn code_of(view: &EnrolmentView) -> Grant {
    let offer = view.credential_offer.as_deref().expect("an offer");
    let OfferLink::ByValue(offer) = OfferLink::parse(offer).unwrap() else { panic!("by value") };
    let code = offer.grants.pre_authorized_code.unwrap().code;
    Grant::PreAuthorizedCode { code, tx_code: None }
}

pub(crate) fn form(grant: Grant) -> String {
    TokenRequest { grant, client_id: None, resource: None }.to_form()
}

pub(crate) fn same_key(one: &Jwk, other: &SigningKey) -> bool {
    one.same_key(other.public())
}
