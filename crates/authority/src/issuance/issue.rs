mod error;
mod settle;

use std::sync::Arc;

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng as _};
use tanda_biometrics::{Frame, Models};
use tanda_credential::jose::Jwk;
use tanda_credential::sd_jwt::SdObject;
use tanda_credential::sd_jwt_vc::{CredentialIssuer, NewCredential, StatusReference};
use tanda_model::{
    AssuranceLevel, BatchId, CardId, CardState, EnrolmentId, GrantId, LevelPolicy, RelyingPartyId,
};
use tanda_protocol::oauth::{
    DpopProof, ExpectedDpop, OpenedNonce, TokenHash, Window, dpop, dpop_access_token,
};
use tanda_protocol::vci::{
    CredentialRequest, CredentialResponse, ExpectedKeyProof, IssuedCredentials,
    RequestedCredential, proof,
};
use tanda_storage::authority::batches::{NewBatch, Place};
use tanda_storage::authority::cards::CardRow;
use tanda_storage::authority::enrolment::EnrolmentRow;
use tanda_storage::authority::grants::GrantRow;
use tanda_storage::authority::spent::SpentKind;
use tanda_storage::{Authority as Role, Reader, StorageError, Tx};
use zeroize::Zeroizing;

use super::claims::{CardClaims, day, start_of};
use super::exchange::spend_dpop;
use super::{BATCH_SIZE, BATCHES_A_DAY, CARD_DAYS, COPY_DAYS};
use crate::act::{Act, Actor, Deed};
use crate::client::CLIENT_ID;
use crate::register::Entry;
use crate::sealing::Label;
use crate::status::places;
use crate::tallies::Attack;
use crate::{Authority, Fault};

pub use error::IssueError;
pub(crate) use settle::retire_earlier;

/// The largest picture on a card, as JPEG.
const PICTURE_BYTES: usize = 20_000;
/// What a card's picture is sealed as, under its resident's key.
const PICTURE: &str = "card.picture";
/// How long a spent nonce is remembered past its end, for clocks that are set back.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// A request whose proofs hold.
pub(crate) struct Proved {
    token: TokenHash,
    dpop: DpopProof,
    nonce: OpenedNonce,
    keys: Vec<Jwk>,
    entitled: Entitlement,
}

/// What the grant's application has led to.
#[derive(Clone, Copy)]
pub(crate) struct Entitlement {
    pub(crate) level: AssuranceLevel,
    /// When the physical card expires that carried the decision: the card does not outlive it.
    pub(crate) document_expires_at: Option<Timestamp>,
}

impl Entitlement {
    /// What takes no document.
    pub(crate) const LIGHT: Self = Self { level: AssuranceLevel::Light, document_expires_at: None };
}

/// What is on record before anything is signed.
pub(crate) struct Intent {
    plan: Plan,
    grant: GrantRow,
    /// The first batch of a new card, which then replaces earlier ones.
    first: bool,
}

/// Copies of a card that are on record, each with its status, and not signed yet.
pub(crate) struct Plan {
    pub(crate) card: CardRow,
    pub(crate) batch: BatchId,
    pub(crate) copies_expire_at: Timestamp,
    places: Vec<Place>,
    relying_parties: Vec<RelyingPartyId>,
}

/// Copies to be signed.
pub(crate) struct Signing {
    issuer: Arc<CredentialIssuer>,
    claims: SdObject,
    url: String,
    level: AssuranceLevel,
    type_integrity: String,
    issued_at: Timestamp,
    expires_at: Timestamp,
    keys: Vec<Jwk>,
    statuses: Vec<StatusReference>,
}

