use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_credential::jose::{Jwk, Signer};
use tanda_credential::sd_jwt_vc::StatusReference;
use tanda_credential::x509::{self, Certificate, LeafRequest, Subject, Validity};
use tanda_model::{Claim, PurposeId, RelyingPartyState};
use tanda_protocol::registration::{
    Applicant, Application, ApplicationError, Registration, RegistrationStatus,
};
use tanda_protocol::vp::client_id::ClientId;
use tanda_storage::authority::relying_party_register::{RegistrationRow, RelyingPartyRow};
use tanda_storage::{Authority as Role, StorageError, Tx};

use super::applied;
use super::status::{LIST_LENGTH, uri};
use crate::act::{Act, Actor, Deed};
use crate::status::{SUSPENDED, VALID};
use crate::{Authority, Fault};

/// How long access certificates run.
const ACCESS_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How long registration certificates run.
const REGISTRATION_LIFE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// They start a little early, for the sake of clocks that are slow.
const EARLY: SignedDuration = SignedDuration::from_mins(5);
/// Whoever fetches certificates that are older gets new ones.
const RENEWED_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// An access certificate that ends so soon is renewed with them. With it the client identifier
/// changes, so it is not done more often than needed.
const ACCESS_RENEWED_BEFORE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What a relying party needs to ask.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// The access certificate, DER; its anchor is the relying-party CA.
    pub access_certificate: Vec<u8>,
    /// The certificate, DER, that the registrations chain to.
    pub registrar_certificate: Vec<u8>,
    /// A registration certificate (`rc-rp+jwt`) a purpose.
    pub registrations: Vec<String>,
}

/// What became of an application.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Where the relying party stands.
    pub state: RelyingPartyState,
    /// Why the last decision was as it was.
    pub reason: Option<String>,
    /// Its certificates, once it is registered and until that ends.
    pub certificates: Option<Certificates>,
}

/// Why somebody is not told what became of their application.
#[derive(Debug, thiserror::Error)]
pub enum StandingError {
    /// The question is not in order.
    #[error(transparent)]
    Application(#[from] ApplicationError),
    /// Nobody with this key has applied under this name.
    #[error("nobody with this key has applied under this name")]
    Unknown,
    /// A certificate cannot be issued.
    #[error("a certificate cannot be issued: {0}")]
    Certificate(#[from] x509::IssueError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for StandingError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// What became of an application: for whoever has its access key. Certificates that are not of
    /// today are renewed.
    ///
    /// # Errors
    /// [`StandingError`]
    pub async fn standing_of_relying_party(
        &self,
        question: &str,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Standing, StandingError> {
        let asked = Applicant::verify(question, self.config.issuer.as_str(), now)?;
        let row = self.store.reader().await?.find_relying_party(&asked.id).await?;
        let row = row.ok_or(StandingError::Unknown)?;
        let known = applied(&row)?;
        if !known.key.same_key(&asked.key) {
            return Err(StandingError::Unknown);
        }
        let old = row.certified_at.is_none_or(|at| now >= at + RENEWED_AFTER);
        if row.state.may_ask() && old {
            let mut renewed = row.clone();
            renewed.access_certificate = Some(match row.access_certificate {
                Some(der) if still_good(&der, now) => der,
                _ => self.issue_access_certificate(&known.application, &known.key, now, rng)?,
            });
            self.renew(renewed, known.application, now).await?;
        }
        let mut reader = self.store.reader().await?;
        let row = reader.find_relying_party(&asked.id).await?.ok_or(StandingError::Unknown)?;
        let registrations = reader.registrations_of(&asked.id).await?;
        let access_certificate = row.access_certificate.filter(|_| row.state.has_registrations());
        Ok(Standing {
            state: row.state,
            reason: row.reason,
            certificates: access_certificate.map(|access_certificate| Certificates {
                access_certificate,
                registrar_certificate: self.keys.registrar_certificate.clone(),
                registrations: registrations.into_iter().map(|row| row.token).collect(),
            }),
        })
    }

    async fn renew(
        &self,
        mut row: RelyingPartyRow,
        application: Application,
        now: Timestamp,
    ) -> Result<(), StandingError> {
        let registrar = self.registrar();
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    row.certified_at = Some(now);
                    // Whoever was faster has certified it just now, or decided otherwise.
                    if !tx.change_relying_party(&row).await? {
                        return Ok(());
                    }
                    registrar.put_registrations(&mut tx, &row, &application, now).await?;
                    let deed = Deed::RelyingPartyCertified { relying_party: row.id.as_str() };
                    let act = Act { at: now, actor: Actor::RelyingParty, resident: None, deed };
                    Ok::<_, Fault>(act.record(&mut tx).await?)
                })
            })
            .await?;
        Ok(())
    }

    /// An access certificate for the key that signed the application.
    pub(super) fn issue_access_certificate(
        &self,
        application: &Application,
        key: &Jwk,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, x509::IssueError> {
        let ca = &self.keys.relying_party_ca;
        let request = LeafRequest {
            subject: Subject {
                common_name: application.name.en.clone(),
                organization: Some(application.id.to_string()),
                country: Some(self.config.country.as_str().to_owned()),
            },
            key,
            dns_names: application.hosts.clone(),
            uris: Vec::new(),
            validity: Validity { from: now - EARLY, until: now + ACCESS_LIFE },
        };
        x509::issue_leaf(&request, &ca.certificate, ca.signer.as_ref(), rng)
    }

    /// Who signs registrations.
    pub(super) fn registrar(&self) -> Registrar {
        Registrar {
            signer: Arc::clone(&self.keys.registrar),
            issuer: self.config.issuer.as_str().to_owned(),
        }
    }
}

