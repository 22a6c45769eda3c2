use jiff::{SignedDuration, Timestamp};
use rand::CryptoRng;
use tanda_credential::jose::Jwk;
use tanda_credential::sd_jwt::ClaimPath;
use tanda_credential::x509::{self, Certificate, LeafRequest, Subject, Validity};
use tanda_model::{Claim, PurposeId, RelyingPartyId};
use tanda_protocol::registration::{LocalText, RegisteredPurpose, Registration};
use tanda_storage::StorageError;
use url::Url;

use crate::act::{Act, Actor, Deed};
use crate::{Authority, Fault, Officer};

/// How long access and registration certificates run.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);
/// They start a little early, for the sake of clocks that are slow.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

/// An organisation that wants to ask.
#[derive(Debug, Clone)]
pub struct RelyingPartyApplication {
    /// Its identifier.
    pub id: RelyingPartyId,
    /// The name under which people know it.
    pub name: LocalText,
    /// Its access key, whose private half it keeps.
    pub key: Jwk,
    /// The host names under which its requests are fetched.
    pub hosts: Vec<String>,
    /// The purposes for which it asks.
    pub purposes: Vec<PurposeId>,
    /// Where people can read what it does with their data.
    pub privacy_policy: Option<Url>,
}

/// What a relying party needs to ask.
#[derive(Debug, Clone)]
pub struct CertifiedRelyingParty {
    /// The access certificate, DER; its anchor is the relying-party CA.
    pub access_certificate: Vec<u8>,
    /// A registration certificate (`rc-rp+jwt`) a purpose, in the order asked for.
    pub registrations: Vec<String>,
}

/// Why a relying party is not certified.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// It names no purpose.
    #[error("name at least one purpose")]
    NoPurpose,
    /// A certificate cannot be issued.
    #[error("a certificate cannot be issued: {0}")]
    Certificate(#[from] x509::IssueError),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StorageError> for CertifyError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

impl Authority {
    /// Certifies a relying party: an access certificate for its key, and for every purpose a
    /// registration certificate, bound to it, with exactly what the purpose's catalogue entry
    /// allows. Cards issued from now on carry a pseudonym for it if a purpose asks for one.
    ///
    /// # Errors
    /// [`CertifyError`]
    pub async fn certify_relying_party(
        &self,
        application: &RelyingPartyApplication,
        officer: &Officer,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<CertifiedRelyingParty, CertifyError> {
        if application.purposes.is_empty() {
            return Err(CertifyError::NoPurpose);
        }
        let ca = &self.keys.relying_party_ca;
        let request = LeafRequest {
            subject: Subject {
                common_name: application.name.en.clone(),
                organization: Some(application.id.to_string()),
                country: Some(self.config.country.as_str().to_owned()),
            },
            key: &application.key,
            dns_names: application.hosts.clone(),
            uris: Vec::new(),
            validity: Validity { from: now - EARLY, until: now + LIFE },
        };
        let access_certificate =
            x509::issue_leaf(&request, &ca.certificate, ca.signer.as_ref(), rng)?;
        let hash = Certificate::from_der(&access_certificate)
            .map_err(|_| Fault::Contradiction("a certificate just issued"))?
            .x509_hash();
        let registrations = application
            .purposes
            .iter()
            .map(|purpose| self.register_purpose(application, *purpose, &hash, now))
            .collect::<Result<_, _>>()?;
        let pseudonymous = application
            .purposes
            .iter()
            .any(|purpose| purpose.purpose().claims.contains(&Claim::Pseudonym));
        let (id, officer) = (application.id.clone(), officer.clone());
        self.store
            .write(move |mut tx| {
                Box::pin(async move {
                    tx.certify_relying_party(&id, pseudonymous, now).await?;
                    let deed = Deed::RelyingPartyCertified { relying_party: id.as_str() };
                    let act = Act { at: now, actor: Actor::Officer(&officer), deed };
                    act.record(&mut tx).await?;
                    Ok::<_, StorageError>(())
                })
            })
            .await?;
        Ok(CertifiedRelyingParty { access_certificate, registrations })
    }

    fn register_purpose(
        &self,
        application: &RelyingPartyApplication,
        purpose: PurposeId,
        access_certificate: &str,
        now: Timestamp,
    ) -> Result<String, CertifyError> {
        let allowed = purpose.purpose();
        let path = |claim: &Claim| ClaimPath::names(claim.path(&application.id));
        let registration = Registration {
            registrar: self.config.issuer.as_str().to_owned(),
            relying_party: application.id.clone(),
            name: application.name.clone(),
            issued_at: now,
            expires_at: now + LIFE,
            purpose: RegisteredPurpose {
                id: purpose.as_str().to_owned(),
                text: LocalText { en: allowed.text.en.to_owned(), id: allowed.text.id.to_owned() },
            },
            level: allowed.level,
            claims: allowed.claims.iter().map(path).collect(),
            retention_days: allowed.retention_days,
            result_only: allowed.result_only,
            privacy_policy: application.privacy_policy.clone(),
            access_certificate: access_certificate.to_owned(),
        };
        registration
            .sign(self.keys.registrar.as_ref())
            .map_err(|_| Fault::Sign("a registration certificate").into())
    }
}