impl Authority {
    /// Issues copies of the card that was offered, one for every key that the wallet proves to
    /// hold, at most [`BATCH_SIZE`] (OpenID4VCI 1.0, section 8). `authorization` and `dpop` are the
    /// request's headers, `body` its body.
    ///
    /// The intent is on record, with the status of every copy, before the first signature; that the
    /// copies are issued, before the answer. Whatever happens in between, no copy is out that the
    /// record does not know.
    ///
    /// # Errors
    /// [`IssueError`]
    pub async fn issue_copies(
        &self,
        authorization: &str,
        dpop: &str,
        body: &[u8],
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<CredentialResponse, IssueError> {
        let (proved, grant, basis) = self.proved(authorization, dpop, body, now).await?;
        let (entry, picture) = self.holder(basis, now).await?;
        let keys = proved.keys.clone();
        let intent = self.intend(proved, grant, &entry, &picture, now, rng).await;
        if let Err(IssueError::Replayed) = &intent {
            self.tallies.turned_away(Attack::Replayed, now);
        }
        let intent = intent?;
        let signing = self.signing(&intent.plan, &entry, &picture, keys, now)?;
        let mut salts = StdRng::from_rng(rng);
        let signed = self.workers.run(move || signing.sign(&mut salts)).await?;
        let credentials = signed?;
        self.settle(intent, now).await?;
        let issued = IssuedCredentials { credentials, notification_id: None };
        Ok(CredentialResponse::Issued(issued))
    }

    pub(crate) async fn proved(
        &self,
        authorization: &str,
        dpop: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(Proved, GrantRow, Basis), IssueError> {
        let access = dpop_access_token(authorization)?;
        let token = access.hash();
        let mut reader = self.store.reader().await?;
        let grant = reader.grant_of_access_token(token.as_bytes(), now).await?;
        let grant = grant.ok_or(IssueError::InvalidToken)?;
        let grant = reader.find_grant(grant).await?.ok_or(IssueError::InvalidToken)?;
        if grant.ended_at.is_some() {
            return Err(IssueError::InvalidToken);
        }
        let url = self.url("/openid4vci/credential");
        let expected = ExpectedDpop {
            method: "POST",
            url: &url,
            access_token: Some(&access),
            key_thumbprint: Some(&grant.dpop_thumbprint),
            window: Window::DPOP,
            now,
        };
        let dpop = dpop::verify(dpop, &expected)?;
        let request = CredentialRequest::parse(body, BATCH_SIZE)?;
        let basis = Basis::of(&mut reader, &grant).await?;
        let entitled = basis.entitled();
        let offered = entitled.level.credential_configuration_id();
        if !matches!(&request.credential, RequestedCredential::ConfigurationId(id) if id == offered)
        {
            return Err(IssueError::NotOffered);
        }
        let expected = ExpectedKeyProof {
            issuer: &self.config.issuer,
            client_id: Some(CLIENT_ID),
            window: Window::KEY_PROOF,
            now,
        };
        let proofs = proof::verify_all(&request.proofs, &expected)?;
        let mut thumbprints: Vec<String> = proofs.keys.iter().map(Jwk::thumbprint).collect();
        thumbprints.sort_unstable();
        thumbprints.dedup();
        if thumbprints.len() != proofs.keys.len() {
            return Err(IssueError::RepeatedKey);
        }
        let nonce = self.nonces.open(&proofs.nonce, now)?;
        Ok((Proved { token, dpop, nonce, keys: proofs.keys, entitled }, grant, basis))
    }

    /// Whose card it is, and the picture on it.
    pub(crate) async fn holder(
        &self,
        basis: Basis,
        now: Timestamp,
    ) -> Result<(Entry, Zeroizing<Vec<u8>>), IssueError> {
        let (resident, card) = match basis {
            Basis::Card(card) => (card.resident, Some(card)),
            Basis::Application(row) => {
                // Asked again in the write that records the intent.
                row.state.issue(nobodys_card(), now).map_err(|_| IssueError::Denied)?;
                (row.resident.ok_or(IssueError::Denied)?, None)
            }
        };
        let entry = self.register.entry_of(resident).await.map_err(Fault::from)?;
        let entry = entry.ok_or(IssueError::Denied)?;
        if entry.resident.marks.deceased {
            return Err(IssueError::Denied);
        }
        let picture = match card {
            Some(card) => {
                let label = Label::new(PICTURE, resident.as_bytes());
                entry.key.open(label, &card.sealed_picture).map_err(Fault::from)?
            }
            None => self.picture_of(&entry).await?,
        };
        Ok((entry, picture))
    }

    /// The register's portrait, cut to what a card shows.
    pub(crate) async fn picture_of(&self, entry: &Entry) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let portrait = entry.portrait()?;
        let models = self.faces.models()?;
        self.workers.run(move || picture(&models, &portrait)).await?
    }

    /// A card that is not on record yet.
    pub(crate) fn new_card(
        entry: &Entry,
        picture: &[u8],
        enrolment: EnrolmentId,
        entitled: Entitlement,
        wallet_thumbprint: String,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> CardRow {
        let resident = entry.resident.id;
        let expires_at = start_of(day(now).saturating_add(CARD_DAYS.days()));
        let expires_at = entitled.document_expires_at.map_or(expires_at, |end| end.min(expires_at));
        CardRow {
            id: CardId::new(now, rng),
            revision: 0,
            resident,
            enrolment,
            level: entitled.level,
            state: CardState::intend(expires_at, now),
            wallet_thumbprint,
            sealed_picture: entry.key.seal(Label::new(PICTURE, resident.as_bytes()), picture, rng),
            intended_at: now,
            expires_at,
        }
    }

    /// Records the intent: the card, the batch, and a status for every copy, in one write, in which
    /// the nonce and the proof are spent too.
    pub(crate) async fn intend(
        &self,
        proved: Proved,
        grant: GrantRow,
        entry: &Entry,
        picture: &[u8],
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Intent, IssueError> {
        let (enrolment, wallet) = (grant.enrolment, grant.wallet_thumbprint.clone());
        let entitled = proved.entitled;
        let card = Self::new_card(entry, picture, enrolment, entitled, wallet, now, rng);
        let batch = BatchId::new(now, rng);
        let indices = self.keys.indices.clone();
        let needs = self.config.evidence.level(entitled.level).clone();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    spend(&mut tx, &proved).await?;
                    let (card, first) = card_of(&mut tx, &grant, card, &needs, now).await?;
                    let plan = Planning {
                        card,
                        batch,
                        grant: grant.id,
                        copies: proved.keys.len(),
                        days: COPY_DAYS,
                        actor: Actor::Wallet,
                        indices: &indices,
                    };
                    let plan = plan.record(&mut tx, now).await?;
                    Ok(Intent { plan, grant, first })
                })
            })
            .await
    }

    pub(crate) fn signing(
        &self,
        plan: &Plan,
        entry: &Entry,
        picture: &[u8],
        keys: Vec<Jwk>,
        now: Timestamp,
    ) -> Result<Signing, Fault> {
        let today = day(now);
        let claims = CardClaims {
            resident: &entry.resident,
            picture,
            relying_parties: &plan.relying_parties,
            pseudonyms: &self.keys.pseudonyms,
            authority: self.config.name(),
            country: self.config.country,
            expires_on: day(plan.card.expires_at),
            today,
        };
        let claims = claims.build().map_err(|_| Fault::Contradiction("a claim of a card"))?;
        let level = plan.card.level;
        Ok(Signing {
            issuer: Arc::clone(&self.issuer),
            claims,
            url: self.config.issuer.as_str().to_owned(),
            level,
            type_integrity: self.type_integrity(level),
            // Whole days: the second would link the copies of a batch.
            issued_at: start_of(today),
            expires_at: plan.copies_expire_at,
            keys,
            statuses: plan.places.iter().map(|place| self.status_reference(*place)).collect(),
        })
    }
}