/// When an access certificate ends, unless it is none.
pub(super) fn ends(der: &[u8]) -> Option<Timestamp> {
    Certificate::from_der(der).ok().map(|certificate| certificate.not_after())
}

fn still_good(der: &[u8], now: Timestamp) -> bool {
    ends(der).is_some_and(|end| end > now + ACCESS_RENEWED_BEFORE)
}

/// Signs what relying parties are registered for.
pub(super) struct Registrar {
    signer: Arc<dyn Signer>,
    issuer: String,
}

impl Registrar {
    /// Registers a relying party for the purposes in its row and withdraws all others, each with a
    /// certificate that is bound to its access certificate.
    pub(super) async fn put_registrations(
        &self,
        tx: &mut Tx<'_, Role>,
        row: &RelyingPartyRow,
        application: &Application,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let access = row.access_certificate.as_deref();
        let access = access.ok_or(Fault::Contradiction("registered without a certificate"))?;
        let client = ClientId::of_der(access);
        let status = if row.state.may_ask() { VALID } else { SUSPENDED };
        let had = tx.registrations_of(&row.id).await?;
        for gone in had.iter().filter(|had| !row.purposes.contains(&had.purpose)) {
            tx.withdraw_registration(gone.idx).await?;
        }
        for purpose in row.purposes.iter().copied() {
            let known = had.iter().find(|had| had.purpose == purpose);
            let idx = match known {
                Some(known) => known.idx,
                None => tx.next_registration().await?,
            };
            let expires_at = now + REGISTRATION_LIFE;
            let token = self.sign(application, purpose, client, idx, (now, expires_at))?;
            let registration = RegistrationRow { idx, purpose, status, token, expires_at };
            tx.put_registration(&row.id, &registration).await?;
        }
        let pseudonym = |purpose: &PurposeId| purpose.purpose().claims.contains(&Claim::Pseudonym);
        let pseudonymous = row.purposes.iter().any(pseudonym);
        Ok(tx.certify_relying_party(&row.id, pseudonymous, now).await?)
    }

    fn sign(
        &self,
        application: &Application,
        purpose: PurposeId,
        client: ClientId,
        idx: u64,
        times: (Timestamp, Timestamp),
    ) -> Result<String, Fault> {
        let status_list =
            StatusReference { idx: idx % LIST_LENGTH, uri: uri(&self.issuer, idx / LIST_LENGTH) };
        let registration = Registration {
            privacy_policy: application.privacy_policy.clone(),
            status: Some(RegistrationStatus { status_list }),
            ..Registration::for_purpose(
                purpose,
                application.id.clone(),
                application.name.clone(),
                client,
                &self.issuer,
                times,
            )
        };
        let signed = registration.sign(self.signer.as_ref());
        signed.map_err(|_| Fault::Sign("a registration certificate"))
    }
}