/// Copies that are about to be put on record.
pub(crate) struct Planning<'a> {
    pub(crate) card: CardRow,
    pub(crate) batch: BatchId,
    pub(crate) grant: GrantId,
    /// How many.
    pub(crate) copies: usize,
    /// For how many days.
    pub(crate) days: i32,
    pub(crate) actor: Actor<'a>,
    pub(crate) indices: &'a hmac::Key,
}

impl Planning<'_> {
    /// Puts them on record, each with a status of its own.
    pub(crate) async fn record(
        self,
        tx: &mut Tx<'_, Role>,
        now: Timestamp,
    ) -> Result<Plan, StorageError> {
        let Self { card, batch, grant, copies, days, actor, indices } = self;
        let count = u32::try_from(copies).unwrap_or(u32::MAX);
        let number = tx.draw_status_numbers(count).await?;
        let places = places(indices, number, count);
        // In whole days, and never past the card's end.
        let copies_expire_at = start_of(day(now).saturating_add(days.days())).min(card.expires_at);
        let new = NewBatch { id: batch, card: card.id, grant, places: &places, copies_expire_at };
        tx.intend_batch(&new, now).await?;
        let relying_parties = tx.pseudonymous_relying_parties().await?;
        let (card_id, enrolment) = (card.id, card.enrolment);
        let deed = Deed::CopiesIntended { card: card_id, batch, enrolment, copies };
        Act { at: now, actor, resident: Some(card.resident), deed }.record(tx).await?;
        Ok(Plan { card, batch, copies_expire_at, places, relying_parties })
    }
}

impl Signing {
    /// Signs all copies: a hundred microseconds or so of a core each.
    pub(crate) fn sign(&self, salts: &mut StdRng) -> Result<Vec<String>, Fault> {
        let sign = |(holder, status): (&Jwk, &StatusReference)| {
            let credential = NewCredential {
                iss: &self.url,
                vct: self.level.vct(),
                vct_integrity: Some(&self.type_integrity),
                iat: self.issued_at,
                nbf: None,
                exp: self.expires_at,
                holder,
                status: Some(status),
                claims: &self.claims,
            };
            self.issuer.issue(&credential, salts).map_err(|_| Fault::Sign("a copy of a card"))
        };
        self.keys.iter().zip(&self.statuses).map(sign).collect()
    }
}

async fn spend(tx: &mut Tx<'_, Role>, proved: &Proved) -> Result<(), IssueError> {
    if !spend_dpop(tx, &proved.dpop).await? {
        return Err(IssueError::Replayed);
    }
    let until = proved.nonce.expires_at + MARGIN;
    if !tx.spend(SpentKind::CredentialNonce, &proved.nonce.id, until).await? {
        return Err(IssueError::SpentNonce);
    }
    if !tx.take_batch(proved.token.as_bytes()).await? {
        return Err(IssueError::InvalidToken);
    }
    Ok(())
}

/// What a grant's copies are of: more of its card, or the first of the card that its application has
/// led to.
pub(crate) enum Basis {
    Card(CardRow),
    Application(Box<EnrolmentRow>),
}

impl Basis {
    async fn of(reader: &mut Reader<'_, Role>, grant: &GrantRow) -> Result<Self, IssueError> {
        if let Some(card) = grant.card {
            let card = reader.find_card(card).await?.ok_or(IssueError::Denied)?;
            return Ok(Self::Card(card));
        }
        let row = reader.find_enrolment(grant.enrolment).await?.ok_or(IssueError::Denied)?;
        Ok(Self::Application(Box::new(row)))
    }

    const fn entitled(&self) -> Entitlement {
        match self {
            Self::Card(card) => Entitlement { level: card.level, document_expires_at: None },
            Self::Application(row) => {
                Entitlement { level: row.level, document_expires_at: row.document_expires_at }
            }
        }
    }
}

/// The card to copy: the grant's, if it is live; a new one if the grant has none yet.
async fn card_of(
    tx: &mut Tx<'_, Role>,
    grant: &GrantRow,
    new: CardRow,
    needs: &LevelPolicy,
    now: Timestamp,
) -> Result<(CardRow, bool), IssueError> {
    let grant = tx.find_grant(grant.id).await?.ok_or(IssueError::InvalidToken)?;
    if grant.ended_at.is_some() {
        return Err(IssueError::InvalidToken);
    }
    let Some(card) = grant.card else {
        let row = tx.find_enrolment(grant.enrolment).await?.ok_or(IssueError::Denied)?;
        // The last look at what carries the level, whatever the steps before believed.
        let carried = row.state.carried_by().is_some_and(|evidence| needs.is_met_by(evidence));
        if row.level != new.level || !carried {
            return Err(IssueError::Denied);
        }
        row.state.issue(new.id, now).map_err(|_| IssueError::Denied)?;
        tx.insert_card(&new).await?;
        return Ok((new, true));
    };
    let card = tx.find_card(card).await?.ok_or(IssueError::Denied)?;
    let live = matches!(card.state, CardState::Live { expires_at, .. } if now < expires_at);
    let lately = tx.batches_since(card.id, now - SignedDuration::from_hours(24)).await?;
    if live && lately < BATCHES_A_DAY { Ok((card, false)) } else { Err(IssueError::Denied) }
}

/// The register's portrait, cut to what a card shows.
fn picture(models: &Models, portrait: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let frame = Frame::parse(portrait)?;
    let face = models.only_face(&frame)?;
    Ok(Zeroizing::new(frame.portrait_jpeg(&face, PICTURE_BYTES)?))
}

fn nobodys_card() -> CardId {
    CardId::from_bytes([0; 16])
}

#[cfg(test)]
mod tests {
    use tanda_credential::sd_jwt::HeldSdJwt;
    use tanda_credential::status_list::Outcome;
    use tanda_model::{EvidenceKind, OfficerVerdict};

    use super::*;
    use crate::cards::{CardAct, CardChoice};
    use crate::register::Mark;
    use crate::testing::{City, code, code_of, number, officer, same_key};

    #[tokio::test]
    async fn copies_have_keys_salts_and_statuses_of_their_own_and_one_fate() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
        let tokens = city.exchange(&wallet, code(&completion)).await.unwrap();
        let (body, keys) = city.request(10);
        let copies = city.fetch(&wallet, &tokens.access, &body).await.unwrap();
        let verified = city.verified(&copies);
        for (copy, key) in verified.iter().zip(&keys) {
            assert!(same_key(&copy.holder, key));
            assert_eq!(copy.claims["family_name"], "Li");
            assert_eq!(copy.claims["personal_administrative_number"], number(10).as_str());
            assert_eq!(copy.claims["age_equal_or_over"]["18"], true);
            assert_eq!(copy.claims["age_equal_or_over"]["60"], false);
            assert_eq!(copy.claims["sex"], 2);
            let picture = copy.claims["picture"].as_str().unwrap();
            assert!(picture.starts_with("data:image/jpeg;base64,/9j/") && picture.len() < 30_000);
            assert_eq!(copy.iat, Some("2026-11-23T00:00:00Z".parse().unwrap()));
            assert!(matches!(city.outcome(copy).await, Outcome::Valid));
        }
        let mut places: Vec<_> = verified
            .iter()
            .map(|copy| copy.status.clone().unwrap())
            .map(|s| (s.uri, s.idx))
            .collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 10);
        // Nothing but the public times and names is the same in two copies.
        let disclosures = |copy: &String| -> std::collections::HashSet<String> {
            copy.split('~').skip(1).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        assert!(disclosures(&copies[0]).is_disjoint(&disclosures(&copies[1])));
        assert!(HeldSdJwt::parse(&copies[0]).is_ok());

        for (act, expected) in [
            (CardAct::Suspend, Outcome::Suspended),
            (CardAct::Restore, Outcome::Valid),
            (CardAct::Revoke, Outcome::Revoked),
        ] {
            city.later(SignedDuration::from_secs(6));
            let choice = CardChoice::OfNumber(number(10));
            let done = city.authority.act_on_card(&choice, act, &officer(), city.now).await;
            let card = done.unwrap().id;
            for copy in &verified {
                assert_eq!(
                    std::mem::discriminant(&city.outcome(copy).await),
                    std::mem::discriminant(&expected),
                    "{act:?}"
                );
            }
            assert!(!city.acts(&card.to_string()).await.is_empty());
        }
        let more = city.exchange(&wallet, Grant::RefreshToken(tokens.refresh)).await;
        assert!(more.is_err(), "a revoked card is not copied any more");
    }

    use tanda_protocol::oauth::Grant;

    #[tokio::test]
    async fn a_second_card_retires_the_first_in_the_same_moment() {
        let mut city = City::new().await;
        let resident = city.resident("01", 10, "Li").await;
        let (old, new) = (city.wallet("a"), city.wallet("b"));
        let (first, old_tokens) = city.card(&old, 10, "Li", "01", 2).await;
        let (second, _) = city.card(&new, 10, "Li", "01", 2).await;
        city.later(SignedDuration::from_secs(6));
        for copy in city.verified(&first) {
            assert!(matches!(city.outcome(&copy).await, Outcome::Revoked));
        }
        for copy in city.verified(&second) {
            assert!(matches!(city.outcome(&copy).await, Outcome::Valid));
        }
        let cards = city.authority.cards_of(resident).await.unwrap();
        let names: Vec<_> = cards.iter().map(|card| card.state.name()).collect();
        assert_eq!(names, ["retired", "live"]);
        let more = city.exchange(&old, Grant::RefreshToken(old_tokens.refresh)).await;
        assert!(more.is_err());
        let (body, _) = city.request(1);
        let refused = city.fetch(&old, &old_tokens.access, &body).await;
        assert!(matches!(refused, Err(IssueError::InvalidToken)));
    }

    /// Between the intent and the answer.
    #[tokio::test]
    async fn copies_of_what_has_changed_meanwhile_are_not_handed_over() {
        for suspends in [true, false] {
            let mut city = City::new().await;
            city.resident("01", 10, "Li").await;
            let wallet = city.wallet("a");
            let (_, tokens) = city.card(&wallet, 10, "Li", "01", 2).await;
            let refill = Grant::RefreshToken(tokens.refresh);
            let tokens = city.exchange(&wallet, refill).await.unwrap();
            let (body, _) = city.request(1);
            let intent = city.intend_only(&wallet, &tokens.access, &body).await;
            if suspends {
                let (choice, now) = (CardChoice::OfNumber(number(10)), city.now);
                let act = CardAct::Suspend;
                city.authority.act_on_card(&choice, act, &officer(), now).await.unwrap();
            } else {
                assert_eq!(city.authority.recover(city.now).await.unwrap(), 1);
            }
            let settled = city.authority.settle(intent, city.now).await;
            assert!(matches!(settled, Err(IssueError::Denied)), "{suspends}");
        }
    }

    #[tokio::test]
    async fn who_died_before_the_card_was_fetched_gets_none() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
        let tokens = city.exchange(&wallet, code(&completion)).await.unwrap();
        let (authority, now, whom) = (Arc::clone(&city.authority), city.now, number(10).into());
        let rng = &mut city.rng;
        authority.mark_resident(&whom, Mark::Deceased, true, &officer(), now, rng).await.unwrap();
        let (body, _) = city.request(1);
        assert!(city.fetch(&wallet, &tokens.access, &body).await.is_err());
    }

    /// An authority that asks for more than it did stands by that, whoever was approved before.
    #[tokio::test]
    async fn the_evidence_has_to_do_by_the_policy_of_the_day_of_issue() {
        let shipped = include_str!("../../evidence.toml");
        let with = |city: &mut City, text: &str| {
            let policy = crate::evidence_policy(text).unwrap();
            Arc::get_mut(&mut city.authority).unwrap().config.evidence = policy;
        };
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        with(&mut city, &shipped.replace(", [\"chip-face\"]", ""));
        let wallet = city.wallet("a");
        let (begun, _) = city.apply_for_full(&wallet, 10, "Li", "01").await;
        city.hold(&begun, &[EvidenceKind::Chip, EvidenceKind::Fingers]).await;
        let (authority, now, id) = (Arc::clone(&city.authority), city.now, begun.enrolment_id);
        let (verdict, rng) = (OfficerVerdict::Approve, &mut city.rng);
        authority.attest(id, verdict, &officer(), now, rng).await.unwrap();
        drop(authority);
        let code = code_of(&city.view(&begun).await);
        let tokens = city.exchange(&wallet, code).await.unwrap();
        with(&mut city, shipped);
        let request = city.request_at(AssuranceLevel::Full);
        let refused = city.fetch(&wallet, &tokens.access, &request).await;
        assert!(matches!(refused, Err(IssueError::Denied)));
    }

    #[tokio::test]
    async fn nonces_proofs_keys_and_tokens_are_used_once() {
        let mut city = City::new().await;
        city.resident("01", 10, "Li").await;
        let wallet = city.wallet("a");
        let (_, completion) = city.apply(&wallet, 10, "Li", "01").await;
        let tokens = city.exchange(&wallet, code(&completion)).await.unwrap();
        let (body, keys) = city.request(1);
        city.fetch(&wallet, &tokens.access, &body).await.unwrap();
        let again = city.fetch(&wallet, &tokens.access, &body).await;
        assert!(matches!(again, Err(IssueError::SpentNonce)), "{again:?}");

        let nonce = city.authority.mint_nonce(city.now, &mut city.rng).c_nonce;
        let twice =
            [keys.into_iter().next().unwrap(), { SigningKey::generate(&mut city.rng).unwrap() }];
        let doubled = city.request_with(&[&twice[0], &twice[0]].map(clone), &nonce);
        let refused = city.fetch(&wallet, &tokens.access, &doubled).await;
        assert!(matches!(refused, Err(IssueError::RepeatedKey | IssueError::Proof(_))));

        let (body, _) = city.request(1);
        let authorization = format!("DPoP {}", tokens.access.expose());
        let dpop = city.dpop(&wallet, "/openid4vci/credential", Some(&tokens.access));
        for expected in [true, false] {
            let (body, _) = if expected { (body.clone(), Vec::new()) } else { city.request(1) };
            let answer = city
                .authority
                .issue_copies(&authorization, &dpop, body.as_bytes(), city.now, &mut city.rng)
                .await;
            assert_eq!(answer.is_ok(), expected, "{answer:?}");
            assert!(expected || matches!(answer, Err(IssueError::Replayed)));
        }
        let (body, _) = city.request(1);
        let used_up = city.fetch(&wallet, &tokens.access, &body).await;
        assert!(matches!(used_up, Err(IssueError::InvalidToken)));

        let thief = city.wallet("thief");
        let (body, _) = city.request(1);
        let stolen = city.fetch(&thief, &tokens.access, &body).await;
        assert!(matches!(stolen, Err(IssueError::Dpop(_))));
    }

    use tanda_credential::jose::SigningKey;

    fn clone(key: &SigningKey) -> SigningKey {
        SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap()
    }
}
